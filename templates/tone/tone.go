// Package tone checks the wording of messages to customers, in English and in Spanish: pressure, guilt,
// blame, fear, false scarcity, discounts, selling, shouting, hard reading, and what a text must or must
// not carry (the shop's name, a way out, no control words, no public short links).
//
// The wording rules are data, in rules/*.yaml; see [compilePattern] for their small language. They are
// matched on folded words (lower case, no accents, no look-alike letters, contractions opened), so that
// "DON'T  wait", "don’t wait" and "d0nt w a i t" are the same to a rule, and every finding still points at
// the place in the text as it was written.
package tone

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Text is what is checked: a template's source, with {{…}} tags, or the finished words.
type Text struct {
	Channel string // "sms", "email" or "call"
	Locale  string // "en" or "es", or a BCP 47 tag that begins so; anything else is checked with both rule sets
	Class   string // "marketing" or "informational"
	Subject string // email only
	Body    string

	// ShopName is the shop's name for finished words. It stays empty when Body is a template, where
	// {{shop.name}} counts.
	ShopName string

	// FirstLineOfBody is the line number of Body's first line in its file; 0 means 1.
	FirstLineOfBody int
}

// Severity says what a finding does to an approval.
type Severity string

// An error blocks approval; a warning needs a manager's tick.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one place in a text that a shop manager should look at.
type Finding struct {
	Rule     string   `json:"rule"`     // stable id, such as "pressure.deadline"
	Category string   `json:"category"` // the part of Rule before the dot
	Severity Severity `json:"severity"`
	Field    string   `json:"field"`  // "subject" or "body"
	Line     int      `json:"line"`   // 1-based
	Column   int      `json:"column"` // 1-based, in runes
	Text     string   `json:"text"`   // the words found; empty where something is missing
	Why      string   `json:"why"`    // one sentence, in English, the language of the user interface
	Instead  string   `json:"instead"`
}

// longest is the bytes of a field that are checked; no message to a customer comes near it.
const longest = 32 << 10

// Check returns what is wrong with a text, subject first, then by position. The same text always gives
// the same findings. Its time is linear in the length of the text, and bounded.
func Check(t Text) []Finding {
	rules := rulebooks()
	books := rules.booksFor(t.Locale)
	var findings []Finding
	if t.Subject != "" {
		subject, hits := open(t.Subject, "subject", false, rules.lexicon)
		hits = append(hits, wordingHits(t, subject, books)...)
		findings = append(findings, locate(subject, 1, hits)...)
	}
	body, hits := open(t.Body, "body", t.Channel != "email", rules.lexicon)
	hits = append(hits, wordingHits(t, body, books)...)
	hits = append(hits, missingHits(t, body)...)
	hits = append(hits, readingHits(body)...)
	return append(findings, locate(body, max(t.FirstLineOfBody, 1), hits)...)
}

// open reads a field, and speaks against one that is too long to be a message.
func open(source, field string, lineEnds bool, lex lexicon) (*document, []hit) {
	if len(source) <= longest {
		return read(source, field, lineEnds, lex), nil
	}
	end := longest
	for end > 0 && !utf8.RuneStart(source[end]) {
		end--
	}
	return read(source[:end], field, lineEnds, lex), []hit{{
		rule: "reading-level.too-long", severity: Error,
		why:     "The text is far too long for a message, and only its beginning was checked.",
		instead: "Keep to what the customer needs to know.",
	}}
}

// wordingHits are the checks that hold for a subject as well as for a body.
func wordingHits(t Text, d *document, books []*book) []hit {
	var hits []hit
	for _, b := range books {
		hits = append(hits, b.hits(t, d)...)
	}
	hits = append(hits, shoutingHits(t, d)...)
	hits = append(hits, disguiseHits(d)...)
	return append(hits, shortenerHits(d)...)
}

// hit is a finding before its line and column are known: bytes [start, end) of the source.
type hit struct {
	start, end int
	rule       string
	severity   Severity
	why        string
	instead    string
}

func (h hit) category() string {
	category, _, _ := strings.Cut(h.rule, ".")
	return category
}

// locate sorts the hits, keeps the strongest where hits of one category overlap, and turns them into
// findings in one pass over the source.
func locate(d *document, firstLine int, hits []hit) []Finding {
	slices.SortStableFunc(hits, func(a, b hit) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return strings.Compare(a.rule, b.rule)
	})
	findings := make([]Finding, 0, len(hits))
	line, column, at := firstLine, 1, 0
	for _, h := range strongest(hits) {
		for i, r := range d.source[at:h.start] {
			switch {
			case r == '\n':
				line, column = line+1, 1
			case i+at < h.start:
				column++
			}
		}
		at = h.start
		findings = append(findings, Finding{
			Rule: h.rule, Category: h.category(), Severity: h.severity, Field: d.field,
			Line: line, Column: column, Text: d.source[h.start:h.end], Why: h.why, Instead: h.instead,
		})
	}
	return findings
}

// strongest drops, among overlapping hits of one category, all but the gravest, then the longest.
func strongest(hits []hit) []hit {
	kept := make([]hit, 0, len(hits))
	last := map[string]int{} // category -> index in kept
	for _, h := range hits {
		i, seen := last[h.category()]
		if !seen || h.start >= kept[i].end {
			last[h.category()] = len(kept)
			kept = append(kept, h)
			continue
		}
		graver := h.severity == Error && kept[i].severity == Warning
		longer := h.severity == kept[i].severity && h.end-h.start > kept[i].end-kept[i].start
		if graver || longer {
			kept[i] = h
		}
	}
	slices.SortStableFunc(kept, func(a, b hit) int { return a.start - b.start })
	return kept
}
