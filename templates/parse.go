package templates

import (
	"fmt"
	"strings"
	"unicode"
)

// Limits of a template. They are far above any sensible message and keep a
// pasted document from becoming one.
const (
	maxSource = 16 << 10 // bytes of a template or playbook file
	maxOutput = 32 << 10 // bytes of a rendered body
	maxDepth  = 4        // conditions and lists within each other
)

// Template is a parsed template. It is safe for concurrent use.
type Template struct {
	Head
	subject []node
	body    []node
	// doubts are the placeholders that may be empty and have no default.
	doubts Problems
	// bodyText is the body as written; the others say where the parts stand in the file.
	bodyText                             string
	bodyLine, subjectLine, subjectColumn int
}

// Parse reads a template file. It returns all the problems at once; with any
// there is no template.
func Parse(source []byte) (*Template, Problems) {
	if len(source) > maxSource {
		return nil, Problems{{Line: 1, Message: fmt.Sprintf(
			"the file has %d bytes; a template may have at most %d", len(source), maxSource)}}
	}
	text, ok := normalLines(source)
	if !ok {
		return nil, Problems{{Line: 1, Message: "the file is not UTF-8 text; save it as UTF-8"}}
	}
	if i := strings.IndexFunc(text, isStray); i >= 0 {
		l, c := position(text, i)
		return nil, Problems{{l, c, "an invisible control character; delete it"}}
	}
	head, body, line, problems := splitHead(text)
	if len(problems) > 0 && body == "" {
		return nil, problems
	}
	t := &Template{
		Head: head.Head, bodyText: straighten(body), bodyLine: line,
		subjectLine: head.subjectLine, subjectColumn: head.subjectColumn,
	}
	b := parseTags(t.bodyText, func(at int) (int, int) {
		l, c := position(t.bodyText, at)
		return l + line - 1, c
	})
	subject := straighten(head.Subject)
	s := parseTags(subject, func(at int) (int, int) {
		_, c := position(subject, at)
		return head.subjectLine, head.subjectColumn + c - 1
	})
	t.body, t.subject = b.nodes, s.nodes
	t.doubts = append(s.doubts, b.doubts...)
	problems = append(problems, append(s.problems, b.problems...)...)
	if strings.TrimSpace(body) == "" {
		problems = append(problems, Problem{Line: line, Message: "the template has no text"})
	}
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	return t, nil
}

// isStray reports whether r has no place in a text file.
func isStray(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// tagParser builds the tree of a body from its pieces.
type tagParser struct {
	nodes    []node
	blocks   []*block
	problems Problems
	doubts   Problems
	position func(at int) (line, column int)
}

// block is an open {{if}} or {{range}}.
type block struct {
	keyword string
	at      int
	body    *[]node // where what follows goes
	cond    *conditional
	list    *repeated
	inElse  bool
}

func parseTags(body string, position func(int) (int, int)) *tagParser {
	p := &tagParser{position: position}
	for _, piece := range scan(body, p.report) {
		switch {
		case !piece.isTag:
			p.add(literal(piece.text))
		case strings.HasPrefix(piece.text, "/*") && strings.HasSuffix(piece.text, "*/"):
		default:
			p.tag(piece)
		}
	}
	for _, b := range p.blocks {
		p.report(b.at, fmt.Sprintf("this {{%s}} has no {{end}}", b.keyword))
	}
	return p
}

func (p *tagParser) report(at int, message string) {
	line, column := p.position(at)
	p.problems = append(p.problems, Problem{line, column, message})
}

func (p *tagParser) add(n node) {
	to := &p.nodes
	if len(p.blocks) > 0 {
		to = p.blocks[len(p.blocks)-1].body
	}
	*to = append(*to, n)
}

func (p *tagParser) tag(t piece) {
	if strings.HasPrefix(t.text, "-") || strings.HasSuffix(t.text, " -") {
		p.report(t.open, `no "-" within the braces: an {{if}}, {{else}}, {{range}} or {{end}} alone on its line leaves no empty line`)
		t.text = strings.Trim(t.text, "- ")
	}
	keyword, rest := splitKeyword(t.text)
	restAt := t.at + len(t.text) - len(rest)
	switch keyword {
	case "if":
		c := &conditional{}
		c.test = p.condition(rest, restAt)
		p.add(c)
		p.open(&block{keyword: "if", at: t.open, body: &c.then, cond: c})
	case "range":
		l := &repeated{}
		p.list(rest, restAt)
		p.add(l)
		p.open(&block{keyword: "range", at: t.open, body: &l.each, list: l})
	case "else":
		p.orElse(rest, restAt, t.open)
	case "end":
		p.end(rest, t.open)
	case "define", "block", "template", "with", "break", "continue":
		p.report(t.open, fmt.Sprintf("{{%s}} is not part of the template language; "+
			"there are placeholders, {{if}} and {{range services}}", keyword))
		if keyword == "define" || keyword == "block" || keyword == "with" {
			p.open(&block{keyword: keyword, at: t.open, body: new([]node)})
		}
	default:
		p.placeholder(t)
	}
}

func (p *tagParser) open(b *block) {
	if len(p.blocks) == maxDepth {
		p.report(b.at, fmt.Sprintf("more than %d conditions within each other; "+
			"use {{else if}} or two templates", maxDepth))
	}
	p.blocks = append(p.blocks, b)
}

func (p *tagParser) end(rest string, at int) {
	switch {
	case rest != "":
		p.report(at, "{{end}} stands alone, without further words")
	case len(p.blocks) == 0:
		p.report(at, "{{end}} has no {{if}} or {{range}} before it")
	}
	if len(p.blocks) > 0 {
		p.blocks = p.blocks[:len(p.blocks)-1]
	}
}

func (p *tagParser) orElse(rest string, restAt, at int) {
	if len(p.blocks) == 0 {
		p.report(at, "{{else}} has no {{if}} before it")
		return
	}
	b := p.blocks[len(p.blocks)-1]
	keyword, test := splitKeyword(rest)
	switch {
	case b.inElse:
		p.report(at, "nothing may follow {{else}} but {{end}}")
	case keyword == "if" && b.cond != nil:
		c := &conditional{test: p.condition(test, restAt+len(rest)-len(test))}
		b.cond.otherwise = []node{c}
		b.cond, b.body = c, &c.then
	case rest != "":
		p.report(at, `after {{else}} only "if" and a condition may follow`)
	case b.cond != nil:
		b.inElse, b.body = true, &b.cond.otherwise
	case b.list != nil:
		b.inElse, b.body = true, &b.list.none
	}
}

func (p *tagParser) list(rest string, at int) {
	switch {
	case rest != listName:
		p.report(at, "only the list services can be repeated: {{range services}}…{{end}}")
	case p.inList():
		p.report(at, "a list cannot be repeated within itself")
	}
}

func (p *tagParser) inList() bool {
	for _, b := range p.blocks {
		if b.keyword == "range" && !b.inElse {
			return true
		}
	}
	return false
}

// placeholder adds a value, and notes a doubt when it may turn out empty.
func (p *tagParser) placeholder(t piece) {
	e, ok := p.expression(t.text, t.at, false)
	if !ok {
		return
	}
	p.add(&value{e})
	if e.field.always || e.hasDefault || p.guarded(e.path) {
		return
	}
	line, column := p.position(t.open)
	p.doubts = append(p.doubts, Problem{line, column, e.path + " may be empty and has no default: " +
		"a customer without it would get no message"})
}

// guarded reports whether path is known to be there because of a condition around.
func (p *tagParser) guarded(path string) bool {
	for _, b := range p.blocks {
		if b.cond == nil || b.cond.test == nil || b.cond.test.path != path {
			continue
		}
		if b.cond.test.negated == b.inElse {
			return true
		}
	}
	return false
}

func (p *tagParser) condition(text string, at int) *expression {
	if text == "" {
		p.report(at, "if needs a condition, for example {{if first.price}}")
		return nil
	}
	e, ok := p.expression(text, at, true)
	if !ok {
		return nil
	}
	return &e
}
