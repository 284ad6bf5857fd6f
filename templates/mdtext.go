package templates

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
)

// lineWidth is where plain text is wrapped: the width old mail programs show.
const lineWidth = 72

// text writes the document as plain text.
func (m markdown) text() string {
	w := textWriter{source: m.source}
	w.out.Grow(len(m.source) + 512)
	w.blocks(m.root, "", "")
	return w.out.String()
}

type textWriter struct {
	source []byte
	out    strings.Builder
}

// blocks writes the blocks within parent. first is what the first line begins
// with, rest all the others.
func (w *textWriter) blocks(parent ast.Node, first, rest string) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n.PreviousSibling() != nil && !isTight(n.Parent()) {
			w.out.WriteString(strings.TrimRight(rest, " ") + "\n")
		}
		switch n := n.(type) {
		case *ast.List:
			w.list(n, first, rest)
		case *ast.Blockquote:
			w.blocks(n, first+"> ", rest+"> ")
		case *ast.ThematicBreak:
			w.out.WriteString(first + "---\n")
		default:
			w.wrap(w.inline(nil, n), first, rest)
		}
		first = rest
	}
}

func isTight(n ast.Node) bool {
	if item, ok := n.(*ast.ListItem); ok {
		n = item.Parent()
	}
	list, ok := n.(*ast.List)
	return ok && list.IsTight
}

func (w *textWriter) list(list *ast.List, first, rest string) {
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		if item.PreviousSibling() != nil && !list.IsTight {
			w.out.WriteString(strings.TrimRight(rest, " ") + "\n")
		}
		mark := "- "
		if list.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		w.blocks(item, first+mark, rest+strings.Repeat(" ", len(mark)))
		first = rest
	}
}

// inline appends the words of n; a line feed is a line break that is wanted.
func (w *textWriter) inline(out []byte, n ast.Node) []byte {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			out = appendPlain(out, c.Value(w.source))
			switch {
			case c.HardLineBreak():
				out = append(out, '\n')
			case c.SoftLineBreak():
				out = append(out, ' ')
			}
		case *ast.Link:
			out = w.link(out, c)
		default:
			out = w.inline(out, c)
		}
	}
	return out
}

// link writes the words and the address, once where they are the same.
func (w *textWriter) link(out []byte, n *ast.Link) []byte {
	words := w.inline(nil, n)
	out = append(out, words...)
	address := []byte(target(n))
	shown := bytes.TrimPrefix(bytes.TrimPrefix(address, []byte("mailto:")), []byte("tel:"))
	if len(address) == 0 || bytes.Contains(words, shown) {
		return out
	}
	return append(append(append(out, " ("...), shown...), ')')
}

// wrap writes words in lines of at most lineWidth characters.
func (w *textWriter) wrap(words []byte, first, rest string) {
	prefix := first
	for line := range bytes.SplitSeq(words, []byte("\n")) {
		w.out.WriteString(prefix)
		width, indent := utf8.RuneCountInString(prefix), true
		for word := range bytes.FieldsSeq(line) {
			n := utf8.RuneCount(word)
			switch {
			case indent:
			case width+1+n > lineWidth:
				w.out.WriteString("\n" + rest)
				width = utf8.RuneCountInString(rest)
			default:
				w.out.WriteByte(' ')
				width++
			}
			w.out.Write(word)
			width, indent = width+n, false
		}
		w.out.WriteByte('\n')
		prefix = rest
	}
}
