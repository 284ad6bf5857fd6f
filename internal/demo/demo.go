// Package demo lets an invented shop live through a month: its files go through
// the real importer, and the real scheduler, gate and templates do the rest.
package demo

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/examples"
	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/simulate"
	"github.com/courtesyd/courtesyd/internal/store"
)

//go:embed courtesy.yaml
var configuration []byte

// ErrNotEmpty means that the folder for the demo holds other things.
var ErrNotEmpty = errors.New("is not empty; name a new folder, so that nothing of yours is overwritten")

// Options say where the demo lives and what it tells.
type Options struct {
	Dir      string // made when missing; must be empty
	Log      *slog.Logger
	Progress func(done float64, now time.Time) // 0 to 1; may be nil
}

// Result is the month that was simulated.
type Result struct {
	Config  *config.Config
	Reports []importer.Report
	From    time.Time
	Until   time.Time
	Files   int // written to the outbox
}

// Run sets the shop up in a folder and simulates its month.
func Run(ctx context.Context, o Options) (Result, error) {
	cfg, err := setUp(o.Dir)
	if err != nil {
		return Result{}, err
	}
	db, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = db.Close() }() // everything is committed by then
	shop := cfg.ShopList()[0]
	files, err := orderFiles()
	if err != nil {
		return Result{}, err
	}
	month := Result{Config: cfg}
	month.From = files[0].exported.In(shop.Location())
	month.Until = month.From.AddDate(0, 1, 0)

	clock := simulate.NewClock(month.From)
	installation, err := app.Prepare(ctx, db, cfg, clock.Now(), o.Log)
	if err != nil {
		return Result{}, err
	}
	settings, err := app.Settings(cfg)
	if err != nil {
		return Result{}, err
	}
	senders, err := app.NewSenders(cfg, installation, clock.Now)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = senders.Close() }() // the outbox keeps nothing open
	daemon, err := store.Daemons{DB: db}.Start(ctx, clock.Now(), "demo", os.Getpid(), "demo")
	if err != nil {
		return Result{}, err
	}
	run := simulate.Run{
		Scheduler: app.NewScheduler(db, settings, senders.Lanes(cfg), daemon, clock.Now, o.Log),
		Clock:     clock,
		Until:     month.Until,
		Events:    append(events(files, cfg, db, clock, &month.Reports), advisers(db, month.From, month.Until, clock)...),
		Progress: func(now time.Time) {
			if o.Progress != nil {
				o.Progress(now.Sub(month.From).Seconds()/month.Until.Sub(month.From).Seconds(), now)
			}
		},
	}
	if err := run.Go(ctx); err != nil {
		return Result{}, err
	}
	if err := (store.Daemons{DB: db}).Stop(ctx, clock.Now(), daemon); err != nil {
		return Result{}, err
	}
	month.Files, err = countFiles(cfg.Outbox.Dir)
	return month, err
}

// setUp writes the configuration and the shop's files into dir.
func setUp(dir string) (*config.Config, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s %w", dir, ErrNotEmpty)
	}
	imports := filepath.Join(dir, "import")
	if err := os.MkdirAll(imports, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for the demo: %w", err)
	}
	err := fs.WalkDir(examples.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := examples.Files.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(imports, name), content, 0o600)
	})
	if err != nil {
		return nil, fmt.Errorf("write the sample shop's files: %w", err)
	}
	file := filepath.Join(dir, config.FileName)
	if err := os.WriteFile(file, configuration, 0o600); err != nil {
		return nil, fmt.Errorf("write the sample shop's configuration: %w", err)
	}
	return config.Load(file)
}

// orderFile is a weekly export and when it was made.
type orderFile struct {
	name     string
	exported time.Time
}

func orderFiles() ([]orderFile, error) {
	names, err := fs.Glob(examples.Files, "orders-*.csv")
	if err != nil {
		return nil, fmt.Errorf("list sample files: %w", err)
	}
	slices.Sort(names)
	var out []orderFile
	for _, name := range names {
		day := strings.TrimSuffix(strings.TrimPrefix(name, "orders-"), ".csv")
		// The shop exports on Monday mornings; 12:00 UTC is seven there.
		t, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return nil, fmt.Errorf("read the date of %s: %w", name, err)
		}
		out = append(out, orderFile{name, t.Add(12 * time.Hour)})
	}
	return out, nil
}

// events are the shop's imports: who is a customer and who must be left alone
// first, then each week's export.
func events(files []orderFile, cfg *config.Config, db *store.DB, clock *simulate.Clock, reports *[]importer.Report) []simulate.Event {
	load := func(name string, kind importer.Kind) func(context.Context) error {
		return func(ctx context.Context) error {
			content, err := examples.Files.ReadFile(name)
			if err != nil {
				return fmt.Errorf("read %s: %w", name, err)
			}
			profile := cfg.Imports["sample"]
			profile.Kind = kind
			rep, err := importer.Run(ctx, bytes.NewReader(content), importer.Options{
				Profile: profile, Shop: cfg.ShopList()[0], Name: name, Now: clock.Now, Rejects: io.Discard,
			}, store.Imports{DB: db})
			*reports = append(*reports, rep)
			return err
		}
	}
	first := files[0].exported
	out := []simulate.Event{
		{At: first, Do: load("suppression.csv", importer.Suppression)},
		{At: first, Do: load("customers.csv", importer.Customers)},
	}
	for _, f := range files {
		canceled := strings.Replace(f.name, "orders", "canceled", 1)
		out = append(out,
			simulate.Event{At: f.exported, Do: load(f.name, importer.Orders)},
			simulate.Event{At: f.exported, Do: load(canceled, importer.Canceled)})
	}
	return out
}

func countFiles(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("read the outbox: %w", err)
	}
	return len(entries), nil
}
