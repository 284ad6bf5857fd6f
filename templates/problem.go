package templates

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/courtesyd/courtesyd/internal/spelling"
)

// Problem is one mistake in a template or playbook file, in words for the
// person who wrote it. Line and Column count from 1 in the whole file, front
// matter included; Column counts characters, not bytes.
type Problem struct {
	Line, Column int
	Message      string
}

// String returns the problem as one line, for example
// `line 2, column 13: customer has no "frist_name"; did you mean customer.first_name?`.
func (p Problem) String() string {
	if p.Column == 0 {
		return fmt.Sprintf("line %d: %s", p.Line, p.Message)
	}
	return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Message)
}

// Problems are all the mistakes of a file, in its order. None means it is good.
type Problems []Problem

// Err returns the problems as one error, a line each, or nil when there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return problemsError{ps}
}

// problemsError keeps Problems itself from being an error, so that an empty
// list cannot be mistaken for one.
type problemsError struct{ problems Problems }

func (e problemsError) Error() string {
	lines := make([]string, len(e.problems))
	for i, p := range e.problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(ps)
}

// didYouMean returns "; did you mean X?" for the candidate nearest to word, or
// the list of candidates when none is near and they are few.
func didYouMean(word, prefix string, candidates []string) string {
	slices.Sort(candidates)
	best := spelling.Nearest(word, candidates, len(word)/3+2)
	switch {
	case best != "":
		return fmt.Sprintf("; did you mean %s%s?", prefix, best)
	case len(candidates) <= 12:
		return "; known are " + strings.Join(candidates, ", ")
	}
	return ""
}
