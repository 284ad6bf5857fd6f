// Package demo lets an invented shop live through a month: its files go through
// the real importer, and the real scheduler, gate and templates do the rest.
package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/simulate"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Options say where the demo lives and what it tells.
type Options struct {
	Dir      string    // made when missing; must be empty, or hold a demo that did not come to its end
	Now      time.Time // when the month ends
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
	// Rejected is the folder of the rows that were not imported, a file for each
	// import that had some.
	Rejected string
}

// shop is the invented shop at work.
type shop struct {
	config *config.Config
	files  map[string][]byte
	weeks  []week
	db     *store.DB
	clock  *simulate.Clock
}

// Run sets the shop up in a folder and simulates the weeks up to now.
// It keeps the ports of the pages free as long as it works.
func Run(ctx context.Context, o Options) (_ Result, err error) {
	files, err := sample(o.Now)
	if err != nil {
		return Result{}, err
	}
	s := shop{files: files}
	if s.weeks, err = weeksOf(files); err != nil {
		return Result{}, err
	}
	place, err := take(o.Dir)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, place.leave()) }()
	ports, err := reserve()
	if err != nil {
		return Result{}, err
	}
	defer ports.release()
	if s.config, err = place.setUp(files, ports); err != nil {
		return Result{}, err
	}
	if s.db, err = app.OpenDatabase(ctx, s.config); err != nil {
		return Result{}, err
	}
	defer func() { _ = s.db.Close() }() // everything is committed by then
	month := Result{Config: s.config, From: s.weeks[0].exported, Until: o.Now, Rejected: filepath.Join(o.Dir, "rejected")}
	s.clock = simulate.NewClock(month.From)
	if err := s.live(ctx, o, &month); err != nil {
		return Result{}, err
	}
	if month.Files, err = countFiles(s.config.Outbox.Dir); err != nil {
		return Result{}, err
	}
	return month, place.finish()
}

// live lets the month pass.
func (s shop) live(ctx context.Context, o Options, month *Result) error {
	installation, err := app.Prepare(ctx, s.db, s.config, s.clock.Now(), o.Log)
	if err != nil {
		return err
	}
	settings, err := app.Settings(s.config, installation)
	if err != nil {
		return err
	}
	senders, err := app.NewSenders(s.config, installation, s.clock.Now)
	if err != nil {
		return err
	}
	defer func() { _ = senders.Close() }() // the outbox keeps nothing open
	if err := addUsers(ctx, s.db, s.clock.Now()); err != nil {
		return err
	}
	if err := (store.Controls{DB: s.db}).SetMode(ctx, s.clock.Now(), s.config.Mode, "demo"); err != nil {
		return err
	}
	daemons := store.Daemons{DB: s.db}
	id, err := daemons.Start(ctx, s.clock.Now(), "demo", os.Getpid(), "demo")
	if err != nil {
		return err
	}
	err = simulate.Run{
		Scheduler: app.NewScheduler(s.db, settings, senders.Lanes(s.config), id, s.clock.Now, o.Log),
		Clock:     s.clock,
		Until:     month.Until,
		Events: slices.Concat(s.events(month), s.advisers(month.From, month.Until), []simulate.Event{s.mistake(month.Until)},
			s.customers(app.NewDesk(s.config, s.db, s.clock.Now, o.Log), month.From, month.Until)),
		Progress: func(now time.Time) {
			if o.Progress != nil {
				o.Progress(now.Sub(month.From).Seconds()/month.Until.Sub(month.From).Seconds(), now)
			}
		},
	}.Go(ctx)
	if err != nil {
		return err
	}
	return daemons.Stop(ctx, s.clock.Now(), id)
}

// week is a Monday morning on which the shop exports.
type week struct {
	exported         time.Time
	orders, canceled string // names of files
}

// weeksOf lists the exports among files, the earliest first.
func weeksOf(files map[string][]byte) ([]week, error) {
	var out []week
	for name := range files {
		day, ok := strings.CutPrefix(strings.TrimSuffix(name, ".csv"), "orders-")
		if !ok {
			continue
		}
		// 12:00 UTC is seven in the morning there.
		t, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return nil, fmt.Errorf("read the date of %s: %w", name, err)
		}
		out = append(out, week{t.Add(12 * time.Hour), name, "canceled-" + day + ".csv"})
	}
	slices.SortFunc(out, func(a, b week) int { return a.exported.Compare(b.exported) })
	return out, nil
}

// events are the shop's imports: who is a customer and who must be left alone
// first, then each week's exports.
func (s shop) events(month *Result) []simulate.Event {
	load := func(name string, kind importer.Kind) func(context.Context) error {
		return func(ctx context.Context) error {
			profile := s.config.Imports["sample"]
			profile.Kind = kind
			var rejects bytes.Buffer
			rep, err := importer.Run(ctx, bytes.NewReader(s.files[name]), importer.Options{
				Profile: profile, Shop: s.config.ShopList()[0], Name: name, Now: s.clock.Now, Rejects: &rejects,
			}, store.Imports{DB: s.db})
			month.Reports = append(month.Reports, rep)
			if err != nil || rep.Rejected+rep.LeftOut == 0 {
				return err
			}
			return keep(filepath.Join(month.Rejected, name), rejects.Bytes())
		}
	}
	out := []simulate.Event{
		{At: s.weeks[0].exported, Do: load("suppression.csv", importer.Suppression)},
		{At: s.weeks[0].exported, Do: load("customers.csv", importer.Customers)},
	}
	for _, w := range s.weeks {
		out = append(out,
			simulate.Event{At: w.exported, Do: load(w.orders, importer.Orders)},
			simulate.Event{At: w.exported, Do: load(w.canceled, importer.Canceled)})
	}
	return out
}

// keep writes a file, and the folder around it.
func keep(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("make folder for the demo: %w", err)
	}
	if err := os.WriteFile(name, content, 0o600); err != nil {
		return fmt.Errorf("write the rows that were not imported: %w", err)
	}
	return nil
}

func countFiles(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("read the outbox: %w", err)
	}
	return len(entries), nil
}
