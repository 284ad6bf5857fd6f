package mail

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// textOf returns the text of an HTML mail. What stands in blockquotes is marked
// with ">" as in a plain mail, so that one set of rules finds what is quoted.
func textOf(source string) string {
	t := textWriter{}
	tokens := html.NewTokenizer(strings.NewReader(source))
	for {
		switch tokens.Next() {
		case html.ErrorToken: // the end, or nothing more that makes sense
			return t.out.String()
		case html.TextToken:
			if t.hidden == 0 {
				t.write(string(tokens.Text()))
			}
		case html.StartTagToken:
			name, _ := tokens.TagName()
			t.open(atom.Lookup(name))
		case html.SelfClosingTagToken:
			name, _ := tokens.TagName()
			if tag := atom.Lookup(name); isBlock(tag) {
				t.open(tag)
			}
		case html.EndTagToken:
			name, _ := tokens.TagName()
			t.close(atom.Lookup(name))
		}
	}
}

type textWriter struct {
	out    strings.Builder
	inLine bool // words stand on the present line
	space  bool // one is due before the next word
	quotes int  // blockquotes that are open
	hidden int  // elements that are open whose text nobody sees
}

func (t *textWriter) open(tag atom.Atom) {
	switch {
	case isHidden(tag):
		t.hidden++
	case tag == atom.Blockquote:
		t.newline()
		t.quotes++
	case tag == atom.Br:
		t.breakLine()
	case isBlock(tag):
		t.newline()
	}
	if tag == atom.Body {
		t.hidden = 0 // a head that was never closed
	}
}

func (t *textWriter) close(tag atom.Atom) {
	switch {
	case isHidden(tag):
		t.hidden = max(0, t.hidden-1)
	case tag == atom.Blockquote:
		t.newline()
		t.quotes = max(0, t.quotes-1)
	case isBlock(tag):
		t.newline()
	}
}

// write adds text with its white space collapsed.
func (t *textWriter) write(text string) {
	for i, word := range strings.Fields(text) {
		if i > 0 || t.space || startsWithSpace(text) {
			t.space = t.inLine
		}
		if !t.inLine && t.quotes > 0 {
			t.out.WriteString("> ")
		}
		if t.space {
			t.out.WriteByte(' ')
		}
		t.out.WriteString(word)
		t.inLine, t.space = true, false
	}
	if text != "" && strings.TrimRight(text, " \t\r\n\u00a0") != text {
		t.space = t.inLine
	}
}

func startsWithSpace(text string) bool { return strings.TrimLeft(text, " \t\r\n\u00a0") != text }

// newline begins a line unless one has just begun.
func (t *textWriter) newline() {
	if t.inLine {
		t.breakLine()
	}
}

func (t *textWriter) breakLine() {
	t.out.WriteByte('\n')
	t.inLine, t.space = false, false
}

func isHidden(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Template:
		return true
	}
	return false
}

func isBlock(tag atom.Atom) bool {
	switch tag {
	case atom.P, atom.Div, atom.Br, atom.Hr, atom.Li, atom.Ul, atom.Ol, atom.Table, atom.Tr, atom.Td, atom.Pre,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Body, atom.Section, atom.Article, atom.Header, atom.Footer:
		return true
	}
	return false
}
