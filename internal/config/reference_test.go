package config

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	exampleFile   = "../../config.example.yaml"
	referenceFile = "../../docs/configuration.md"
)

var update = flag.Bool("update", false, "write the list of keys in docs/configuration.md")

// described is a key as config.example.yaml presents it.
type described struct {
	key     string // "shops[].time_zone", "imports.NAME.base"
	comment string
	value   string // as written there, "" for keys with others below them
}

// readExample returns the keys of the example in its order. Within maps that
// the operator fills freely it stops, as the keys there are not ours.
func readExample(t *testing.T) []described {
	t.Helper()
	source, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(source, &doc); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(source), "\n")
	var found []described
	var walk func(node *yaml.Node, key string, typ reflect.Type)
	walk = func(node *yaml.Node, key string, typ reflect.Type) {
		switch {
		case isText(typ):
			return
		case typ.Kind() == reflect.Slice && node.Kind == yaml.SequenceNode:
			for _, item := range node.Content {
				walk(item, key+"[]", typ.Elem())
			}
		case typ.Kind() == reflect.Map && typ.Elem().Kind() == reflect.Struct:
			walk(node.Content[1], key+".NAME", typ.Elem())
		case typ.Kind() == reflect.Struct:
			for i := 0; i < len(node.Content); i += 2 {
				name, value := node.Content[i], node.Content[i+1]
				field := fieldOf(typ, name.Value)
				if field == nil {
					t.Fatalf("line %d: unknown key %s", name.Line, name.Value)
				}
				full := join(key, name.Value)
				text := ""
				if _, after, _ := strings.Cut(lines[name.Line-1], ":"); len(subkeys(*field)) == 0 {
					text = strings.TrimSpace(after)
				}
				found = append(found, described{full, commentAbove(lines, name.Line-1), text})
				walk(value, full, *field)
			}
		}
	}
	walk(doc.Content[0], "", reflect.TypeFor[Config]())
	return found
}

// commentAbove returns the comment that ends right above line (0-based).
func commentAbove(lines []string, line int) string {
	var comment []string
	for line--; line >= 0; line-- {
		text, ok := strings.CutPrefix(strings.TrimSpace(lines[line]), "#")
		if !ok {
			break
		}
		comment = append(comment, strings.TrimSpace(text))
	}
	slices.Reverse(comment)
	return strings.Join(comment, " ")
}

func isText(typ reflect.Type) bool { return isScalar(reflect.New(typ).Elem()) }

// fieldOf returns the type of the field with the YAML key name.
func fieldOf(typ reflect.Type, name string) *reflect.Type {
	for f := range typ.Fields() {
		if keyOf(f) == name {
			return &f.Type
		}
	}
	return nil
}

// subkeys lists the keys that a value of type typ can have below it.
func subkeys(typ reflect.Type) []string {
	switch {
	case isText(typ):
		return nil
	case typ.Kind() == reflect.Slice:
		return prefixed("[]", subkeys(typ.Elem()))
	case typ.Kind() == reflect.Map && typ.Elem().Kind() == reflect.Struct:
		return prefixed(".NAME", subkeys(typ.Elem()))
	case typ.Kind() != reflect.Struct:
		return nil
	}
	var keys []string
	for f := range typ.Fields() {
		if name := keyOf(f); name != "" {
			keys = append(append(keys, "."+name), prefixed("."+name, subkeys(f.Type))...)
		}
	}
	return keys
}

func prefixed(prefix string, keys []string) []string {
	out := make([]string, len(keys))
	for i, key := range keys {
		out[i] = prefix + key
	}
	return out
}

func TestExampleDescribesEveryKey(t *testing.T) {
	var inExample []string
	for _, d := range readExample(t) {
		inExample = append(inExample, "."+d.key)
		if len(d.comment) < 10 || !strings.ContainsAny(d.comment[len(d.comment)-1:], ".E") {
			t.Errorf("%s has no sentence above it: %q", d.key, d.comment)
		}
	}
	inStructs := subkeys(reflect.TypeFor[Config]())
	for _, key := range inStructs {
		if !slices.Contains(inExample, key) {
			t.Errorf("%s is not in config.example.yaml", key)
		}
	}
	slices.Sort(inExample)
	if twice := len(inExample) - len(slices.Compact(inExample)); twice > 0 {
		t.Errorf("%d keys are described twice", twice)
	}
}

// TestExampleShowsTheDefaults loads the example: apart from the shop and the
// import profile, which are samples, it must change nothing.
func TestExampleShowsTheDefaults(t *testing.T) {
	source, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(source, Options{File: exampleFile, WorldReadable: true})
	if err != nil {
		t.Fatalf("the example does not load: %v", err)
	}
	if len(got.Shops) != 1 || len(got.Imports) != 1 {
		t.Errorf("the example has %d shops and %d import profiles, want 1 of each", len(got.Shops), len(got.Imports))
	}
	want := Default()
	got.File, got.Shops, got.Imports = "", want.Shops, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the example differs from the defaults:\n got %+v\nwant %+v", got, want)
	}
}

// TestReferenceIsUpToDate compares the list of keys in docs/configuration.md
// with the example and the structs. Run with -update to write it.
func TestReferenceIsUpToDate(t *testing.T) {
	const begin, end = "<!-- keys: written by go test ./internal/config -update -->\n", "<!-- end of keys -->\n"
	doc, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, okBegin := bytes.Cut(doc, []byte(begin))
	_, tail, okEnd := bytes.Cut(rest, []byte(end))
	if !okBegin || !okEnd {
		t.Fatalf("%s lacks the marks around the list of keys", referenceFile)
	}
	want := slices.Concat(head, []byte(begin), []byte(reference(t)), []byte(end), tail)
	if *update {
		if err := os.WriteFile(referenceFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(doc, want) {
		t.Errorf("%s is out of date; run: go test ./internal/config -update", referenceFile)
	}
}

// reference renders the keys as Markdown: a heading for each at the top, a
// table for those below it.
func reference(t *testing.T) string {
	var b strings.Builder
	restart := restartKeys(reflect.TypeFor[Config](), "")
	inTable := false
	for _, d := range readExample(t) {
		value := strings.ReplaceAll(d.value, "|", "\\|")
		if value == `""` {
			value = ""
		}
		if value != "" {
			value = "`" + value + "`"
		}
		meaning := strings.ReplaceAll(d.comment, "|", "\\|")
		if slices.Contains(restart, d.key) {
			meaning += " *A change needs a restart.*"
		}
		if !strings.ContainsAny(d.key, ".[") {
			fmt.Fprintf(&b, "\n### %s\n\n%s\n", d.key, meaning)
			if value != "" {
				fmt.Fprintf(&b, "Default: %s.\n", value)
			}
			inTable = false
			continue
		}
		if !inTable {
			column := "default"
			if strings.HasPrefix(d.key, "shops") || strings.HasPrefix(d.key, "imports") {
				column = "for example"
			}
			fmt.Fprintf(&b, "\n| key | %s | meaning |\n|---|---|---|\n", column)
			inTable = true
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", d.key, value, meaning)
	}
	b.WriteString("\n")
	return b.String()
}

func restartKeys(typ reflect.Type, key string) []string {
	var keys []string
	for f := range typ.Fields() {
		if f.Tag.Get("restart") != "" {
			keys = append(keys, join(key, keyOf(f)))
		} else if f.Type.Kind() == reflect.Struct && !isText(f.Type) {
			keys = append(keys, restartKeys(f.Type, join(key, keyOf(f)))...)
		}
	}
	return keys
}

// TestEverySecretHasItsCredential wants each secret's credential in the
// reference and, ready to be used, in the systemd unit.
func TestEverySecretHasItsCredential(t *testing.T) {
	doc, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	unit, err := os.ReadFile("../../deploy/systemd/courtesyd.service")
	if err != nil {
		t.Fatal(err)
	}
	keys := secretKeys(reflect.TypeFor[Config](), "")
	if len(keys) != 8 {
		t.Errorf("found the secrets %q, want 8", keys)
	}
	for _, key := range keys {
		name := credentialName(key)
		if !bytes.Contains(doc, []byte("| `"+name+"` |")) {
			t.Errorf("%s does not list the credential %s", referenceFile, name)
		}
		if !bytes.Contains(unit, []byte("\n#LoadCredential="+name+":/etc/courtesy/secrets/"+name+"\n")) {
			t.Errorf("the unit has no line for the credential %s", name)
		}
	}
}

func secretKeys(typ reflect.Type, key string) []string {
	var keys []string
	for f := range typ.Fields() {
		name := join(key, keyOf(f))
		if keyOf(f) == "" {
			name = join(key, strings.ToLower(f.Name))
		}
		switch {
		case f.Type == reflect.TypeFor[Secret]():
			keys = append(keys, name)
		case f.Type.Kind() == reflect.Struct:
			keys = append(keys, secretKeys(f.Type, name)...)
		}
	}
	return keys
}
