package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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
		Args: oneOrMore("name a file"),
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

func shopIDs(cfg *config.Config) []string {
	var ids []string
	for _, s := range cfg.Shops {
		ids = append(ids, s.ID)
	}
	return ids
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
		return p, fmt.Errorf("there is no shop %q in the configuration; name one with --shop: %s", p.Shop, strings.Join(shopIDs(cfg), ", "))
	}
	_, err := p.Resolve()
	return p, err
}

func importFile(cmd *cobra.Command, name string, opts importer.Options, sink importer.Sink) (importer.Report, error) {
	file, err := importer.Open(name, cmd.InOrStdin())
	if err != nil {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = fmt.Errorf("import %s: %w", name, at.Err) // once is enough for the name
		}
		return importer.Report{File: name}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	rep, err := importer.Run(cmd.Context(), file, opts, sink)
	switch {
	case err != nil && rep.Rows == 0 && cmd.Context().Err() == nil:
		if kind := betterKind(cmd, file, opts, sink, rep.Kind); kind != "" {
			err = fmt.Errorf("%w; if it holds %s, say --kind %s", err, kind, kind)
		}
	case err == nil && rep.Rows > 0 && rep.Rejected == rep.Rows:
		err = fmt.Errorf("import %s: not one row of it can be used", name)
	}
	return rep, err
}

// betterKind returns the kind whose fields the columns of a file fit best, ""
// when it fits none but that tried.
func betterKind(cmd *cobra.Command, file io.ReadSeeker, opts importer.Options, sink importer.Sink, tried importer.Kind) importer.Kind {
	best, most := importer.Kind(""), 0
	opts.DryRun, opts.Rejects = true, nil
	for _, kind := range []importer.Kind{importer.Orders, importer.Canceled, importer.Customers, importer.Suppression} {
		opts.Profile.Kind = kind
		rep, err := importer.Run(cmd.Context(), file, opts, sink)
		if err == nil && kind != tried && len(rep.Columns) > most {
			best, most = kind, len(rep.Columns)
		}
	}
	return best
}
