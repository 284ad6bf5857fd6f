package config

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxSearchBytes bounds the search for the faulty line, which reads the file
// from its beginning once for each of its lines.
const maxSearchBytes = 4 << 20

var yamlError = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)

// explainSyntax says where and why source is no YAML. The library's own line is
// often a few too early, and its message may quote the text of the file, which
// may be a secret, so only a fixed set of sentences is used.
func explainSyntax(source []byte, err error) (place, string) {
	if at, ok := leadingTab(source); ok {
		return at, "a tab at the beginning of the line; YAML wants spaces"
	}
	line, cause := 0, err.Error()
	if m := yamlError.FindStringSubmatch(cause); m != nil {
		line, _ = strconv.Atoi(m[1])
		cause = m[2]
	}
	if found := faultyLine(source); found > 0 {
		line = found
	}
	at := place{line: line}
	switch {
	case strings.Contains(cause, "unknown anchor"), strings.Contains(cause, "alphabetic or numeric character"):
		return at, "a value that begins with * or & must be put in quotes"
	case strings.Contains(cause, "cannot start any token"):
		return at, "a value that begins with @, % or ` must be put in quotes"
	case strings.Contains(cause, "mapping values are not allowed"):
		return at, "a colon where none can be; check the indentation, and put text that holds \": \" in quotes"
	case strings.Contains(cause, "end of stream"), strings.Contains(cause, "unexpected document indicator"):
		return at, "a quote or bracket that begins here is never closed"
	case strings.Contains(cause, "control characters"), strings.Contains(cause, "UTF-8"), strings.Contains(cause, "UTF-16"):
		return at, "characters that are no text; save the file as UTF-8"
	}
	return at, "the line does not fit the ones above it; check its indentation, its colon and its quotes"
}

// leadingTab finds the first line that is indented by a tab.
func leadingTab(source []byte) (place, bool) {
	line := 0
	for text := range bytes.Lines(source) {
		line++
		indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
		if column := bytes.IndexByte(indent, '\t'); column >= 0 && len(bytes.TrimSpace(text)) > 0 {
			return place{line, column + 1}, true
		}
	}
	return place{}, false
}

// faultyLine returns the line after the longest beginning of source that is
// good YAML, 0 when the search would take too long.
func faultyLine(source []byte) int {
	if bytes.Count(source, []byte("\n"))*len(source)/2 > maxSearchBytes {
		return 0
	}
	good, line, end := 0, 0, 0
	for text := range bytes.Lines(source) {
		line++
		end += len(text)
		var node yaml.Node
		if yaml.Unmarshal(source[:end], &node) == nil {
			good = line
		}
	}
	return min(good+1, line)
}
