package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxValues bounds the work a file can cause by naming one value many times
// over through YAML aliases.
const maxValues = 100_000

// decoder fills structs from YAML nodes. Unlike the library's own decoding it
// is strict, keeps text as it was written ("+1 212…", "02134"), and goes on
// after a problem, so that one run shows them all.
type decoder struct {
	*report
	values int
}

// decode sets v from node. A key without a value keeps its default.
func (d *decoder) decode(node *yaml.Node, v reflect.Value, key string) {
	if d.values++; d.values >= maxValues {
		if d.values == maxValues {
			d.errorf(key, "the file holds more than %d values; remove repeated aliases", maxValues)
		}
		return
	}
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" {
		if node.Anchor != "" && node.Value == "" {
			d.errorf(key, "a value that begins with & must be put in quotes")
		}
		return
	}
	switch {
	case isScalar(v):
		d.scalar(node, v, key)
	case v.Kind() == reflect.Struct:
		d.fields(node, v, key)
	case v.Kind() == reflect.Map:
		d.entries(node, v, key)
	case v.Kind() == reflect.Slice:
		d.items(node, v, key)
	}
}

func (d *decoder) scalar(node *yaml.Node, v reflect.Value, key string) {
	if node.Kind != yaml.ScalarNode {
		d.errorf(key, "expected %s, found %s", expectation(v), kindName(node))
		return
	}
	if !strings.HasPrefix(node.ShortTag(), "!!") {
		d.errorf(key, "a value that begins with ! must be put in quotes")
		return
	}
	err := setScalar(v, node.Value)
	if err == nil {
		return
	}
	var own *valueError
	if errors.As(err, &own) {
		d.errorf(key, "%s", own.message)
		return
	}
	d.errorf(key, "%q is not %s", node.Value, expectation(v))
}

func (d *decoder) fields(node *yaml.Node, v reflect.Value, key string) {
	known := map[string]reflect.Value{}
	for i := range v.NumField() {
		if name := keyOf(v.Type().Field(i)); name != "" {
			known[name] = v.Field(i)
		}
	}
	d.mapping(node, key, func(name string, at place, value *yaml.Node) {
		field, ok := known[name]
		if !ok {
			d.errorAt(at, join(key, name), "unknown key; %s", suggestKey(name, slices.Sorted(maps.Keys(known))))
			return
		}
		d.decode(value, field, join(key, name))
	})
}

func (d *decoder) entries(node *yaml.Node, v reflect.Value, key string) {
	v.Set(reflect.MakeMap(v.Type()))
	d.mapping(node, key, func(name string, _ place, value *yaml.Node) {
		entry := reflect.New(v.Type().Elem()).Elem()
		d.decode(value, entry, join(key, name))
		v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), entry)
	})
}

// mapping calls visit for each key of node once and remembers where it stands.
func (d *decoder) mapping(node *yaml.Node, key string, visit func(name string, at place, value *yaml.Node)) {
	if node.Kind != yaml.MappingNode {
		d.errorf(key, "expected keys with values below it, found %s", kindName(node))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, at := node.Content[i], place{node.Content[i].Line, node.Content[i].Column}
		switch line, twice := first[name.Value]; {
		case name.Kind != yaml.ScalarNode:
			d.errorAt(at, key, "expected a key, found %s", kindName(name))
		case name.ShortTag() == "!!merge":
			d.errorAt(at, key, "merging with << is not supported; write the keys out")
		case twice:
			d.errorAt(at, join(key, name.Value), "given twice, first at line %d; remove one", line)
		default:
			first[name.Value] = at.line
			d.places[join(key, name.Value)] = at
			visit(name.Value, at, node.Content[i+1])
		}
	}
}

// presetter is an item of a list whose keys have defaults other than zero.
type presetter interface{ preset() }

func (d *decoder) items(node *yaml.Node, v reflect.Value, key string) {
	if node.Kind != yaml.SequenceNode {
		d.errorf(key, "expected a list such as [one, two], found %s", kindName(node))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(node.Content), len(node.Content))
	for i, item := range node.Content {
		itemKey := fmt.Sprintf("%s[%d]", key, i)
		d.places[itemKey] = place{item.Line, item.Column}
		if p, ok := list.Index(i).Addr().Interface().(presetter); ok {
			p.preset()
		}
		d.decode(item, list.Index(i), itemKey)
	}
	v.Set(list)
}

// keyOf returns the YAML key of a struct field, "" for one that no file can set.
func keyOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "-" {
		return ""
	}
	return name
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func kindName(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	return "a single value"
}
