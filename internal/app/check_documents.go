package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/templates"
	"github.com/courtesyd/courtesyd/templates/tone"
)

// documents reports on every approved template and playbook.
func (c Checker) documents(ctx context.Context, r *reporter, db *store.DB) {
	r.area = "templates"
	docs, _, err := store.Documents{DB: db}.InForce(ctx, c.Now())
	if err != nil {
		r.failf("%v", err)
		return
	}
	if len(docs.Templates) == 0 {
		r.okf("none yet; the daemon writes the shipped ones at its first start")
		return
	}
	bad := false
	complain := func(title string, findings []templates.Finding) {
		for _, f := range findings {
			if f.Severity != tone.Error {
				continue
			}
			bad = true
			where := title
			if f.Line > 0 { // else it is about the finished text
				where = fmt.Sprintf("%s, line %d", title, f.Line)
			}
			r.failf("%s: %s Mend it: `courtesyd templates export`, then import", where, f.Why)
		}
	}
	for _, d := range docs.Templates {
		complain(fmt.Sprintf("template %s (%s, %s)", d.Name, d.Channel, d.Locale), templates.Lint(d.Name, []byte(d.Source)))
	}
	have := Heads(docs.Templates)
	for _, d := range docs.Playbooks {
		complain("playbook "+d.Name, templates.LintPlaybook(d.Name, []byte(d.Source)))
		p, problems := templates.ParsePlaybook([]byte(d.Source))
		if len(problems) > 0 {
			continue
		}
		for _, missing := range MissingTemplates(c.Config, p, have) {
			bad = true
			r.failf("%s; write it and run `courtesyd templates import`", missing)
		}
	}
	if !bad {
		r.okf("all in order: templates approved: %d, playbooks: %d", len(docs.Templates), len(docs.Playbooks))
	}
}

// Heads reads the front matter of documents, without those that cannot be read.
func Heads(docs []outreach.Document) []templates.Head {
	var heads []templates.Head
	for _, d := range docs {
		if t, problems := templates.Parse([]byte(d.Source)); len(problems) == 0 {
			heads = append(heads, t.Head)
		}
	}
	return heads
}

// MissingTemplates says in a sentence each which templates the steps of p name
// that are not in have, in English and in the shops' languages.
func MissingTemplates(c *config.Config, p outreach.Playbook, have []templates.Head) []string {
	spoken := []templates.Locale{templates.English}
	for _, s := range c.Shops {
		spoken = append(spoken, templates.Locale(s.Locale))
	}
	var heads []templates.Head
	for _, h := range have {
		if slices.Contains(spoken, h.Locale) {
			heads = append(heads, h)
		}
	}
	return templates.MissingTemplates(p, heads)
}
