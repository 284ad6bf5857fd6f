package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/templates"
)

type previewFlags struct {
	channel, locale, sample, order string
	allSamples, html               bool
}

func (c *cli) templatesPreviewCommand() *cobra.Command {
	var f previewFlags
	cmd := &cobra.Command{
		Use:   "preview NAME|FILE",
		Short: "Show how a template reads for a customer",
		Long: "Render an approved template, or one in a file, with the data of an invented customer, or with those of a\n" +
			"real order, and show it word for word, or why it would be refused. Nothing is sent.",
		Example: "  courtesyd templates preview declined-safety-1 --channel sms --locale es\n" +
			"  courtesyd templates preview words/messages/en/declined-safety-1.email.md --all-samples\n" +
			"  courtesyd templates preview declined-safety-1 --order 10482",
		Args: arguments("the template"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(args[0]); err != nil {
				return usageError{err}
			}
			if f.order == "" && isFileName(args[0]) {
				cfg, err := c.load() // for the longest text the shop allows
				if err != nil {
					return err
				}
				return f.previewFile(cmd, cfg, args[0])
			}
			return c.withDocuments(cmd, func(cfg *config.Config, db *store.DB) error {
				return f.previewDatabase(cmd, cfg, db, args[0])
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.channel, "channel", "", "only sms, email or call")
	flags.StringVar(&f.locale, "locale", "", "only this `language`: en or es")
	flags.StringVar(&f.sample, "sample", "", "the invented customer to use, by `name` (default: an ordinary one)")
	flags.BoolVar(&f.allSamples, "all-samples", false, "show it with every invented customer, the odd ones too")
	flags.StringVar(&f.order, "order", "", "use the order with this `number` from the database")
	flags.BoolVar(&f.html, "html", false, "print the HTML of one e-mail, and nothing else")
	return cmd
}

// isFileName tells files from names of templates, which have no dot or slash.
func isFileName(arg string) bool { return strings.ContainsAny(arg, "./") }

func (f previewFlags) check(arg string) error {
	if isFileName(arg) && (f.channel != "" || f.locale != "") {
		return errors.New("--channel and --locale choose among the approved templates; a file holds one")
	}
	if _, err := chosenChannel(f.channel); err != nil {
		return err
	}
	if f.locale != "" && f.locale != string(templates.English) && f.locale != string(templates.Spanish) {
		return fmt.Errorf("--locale %q: use en or es", f.locale)
	}
	chosen := 0
	for _, on := range []bool{f.sample != "", f.allSamples, f.order != ""} {
		if on {
			chosen++
		}
	}
	if chosen > 1 {
		return errors.New("--sample, --all-samples and --order exclude each other")
	}
	samples := templates.Samples()
	if f.sample == "" || slices.ContainsFunc(samples, func(s templates.Sample) bool { return s.Name == f.sample }) {
		return nil
	}
	var names []string
	for _, s := range samples {
		names = append(names, s.Name)
	}
	return fmt.Errorf("--sample %q: use one of %s", f.sample, strings.Join(names, ", "))
}

// previewed is a template to show, and whose data to show it with.
type previewed struct {
	*templates.Template
	title string
	with  []person
}

type person struct {
	title string
	data  templates.Data
}

func (f previewFlags) previewFile(cmd *cobra.Command, cfg *config.Config, name string) error {
	t, err := parseFile(name)
	if err != nil {
		return err
	}
	return f.show(cmd, cfg, []previewed{{Template: t, title: name, with: f.samples(t.Locale)}})
}

func parseFile(name string) (*templates.Template, error) {
	doc, err := readDocument(name)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	if doc.playbook {
		return nil, fmt.Errorf("%s is a playbook; only templates have words to show", name)
	}
	t, problems := templates.Parse(doc.text)
	if err := problems.Err(); err != nil {
		return nil, fmt.Errorf("%s cannot be used:\n%w", name, err)
	}
	return t, nil
}

func (f previewFlags) previewDatabase(cmd *cobra.Command, cfg *config.Config, db *store.DB, name string) error {
	list, err := f.chosen(cmd, db, name)
	if err != nil {
		return err
	}
	if f.order == "" {
		for i := range list {
			list[i].with = f.samples(list[i].Locale)
		}
		return f.show(cmd, cfg, list)
	}
	stories, err := store.Log{DB: db}.Stories(cmd.Context(), f.order)
	if err != nil {
		return err
	}
	if len(stories) == 0 {
		return fmt.Errorf("no order has the number %q; was its file imported?", f.order)
	}
	return f.show(cmd, cfg, f.withStories(cfg, list, stories))
}

// chosen are the templates that the argument and the flags mean.
func (f previewFlags) chosen(cmd *cobra.Command, db *store.DB, name string) ([]previewed, error) {
	if isFileName(name) {
		t, err := parseFile(name)
		return []previewed{{Template: t, title: name}}, err
	}
	docs, _, err := store.Documents{DB: db}.InForce(cmd.Context(), time.Now())
	if err != nil {
		return nil, err
	}
	var list []previewed
	for _, d := range docs.Templates {
		if d.Name != name || f.channel != "" && f.channel != string(d.Channel) || f.locale != "" && f.locale != d.Locale ||
			f.html && d.Channel != outreach.Email {
			continue
		}
		t, problems := templates.Parse([]byte(d.Source))
		if err := problems.Err(); err != nil {
			return nil, fmt.Errorf("%s cannot be used:\n%w", templatePath(d), err)
		}
		list = append(list, previewed{Template: t, title: fmt.Sprintf("%s, version %d", name, d.Version)})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no approved template %q fits; `courtesyd templates list` shows them", name)
	}
	return list, nil
}

// samples are the invented customers to show a template with.
func (f previewFlags) samples(locale templates.Locale) []person {
	var list []person
	for _, s := range templates.Samples() {
		fits := s.Locale == "" || s.Locale == locale
		if f.sample != "" && s.Name == f.sample || f.allSamples && fits || f.sample == "" && !f.allSamples && s.Typical && fits {
			list = append(list, person{fmt.Sprintf("sample %q", s.Name), s.Data})
		}
	}
	return list
}

// show renders everything.
func (f previewFlags) show(cmd *cobra.Command, cfg *config.Config, list []previewed) error {
	p := &printer{w: cmd.OutOrStdout()}
	if f.html {
		return f.showHTML(p, list)
	}
	for _, t := range list {
		for _, who := range t.with {
			p.linef("%s, %s, %s, with the %s", t.title, t.Channel, t.Locale, who.title)
			r, err := t.Render(who.data)
			if err != nil {
				p.linef("    would not be sent: %v", err)
			} else {
				showRendered(p, t.Channel, r, cfg.MaxSegments)
			}
			p.linef("")
		}
	}
	return p.err
}

func showRendered(p *printer, ch outreach.Channel, r templates.Rendered, maxSegments int) {
	if ch == outreach.SMS {
		size := fmt.Sprintf("%s in %s", count(r.Segments, "segment"), r.Encoding)
		if guilty := templates.Segments(r.Text).Guilty; len(guilty) > 0 {
			size += ", because of " + guilty[0].String()
		}
		p.linef("    %s", size)
		if r.Segments > maxSegments {
			p.linef("    would not be sent: max_segments allows %s", count(maxSegments, "segment"))
		}
	}
	if r.Subject != "" {
		p.linef("    %s", r.Subject)
	}
	p.quote(r.Text)
}

func (f previewFlags) showHTML(p *printer, list []previewed) error {
	if len(list) != 1 || len(list[0].with) != 1 || list[0].Channel != outreach.Email {
		return usageError{errors.New("--html shows one e-mail for one customer; narrow it down with --locale and --sample")}
	}
	r, err := list[0].Render(list[0].with[0].data)
	if err != nil {
		return fmt.Errorf("it would not be sent: %w", err)
	}
	p.linef("%s", strings.TrimRight(r.HTML, "\n"))
	return p.err
}
