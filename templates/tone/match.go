package tone

import (
	"fmt"
	"slices"
	"strings"
)

// prefixLength is the least length of the known part of a word in a pattern, by which it is found.
const prefixLength = 3

// anyOf matches one word of a set, which is how most parts of a pattern are.
func anyOf(ids ...int) node {
	var n node
	for _, id := range ids {
		n.oneOf.add(id)
		n.first = append(n.first, opening{id: id})
	}
	n.run = func(d *document, i int, then func(int) bool) bool {
		return i < len(d.tokens) && n.oneOf.has(d.tokens[i].id) && then(i+1)
	}
	return n
}

func beginning(prefix string) node {
	run := func(d *document, i int, then func(int) bool) bool {
		return i < len(d.tokens) && strings.HasPrefix(d.tokens[i].norm, prefix) && d.tokens[i].kind == word && then(i+1)
	}
	return node{run: run, first: []opening{{prefix: prefix}}}
}

func value(k kind) (node, error) {
	const anything kind = "any"
	if !slices.Contains([]kind{number, money, percent, phone, link, date, tag, anything}, k) {
		return node{}, fmt.Errorf("no value is named %q", string(k))
	}
	run := func(d *document, i int, then func(int) bool) bool {
		return i < len(d.tokens) && (k == anything || d.tokens[i].kind == k) && then(i+1)
	}
	return node{run: run, first: []opening{{kind: k}}}, nil
}

// gap passes over up to most tokens, over commas too if wide, and never over the end of a sentence.
func gap(most int, wide bool) node {
	limit := clause
	if wide {
		limit = sentence
	}
	run := func(d *document, i int, then func(int) bool) bool {
		for n := 0; n <= most && i+n < len(d.tokens) && d.tokens[i+n].pause < limit; n++ {
			if then(i + n) {
				return true
			}
		}
		return false
	}
	return node{run: run, empty: true, gap: true}
}

func optional(n node) node {
	inner := n.run
	n.empty = true
	n.oneOf = nil
	n.run = func(d *document, i int, then func(int) bool) bool {
		return inner(d, i, then) || then(i)
	}
	return n
}

func oneOf(all []node) node {
	if len(all) == 1 {
		return all[0]
	}
	var n node
	var words []int
	longer := make([]node, 0, len(all))
	for _, a := range all {
		if a.oneOf != nil {
			for _, o := range a.first {
				words = append(words, o.id)
			}
		} else {
			longer = append(longer, a)
		}
	}
	if len(longer) == 0 {
		return anyOf(words...)
	}
	if len(words) > 0 {
		longer = append(longer, anyOf(words...))
	}
	runs := make([]step, 0, len(longer))
	for _, a := range longer {
		runs = append(runs, a.run)
		n.first = append(n.first, a.first...)
		n.empty = n.empty || a.empty
	}
	n.run = func(d *document, i int, then func(int) bool) bool {
		for _, run := range runs {
			if run(d, i, then) {
				return true
			}
		}
		return false
	}
	return n
}

// inRow matches the parts one after the other, with no pause between two that are not gaps.
func inRow(parts []node) node {
	if len(parts) == 1 {
		return parts[0]
	}
	n := node{empty: true}
	for _, p := range parts {
		if n.empty {
			n.first = append(n.first, p.first...)
		}
		n.empty = n.empty && p.empty
	}
	n.run = func(d *document, i int, then func(int) bool) bool { return row{parts, d, then}.from(0, i, i) }
	return n
}

// row is a sequence of parts while it is being matched.
type row struct {
	parts []node
	d     *document
	then  func(int) bool
}

// from matches part n and those after it from token i. A pause is allowed at token open, where the row
// or a gap has led.
func (r row) from(n, i, open int) bool {
	tokens := r.d.tokens
	for n < len(r.parts) && r.parts[n].oneOf != nil { // single words need no way back
		if i == len(tokens) || !r.parts[n].oneOf.has(tokens[i].id) || i != open && tokens[i].pause > noPause {
			return false
		}
		n, i = n+1, i+1
	}
	if n == len(r.parts) {
		return r.then(i)
	}
	p := r.parts[n]
	return p.run(r.d, i, func(j int) bool {
		if p.gap {
			return r.from(n+1, j, j)
		}
		broken := j > i && i != open && tokens[i].pause > noPause
		return !broken && r.from(n+1, j, open)
	})
}

// atClauseStart holds where a clause begins: after a pause, after a name that is filled in, or after one
// of the lead words.
func atClauseStart(lead map[string]bool) step {
	return func(d *document, i int, then func(int) bool) bool {
		if i >= len(d.tokens) {
			return false
		}
		if d.tokens[i].pause == noPause && d.tokens[i-1].kind != tag && !lead[d.tokens[i-1].norm] {
			return false
		}
		return then(i)
	}
}

func atClauseEnd(d *document, i int, then func(int) bool) bool {
	return (i >= len(d.tokens) || d.tokens[i].pause > noPause) && then(i)
}
