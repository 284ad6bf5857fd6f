package templates

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlReader reads a YAML document by hand, so that every unknown key and wrong
// value is reported at once, each with its place.
type yamlReader struct {
	problems Problems
}

// read returns the top mapping of a document, nil when there is none. Lines
// count from the document's own first line.
func (r *yamlReader) read(text string) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		r.problems = append(r.problems, yamlSyntax(err))
		return nil
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		r.problems = append(r.problems, Problem{Line: 1, Message: `expected "key: value" lines`})
		return nil
	}
	return doc.Content[0]
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

func yamlSyntax(err error) Problem {
	var many *yaml.TypeError
	if errors.As(err, &many) {
		err = errors.New(many.Errors[0])
	}
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		line, _ := strconv.Atoi(m[1])
		return Problem{Line: line, Message: "not readable as YAML: " + m[2]}
	}
	return Problem{Line: 1, Message: "not readable as YAML: " + message}
}

func (r *yamlReader) fail(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, Problem{n.Line, n.Column, fmt.Sprintf(format, args...)})
}

// fields returns the values of a mapping by key, reporting keys that are not
// among known or stand twice.
func (r *yamlReader) fields(n *yaml.Node, known ...string) map[string]*yaml.Node {
	values := map[string]*yaml.Node{}
	if n == nil {
		return values
	}
	if n.Kind != yaml.MappingNode {
		r.fail(n, `expected "key: value" lines`)
		return values
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(known, key.Value):
			r.fail(key, "unknown key %q%s", key.Value, didYouMean(key.Value, "", slices.Clone(known)))
		case values[key.Value] != nil:
			r.fail(key, "key %q stands twice", key.Value)
		default:
			values[key.Value] = value
		}
	}
	return values
}

// require reports the keys that are missing from values.
func (r *yamlReader) require(n *yaml.Node, values map[string]*yaml.Node, keys ...string) {
	for _, key := range keys {
		if values[key] == nil {
			r.fail(n, "%s is missing", key)
		}
	}
}

// text returns a value as written, "" when it is absent.
func (r *yamlReader) text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "expected a text")
		return ""
	}
	return n.Value
}

// items returns the elements of a list, nil when it is absent.
func (r *yamlReader) items(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "expected a list, for example [sms, email]")
		return nil
	}
	return n.Content
}

func (r *yamlReader) integer(n *yaml.Node) int {
	if n == nil {
		return 0
	}
	i, err := strconv.Atoi(r.text(n))
	if err != nil {
		r.fail(n, "expected a whole number, not %q", n.Value)
	}
	return i
}

func (r *yamlReader) fraction(n *yaml.Node) float64 {
	if n == nil {
		return 0
	}
	f, err := strconv.ParseFloat(r.text(n), 64)
	if err != nil {
		r.fail(n, "expected a number, not %q", n.Value)
	}
	return f
}

func (r *yamlReader) boolean(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	if n.Tag != "!!bool" {
		r.fail(n, "expected true or false, not %q", n.Value)
	}
	return n.Value == "true"
}

// choice returns a value that must be one of allowed, "" when it is absent.
func choice[T ~string](r *yamlReader, n *yaml.Node, what string, allowed ...T) T {
	if n == nil {
		return ""
	}
	value := T(r.text(n))
	if !slices.Contains(allowed, value) {
		names := make([]string, len(allowed))
		for i, a := range allowed {
			names[i] = string(a)
		}
		r.fail(n, "unknown %s %q%s", what, string(value), didYouMean(string(value), "", names))
		return ""
	}
	return value
}

// choiceList returns a list whose elements must each be one of allowed, once.
func choiceList[T ~string](r *yamlReader, n *yaml.Node, what string, allowed ...T) []T {
	var list []T
	for _, item := range r.items(n) {
		value := choice(r, item, what, allowed...)
		switch {
		case value == "":
		case slices.Contains(list, value):
			r.fail(item, "%s %q stands twice", what, string(value))
		default:
			list = append(list, value)
		}
	}
	return list
}
