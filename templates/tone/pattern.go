package tone

import (
	"fmt"
	"strings"
)

// A pattern describes words in a row, within one clause unless it says otherwise:
//
//	book now          these words (contractions may be written either way: don't, do not)
//	declin*           a word that begins so
//	(act|come in)     one of these
//	please?           this or nothing; also (…)? and @group?
//	@day              one of a group, from words.<language>.yaml
//	<num> <money>     a value: num, money, percent, phone, link, date, tag, any
//	..3               up to three words, in the same clause
//	...8              up to eight words, in the same sentence: commas may stand between
//	^                 the beginning of a clause, or after "please", "and" and the like (group "lead")
//	$                 the end of a clause
//
// It is compiled to steps that call on: a step tries its ways to match from token i and calls then with
// the token after; it reports whether one of the ways led to the end.
type step func(d *document, i int, then func(int) bool) bool

// pattern is a compiled pattern.
type pattern struct {
	match step
	first []opening
}

// opening is one way in which a pattern can begin; it spares us trying each pattern at each token.
type opening struct {
	id     int    // of a word
	prefix string // or the beginning of one
	kind   kind   // or a value
}

// node is a parsed part of a pattern.
type node struct {
	run   step
	first []opening
	empty bool // may match nothing, so that what follows may come first
	gap   bool // has its own rule about the pauses around it

	oneOf wordSet // the words that it matches, if it matches just one word out of these
}

// vocabulary is what patterns of one language are compiled with.
type vocabulary struct {
	groups map[string][]string // name -> patterns
	lead   map[string]bool     // words after which a clause begins
	parsed map[string]node     // groups already compiled
	lexicon
}

type compiler struct {
	*vocabulary
	src string
	pos int
}

// compilePattern compiles a pattern over a vocabulary, and adds its words to it.
func compilePattern(src string, v *vocabulary) (pattern, error) {
	c := compiler{vocabulary: v, src: src}
	n, err := c.alternatives()
	if err == nil && c.pos < len(c.src) {
		err = fmt.Errorf("unexpected %q at %d", c.src[c.pos], c.pos+1)
	}
	if err == nil && n.empty {
		err = fmt.Errorf("it may match nothing")
	}
	if err != nil {
		return pattern{}, fmt.Errorf("pattern %q: %w", src, err)
	}
	return pattern{match: n.run, first: n.first}, nil
}

func (c *compiler) alternatives() (node, error) {
	var all []node
	for {
		n, err := c.sequence()
		if err != nil {
			return node{}, err
		}
		all = append(all, n)
		if c.pos >= len(c.src) || c.src[c.pos] != '|' {
			return oneOf(all), nil
		}
		c.pos++
	}
}

func (c *compiler) sequence() (node, error) {
	var parts []node
	for {
		for c.pos < len(c.src) && c.src[c.pos] == ' ' {
			c.pos++
		}
		if c.pos >= len(c.src) || c.src[c.pos] == '|' || c.src[c.pos] == ')' {
			if len(parts) == 0 {
				return node{}, fmt.Errorf("an alternative is empty at %d", c.pos+1)
			}
			return inRow(parts), nil
		}
		n, err := c.element()
		if err != nil {
			return node{}, err
		}
		parts = append(parts, n)
	}
}

func (c *compiler) element() (node, error) {
	var n node
	var err error
	if c.src[c.pos] == '(' {
		c.pos++
		if n, err = c.alternatives(); err != nil {
			return node{}, err
		}
		if c.pos >= len(c.src) || c.src[c.pos] != ')' {
			return node{}, fmt.Errorf("a bracket is not closed")
		}
		c.pos++
	} else {
		end := c.pos
		for end < len(c.src) && !strings.ContainsRune(" |()?", rune(c.src[end])) {
			end++
		}
		if end == c.pos {
			return node{}, fmt.Errorf("unexpected %q at %d", c.src[c.pos], c.pos+1)
		}
		if n, err = c.atom(c.src[c.pos:end]); err != nil {
			return node{}, err
		}
		c.pos = end
	}
	if c.pos < len(c.src) && c.src[c.pos] == '?' {
		c.pos++
		n = optional(n)
	}
	return n, nil
}

func (c *compiler) atom(a string) (node, error) {
	switch {
	case a == "^":
		return node{run: atClauseStart(c.lead), empty: true, gap: true}, nil
	case a == "$":
		return node{run: atClauseEnd, empty: true, gap: true}, nil
	case strings.HasPrefix(a, "@"):
		return c.group(a[1:])
	case strings.HasPrefix(a, "<"):
		return value(kind(strings.Trim(a, "<>")))
	case strings.HasPrefix(a, ".."):
		var n int
		dots := strings.TrimRight(a, "0123456789")
		if _, err := fmt.Sscan(a[len(dots):], &n); err != nil || len(dots) > 3 || n > 12 {
			return node{}, fmt.Errorf("%q is not a gap", a)
		}
		return gap(n, len(dots) == 3), nil
	}
	if prefix, ok := strings.CutSuffix(a, "*"); ok {
		if len(prefix) < prefixLength {
			return node{}, fmt.Errorf("%q is too short", a)
		}
		prefix = fold(prefix).text
		c.enter(prefix + "*")
		return beginning(prefix), nil
	}
	var words []node
	for _, w := range expand(fold(a).text) {
		words = append(words, anyOf(c.enter(w)))
	}
	return inRow(words), nil
}

func (c *compiler) group(name string) (node, error) {
	if n, ok := c.parsed[name]; ok {
		return n, nil
	}
	members, ok := c.groups[name]
	if !ok {
		return node{}, fmt.Errorf("no group is named %q", name)
	}
	var all []node
	for _, member := range members {
		inner := compiler{vocabulary: c.vocabulary, src: member}
		n, err := inner.alternatives()
		if err != nil {
			return node{}, fmt.Errorf("group %q: %w", name, err)
		}
		all = append(all, n)
	}
	n := oneOf(all)
	c.parsed[name] = n
	return n, nil
}
