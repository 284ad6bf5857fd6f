package intent

import (
	"strings"
	"unicode"
)

// spelling sets words right.
type spelling struct {
	Control string            `yaml:"control"` // words of refusal, found also behind digits, signs and repeated letters
	Long    string            `yaml:"long"`    // words found also with one error
	Short   string            `yaml:"abbreviated"`
	Fix     map[string]string `yaml:"fix"` // what people type -> the words they mean

	short   map[string]bool
	control map[string]bool
	longest int // length of a word of control, in bytes
	long    []string
	known   map[string]bool // words of the rules, which are no errors
}

// prepare must be called after a spelling was read, and the rules.
func (s *spelling) prepare(words *lexicon) {
	s.control, s.short = set(s.Control), set(s.Short)
	for w := range s.control {
		s.longest = max(s.longest, len(w))
	}
	s.long = strings.Fields(s.Long)
	s.known = set(s.Long)
	for w := range words.words {
		s.known[w] = true
	}
}

// looksLike are digits, signs, and Cyrillic and Greek letters that are written
// for Latin ones.
var looksLike = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "$", "s", "@", "a",
	"а", "a", "в", "b", "е", "e", "і", "i", "ј", "j", "к", "k", "м", "m", "н", "h", "о", "o", "р", "p", "с", "c", "ѕ", "s",
	"т", "t", "у", "y", "х", "x", "α", "a", "ε", "e", "ι", "i", "ν", "v", "ο", "o", "ρ", "p", "τ", "t", "υ", "u")

// correct sets one word right; the result may be several words.
func (s *spelling) correct(word string) string {
	word = strings.Trim(word, "'")
	if fixed, ok := s.Fix[word]; ok {
		return fixed
	}
	if stem, suffix, ok := strings.Cut(word, "'"); ok {
		return s.contraction(stem, suffix)
	}
	if s.control[word] || word == "" || strings.IndexFunc(word, unicode.IsLetter) < 0 {
		return word
	}
	bare := squeeze(looksLike.Replace(word), 1)
	if fixed, ok := s.Fix[bare]; ok && bare != word && strings.HasPrefix(fixed, "stop") {
		return fixed
	}
	if s.control[bare] {
		return bare
	}
	if half := repeated(bare); s.control[half] {
		return half
	}
	word = squeeze(word, 2)
	if fixed, ok := s.Fix[squeeze(word, 1)]; ok && len(word) > 3 && squeeze(word, 1) != word {
		return fixed
	}
	if s.known[word] {
		return word
	}
	if strings.HasSuffix(word, "in") && s.known[word+"g"] {
		return word + "g" // "textin"
	}
	for _, long := range s.long {
		if oneError(word, long) {
			return long
		}
	}
	return word
}

func (s *spelling) contraction(stem, suffix string) string {
	if fixed, ok := s.Fix[stem+suffix]; ok && suffix == "t" {
		return fixed
	}
	switch suffix {
	case "m":
		return stem + " am"
	case "re":
		return stem + " are"
	case "ve":
		return stem + " have"
	case "ll":
		return stem + " will"
	case "d":
		return stem + " would"
	case "s":
		return stem + " is"
	}
	return strings.ReplaceAll(stem+suffix, "'", "")
}

// join puts letters set apart together, if they make words of refusal; the
// pauses around them stay.
func (s *spelling) join(found string) string {
	letters := notLetters.ReplaceAllString(found, "")
	words := ""
	for rest := letters; rest != ""; {
		w := s.control1(rest)
		if w == "" {
			return found
		}
		words += " " + w
		rest = rest[len(w):]
	}
	last := found[len(found)-1:]
	if unicode.IsLetter(rune(last[0])) {
		last = ""
	}
	return words + last
}

// control1 is the longest word of refusal, or other word people write so, that
// text begins with.
func (s *spelling) control1(text string) string {
	for n := min(len(text), s.longest); n > 1; n-- {
		if s.control[text[:n]] {
			return text[:n]
		}
	}
	return ""
}

// squeeze shortens runs of the same letter to at most n.
func squeeze(word string, n int) string {
	var b strings.Builder
	var last rune
	run := 0
	for _, c := range word {
		if c != last {
			run = 0
		}
		run++
		last = c
		if run <= n || unicode.IsDigit(c) {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// repeated is the word that a word consists of, as in "stopstopstop".
func repeated(word string) string {
	for n := 3; n <= len(word)/2; n++ {
		if len(word)%n == 0 && strings.Repeat(word[:n], len(word)/n) == word {
			return word[:n]
		}
	}
	return word
}

// oneError reports whether a and b differ by one letter too many, too few,
// changed, or by two neighbors exchanged.
func oneError(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) || a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
