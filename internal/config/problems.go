package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a configuration. Its message says what was
// found, what was expected and what to do; it never holds a secret.
type Problem struct {
	File    string // as the operator named it
	Line    int    // 1-based, 0 when the problem is no single place in the file
	Column  int    // 1-based, 0 when only the line is known
	Key     string // for example "shops[0].time_zone", "" for the file as a whole
	Message string
}

// String formats the problem so that editors can jump to it:
// "courtesy.yaml:12:5: shops[0].phone: …".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems is everything wrong with a configuration, in the order of the file.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// place is where a key stands in the file.
type place struct{ line, column int }

// report collects problems and knows where the keys of the file stand.
type report struct {
	file     string
	places   map[string]place
	faulty   map[string]bool // keys with a problem
	problems Problems
}

func newReport(file string) *report {
	return &report{file: file, places: map[string]place{}, faulty: map[string]bool{}}
}

// errorf adds a problem with the value under key. The first one for a key is
// the one to mend, so later ones are dropped.
func (r *report) errorf(key, format string, args ...any) {
	if r.faulty[key] {
		return
	}
	r.errorAt(r.place(key), key, format, args...)
}

func (r *report) errorAt(at place, key, format string, args ...any) {
	r.faulty[key] = true
	r.problems = append(r.problems, Problem{
		File: r.file, Line: at.line, Column: at.column, Key: key, Message: fmt.Sprintf(format, args...),
	})
}

// place finds key or, when it is missing, the nearest key around it.
func (r *report) place(key string) place {
	for key != "" {
		if at, ok := r.places[key]; ok {
			return at
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return place{}
}

// err returns the problems in the order of the file, nil when there are none.
func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.problems
}
