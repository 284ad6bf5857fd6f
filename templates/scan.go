package templates

import (
	"strings"
	"unicode/utf8"
)

// A piece is a stretch of literal text or one tag, {{…}}.
type piece struct {
	text  string // the literal text, or what stands between the braces without outer spaces
	at    int    // where text begins in the body
	isTag bool
	open  int // for a tag: where its {{ begins
}

// scan cuts a body into pieces. Tags that are never closed and closings that
// were never opened are handed to report and otherwise left out.
func scan(body string, report func(at int, message string)) []piece {
	var pieces []piece
	literal := func(from, to int) {
		text := body[from:to]
		if i := strings.Index(text, "}}"); i >= 0 {
			report(from+i, `"}}" has no "{{" before it`)
		}
		if text != "" {
			pieces = append(pieces, piece{text: text, at: from})
		}
	}
	from := 0
	for {
		i := strings.Index(body[from:], "{{")
		if i < 0 {
			literal(from, len(body))
			return pieces
		}
		open := from + i
		end := tagEnd(body, open+2)
		if end < 0 {
			literal(from, open)
			report(open, `this "{{" is never closed with "}}"`)
			from = open + 2
			continue
		}
		inner := body[open+2 : end-2]
		text := strings.TrimSpace(inner)
		before, after := open, end
		if standsAlone(text) {
			before, after = wholeLine(body, from, open, end)
		}
		literal(from, before)
		pieces = append(pieces, piece{
			text: text, at: open + 2 + strings.Index(inner, text), isTag: true, open: open,
		})
		from = after
	}
}

// tagEnd returns the offset after the "}}" that closes the tag whose content
// begins at from, or -1. Braces within quotes do not close it.
func tagEnd(body string, from int) int {
	quoted := false
	for i := from; i < len(body); i++ {
		switch c := body[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == '\n':
			quoted = false // a string ends with its line: the missing quote is reported later
		case quoted:
		case strings.HasPrefix(body[i:], "{{"):
			return -1
		case strings.HasPrefix(body[i:], "}}"):
			return i + 2
		}
	}
	if i := strings.Index(body[from:], "}}"); i >= 0 && !strings.Contains(body[from:from+i], "{{") {
		return from + i + 2
	}
	return -1
}

// standsAlone reports whether the tag says nothing itself, so that a line of
// its own is only there for the reader of the template.
func standsAlone(tag string) bool {
	switch keyword, _ := splitKeyword(tag); keyword {
	case "if", "else", "end", "range":
		return true
	}
	return strings.HasPrefix(tag, "/*")
}

// wholeLine widens [open, end) to the whole line, its line break included, when
// there is nothing else on it. It does not go back before from.
func wholeLine(body string, from, open, end int) (int, int) {
	start := from + strings.LastIndexByte(body[from:open], '\n') + 1
	if start == from && from > 0 && body[from-1] != '\n' {
		return open, end
	}
	stop := end + strings.IndexByte(body[end:], '\n') + 1
	if stop == end {
		stop = len(body)
	}
	if strings.TrimSpace(body[start:open]) != "" || strings.TrimSpace(body[end:stop]) != "" {
		return open, end
	}
	return start, stop
}

// splitKeyword returns the first word of a tag and the rest.
func splitKeyword(tag string) (keyword, rest string) {
	i := strings.IndexFunc(tag, func(r rune) bool { return r == ' ' || r == '\n' })
	if i < 0 {
		return tag, ""
	}
	return tag[:i], strings.TrimSpace(tag[i:])
}

// straighten replaces within tags the quotes and spaces that word processors
// put in, character for character, so that columns stay right.
func straighten(body string) string {
	var b strings.Builder
	for {
		i := strings.Index(body, "{{")
		if i < 0 {
			b.WriteString(body)
			return b.String()
		}
		end := strings.Index(body[i:], "}}")
		if end < 0 {
			end = len(body) - i
		}
		b.WriteString(body[:i])
		b.WriteString(strings.Map(straight, body[i:i+end]))
		body = body[i+end:]
	}
}

func straight(r rune) rune {
	switch r {
	case '“', '”', '„', '«', '»':
		return '"'
	case '‘', '’':
		return '\''
	case '\u00a0', '\u202f', '\t':
		return ' '
	}
	return r
}

// normalLines brings text of any editor to plain line feeds without a mark at
// its beginning. ok is false when it is not UTF-8.
func normalLines(source []byte) (text string, ok bool) {
	text = strings.TrimPrefix(string(source), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return text, utf8.ValidString(text)
}
