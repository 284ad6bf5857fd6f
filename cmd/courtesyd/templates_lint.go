package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/templates"
	"github.com/courtesyd/courtesyd/templates/tone"
)

func (c *cli) templatesLintCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "lint [FILE|FOLDER…]",
		Short: "Check the wording, length and placeholders of templates, and playbooks",
		Long: "Check templates (.md) and playbooks (.yaml) for pressure, guilt, blame, fear and the like, for missing\n" +
			"or empty placeholders, length and encoding. Each finding has its place, why it matters, and kinder words.\n" +
			"With files, those are checked, and no database is needed; without, the approved ones in the database.\n" +
			"An error keeps a file from being imported; a warning needs a reason.",
		Example: "  courtesyd templates lint\n" +
			"  courtesyd templates lint words/messages/en/declined-safety-1.sms.md\n" +
			"  courtesyd templates lint --json words/",
		Args: usage(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				docs, findings := readDocuments(args)
				return reportLint(cmd, lintAll(docs, findings), len(docs), asJSON)
			}
			return c.withDocuments(cmd, func(cfg *config.Config, db *store.DB) error {
				return lintApproved(cmd, cfg, db, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a finding and line")
	return cmd
}

// lintApproved checks the documents in force, and that the playbooks have all
// their templates.
func lintApproved(cmd *cobra.Command, cfg *config.Config, db *store.DB, asJSON bool) error {
	docs, _, err := store.Documents{DB: db}.InForce(cmd.Context(), time.Now())
	if err != nil {
		return err
	}
	files := approvedFiles(docs)
	findings := lintAll(files, nil)
	have := app.Heads(docs.Templates)
	for _, d := range docs.Playbooks {
		if p, problems := templates.ParsePlaybook([]byte(d.Source)); len(problems) == 0 {
			for _, missing := range app.MissingTemplates(cfg, p, have) {
				findings = append(findings, wholeFile(playbookPath(d), "playbook.templates", missing+"."))
			}
		}
	}
	return reportLint(cmd, findings, len(files), asJSON)
}

// lintAll adds the findings on docs to those there are.
func lintAll(docs []documentFile, findings []templates.Finding) []templates.Finding {
	for _, d := range docs {
		findings = append(findings, d.lint()...)
	}
	return findings
}

func reportLint(cmd *cobra.Command, findings []templates.Finding, files int, asJSON bool) error {
	failures := countErrors(findings)
	if asJSON {
		if err := encodeEach(json.NewEncoder(cmd.OutOrStdout()), findings); err != nil {
			return err
		}
	} else {
		p := &printer{w: cmd.OutOrStdout()}
		printFindings(p, findings)
		p.linef("%s checked: %s, %s", count(files, "file"), count(failures, "error"), count(len(findings)-failures, "warning"))
		if p.err != nil {
			return p.err
		}
	}
	if failures > 0 {
		return quietError{errors.New("errors were found")}
	}
	return nil
}

func countErrors(findings []templates.Finding) int {
	n := 0
	for _, f := range findings {
		if f.Severity == tone.Error {
			n++
		}
	}
	return n
}

func printFindings(p *printer, findings []templates.Finding) {
	for _, f := range findings {
		p.linef("%s", findingLine(f))
	}
}

// findingLine writes a finding so that editors can jump to it.
func findingLine(f templates.Finding) string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, max(f.Column, 1))
	}
	fmt.Fprintf(&b, ": %s: ", f.Severity)
	if f.Text != "" {
		fmt.Fprintf(&b, "%q — ", strings.Join(strings.Fields(f.Text), " "))
	}
	b.WriteString(strings.TrimSuffix(f.Why, "."))
	if f.Sample != "" {
		fmt.Fprintf(&b, " (with the sample %q)", f.Sample)
	}
	if f.Instead != "" {
		b.WriteString("; instead: " + f.Instead)
	}
	return b.String()
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
