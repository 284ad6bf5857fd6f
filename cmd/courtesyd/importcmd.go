package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/logging"
	"github.com/courtesyd/courtesyd/internal/store"
)

// importFlags are the flags of `courtesyd import`.
type importFlags struct {
	profile, kind, shop, source, rejects string
	force, dryRun, asJSON                bool
}

func (c *cli) importCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FILE…",
		Short: "Read orders, canceled orders, customers or a suppression list from CSV files",
		Long: "Read CSV files into the database. The same file twice changes nothing. A row that cannot be used\n" +
			"is listed with its line, column, value and reason, and the rest go in. The file - is standard input.\n" +
			"Profiles are kept in the configuration under imports; docs/import.md has the columns.",
		Example: "  courtesyd import --kind customers customers.csv\n" +
			"  courtesyd import --profile orders --dry-run export.csv\n" +
			"  courtesyd import --profile orders --rejects rejected.csv export.csv",
		Args: usage(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			return c.withNewDatabase(cmd, func(cfg *config.Config, db *store.DB) error {
				return runImport(cmd, cfg, db, f, files)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.profile, "profile", "", "import `profile` from the configuration, or a built-in one: "+strings.Join(importer.BuiltIns(), ", "))
	flags.StringVar(&f.kind, "kind", "", "what the files hold: orders, canceled, customers or suppression (default: the profile's, else orders)")
	flags.StringVar(&f.shop, "shop", "", "`id` of the shop the files belong to (default: the profile's, or the only shop)")
	flags.StringVar(&f.source, "source", "", "`name` of the system the files come from (default: the profile's, else csv)")
	flags.StringVar(&f.rejects, "rejects", "", "write rows that were not imported to this `file`, with the reason")
	flags.BoolVar(&f.force, "force", false, "import even when the file would start many times the usual number of follow-ups")
	flags.BoolVar(&f.dryRun, "dry-run", false, "read and report; import nothing")
	flags.BoolVar(&f.asJSON, "json", false, "print the report of each file as one JSON object a line")
	return cmd
}

func runImport(cmd *cobra.Command, cfg *config.Config, db *store.DB, f importFlags, files []string) (err error) {
	ctx := cmd.Context()
	profile, err := f.choose(cfg)
	if err != nil {
		return usageError{err}
	}
	if _, err := app.Prepare(ctx, db, cfg, time.Now(), logging.New(io.Discard, cfg.Log.Level, logging.Text)); err != nil {
		return err
	}
	rejects, err := createRejects(f.rejects, files)
	if err != nil {
		return err
	}
	complete := false
	defer func() { err = errors.Join(err, rejects.finish(complete)) }()
	shop := cfg.ShopList()[slices.IndexFunc(cfg.Shops, func(s config.Shop) bool { return s.ID == profile.Shop })]
	var failed error
	for _, name := range files {
		rep, err := importFile(cmd, name, importer.Options{
			Profile: profile, Shop: shop, Name: name, Now: time.Now, Force: f.force, DryRun: f.dryRun, Rejects: rejects.writer(),
		}, store.Imports{DB: db})
		if perr := printReport(cmd.OutOrStdout(), rep, err, f.asJSON); perr != nil {
			return perr
		}
		failed = errors.Join(failed, err)
	}
	complete = ctx.Err() == nil
	return failed
}

// choose lays the flags over the profile they name.
func (f importFlags) choose(cfg *config.Config) (importer.Profile, error) {
	p, configured := cfg.Imports[f.profile]
	switch {
	case configured, f.profile == "":
	case slices.Contains(importer.BuiltIns(), f.profile):
		p.Base = f.profile
	default:
		known := append(slices.Sorted(maps.Keys(cfg.Imports)), importer.BuiltIns()...)
		return p, fmt.Errorf("there is no import profile %q; known are %s", f.profile, strings.Join(known, ", "))
	}
	if f.kind != "" {
		p.Kind = importer.Kind(f.kind)
	}
	if f.shop != "" {
		p.Shop = f.shop
	}
	if f.source != "" {
		p.Source = f.source
	}
	if p.Shop == "" && len(cfg.Shops) == 1 {
		p.Shop = cfg.Shops[0].ID
	}
	if p.Source == "" && (p.Base == "" || p.Base == "generic") {
		p.Source = "csv"
	}
	if _, known := cfg.Shop(p.Shop); !known {
		return p, fmt.Errorf("there is no shop %q in the configuration; name one with --shop", p.Shop)
	}
	_, err := p.Resolve()
	return p, err
}

func importFile(cmd *cobra.Command, name string, opts importer.Options, sink importer.Sink) (importer.Report, error) {
	file, err := importer.Open(name, cmd.InOrStdin())
	if err != nil {
		return importer.Report{File: name}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	return importer.Run(cmd.Context(), file, opts, sink)
}

// shownIssues of a report are listed on a terminal; all are in --rejects and --json.
const shownIssues = 20

func printReport(w io.Writer, rep importer.Report, err error, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(rep)
	}
	if err != nil && rep.Rows == 0 {
		return nil // the error says it all
	}
	var unusual *importer.SanityError
	p := &printer{w: w}
	verb := "imported"
	if rep.DryRun {
		verb = "would be imported"
	}
	p.linef("%s: %d rows read, %d %s, %d rejected, %d left out", rep.File, rep.Rows, rep.Rows-rep.Rejected-rep.LeftOut, verb, rep.Rejected, rep.LeftOut)
	c := rep.Counts
	for _, t := range []struct {
		name string
		importer.Tally
	}{
		{"orders", c.Orders},
		{"lines", c.Lines},
		{"canceled orders", c.Canceled},
		{"customers", c.Customers},
		{"vehicles", c.Vehicles},
		{"addresses", c.Addresses},
		{"consents", c.Consents},
		{"opt-outs", c.OptOuts},
	} {
		if t.Tally != (importer.Tally{}) {
			p.linef("  %-16s %6d new %6d changed %6d unchanged", t.name, t.New, t.Changed, t.Unchanged)
		}
	}
	if rep.Candidates > 0 {
		p.linef("  %d lines or canceled orders are new to follow up", rep.Candidates)
	}
	if rep.DryRun || errors.As(err, &unusual) {
		p.samples(rep.Samples)
	}
	p.issues("not imported", rep.Issues, rep.Rejected+rep.LeftOut)
	p.issues("imported without a value", rep.WarningsList, rep.Warnings)
	if rep.Suggested > 0 {
		p.linef("  %d recommendations in free text look unsold; a person must confirm them in the shop's system:", rep.Suggested)
		for _, s := range rep.Suggestions[:min(len(rep.Suggestions), shownIssues)] {
			p.linef("    line %d, order %s: %s", s.Line, s.Order, s.Work)
		}
	}
	return p.err
}

func (p *printer) issues(title string, list []importer.Issue, total int) {
	if total == 0 {
		return
	}
	p.linef("  %s:", title)
	for i, issue := range list {
		if i == shownIssues {
			p.linef("    … and %d more; --rejects FILE or --json lists them all", total-shownIssues)
			return
		}
		p.linef("    line %d: %s", issue.Line, issue)
	}
}

// samples shows how the file was read, for a person to confirm.
func (p *printer) samples(list []importer.Sample) {
	if len(list) == 0 {
		return
	}
	p.linef("  the first lines taken as not done:")
	for _, s := range list {
		p.linef("    order %s: %s, %q read as %s", s.Order, s.Service, s.Raw, s.Authorization)
	}
}
