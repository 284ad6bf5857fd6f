package templates

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// plainer are the characters that word processors put in, with their
// equivalents in GSM-7. Letters with accents are not among them: correct
// spelling is worth a segment.
var plainer = strings.NewReplacer(
	"‘", "'", "’", "'", "‚", "'", "‛", "'", "′", "'", "´", "'", "`", "'",
	"“", `"`, "”", `"`, "„", `"`, "″", `"`, "«", `"`, "»", `"`,
	"‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "―", "-", "−", "-",
	"…", "...", "•", "-", "·", "-", "×", "x", "½", "1/2", "¼", "1/4", "¾", "3/4",
	"\t", " ", "\u00a0", " ", "\u2007", " ", "\u2009", " ", "\u202f", " ",
	"\u200b", "", "\ufeff", "", "\u00ad", "",
	"™", "", "®", "", "©", "",
)

// blankLine separates paragraphs.
var blankLine = regexp.MustCompile(`\n[ \t]*\n\s*`)

// plainSMS brings a rendered body to the words that are sent: composed
// characters, plain quotes and dashes. As in an e-mail, a line break is a space
// and an empty line begins a paragraph, which here is a new line.
func plainSMS(body string) string {
	body = plainer.Replace(norm.NFC.String(body))
	var paragraphs []string
	for _, p := range blankLine.Split(body, -1) {
		if words := strings.Fields(p); len(words) > 0 {
			paragraphs = append(paragraphs, strings.Join(words, " "))
		}
	}
	return strings.Join(paragraphs, "\n")
}
