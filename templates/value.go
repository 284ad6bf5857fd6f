package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Longest values, in characters. What is longer is cut and ends in "…": a name
// of 500 letters is a mistake of the source and must not fill the message.
const (
	maxName = 80
	maxText = 240
	maxLink = 2000
)

// clean makes a value from a database safe to put into a sentence: one line,
// single spaces, no control or direction-changing characters, NFC, at most
// limit characters. Emoji stay.
func clean(s string, limit int) string {
	if len(s) <= limit && isTidy(s) {
		return s
	}
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	var b strings.Builder
	count, space := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case !isVisible(r):
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
			count++
		}
		space = false
		if count >= limit {
			return cut(b.String(), limit)
		}
		b.WriteRune(r)
		count++
	}
	return b.String()
}

// isTidy reports whether s is plain ASCII that clean would not change.
func isTidy(s string) bool {
	if s == "" {
		return true
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || (c == ' ' && (i == 0 || s[i-1] == ' ')) {
			return false
		}
	}
	return s[len(s)-1] != ' '
}

// isVisible reports whether r may appear in a value. The joiner and the
// variation selectors belong to emoji; other format characters can only hide or
// reverse text.
func isVisible(r rune) bool {
	const zeroWidthJoiner = '\u200d'
	return r == zeroWidthJoiner || !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// cut shortens s to limit-1 characters and an ellipsis, not within an accented
// letter or a joined emoji.
func cut(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit-1 {
			s = s[:i]
			break
		}
		n++
	}
	s = strings.TrimRightFunc(s, func(r rune) bool {
		return r == '\u200d' || r == ' ' || unicode.In(r, unicode.Mn)
	})
	return s + "…"
}

// firstWord returns the first name of a full name.
func firstWord(name string) string {
	name = strings.TrimSpace(name)
	if i := strings.IndexFunc(name, unicode.IsSpace); i > 0 {
		return name[:i]
	}
	return name
}

// position returns the 1-based line and character column of offset in text.
func position(text string, offset int) (line, column int) {
	offset = min(offset, len(text))
	line = 1 + strings.Count(text[:offset], "\n")
	start := strings.LastIndexByte(text[:offset], '\n') + 1
	return line, 1 + utf8.RuneCountInString(text[start:offset])
}
