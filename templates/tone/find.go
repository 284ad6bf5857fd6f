package tone

import "slices"

// How far around the words found an exception is looked for, in tokens: enough for a long sentence, and
// a bound on the work in a text without full stops.
const (
	reachBefore = 8
	reachAround = 30
)

// find returns where the rules of one language speak against a text.
func (b *book) find(t Text, d *document) []hit {
	var hits []hit
	for i, tok := range d.tokens {
		for _, group := range [][]candidate{b.byWord[tok.norm], b.byPrefix[beginningOf(tok)], b.byKind[tok.kind]} {
			for _, c := range group {
				if h, ok := c.at(t, d, i); ok {
					hits = append(hits, h)
				}
			}
		}
	}
	return hits
}

func beginningOf(t token) string {
	if len(t.norm) < prefixLength || t.kind != word {
		return ""
	}
	return t.norm[:prefixLength]
}

// at tries a rule's pattern at token i.
func (c candidate) at(t Text, d *document, i int) (hit, bool) {
	e := c.entry
	if e.Class != "" && e.Class != t.Class || e.Field != "" && e.Field != d.field {
		return hit{}, false
	}
	end := -1
	matched := c.match(d, i, func(j int) bool { end = j; return true })
	if !matched || excusedBefore(e.after, d, i) || excusedAround(e.unless, d, i, end) {
		return hit{}, false
	}
	return hit{
		start: d.tokens[i].start, end: d.tokens[end-1].end,
		rule: e.ID, severity: e.Severity, why: e.Why, instead: e.instead,
	}, true
}

// excusedBefore reports whether an exception ends right before token i, in the same clause.
func excusedBefore(exceptions []pattern, d *document, i int) bool {
	if d.tokens[i].pause > noPause {
		return false
	}
	for s := max(0, i-reachBefore); s < i; s++ {
		if slices.ContainsFunc(exceptions, func(p pattern) bool {
			return p.match(d, s, func(end int) bool { return end == i })
		}) {
			return true
		}
	}
	return false
}

// excusedAround reports whether an exception stands in the sentence of tokens [start, end).
func excusedAround(exceptions []pattern, d *document, start, end int) bool {
	if len(exceptions) == 0 {
		return false
	}
	from, to := start, end
	for from > max(0, start-reachAround) && d.tokens[from].pause < sentence {
		from--
	}
	for to < min(len(d.tokens), end+reachAround) && d.tokens[to].pause < sentence {
		to++
	}
	for s := from; s < to; s++ {
		if slices.ContainsFunc(exceptions, func(p pattern) bool {
			return p.match(d, s, func(int) bool { return true })
		}) {
			return true
		}
	}
	return false
}
