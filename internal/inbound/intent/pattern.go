package intent

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A pattern describes words in a row, within one clause unless it says
// otherwise. It is read into a tree of nodes, which type matcher finds in the
// tokens of a message: words, and the marks ". , ?" between clauses.
//
//	stop texting      these words
//	text*             a word that begins so
//	(a|b c)           one of these
//	please?           this or nothing; also (…)? and @group?
//	@me               a group of words.yaml, of the pattern's language or of all
//	..3               up to three words in the same clause
//	...8              up to eight words in the same sentence: commas may stand between
//	^                 the beginning of a clause, with "please", "and" and the like (group lead)
//	$                 the end of a clause, with "please", "now" and the like (group tail)
//	^^ $$             the beginning and the end of the message
//	?$                the end of a question
//	[by-the-shop]     a harmless phrase that was put out of sight, by its name
type node struct {
	kind  kind
	parts []node // of a sequence, a choice or an option
	class int    // of a token: its number in the lexicon
	words int    // of a gap: at most so many
}

type kind int

const (
	token       kind = iota // one token of a class
	sequence                // the parts, one after the other
	choice                  // one of the parts
	option                  // the part, or nothing
	gap                     // so many words at most
	gapCommas               // the same, with commas between them
	clauseStart             // ^
	clauseEnd               // $
	textStart               // ^^
	textEnd                 // $$
)

var (
	lexeme = regexp.MustCompile(`\^\^|\$\$|\?\$|[()|?^$ ]|[^()|?^$ ]+`)
	plain  = regexp.MustCompile(`^[\pL\pN]+\*?$`)
	marker = regexp.MustCompile(`^\[[a-z-]+\]$`)
	gaps   = regexp.MustCompile(`^(\.\.\.?)([1-9]|1[0-2])$`)
)

// vocabulary reads the patterns of one language.
type vocabulary struct {
	lexicon *lexicon
	groups  map[string]string // name -> patterns, one a line
	read    map[string]node   // groups read already
}

// lines reads patterns, one a line, as a choice. A line that begins with # is a
// comment.
func (v *vocabulary) lines(patterns string) (node, error) {
	var all []node
	for line := range strings.Lines(patterns) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		p := parser{vocabulary: v, rest: slices.DeleteFunc(lexeme.FindAllString(line, -1), func(lex string) bool { return lex == " " })}
		n, err := p.choice()
		if err == nil && len(p.rest) > 0 {
			err = fmt.Errorf("%q has nothing before it", p.rest[0])
		}
		if err != nil {
			return node{}, fmt.Errorf("pattern %q: %w", line, err)
		}
		all = append(all, n)
	}
	return v.oneOf(all), nil
}

// group reads a group, once.
func (v *vocabulary) group(name string) (node, error) {
	if n, ok := v.read[name]; ok {
		return n, nil
	}
	patterns, ok := v.groups[name]
	if !ok {
		return node{}, fmt.Errorf("no group is named %q", name)
	}
	n, err := v.lines(patterns)
	if err != nil {
		return node{}, fmt.Errorf("group %q: %w", name, err)
	}
	v.read[name] = n
	return n, nil
}

// oneOf makes a choice. Tokens among the alternatives become one token of a
// wider class, for that is looked up at once, however wide.
func (v *vocabulary) oneOf(alternatives []node) node {
	var flat, others []node
	for _, n := range alternatives {
		if n.kind == choice {
			flat = append(flat, n.parts...)
		} else {
			flat = append(flat, n)
		}
	}
	var words []string
	for _, n := range flat {
		if n.kind == token {
			words = append(words, v.lexicon.classes[n.class]...)
		} else {
			others = append(others, n)
		}
	}
	if len(words) > 0 {
		others = append(others, v.lexicon.token(words...))
	}
	if len(others) == 1 {
		return others[0]
	}
	return node{kind: choice, parts: others}
}

// parser reads one pattern.
type parser struct {
	*vocabulary
	rest []string
}

func (p *parser) next() string {
	if len(p.rest) == 0 {
		return ""
	}
	return p.rest[0]
}

func (p *parser) choice() (node, error) {
	var all []node
	for {
		n, err := p.sequence()
		if err != nil {
			return node{}, err
		}
		all = append(all, n)
		if p.next() != "|" {
			return p.oneOf(all), nil
		}
		p.rest = p.rest[1:]
	}
}

func (p *parser) sequence() (node, error) {
	var all []node
	for p.next() != "" && p.next() != "|" && p.next() != ")" {
		n, err := p.item()
		if err != nil {
			return node{}, err
		}
		if p.next() == "?" {
			p.rest = p.rest[1:]
			n = node{kind: option, parts: []node{n}}
		}
		all = append(all, n)
	}
	switch len(all) {
	case 0:
		return node{}, fmt.Errorf("an alternative is empty")
	case 1:
		return all[0], nil
	}
	return node{kind: sequence, parts: all}, nil
}

func (p *parser) item() (node, error) {
	lex := p.next()
	p.rest = p.rest[1:]
	switch lex {
	case "(":
		n, err := p.choice()
		if err == nil && p.next() != ")" {
			err = fmt.Errorf("a parenthesis is not closed")
		}
		if err != nil {
			return node{}, err
		}
		p.rest = p.rest[1:]
		return n, nil
	case "^^":
		return node{kind: textStart}, nil
	case "$$":
		return node{kind: textEnd}, nil
	case "^":
		return node{kind: clauseStart}, nil
	case "$":
		return node{kind: clauseEnd}, nil
	case "?$":
		return p.lexicon.token("?"), nil
	}
	if name, ok := strings.CutPrefix(lex, "@"); ok {
		return p.group(name)
	}
	if m := gaps.FindStringSubmatch(lex); m != nil {
		words, err := strconv.Atoi(m[2])
		if m[1] == "..." {
			return node{kind: gapCommas, words: words}, err
		}
		return node{kind: gap, words: words}, err
	}
	if marker.MatchString(lex) {
		comma := node{kind: option, parts: []node{p.lexicon.token(",")}}
		return node{kind: sequence, parts: []node{p.lexicon.token(lex), comma}}, nil
	}
	if !plain.MatchString(lex) {
		return node{}, fmt.Errorf("%q is no word", lex)
	}
	return p.lexicon.token(lex), nil
}
