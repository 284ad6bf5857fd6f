package importer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// personName is what a name cell says.
type personName struct {
	first, last, company string
	kind                 outreach.CustomerKind // "" when the name does not tell
	deceased             bool
	doNotContact         bool
}

var (
	companyWords = regexp.MustCompile(`(?i)\b(llc|l\.l\.c|inc|incorporated|corp|corporation|ltd|llp|pllc|company|enterprises|services|rentals?|university|college|dept|department|construction|plumbing|roofing|landscaping|logistics|trucking|transport|transportation|electric|heating|hvac|dealership|auto sales|catering|cleaning|delivery|ministries|foundation|school district|city of|county of|state of|town of|village of|s\.?a\.? de c\.?v)\b|(?i)& (sons?|co)\b|(?i) co\.?$`)
	fleetWords   = regexp.MustCompile(`(?i)\b(fleet|flotilla)\b`)
	deadWords    = regexp.MustCompile(`(?i)\b(deceased|dec'd|fallecid[oa])\b`)
	noWords      = regexp.MustCompile(`(?i)\b(dnc|do not (call|contact|text|email|mail|solicit))\b`)
	asides       = regexp.MustCompile(`\([^)]*\)|\*+[^*]*\*+|\[[^\]]*\]`)
	titles       = regexp.MustCompile(`(?i)^(mr|mrs|ms|miss|dr|sr|sra|srta)\.?\s+`)
)

// walkIns are what is typed where the system demands a name.
var walkIns = map[string]bool{
	"cash": true, "cashcustomer": true, "walkin": true, "walkincustomer": true, "unknown": true, "noname": true, "customer": true, "counter": true,
	"countersale": true, "retail": true, "misc": true, "onetime": true, "guest": true, "tbd": true,
}

// readName understands "John Smith", "SMITH, JOHN", "SMITH, JOHN/FLEET 12" and
// firms. A walk-in's stand-in is no name.
func readName(raw string) personName {
	var n personName
	n.deceased = deadWords.MatchString(raw)
	n.doNotContact = noWords.MatchString(raw)
	if fleetWords.MatchString(raw) {
		n.kind = outreach.Fleet
	}
	s := asides.ReplaceAllString(raw, " ")
	s = noWords.ReplaceAllString(deadWords.ReplaceAllString(s, " "), " ")
	s, _, _ = strings.Cut(s, "/")
	s = strings.Trim(strings.Join(strings.Fields(s), " "), " ,-*")
	if walkIns[fold(s)] {
		return n
	}
	if isCompany(s) || (n.kind == outreach.Fleet && fleetWords.MatchString(s)) {
		if n.kind == "" {
			n.kind = outreach.Organization
		}
		n.company = s
		return n
	}
	if last, first, ok := strings.Cut(s, ","); ok {
		if isSuffix(first) { // "John Smith, Jr."
			n.first, n.last = splitPlainName(last)
			n.last += " " + properName(strings.TrimSpace(first))
			return n
		}
		n.first, n.last = properName(stripTitle(first)), properName(last)
		return n
	}
	n.first, n.last = splitPlainName(s)
	return n
}

// splitPlainName cuts "Maria de la Cruz" before the family name: the particle
// where there is one, else the last word that is not a suffix.
func splitPlainName(s string) (first, last string) {
	words := strings.Fields(stripTitle(s))
	if len(words) < 2 {
		return properName(strings.Join(words, " ")), ""
	}
	cut := len(words) - 1
	if isSuffix(words[cut]) && cut > 1 {
		cut--
	}
	for i := 1; i < cut; i++ {
		if particles[strings.ToLower(words[i])] {
			cut = i
			break
		}
	}
	return properName(strings.Join(words[:cut], " ")), properName(strings.Join(words[cut:], " "))
}

func stripTitle(s string) string { return titles.ReplaceAllString(strings.TrimSpace(s), "") }

func isCompany(s string) bool { return companyWords.MatchString(s) }

func isSuffix(s string) bool {
	return slices.Contains([]string{"jr", "sr", "ii", "iii", "iv", "esq", "md", "phd"}, fold(s))
}

// particles are written small inside a family name.
var particles = map[string]bool{
	"de": true, "la": true, "las": true, "los": true, "del": true, "van": true, "von": true, "der": true, "den": true, "di": true, "da": true, "dos": true,
	"du": true, "y": true, "e": true,
}

// properName gives a name that is all capitals or all small letters the usual
// ones. A name in mixed case was typed with care and is left as it is.
func properName(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if strings.ToUpper(s) != s && strings.ToLower(s) != s {
		return s
	}
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = properWord(w, i == 0 && len(words) == 1)
	}
	return strings.Join(words, " ")
}

func properWord(w string, alone bool) string {
	lower := strings.ToLower(w)
	switch {
	case particles[lower] && !alone:
		return lower
	case isSuffix(w) && fold(w) != "jr" && fold(w) != "sr":
		return strings.ToUpper(w)
	case utf8.RuneCountInString(w) == 2 && !strings.ContainsAny(lower, "aeiouy'"): // JD, TJ
		return strings.ToUpper(w)
	}
	parts := strings.FieldsFunc(lower, func(r rune) bool { return r == '-' })
	for i, p := range parts {
		parts[i] = capitalise(p)
	}
	return strings.Join(parts, "-")
}

// capitalise handles O'Brien, D'Angelo and McDonald. Names in Mac- are left
// plain: Macias and Mackey outnumber MacLeod.
func capitalise(w string) string {
	for _, mark := range []string{"'", "’"} {
		if head, tail, ok := strings.Cut(w, mark); ok && utf8.RuneCountInString(head) == 1 && len(tail) > 1 {
			return upperFirst(head) + mark + upperFirst(tail)
		}
	}
	if rest, ok := strings.CutPrefix(w, "mc"); ok && len(rest) > 2 {
		return "Mc" + upperFirst(rest)
	}
	return upperFirst(w)
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError {
		return s
	}
	return string(unicode.ToTitle(r)) + s[size:]
}
