package intent

import (
	"regexp"
	"strings"
)

// longQuotation is the length in bytes from which a quotation is of our message
// and not of a word or two.
const longQuotation = 60

var (
	// A phone that cannot show a reaction sends it as words with our text in
	// quotes.
	likes    = regexp.MustCompile(`^\s*(?i:liked|loved|laughed at|emphasi[sz]ed|questioned|reacted .{1,12} to|le gust[oó]|le encant[oó]|me gusta|me encanta|a .{1,40} le (?:gust|encant)[oó]|se ri[oó] de|destac[oó]|reaccion[oó] con .{1,12} a|removed (?:a|an) .{1,20} from)\s*[“"«]`)
	dislikes = regexp.MustCompile(`^\s*(?i:disliked|reacted (?:👎|🛑|😡|🖕) to|no le gust[oó]|a .{1,40} no le gust[oó]|reaccion[oó] con (?:👎|🛑|😡|🖕) a)\s*[“"«]`)

	// The line above a quoted message in a reply by e-mail.
	attribution = regexp.MustCompile(`(?i)^\s*(?:on\s.{4,200}\swrote:|el\s.{4,200}\sescribi[oó]:|le\s.{4,200}\sa écrit\s?:|-{2,}\s?original message\s?-{2,}|-{2,}\s?mensaje original\s?-{2,}|_{20,}|(?:from|de):\s.{0,80}@.*)\s*$`)
	// What mail programs put below: a customer's own signature may well offer to
	// unsubscribe from something.
	signature = regexp.MustCompile(`^--\s*$`)
	sentFrom  = regexp.MustCompile(`(?i)\b(?:sent from (?:my|yahoo|mail)|enviado desde (?:mi|yahoo)|get outlook for)\b[^\n]{0,60}$`)
	// Our own footer when it is quoted without marks, or inside of quotes.
	footer    = regexp.MustCompile(`(?i)["“«]?\b(?:reply|text|responda|responde|envíe|envie|mande|répondez)\s+(?:with\s+|con\s+)?["“«']?(?:stop|alto|baja)["”»']?\s+(?:to|para|pour)\s+(?:opt[ -]?out|unsubscribe|end|stop|cancel|quit|no recibir|cancelar|darse|dejar)(?:\s+(?:of|from|de|recibir|receiving|these|our|all|estos|los|messages|texts|msgs|alerts|emails|mensajes|m[aá]s|baja|out|at|any|time|anytime))*["”».]?`)
	quotation = regexp.MustCompile(`["“«][^"”»“«]*["”»]`)
)

// tapback reports a phone's words for a reaction to our message: Hold if it was
// a thumb down, None for another, "" if text is none.
func tapback(text string) Class {
	head := text[:min(len(text), 200)]
	switch {
	case dislikes.MatchString(head):
		return Hold
	case likes.MatchString(head):
		return None
	}
	return ""
}

// ownWords drops what a reply quotes of our message, and keeps what the
// customer wrote above, between and below.
func ownWords(text string) string {
	var own strings.Builder
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), ">") {
			if end := footer.FindStringIndex(line); end != nil {
				own.WriteString(line[end[1]:] + "\n") // some phones put the answer behind the quotation
			}
			continue
		}
		if len(line) < 300 && own.Len() > 0 && attribution.MatchString(line) {
			if i+1 < len(lines) && marked(lines[i+1:]) {
				continue
			}
			break // quoted to the end, without marks
		}
		if signature.MatchString(line) && strings.TrimSpace(own.String()) != "" {
			break
		}
		own.WriteString(sentFrom.ReplaceAllString(line, ""))
		own.WriteByte('\n')
	}
	text = own.String()
	return quotation.ReplaceAllStringFunc(footer.ReplaceAllString(text, " "), func(quoted string) string {
		if len(quoted) < longQuotation {
			return quoted
		}
		return " "
	})
}

// marked reports whether the next line with words is marked as quoted.
func marked(lines []string) bool {
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			return strings.HasPrefix(line, ">")
		}
	}
	return false
}
