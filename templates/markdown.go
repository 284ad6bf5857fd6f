package templates

import (
	"html"
	"net/url"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdownParser knows paragraphs, headings, lists, quotes, emphasis, links and
// line breaks. Without code and raw HTML there is no place where an escaped
// value would be shown or run as something else.
var markdownParser = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewThematicBreakParser(), 100),
			util.Prioritized(parser.NewListParser(), 200),
			util.Prioritized(parser.NewListItemParser(), 300),
			util.Prioritized(parser.NewATXHeadingParser(), 400),
			util.Prioritized(parser.NewBlockquoteParser(), 500),
			util.Prioritized(parser.NewParagraphParser(), 600),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewLinkParser(), 100),
			util.Prioritized(parser.NewEmphasisParser(), 200),
		),
	)
})

// markdown is a parsed document; text and HTML are written from it.
type markdown struct {
	source []byte
	root   ast.Node
}

func parseMarkdown(source []byte) markdown {
	return markdown{source, markdownParser().Parse(text.NewReader(source))}
}

// appendEscaped appends value so that Markdown shows it as it is.
func appendEscaped(out []byte, value string) []byte {
	for i := range len(value) {
		if util.IsPunct(value[i]) {
			out = append(out, '\\')
		}
		out = append(out, value[i])
	}
	return out
}

// appendPlain appends a stretch of Markdown text with its escapes resolved.
func appendPlain(out, segment []byte) []byte {
	for i := 0; i < len(segment); i++ {
		c := segment[i]
		switch {
		case c == '\\' && i+1 < len(segment) && util.IsPunct(segment[i+1]):
			i++
			out = append(out, segment[i])
		case c == '&':
			entity, length := resolveEntity(segment[i:])
			out = append(out, entity...)
			i += length - 1
		default:
			out = append(out, c)
		}
	}
	return out
}

// resolveEntity returns the character of an entity such as "&nbsp;" at the
// beginning of s, or "&" itself, and how many bytes it stands for.
func resolveEntity(s []byte) (string, int) {
	const longest = 12
	for i := 1; i < min(len(s), longest); i++ {
		if s[i] == ';' {
			if plain := html.UnescapeString(string(s[:i+1])); plain != string(s[:i+1]) {
				return plain, i + 1
			}
			break
		}
	}
	return "&", 1
}

// target returns the address of a link, "" when it is none a customer should be
// led to.
func target(n *ast.Link) string {
	address := string(appendPlain(nil, n.Destination))
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host != "" {
			return address
		}
	case "mailto", "tel":
		return address
	}
	return ""
}
