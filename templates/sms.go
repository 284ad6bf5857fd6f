package templates

import (
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

// plainSMS brings a rendered body to the words that are sent: composed
// characters, plain quotes and dashes, single spaces, line breaks as written.
func plainSMS(body string) string {
	body = plainer.Replace(norm.NFC.String(body))
	lines := strings.Split(body, "\n")
	kept := lines[:0]
	for _, line := range lines {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" && (len(kept) == 0 || kept[len(kept)-1] == "") {
			continue // at most one empty line, none at the beginning
		}
		kept = append(kept, line)
	}
	return strings.TrimRight(strings.Join(kept, "\n"), "\n")
}
