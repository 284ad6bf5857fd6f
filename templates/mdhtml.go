package templates

import (
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Styles are inline because mail programs drop style sheets; colors are left to
// the reader's light or dark scheme wherever possible.
const (
	styleBlock = ` style="margin:0 0 16px"`
	styleList  = ` style="margin:0 0 16px;padding-left:24px"`
	styleItem  = ` style="margin:0 0 6px"`
	styleTitle = ` style="margin:24px 0 8px;font-size:18px;line-height:1.3"`
	styleQuote = ` style="margin:0 0 16px;padding-left:12px;border-left:3px solid #999999"`
	styleRule  = ` style="margin:24px 0;border:0;border-top:1px solid #999999"`
)

// writeHTML writes the document as the inside of a page.
func (m markdown) writeHTML(out *strings.Builder) {
	w := htmlWriter{m.source, out}
	w.children(m.root)
}

type htmlWriter struct {
	source []byte
	out    *strings.Builder
}

func (w htmlWriter) children(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c)
	}
}

func (w htmlWriter) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		w.text(n)
	case *ast.TextBlock: // the words of a tight list's item
		w.children(n)
	case *ast.Paragraph:
		w.element("p", styleBlock, n)
	case *ast.Heading:
		w.element("h"+strconv.Itoa(min(n.Level+1, 6)), styleTitle, n) // h1 is the shop's name
	case *ast.List:
		w.list(n)
	case *ast.ListItem:
		w.element("li", styleItem, n)
	case *ast.Blockquote:
		w.element("blockquote", styleQuote, n)
	case *ast.ThematicBreak:
		w.out.WriteString("<hr" + styleRule + ">\n")
	case *ast.Emphasis:
		w.inline([...]string{"em", "strong"}[min(n.Level, 2)-1], "", n)
	case *ast.Link:
		w.link(n)
	default:
		w.children(n)
	}
}

func (w htmlWriter) text(n *ast.Text) {
	w.out.WriteString(html.EscapeString(string(appendPlain(nil, n.Value(w.source)))))
	switch {
	case n.HardLineBreak():
		w.out.WriteString("<br>\n")
	case n.SoftLineBreak():
		w.out.WriteByte('\n')
	}
}

func (w htmlWriter) element(name, attributes string, n ast.Node) {
	w.inline(name, attributes, n)
	w.out.WriteByte('\n')
}

func (w htmlWriter) inline(name, attributes string, n ast.Node) {
	w.out.WriteString("<" + name + attributes + ">")
	w.children(n)
	w.out.WriteString("</" + name + ">")
}

func (w htmlWriter) list(n *ast.List) {
	if !n.IsOrdered() {
		w.element("ul", styleList, n)
		return
	}
	start := ""
	if n.Start != 1 {
		start = ` start="` + strconv.Itoa(n.Start) + `"`
	}
	w.element("ol", styleList+start, n)
}

func (w htmlWriter) link(n *ast.Link) {
	address := target(n)
	if address == "" {
		w.children(n)
		return
	}
	w.inline("a", ` href="`+html.EscapeString(address)+`"`, n)
}
