package importer

import (
	"fmt"
	"regexp"
	"strings"
)

// Suggestion is work that a free text seems to recommend. Only a person can
// tell whether it was offered and refused, so it is never imported.
type Suggestion struct {
	Line  int    `json:"line"`
	Order string `json:"order"`
	Work  string `json:"work"`
	Text  string `json:"text"`
}

// String is one line for a terminal.
func (s Suggestion) String() string {
	return fmt.Sprintf("line %d, order %s: %s", s.Line, s.Order, s.Work)
}

var (
	sentenceEnd = regexp.MustCompile(`[.;\n!]+\s*|\s+-\s+|\s*,\s*(?:and\s+|y\s+)?`)
	asksForWork = regexp.MustCompile(`(?i)\b(needs?|recommend(?:s|ed)?|suggest(?:s|ed)?|due for|will need|should (?:have|get)|declined|deferred|necesita|recomienda|se recomienda|requiere)\b:?\s*`)
	workDone    = regexp.MustCompile(`(?i)\b(completed|done|performed|was replaced|were replaced|already|no longer|does not|doesn't|not needed|realizado|terminado)\b`)
	customerIs  = regexp.MustCompile(`(?i)\b(cust(?:omer)?|client|cliente|veh(?:icle)?)\b\.?:?\s*`)
)

// suggestions finds recommended work in a technician's or adviser's free text:
// of "Brake Service Completed. Needs Oil Change." it takes the oil change.
func suggestions(line int, order, text string) (out []Suggestion) {
	wanted := false // a list goes on after "needs": "needs tires, wipers"
	for _, sentence := range splitSentences(text) {
		ask := asksForWork.FindStringIndex(sentence.text)
		switch {
		case workDone.MatchString(sentence.text):
			wanted = false
			continue
		case ask != nil:
			wanted = true
		case sentence.fresh || !wanted:
			wanted = false
			continue
		}
		work := asksForWork.ReplaceAllString(sentence.text, " ")
		work = strings.Trim(strings.Join(strings.Fields(customerIs.ReplaceAllString(work, " ")), " "), " .,:-")
		if len(work) >= 3 {
			out = append(out, Suggestion{Line: line, Order: order, Work: work, Text: showable(text)})
		}
	}
	return out
}

// clause is a piece of text; fresh ones start a sentence, others go on after a comma.
type clause struct {
	text  string
	fresh bool
}

func splitSentences(text string) (out []clause) {
	fresh, rest := true, text
	for rest != "" {
		at := sentenceEnd.FindStringIndex(rest)
		if at == nil {
			return append(out, clause{rest, fresh})
		}
		if piece := strings.TrimSpace(rest[:at[0]]); piece != "" {
			out = append(out, clause{piece, fresh})
		}
		fresh = !strings.HasPrefix(strings.TrimSpace(rest[at[0]:at[1]]), ",")
		rest = rest[at[1]:]
	}
	return out
}
