package templates

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/text/unicode/norm"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates/tone"
)

// Finding is one thing a manager should look at before approving a document.
// Line and Column are those of the file; Line is 0 for a finding on the finished
// text, where Sample says with whose data.
type Finding struct {
	File   string `json:"file"`
	Sample string `json:"sample,omitempty"`
	tone.Finding
}

// Segments of an ordinary customer's text beyond which it is worth shortening.
// Spanish spelling needs UCS-2, so it is given one more.
const (
	wantGSMSegments = 2
	wantUCSSegments = 3
)

// Lint checks a template file: its syntax, its tone as written and as it reads
// with sample data, placeholders that may be empty, the length and the encoding
// of texts. file names it in the findings.
func Lint(file string, source []byte) []Finding {
	t, problems := Parse(source)
	if len(problems) > 0 {
		return fromProblems(file, "template.syntax", tone.Error, problems)
	}
	l := &linter{file: file, template: t, seen: map[string]bool{}}
	l.add(fromProblems(file, "placeholder.may-be-empty", tone.Warning, t.doubts)...)
	l.lookalikes()
	if t.Channel == outreach.SMS {
		l.encoding()
	}
	l.source()
	for _, s := range Samples() {
		if s.Locale == "" || s.Locale == t.Locale {
			l.sample(s)
		}
	}
	slices.SortStableFunc(l.findings, inFileOrder)
	return l.findings
}

// inFileOrder puts findings on the finished text, which have no line, last.
func inFileOrder(a, b Finding) int {
	if (a.Line == 0) != (b.Line == 0) {
		return cmp.Compare(b.Line, a.Line)
	}
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// LintPlaybook checks a playbook file. That its templates exist is for
// MissingTemplates to say, which knows the others.
func LintPlaybook(file string, source []byte) []Finding {
	_, problems, doubts := readPlaybook(source)
	return append(fromProblems(file, "playbook.syntax", tone.Error, problems.sorted()),
		fromProblems(file, "playbook.schedule", tone.Warning, doubts)...)
}

// MissingTemplates says in a sentence each which templates the steps of p name
// that are not in have, for every language any of these is written in.
func MissingTemplates(p outreach.Playbook, have []Head) []string {
	known := map[string]bool{}
	locales := map[Locale]bool{}
	for _, h := range have {
		known[h.Name+string(h.Channel)+string(h.Locale)] = true
		locales[h.Locale] = true
	}
	var missing []string
	for i, step := range p.Steps {
		for _, channel := range step.Channels {
			for _, locale := range []Locale{English, Spanish} {
				if locales[locale] && !known[step.Template+string(channel)+string(locale)] {
					missing = append(missing, fmt.Sprintf("playbook %s, step %d: there is no template %s for %s in %s",
						p.ID, i+1, step.Template, channel, locale))
				}
			}
		}
	}
	return missing
}

func fromProblems(file, rule string, severity tone.Severity, problems Problems) []Finding {
	category, _, _ := strings.Cut(rule, ".")
	findings := make([]Finding, 0, len(problems))
	for _, p := range problems {
		findings = append(findings, Finding{File: file, Finding: tone.Finding{
			Rule: rule, Category: category, Severity: severity, Field: "body",
			Line: p.Line, Column: p.Column, Why: p.Message,
		}})
	}
	return findings
}

type linter struct {
	file     string
	template *Template
	findings []Finding
	seen     map[string]bool // rule and words of what is already reported
}

// add reports each finding once, where it was first seen.
func (l *linter) add(findings ...Finding) {
	for _, f := range findings {
		key := fmt.Sprint(f.Rule, "\x00", strings.ToLower(f.Text))
		if f.Line == 0 && l.seen[key] {
			continue
		}
		l.seen[key] = true
		l.findings = append(l.findings, f)
	}
}

func (l *linter) report(rule string, severity tone.Severity, at int, text, why, instead string) {
	line, column := position(l.template.bodyText, at)
	category, _, _ := strings.Cut(rule, ".")
	l.add(Finding{File: l.file, Finding: tone.Finding{
		Rule: rule, Category: category, Severity: severity, Field: "body", Text: text,
		Line: line + l.template.bodyLine - 1, Column: column, Why: why, Instead: instead,
	}})
}

// source checks the wording as written.
func (l *linter) source() {
	t := l.template
	for _, f := range tone.Check(tone.Text{
		Channel: string(t.Channel), Locale: string(t.Locale), Class: string(t.Class),
		Subject: t.Subject, Body: t.bodyText, FirstLineOfBody: t.bodyLine,
	}) {
		if f.Field == "subject" {
			f.Line, f.Column = t.subjectLine, f.Column+t.subjectColumn-1
		}
		l.add(Finding{File: l.file, Finding: f})
	}
}

// lookalike matches a placeholder in the wrong brackets.
var lookalike = regexp.MustCompile(`\{\s*[a-z]+(?:[._ ][a-z_]+)?\s*\}|\[\s*[a-z]+[._][a-z_]+\s*\]|%[a-z]+_[a-z]+%|<[a-z]+[._][a-z_]+>`)

func (l *linter) lookalikes() {
	for _, p := range scan(l.template.bodyText, func(int, string) {}) {
		if p.isTag {
			continue
		}
		for _, m := range lookalike.FindAllStringIndex(p.text, -1) {
			found := p.text[m[0]:m[1]]
			l.report("placeholder.brackets", tone.Error, p.at+m[0], found,
				"This would be sent as it stands; a placeholder has two braces on each side.",
				"{{"+strings.Trim(found, "{}[]%<> ")+"}}")
		}
	}
}

// encoding names the characters that make a text cost more than twice as much.
// Spanish accents are none of them: correct spelling is worth it.
func (l *linter) encoding() {
	reported := map[rune]bool{}
	for at, r := range l.template.bodyText {
		if Segments(plainSMS(string(r))).Encoding == GSM7 || reported[r] || unicode.In(r, unicode.Mn, unicode.Sk, unicode.Cf) {
			continue
		}
		if l.template.Locale == Spanish && strings.ContainsRune("áíóúÁÍÓÚ", r) {
			continue
		}
		reported[r] = true
		l.report("sms.encoding", tone.Warning, at, string(r),
			fmt.Sprintf("The character %s is not in the alphabet of text messages: "+
				"a segment then holds 70 characters instead of 160.", GuiltyRune{Rune: r}), insteadOf(r))
	}
}

// insteadOf proposes a GSM-7 way to write r.
func insteadOf(r rune) string {
	base := []rune(norm.NFD.String(string(r)))[0]
	if base != r && gsmUnits(base) > 0 {
		return string(base)
	}
	return "Leave it out."
}

// sample checks how the template reads with s.
func (l *linter) sample(s Sample) {
	words, err := l.render(s)
	if err != nil {
		if s.Typical {
			l.finished(s, "template.refused", tone.Error, "It cannot be sent to an ordinary customer: "+err.Error()+".",
				"Give the placeholder a default, or put it within {{if …}}.")
		}
		return
	}
	if s.Hostile {
		return // a customer's strange name is not the template's tone
	}
	for _, f := range tone.Check(words) {
		f.Line, f.Column = 0, 0
		l.add(Finding{File: l.file, Sample: s.Name, Finding: f})
	}
}

// render returns the finished words, without the footer that is not the template's.
func (l *linter) render(s Sample) (tone.Text, error) {
	t := l.template
	words := tone.Text{
		Channel: string(t.Channel), Locale: string(t.Locale), Class: string(t.Class), ShopName: s.Data.Shop.Name,
	}
	if t.Channel == outreach.Email {
		subject, doc, err := t.mailWords(newRun(&s.Data, t.Locale))
		if err != nil {
			return tone.Text{}, err
		}
		l.links(s, doc)
		words.Subject, words.Body = subject, doc.text()
		return words, nil
	}
	rendered, err := t.Render(s.Data)
	if err != nil {
		return tone.Text{}, err
	}
	if t.Channel == outreach.SMS && s.Typical {
		l.length(s, rendered)
	}
	words.Body = rendered.Text
	return words, nil
}

func (l *linter) length(s Sample, r Rendered) {
	want := wantGSMSegments
	if r.Encoding == UCS2 {
		want = wantUCSSegments
	}
	if r.Segments > want {
		l.finished(s, "sms.long", tone.Warning, fmt.Sprintf("With ordinary data the text takes %d segments in %s; "+
			"%d is a courteous length.", r.Segments, r.Encoding, want), "Say one thing, and keep the rest for the reply.")
	}
}

// links reports links that lead nowhere a customer should be sent.
func (l *linter) links(s Sample, doc markdown) {
	// The walk cannot fail: the visitor returns no error.
	_ = ast.Walk(doc.root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if a, ok := n.(*ast.Link); ok && entering && target(a) == "" {
			l.finished(s, "link.address", tone.Error,
				fmt.Sprintf("The link to %q is left out: only http, https, mailto and tel addresses are allowed.", a.Destination),
				"[words]({{link.page}})")
		}
		return ast.WalkContinue, nil
	})
}

// finished reports a finding on the finished text.
func (l *linter) finished(s Sample, rule string, severity tone.Severity, why, instead string) {
	category, _, _ := strings.Cut(rule, ".")
	l.add(Finding{File: l.file, Sample: s.Name, Finding: tone.Finding{
		Rule: rule, Category: category, Severity: severity, Field: "body", Why: why, Instead: instead,
	}})
}
