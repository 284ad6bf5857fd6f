package tone

// How far around the words found an exception is looked for, in tokens: enough for a long sentence, and
// a bound on the work in a text without full stops.
const (
	reachBefore = 8
	reachAround = 30
)

// hits returns where the rules of one language speak against a text.
func (b *book) hits(t Text, d *document) []hit {
	var hits []hit
	covered := map[string]int{} // rule -> the token after its last words
	for i, tok := range d.tokens {
		for c := range b.find.at(tok) {
			if i < covered[c.entry.ID] || !c.entry.appliesTo(t, d) {
				continue
			}
			end := -1
			if !c.match(d, i, func(j int) bool { end = j; return true }) || c.entry.excused(d, i, end) {
				continue
			}
			covered[c.entry.ID] = end
			hits = append(hits, hit{
				start: tok.start, end: d.tokens[end-1].end,
				rule: c.entry.ID, severity: c.entry.Severity, why: c.entry.Why, instead: c.entry.instead,
			})
		}
	}
	return hits
}

func (e *entry) appliesTo(t Text, d *document) bool {
	return (e.Class == "" || e.Class == t.Class) && (e.Field == "" || e.Field == d.field)
}

// excused reports whether an exception holds for the words in tokens [start, end).
func (e *entry) excused(d *document, start, end int) bool {
	if d.tokens[start].pause == noPause {
		for s := max(0, start-reachBefore); s < start; s++ {
			if matches(e.after, d, s, func(to int) bool { return to == start }) {
				return true
			}
		}
	}
	from, to := start, end
	for from > max(0, start-reachAround) && d.tokens[from].pause < sentence {
		from--
	}
	for to < min(len(d.tokens), end+reachAround) && d.tokens[to].pause < sentence {
		to++
	}
	for s := from; s < to; s++ {
		if matches(e.unless, d, s, anywhere) {
			return true
		}
	}
	return false
}
