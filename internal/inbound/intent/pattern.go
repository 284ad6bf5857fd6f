package intent

import (
	"fmt"
	"regexp"
	"strings"
)

// A pattern describes words in a row, within one clause unless it says
// otherwise. It is compiled to a regular expression over an encoded message,
// ".<stop><texting><me>,<please>." (see message.encode): Go's regular
// expressions are linear, so hostile text costs no more than honest text.
//
//	stop texting      these words
//	text*             a word that begins so
//	(a|b c)           one of these
//	please?           this or nothing; also (…)? and @group?
//	@me               a group of words.yaml, of the pattern's language or of all
//	..3               up to three words in the same clause
//	...8              up to eight words in the same sentence: commas may stand between
//	^                 the beginning of a clause, with "please", "and" and the like (group lead)
//	$                 the end of a clause, with "please", "now" and the like (group tail)
//	^^ $$             the beginning and the end of the message
//	?$                the end of a question
//	[by-the-shop]     a harmless phrase that was put out of sight, by its name
type vocabulary struct {
	groups   map[string]string // name -> patterns, one a line
	compiled map[string]string // name -> regular expression
}

const (
	anyWord   = `(?:<[^>]*>)`
	separator = `[.,?]`
)

var (
	lexeme = regexp.MustCompile(`\^\^|\$\$|\?\$|[()|?^$ ]|[^()|?^$ ]+`)
	plain  = regexp.MustCompile(`^[\pL\pN]+\*?$`)
	marker = regexp.MustCompile(`^\[[a-z-]+\]$`)
	gap    = regexp.MustCompile(`^(\.\.\.?)([1-9]|1[0-2])$`)
)

// expression translates one pattern.
func (v *vocabulary) expression(pattern string) (string, error) {
	var b strings.Builder
	for _, lex := range lexeme.FindAllString(pattern, -1) {
		part, err := v.part(lex)
		if err != nil {
			return "", fmt.Errorf("pattern %q: %w", pattern, err)
		}
		b.WriteString(part)
	}
	return b.String(), nil
}

func (v *vocabulary) part(lex string) (string, error) {
	lead, tail := v.compiled["lead"], v.compiled["tail"]
	switch lex {
	case " ":
		return "", nil
	case "(":
		return "(?:", nil
	case ")", "|", "?":
		return lex, nil
	case "^^":
		return `^\.` + lead + `*`, nil
	case "$$":
		return `(?:` + tail + `*[.,?])$`, nil
	case "^":
		return separator + lead + `*`, nil
	case "$":
		return `(?:` + tail + `*` + separator + `)`, nil
	case "?$":
		return `\?`, nil
	}
	if name, ok := strings.CutPrefix(lex, "@"); ok {
		return v.group(name)
	}
	if m := gap.FindStringSubmatch(lex); m != nil {
		if m[1] == ".." {
			return anyWord + "{0," + m[2] + "}", nil
		}
		return `,?(?:` + anyWord + `,?){0,` + m[2] + `}`, nil
	}
	if marker.MatchString(lex) {
		return `(?:<` + regexp.QuoteMeta(lex) + `>,?)`, nil
	}
	if !plain.MatchString(lex) {
		return "", fmt.Errorf("%q is no word", lex)
	}
	if start, ok := strings.CutSuffix(lex, "*"); ok {
		return `(?:<` + start + `[^>]*>)`, nil
	}
	return `(?:<` + lex + `>)`, nil
}

// group compiles a group, once.
func (v *vocabulary) group(name string) (string, error) {
	if e, ok := v.compiled[name]; ok {
		return e, nil
	}
	patterns, ok := v.groups[name]
	if !ok {
		return "", fmt.Errorf("no group is named %q", name)
	}
	e, err := v.lines(patterns)
	if err != nil {
		return "", fmt.Errorf("group %q: %w", name, err)
	}
	v.compiled[name] = e
	return e, nil
}

// lines translates patterns, one a line, into one expression. A line that
// begins with # is a comment.
func (v *vocabulary) lines(patterns string) (string, error) {
	var all []string
	for line := range strings.Lines(patterns) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		e, err := v.expression(line)
		if err != nil {
			return "", err
		}
		all = append(all, e)
	}
	return `(?:` + strings.Join(all, "|") + `)`, nil
}
