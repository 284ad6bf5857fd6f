package intent

import (
	"math/bits"
	"strings"
)

// matcher finds patterns in the tokens of one message. It does not try a
// pattern at one place after the other, but follows it at all places at once:
// a set has a bit for every place between two tokens, and a token of a pattern
// moves the bits that stand before such a token past it. So the time grows with
// the length of the message and not faster, whatever its words.
type matcher struct {
	lexicon *lexicon
	lead    phrases // courtesy before what a clause asks for
	tail    phrases // and after it
	tokens  []string
	width   int      // of a set, in machine words
	classes []uint64 // for each class the set of places before such a token
	sets    []uint64 // those that follow, and passing ones
	words   places   // places before a word
	ends    []int    // for each place, the next mark
	leads   places   // places up to which words of courtesy reach from a mark
	tails   places   // places from which words of courtesy reach a mark
	from    int      // only this part of sets is looked at:
	to      int      // from and to in machine words
	used    int      // how much of sets is in use
}

type places []uint64

func (s places) has(i int) bool { return s[i/64]>>(i%64)&1 != 0 }
func (s places) add(i int)      { s[i/64] |= 1 << (i % 64) }

// span is how far a phrase reaches that is put out of sight, in machine words:
// more than 128 tokens, several times as many as the longest pattern has.
const span = 3

// passing is how many sets a pattern usually needs on the way.
const passing = 64

// load makes other tokens the message.
func (m *matcher) load(tokens []string) {
	width := len(tokens)/64 + 1
	m.tokens, m.width, m.from, m.to = tokens, width, 0, width
	m.classes = cleared(m.classes, width*len(m.lexicon.classes))
	m.sets = cleared(m.sets, (3+passing)*width)
	m.words, m.leads, m.tails = m.sets[:width], m.sets[width:2*width], m.sets[2*width:3*width]
	m.used = 3 * width
	m.ends = cleared(m.ends, len(tokens)+1)
	m.ends[len(tokens)] = len(tokens)
	for i := len(tokens) - 1; i >= 0; i-- {
		m.ends[i] = m.ends[i+1]
		if isMark(tokens[i]) {
			m.ends[i] = i
		} else {
			m.words.add(i)
		}
		m.lexicon.each(tokens[i], func(class int) { m.class(class).add(i) })
	}
	m.courtesy()
}

// cleared is s with n zero elements, or a new slice if it is too short.
func cleared[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

func isMark(token string) bool { return token == "." || token == "," || token == "?" }

// courtesy finds the places that clauseStart and clauseEnd reach.
func (m *matcher) courtesy() {
	for i, t := range m.tokens {
		if isMark(t) {
			m.leads.add(i + 1)
		}
		if m.leads.has(i) {
			m.phrasesAt(m.lead, i, m.leads.add)
		}
	}
	for i := len(m.tokens) - 1; i >= 0; i-- {
		if isMark(m.tokens[i]) {
			m.tails.add(i)
			continue
		}
		m.phrasesAt(m.tail, i, func(end int) {
			if m.tails.has(end) {
				m.tails.add(i)
			}
		})
	}
}

// phrasesAt calls found with the end of each phrase of p at place i.
func (m *matcher) phrasesAt(p phrases, i int, found func(end int)) {
	if i == m.ends[i] || !p.first[m.tokens[i]] {
		return
	}
	for n := 1; n <= p.longest && i+n <= m.ends[i]; n++ {
		if p.all[strings.Join(m.tokens[i:i+n], " ")] {
			found(i + n)
		}
	}
}

func (m *matcher) class(number int) places { return m.classes[number*m.width : (number+1)*m.width] }

// take lends an empty set, until m.used is put back.
func (m *matcher) take() places {
	end := m.used + m.width
	if end > len(m.sets) {
		return make(places, m.width)
	}
	s := places(m.sets[m.used:end:end])
	m.used = end
	clear(s[m.from:m.to])
	return s
}

// found reports whether the message has a phrase that fits n.
func (m *matcher) found(n *node) bool {
	used := m.used
	defer func() { m.used = used }()
	all, ends := m.take(), m.take()
	for i := range m.width {
		all[i] = ^uint64(0)
	}
	all[m.width-1] = 2<<(len(m.tokens)%64) - 1
	m.follow(n, all, ends)
	return !m.empty(ends)
}

// eachAt calls found with the end of each phrase at place i that fits n, the
// nearest first.
func (m *matcher) eachAt(n *node, i int, found func(end int)) {
	used := m.used
	defer func() { m.used, m.from, m.to = used, 0, m.width }()
	m.from, m.to = i/64, min(i/64+span, m.width)
	start, ends := m.take(), m.take()
	start.add(i)
	m.follow(n, start, ends)
	for w := m.from; w < m.to; w++ {
		for rest := ends[w]; rest != 0; rest &= rest - 1 {
			found(w*64 + bits.TrailingZeros64(rest))
		}
	}
}

// meet reports whether a and b have a place in common.
func (m *matcher) meet(a, b places) bool {
	for w := m.from; w < m.to; w++ {
		if a[w]&b[w] != 0 {
			return true
		}
	}
	return false
}

func (m *matcher) empty(s places) bool {
	for _, w := range s[m.from:m.to] {
		if w != 0 {
			return false
		}
	}
	return true
}

// follow adds to ends the places where phrases end that fit n and begin at
// starts.
func (m *matcher) follow(n *node, starts, ends places) {
	switch n.kind {
	case token:
		m.pass(starts, m.class(n.class), ends)
	case sequence:
		if first := &n.parts[0]; first.kind != token || m.meet(starts, m.class(first.class)) {
			m.followAll(n.parts, starts, ends)
		}
	case choice:
		for i := range n.parts {
			m.follow(&n.parts[i], starts, ends)
		}
	case option:
		m.addAll(starts, ends)
		m.follow(&n.parts[0], starts, ends)
	case gap, gapCommas:
		m.followGap(n, starts, ends)
	default:
		m.followEdge(n.kind, starts, ends)
	}
}

func (m *matcher) followAll(parts []node, starts, ends places) {
	used := m.used
	defer func() { m.used = used }()
	for i := range parts[:len(parts)-1] {
		next := m.take()
		m.follow(&parts[i], starts, next)
		if m.empty(next) {
			return
		}
		starts = next
	}
	m.follow(&parts[len(parts)-1], starts, ends)
}

func (m *matcher) followGap(n *node, starts, ends places) {
	used := m.used
	defer func() { m.used = used }()
	here, next := m.take(), m.take()
	m.addAll(starts, here)
	for i := 0; ; i++ {
		if n.kind == gapCommas {
			m.pass(here, m.class(m.lexicon.comma), here)
		}
		m.addAll(here, ends)
		if i == n.words || m.empty(here) {
			return
		}
		clear(next[m.from:m.to])
		m.pass(here, m.words, next)
		here, next = next, here
	}
}

func (m *matcher) followEdge(k kind, starts, ends places) {
	last := len(m.tokens) - 1
	for w := m.from; w < m.to; w++ {
		for rest := starts[w]; rest != 0; rest &= rest - 1 {
			i := w*64 + bits.TrailingZeros64(rest)
			if i > last {
				return
			}
			mark := m.ends[i] == i
			switch {
			case k == clauseEnd && m.tails.has(i), k == textEnd && m.tails.has(i) && m.ends[i] == last:
				m.addWithin(ends, m.ends[i]+1)
			case k == clauseStart && mark, k == textStart && mark && i == 0 && m.tokens[0] == ".":
				for place := i + 1; place <= m.ends[i+1]; place++ {
					if m.leads.has(place) {
						m.addWithin(ends, place)
					}
				}
			}
		}
	}
}

// addWithin adds a place, if it is in the part that is looked at.
func (m *matcher) addWithin(s places, i int) {
	if i/64 < m.to {
		s.add(i)
	}
}

// pass adds to ends the places after the tokens before which a bit of starts
// stands.
func (m *matcher) pass(starts, tokens, ends places) {
	carry := uint64(0)
	for w := m.from; w < m.to; w++ {
		hit := starts[w] & tokens[w]
		ends[w] |= hit<<1 | carry
		carry = hit >> 63
	}
}

func (m *matcher) addAll(from, to places) {
	for w := m.from; w < m.to; w++ {
		to[w] |= from[w]
	}
}

// only reports whether the tokens, all words, are phrases that fit n and
// courtesy, with at least one of the former.
func (m *matcher) only(n *node, courtesy phrases) bool {
	length := len(m.tokens)
	before, after := make([]bool, length+1), make([]bool, length+1) // reached before and after the first that fits
	before[0] = true
	for i := range m.tokens {
		if !before[i] && !after[i] {
			continue
		}
		m.phrasesAt(courtesy, i, func(end int) {
			before[end] = before[end] || before[i]
			after[end] = after[end] || after[i]
		})
		m.eachAt(n, i, func(end int) { after[end] = true })
	}
	return after[length]
}
