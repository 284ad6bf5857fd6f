package password

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wellKnown are words that people who try passwords try first.
//
//go:embed wellknown.txt
var wellKnown string

// rows are what fingers run along.
var rows = []string{
	"abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qazwsxedcrfvtgbyhnujmikolp", "qwertzuiopasdfghjklyxcvbnm",
}

// unmasked turns signs that stand for letters back.
var unmasked = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "@", "a", "$", "s", "!", "i")

// common reports whether a password is nothing but one or two of the well-known
// words, of the words in about or of rows of keys, whatever digits and signs stand
// between them.
func common(text string, about []string) bool {
	text = strings.ToLower(text)
	known := strings.Fields(wellKnown)
	for _, a := range about {
		words := strings.FieldsFunc(strings.ToLower(a), func(r rune) bool { return !unicode.IsLetter(r) })
		known = append(known, append(words, strings.Join(words, ""))...)
	}
	inner := strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '@' && r != '$' })
	for _, letters := range []string{lettersOf(text), lettersOf(unmasked.Replace(inner))} {
		if guessed(once(letters), known) {
			return true
		}
	}
	return false
}

func lettersOf(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, text)
}

// once takes a text that is the same over and over for that.
func once(text string) string {
	for n := 1; n <= len(text)/2; n++ {
		if len(text)%n == 0 && strings.Repeat(text[:n], len(text)/n) == text {
			return text[:n]
		}
	}
	return text
}

// guessed reports whether letters are at most two pieces that somebody would try.
func guessed(letters string, known []string) bool {
	for i := range len(letters) + 1 {
		if easy(letters[:i], known) && easy(letters[i:], known) {
			return true
		}
	}
	return false
}

func easy(piece string, known []string) bool {
	return utf8.RuneCountInString(once(piece)) <= 1 || slices.Contains(known, piece) || slices.ContainsFunc(rows, func(row string) bool {
		return strings.Contains(row, piece) || strings.Contains(row, backwards(piece))
	})
}

func backwards(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}
