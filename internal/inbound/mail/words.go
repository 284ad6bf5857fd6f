package mail

import (
	"regexp"
	"strings"
)

// maxBodyBytes is how much of a customer's own words is kept.
const maxBodyBytes = 16 << 10

var (
	// The line above quoted words, as mail programs write it. It may be broken
	// into up to three.
	attribution = regexp.MustCompile(`(?i)^\W{0,3}(?:(?:on|el|le|em|am|op)\s.{4,300}\s(?:wrote|escribi[oó]|a écrit|escreveu|schrieb.{0,80}|schreef.{0,80})\s?:|.{4,200}<[^<>@\s]+@[^<>\s]+>\s(?:wrote|escribi[oó])\s?:)\W{0,3}$`)
	attributed  = regexp.MustCompile(`(?i)^\W{0,3}(?:on|el|le|em|am|op)\s`)

	separator = regexp.MustCompile(`(?i)^\s*(?:-{2,}\s*(?:original message|mensaje original|forwarded message|mensaje reenviado)\s*-{2,}|begin forwarded message:|inicio del mensaje reenviado:)\s*$`)

	// The block of fields that Outlook and phones put above what they quote.
	blockStart = regexp.MustCompile(`(?i)^[\s*_]*(?:from|de|von|remitente)\s?:[\s*_]*\S`)
	blockField = regexp.MustCompile(`(?i)^[\s*_]*(?:sent|date|to|cc|subject|reply-to|enviado(?: el)?|fecha|para|asunto)\s?:`)

	// A phone's or a program's advertising, and nothing that follows it.
	device = regexp.MustCompile(`(?i)^\s*(?:(?:sent|enviado|mandado) (?:from|via|using|with|desde|con) (?:my |the |mi |el |la )?(?:i ?phone|i ?pad|android|samsung|galaxy|pixel|cell ?phone|mobile|smartphone|phone|m[oó]vil|celular|tel[eé]fono|blackberry|motorola|yahoo|outlook|mail|correo|gmail|proton|aol|windows|t-mobile|verizon|at&t|huawei|xiaomi)|get outlook for|yahoo mail:|aol mail|obt[eé]n(?:er)? outlook|descarg(?:a|ue|ar) outlook)\b[^.!?\n]{0,40}[.!]?$`)
	rule   = regexp.MustCompile(`^\s*_{20,}\s*$`)
)

// ownWords leaves of a reply what its sender wrote: without what is quoted,
// however it is marked, without the signature and the phone's advertising.
func ownWords(text string) string {
	lines := strings.Split(text, "\n")
	var own []string
scan:
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " \t\r\u00a0")
		switch height := attributionHeight(lines[i:]); {
		case height > 0:
			i += height - 1
			if !nextIsMarked(lines[i+1:]) {
				break scan // quoted to the end without marks
			}
		case strings.HasPrefix(strings.TrimLeft(line, " \t"), ">"):
		case line == "--" || lines[i] == "-- ": // RFC 3676 4.3; programs trim the space
			break scan
		case separator.MatchString(line), isHeaderBlock(lines[i:]):
			break scan
		case rule.MatchString(line) && isHeaderBlock(skipEmpty(lines[i+1:])):
			break scan
		case device.MatchString(line):
		default:
			own = append(own, line)
		}
	}
	return cut(strings.TrimSpace(strings.Join(own, "\n")), maxBodyBytes)
}

// attributionHeight is how many of the first lines are one attribution, 0 when
// none is.
func attributionHeight(lines []string) int {
	joined := ""
	for i, line := range lines[:min(3, len(lines))] {
		line = strings.TrimSpace(line)
		if line == "" || len(line) > 300 {
			return 0
		}
		joined = strings.TrimSpace(joined + " " + line)
		if attribution.MatchString(joined) {
			return i + 1
		}
		if !attributed.MatchString(joined) {
			return 0
		}
	}
	return 0
}

// isHeaderBlock reports whether the first lines are the fields of a quoted message.
func isHeaderBlock(lines []string) bool {
	if len(lines) == 0 || !blockStart.MatchString(lines[0]) {
		return false
	}
	fields := 0
	for _, line := range lines[1:min(8, len(lines))] {
		if blockField.MatchString(line) {
			fields++
		}
	}
	return fields >= 2
}

func nextIsMarked(lines []string) bool {
	rest := skipEmpty(lines)
	return len(rest) > 0 && strings.HasPrefix(strings.TrimSpace(rest[0]), ">")
}

func skipEmpty(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	return lines
}
