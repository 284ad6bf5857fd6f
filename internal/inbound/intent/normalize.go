package intent

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longest is how much of a reply is read, in bytes: ten times the longest text
// message. What is longer and says no refusal by then is held.
const longest = 16 << 10

// longestMail is how much is looked at in all, what it quotes included.
const longestMail = 4 * longest

// message is a reply made ready for the rules.
type message struct {
	words    []string
	pauses   []byte // before each word: '.' or '?' if a sentence ends there, ',' for a lesser pause, or 0
	end      byte   // after the last word, '.' or '?'
	tapback  Class  // a phone's report of a reaction to our message; "" if it is none
	emoji    bool   // has an emoji
	refusing bool   // has one that says no
	foreign  bool   // most letters are of a script the rules do not know
	cut      bool   // was too long to be read to the end
}

// tokens are the words with the marks between them, the way patterns read a
// message.
func (m message) tokens() []string {
	tokens := make([]string, 0, 2*len(m.words))
	for i, w := range m.words {
		if m.pauses[i] != 0 {
			tokens = append(tokens, string(m.pauses[i]))
		}
		tokens = append(tokens, w)
	}
	return append(tokens, string(m.end))
}

// Emoji that say no, and those that do so only when they stand alone.
const (
	refusingEmoji = "🛑👎🚫⛔🖕😡🤬😠🙅"
	aloneEmoji    = "✋❌🤚💩🤮😤🙄"
)

var (
	// lettersApart finds "S T O P", "s.t.o.p" and the like.
	lettersApart = regexp.MustCompile(`(?:^|[^\pL\pN'])(\pL(?:[ .*_-]{1,3}\pL){2,})(?:[^\pL\pN']|$)`)
	notLetters   = regexp.MustCompile(`[^\pL]+`)
)

// normalize makes text ready for the rules.
func (r *ruleset) normalize(text string) message {
	var m message
	if len(text) > longestMail {
		text, m.cut = text[:longestMail], true
	}
	text = strings.ToValidUTF8(text, " ")
	if m.tapback = tapback(text); m.tapback != "" {
		return m
	}
	text = ownWords(text)
	if len(text) > longest {
		text, m.cut = strings.ToValidUTF8(text[:longest], ""), true
	}
	text = lettersApart.ReplaceAllStringFunc(fold(text), r.spelling.join)
	m.read(text, &r.spelling)
	m.joinStaccato()
	return m
}

// fold brings text to compatibility form, lower case, without accents, with
// straight apostrophes.
func fold(text string) string {
	var b strings.Builder
	for _, c := range norm.NFKD.String(strings.ToLower(norm.NFKC.String(text))) {
		switch {
		case unicode.Is(unicode.Mn, c), unicode.Is(unicode.Cf, c): // accents, variation selectors, zero width
		case strings.ContainsRune("’‘`´ʼ′", c):
			b.WriteByte('\'')
		case c == '#':
			b.WriteString(" number ")
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// reader cuts folded text into words.
type reader struct {
	*message
	spelling *spelling
	pause    byte
	known    int // letters of scripts the rules read
	unknown  int
}

func (m *message) read(text string, s *spelling) {
	r := reader{message: m, spelling: s, pause: '.'}
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRuneInString(text[i:])
		if isWordRune(c) {
			end := i + strings.IndexFunc(text[i:]+" ", func(c rune) bool { return !isWordRune(c) })
			end = min(end, len(text))
			r.word(text[i:end])
			i = end
			continue
		}
		r.mark(c, text, i, size)
		i += size
	}
	m.end = '.'
	if r.pause == '?' {
		m.end = '?'
	}
	alone := len(m.words) == 0
	m.refusing = strings.ContainsAny(text, refusingEmoji) || alone && strings.ContainsAny(text, aloneEmoji)
	m.foreign = r.unknown > r.known
}

func isWordRune(c rune) bool {
	return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '\'' || c == '$' || c == '@'
}

func (r *reader) word(raw string) {
	for _, c := range raw {
		switch {
		case unicode.In(c, unicode.Latin):
			r.known++
		case unicode.IsLetter(c):
			r.unknown++
		}
	}
	for w := range strings.FieldsSeq(r.spelling.correct(raw)) {
		r.words = append(r.words, w)
		r.pauses = append(r.pauses, r.pause)
		r.pause = 0
	}
}

// mark reads what is no word: it may end a sentence or a clause.
func (r *reader) mark(c rune, text string, at, size int) {
	spaced := at == 0 || text[at-1] == ' ' || at+size == len(text) || text[at+size] == ' '
	switch {
	case c == '?':
		r.pause = '?'
	case c == '.' && r.pause == 0 && len(r.words) > 0 && r.spelling.short[r.words[len(r.words)-1]]: // "Mr."
	case strings.ContainsRune(".!\n;…", c):
		r.atLeast('.')
	case strings.ContainsRune(",:()[]|¡¿\"“”«»", c), strings.ContainsRune("-–—", c) && spaced:
		r.atLeast(',')
	case unicode.Is(unicode.So, c), unicode.Is(unicode.Sk, c) && c > unicode.MaxLatin1:
		r.emoji = true
		r.atLeast(',')
	}
}

// atLeast makes the next pause as long as p: a comma gives way to a full stop,
// and that to a question mark.
func (r *reader) atLeast(p byte) {
	if r.pause == 0 || r.pause == ',' {
		r.pause = p
	}
}

// joinStaccato takes the full stops out of "Stop. Texting. Me."
func (m *message) joinStaccato() {
	for _, p := range m.pauses {
		if p == 0 {
			return
		}
	}
	if len(m.words) > 2 && m.end == '.' {
		for i := range m.pauses {
			m.pauses[i] = 0
		}
		m.pauses[0] = '.'
	}
}
