package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/templates"
)

func (c *cli) templatesImportCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "import FILE|FOLDER…",
		Short: "Check templates and playbooks, and put them in force",
		Long: "Check templates (.md) and playbooks (.yaml) and make each a new approved version, in force at once; you\n" +
			"are recorded as the one who approved it. A file with an error is refused, one with warnings too unless\n" +
			"--accept-warnings gives the reason, which is kept with the version. What has not changed is left alone.",
		Example: "  courtesyd templates import words/\n" +
			"  courtesyd templates import --accept-warnings \"the name is that long\" words/messages/en/declined-safety-1.sms.md",
		Args: oneOrMore("name a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("accept-warnings") && reason == "" {
				return usageError{errors.New("--accept-warnings needs the reason, which is kept with the version")}
			}
			return c.withNewDatabase(cmd, seeded(cmd, func(cfg *config.Config, db *store.DB) error {
				return importDocuments(cmd, cfg, store.Documents{DB: db}, args, reason)
			}))
		},
	}
	cmd.Flags().StringVar(&reason, "accept-warnings", "", "import files with warnings too, for this `reason`")
	return cmd
}

func importDocuments(cmd *cobra.Command, cfg *config.Config, documents store.Documents, args []string, reason string) error {
	now := time.Now()
	inForce, _, err := documents.InForce(cmd.Context(), now)
	if err != nil {
		return err
	}
	p := &printer{w: cmd.OutOrStdout()}
	files, unreadable := readDocuments(args)
	printFindings(p, unreadable)
	in := &intake{config: cfg, inForce: inForce, reason: reason, seen: map[outreach.Document]string{}}
	entries := in.judge(files)
	imported, unchanged, refused := 0, 0, len(unreadable)
	for _, e := range entries {
		printFindings(p, e.findings)
		switch {
		case e.refused != "":
			refused++
			p.linef("%s: refused: %s", e.file.name, e.refused)
		case e.unchanged:
			unchanged++
		default:
			version, err := e.save(cmd, documents, now)
			if err != nil {
				return err
			}
			imported++
			p.linef("%s: in force as version %d of %s", e.file.name, version, e.title())
		}
	}
	p.linef("%d imported, %d unchanged, %d refused", imported, unchanged, refused)
	if p.err == nil && refused > 0 {
		return quietError{errors.New("files were refused")}
	}
	return p.err
}

// entry is a file on its way in.
type entry struct {
	file      documentFile
	doc       outreach.Document // without its version
	plan      outreach.Playbook // of a playbook
	findings  []templates.Finding
	note      string // why its warnings were accepted
	unchanged bool
	refused   string // why, in words
}

func (e *entry) title() string {
	if e.file.playbook {
		return "playbook " + e.doc.Name
	}
	return fmt.Sprintf("template %s (%s, %s)", e.doc.Name, e.doc.Channel, e.doc.Locale)
}

func (e *entry) save(cmd *cobra.Command, documents store.Documents, now time.Time) (version int, err error) {
	if e.file.playbook {
		version, _, err = documents.AddPlaybook(cmd.Context(), now, e.doc, who())
		return version, err
	}
	version, _, err = documents.AddTemplate(cmd.Context(), now, e.doc, who(), e.note)
	return version, err
}

// intake decides what becomes of files, before anything is written.
type intake struct {
	config  *config.Config
	inForce outreach.Documents
	reason  string                       // for accepting warnings, "" when they are not
	seen    map[outreach.Document]string // which file brought a document, by its key
}

// judge returns an entry for each file, templates first: a playbook may name
// those that come with it, and only those that are not refused.
func (in *intake) judge(files []documentFile) []*entry {
	var messages, plans []*entry
	have := app.Heads(in.inForce.Templates)
	for _, f := range files {
		e := &entry{file: f}
		if f.playbook {
			in.readPlaybook(e)
			plans = append(plans, e)
		} else if head, ok := in.readTemplate(e); ok {
			have = append(have, head)
			messages = append(messages, e)
		} else {
			messages = append(messages, e)
		}
	}
	for _, e := range plans {
		if e.refused == "" && !e.unchanged {
			in.requireTemplates(e, have)
		}
	}
	return append(messages, plans...)
}

// readTemplate also returns the template's head; ok is false when it is refused.
func (in *intake) readTemplate(e *entry) (head templates.Head, ok bool) {
	if t, problems := templates.Parse(e.file.text); len(problems) == 0 {
		head = t.Head
		e.doc = outreach.Document{Name: t.Name, Channel: t.Channel, Locale: string(t.Locale)}
	}
	in.examine(e, in.inForce.Templates)
	return head, e.refused == ""
}

func (in *intake) readPlaybook(e *entry) {
	if p, problems := templates.ParsePlaybook(e.file.text); len(problems) == 0 {
		e.plan = p
		e.doc = outreach.Document{Name: p.ID}
	}
	in.examine(e, in.inForce.Playbooks)
}

// examine decides on a file by itself. What is in force already was approved
// once and is not judged anew.
func (in *intake) examine(e *entry, inForce []outreach.Document) {
	key := e.doc
	e.doc.Source = string(e.file.text)
	if key.Name != "" {
		if first, twice := in.seen[key]; twice {
			e.refused = "it holds the same document as " + first
			return
		}
		in.seen[key] = e.file.name
		for _, d := range inForce {
			if d.Name == key.Name && d.Channel == key.Channel && d.Locale == key.Locale && d.Source == e.doc.Source {
				e.unchanged = true
				return
			}
		}
	}
	e.findings = e.file.lint()
	failures := countErrors(e.findings)
	warnings := len(e.findings) - failures
	switch {
	case failures > 0:
		e.refused = "it has " + count(failures, "error")
	case warnings > 0 && in.reason == "":
		e.refused = fmt.Sprintf("it has %s; change the words, or give the reason for keeping them with --accept-warnings",
			count(warnings, "warning"))
	case warnings > 0:
		e.note = in.reason
	}
}

// requireTemplates refuses a playbook whose steps would have no words.
func (in *intake) requireTemplates(e *entry, have []templates.Head) {
	for _, missing := range app.MissingTemplates(in.config, e.plan, have) {
		e.findings = append(e.findings, wholeFile(e.file.name, "playbook.templates", missing+"."))
		e.refused = "it names templates that do not exist"
	}
}
