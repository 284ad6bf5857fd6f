package tone

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is, beside a word.
type kind string

const (
	word    kind = "word"
	number  kind = "num" // also "5pm", "3rd", "1.5"
	money   kind = "money"
	percent kind = "percent"
	phone   kind = "phone"
	link    kind = "link"
	date    kind = "date"
	tag     kind = "tag" // a merge tag whose value is none of the above
)

// pause is what stands before a token.
type pause int

const (
	noPause  pause = iota
	clause         // a comma, a colon, a bracket, a dash
	sentence       // a full stop, an empty line, a list item
)

// token is a word or a value. A contraction gives two tokens at the same place ("don't": do, not).
type token struct {
	norm       string // lower case; for a tag the first name in it, "shop.name"
	id         int    // the number of norm in the lexicon
	start, end int    // bytes in the source
	kind       kind
	pause      pause
	caps       bool // written in capitals, two letters or more
	spaced     bool // its letters were set apart
	disguised  bool // written with digits, signs or foreign letters in place of letters
}

// document is a field of a text, read once for all checks.
type document struct {
	source string
	field  string
	folded folded
	tokens []token
}

// lexemes are tried in this order at each place. All are free of nested repetition, and Go's regexp is
// linear, so hostile text costs no more than honest text.
var lexemes = regexp.MustCompile(strings.Join([]string{
	`(?P<tag>\{\{[^{}]*\}\})`,
	`(?P<link>(?i:https?://|www\.)[^\s<>{}"]+` +
		`|[\w.+-]+@[\w-]+(?:\.[\w-]+)+` +
		`|(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,12}/[^\s<>{}"]*` +
		`|(?:[A-Za-z0-9-]+\.)+(?i:com|net|org|io|ly|gl|gd|gy|cc|info|biz|shop|app|mx|es|pr|test|example)\b)`,
	`(?P<phone>(?:\+?\b1[ .-]?)?(?:\(\d{3}\) ?|\b\d{3}[ .-])\d{3}[ .-]\d{4}\b|\+\d{8,15}\b|\b\d{3}-\d{4}\b)`,
	`(?P<money>[$€] ?\d[\d,.]*\d|[$€] ?\d|\b\d[\d,.]* ?(?:€|\$|USD\b|MXN\b))`,
	`(?P<percent>\d+(?:[.,]\d+)? ?%)`,
	`(?P<spaced>\b[A-Za-z](?:[ ._*-][A-Za-z]\b){2,})`,
	`(?P<num>\b\d[\d.,:]*\d\b|\b\d\b)`,
	`(?P<word>[\pL\pN$@][\pL\pN$@']*)`,
	`(?P<mark>[^\s])`,
	`(?P<line>[ \t\r]*\n\s*)`,
}, "|"))

var (
	measured  = regexp.MustCompile(`^\d+(?:am|pm|a|p|st|nd|rd|th|hs?|hrs?|min|mm|cm|km|mi|k|er|ro|do|to|lbs?|psi|qt|l|x|v|hp)$`)
	listStart = regexp.MustCompile(`^(?:[-*+•#>]|\d+[.)]) `)
)

// abbreviations end with a full stop that ends no sentence.
var abbreviations = set("mr mrs ms dr st ave blvd rd inc co no nos vs approx est etc ext tel sr sra srta ud uds vd vds " +
	"av num aprox ej a.m p.m am pm jan feb mar apr jun jul aug sep sept oct nov dec ene abr ago dic mon tue wed thu fri sat lun mie jue vie sab")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// read folds a field and cuts it into tokens. Where lines are set by hand (a text message, talking
// points) a new line begins a sentence, unless it goes on in lower case; in an email it only wraps.
func read(source, field string, lineEnds bool, lex lexicon) *document {
	f := fold(source)
	r := reader{f: f, lineEnds: lineEnds, lexicon: lex, pause: sentence}
	for _, m := range lexemes.FindAllStringSubmatchIndex(f.text, -1) {
		for group, name := range lexemes.SubexpNames() {
			if group > 0 && m[2*group] >= 0 {
				r.lexeme(name, m[0], m[1])
				break
			}
		}
	}
	return &document{source: source, field: field, folded: f, tokens: r.tokens}
}

// reader gathers the tokens of one field.
type reader struct {
	f        folded
	lineEnds bool
	lexicon  lexicon
	tokens   []token
	pause    pause // of the next token
}

func (r *reader) lexeme(name string, start, end int) {
	text := r.f.text[start:end]
	switch name {
	case "line":
		r.newLine(text, end)
	case "mark":
		r.mark(start, end)
	case "tag":
		r.tag(start, end)
	case "spaced":
		r.spaced(start, end)
	case "word":
		r.word(start, end)
	default:
		r.add(token{norm: strings.ToLower(text), kind: kind(name)}, start, end)
	}
}

// add appends a token with its place and the pause before it.
func (r *reader) add(t token, start, end int) {
	t.id = r.lexicon[t.norm]
	t.start, t.end = r.f.at[start], r.f.at[end]
	t.pause = r.pause
	r.pause = noPause
	r.tokens = append(r.tokens, t)
}

func (r *reader) atLeast(p pause) {
	r.pause = max(r.pause, p)
}

func (r *reader) newLine(text string, end int) {
	rest := r.f.text[end:min(end+8, len(r.f.text))]
	next, _ := utf8.DecodeRuneInString(rest)
	wraps := !r.lineEnds || unicode.IsLower(next) || strings.HasPrefix(rest, "{{")
	if !wraps || strings.Count(text, "\n") > 1 || listStart.MatchString(rest) {
		r.atLeast(sentence)
	}
}

func (r *reader) mark(start, end int) {
	c, _ := utf8.DecodeRuneInString(r.f.text[start:end])
	switch {
	case c == '!' || c == '?':
		r.atLeast(sentence)
	case c == '.':
		if r.endsSentence(end) {
			r.atLeast(sentence)
		}
	case strings.ContainsRune(",;:()[]¡¿|", c), unicode.Is(unicode.So, c):
		r.atLeast(clause)
	case c == '-':
		if start > 0 && r.f.text[start-1] == ' ' || end < len(r.f.text) && r.f.text[end] == ' ' {
			r.atLeast(clause)
		}
	}
}

func (r *reader) endsSentence(end int) bool {
	if n := len(r.tokens); n > 0 && abbreviations[r.tokens[n-1].norm] {
		return false
	}
	next, _ := utf8.DecodeRuneInString(r.f.text[end:])
	return end == len(r.f.text) || !unicode.IsLower(next) && !unicode.IsDigit(next)
}

// controlTags steer a template and print nothing.
var controlTags = set("if else end range with")

func (r *reader) tag(start, end int) {
	inside := strings.Fields(strings.Trim(r.f.text[start:end], "{}- "))
	if len(inside) == 0 || controlTags[inside[0]] {
		return
	}
	name := strings.ToLower(strings.TrimPrefix(inside[0], "."))
	r.add(token{norm: name, kind: tagKind(name)}, start, end)
}

// tagKind tells from a tag's name what its value will be.
func tagKind(name string) kind {
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, guess := range []struct {
		kind  kind
		parts string
	}{
		{money, "price total amount cost"},
		{phone, "phone"},
		{link, "url link page"},
		{date, "date until day time valid expires"},
		{number, "count number mileage"},
	} {
		for part := range strings.FieldsSeq(guess.parts) {
			if strings.Contains(last, part) {
				return guess.kind
			}
		}
	}
	return tag
}

// spaced reads "n o w", "A.S.A.P." and "a-c-t": one word, or several written without a gap.
func (r *reader) spaced(start, end int) {
	text := r.f.text[start:end]
	var letters strings.Builder
	for _, c := range text {
		if unicode.IsLetter(c) {
			letters.WriteRune(c)
		}
	}
	joined := strings.ToLower(letters.String())
	words := segment(joined, r.lexicon.knows)
	apart := !strings.Contains(text, ".") && (len(words) > 1 || len(joined) > 3 || r.lexicon.knows(joined))
	for _, w := range words {
		r.add(token{norm: w, kind: word, spaced: apart}, start, end)
	}
	if strings.HasSuffix(text, ".") {
		r.atLeast(sentence)
	}
}

func (r *reader) word(start, end int) {
	text := strings.TrimRight(r.f.text[start:end], "'$@")
	if text == "" {
		return
	}
	end = start + len(text)
	lower := strings.ToLower(text)
	t := token{kind: word, caps: isCaps(text)}
	for i := start; i < end; i++ {
		t.disguised = t.disguised || r.f.alien[i]
	}
	switch plain := undisguise(lower); {
	case measured.MatchString(lower):
		t.kind = number
	case plain != lower && r.lexicon.knows(plain):
		t.disguised, lower = true, plain
	}
	for _, w := range expand(lower) {
		t.norm = w
		r.add(t, start, end)
	}
}

// isCaps reports whether a word of two letters or more is all capitals.
func isCaps(w string) bool {
	letters := 0
	for _, c := range w {
		if unicode.IsLower(c) {
			return false
		}
		if unicode.IsUpper(c) {
			letters++
		}
	}
	return letters > 1
}
