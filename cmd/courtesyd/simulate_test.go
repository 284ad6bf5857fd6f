package main

import (
	"context"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/simulate"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/scheduler"
)

// simulateDays is the script command `simulate CONFIG DATE DAYS`: it lets so
// many days from a date on pass through the real scheduler.
func simulateDays(ts *testscript.TestScript, _ bool, args []string) {
	cfg, err := config.Load(ts.MkAbs(args[0]))
	ts.Check(err)
	from, err := time.ParseInLocation(time.DateOnly, args[1], cfg.ShopList()[0].Location())
	ts.Check(err)
	days, err := strconv.Atoi(args[2])
	ts.Check(err)
	ts.Check(letPass(context.Background(), cfg, from, days))
}

func letPass(ctx context.Context, cfg *config.Config, from time.Time, days int) error {
	db, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	clock := simulate.NewClock(from)
	log := slog.New(slog.DiscardHandler)
	installation, err := app.Prepare(ctx, db, cfg, from, log)
	if err != nil {
		return err
	}
	settings, err := app.Settings(cfg, installation)
	if err != nil {
		return err
	}
	daemons := store.Daemons{DB: db}
	id, err := daemons.Start(ctx, from, "script", os.Getpid(), "")
	if err != nil {
		return err
	}
	var lanes []scheduler.Lane
	for _, ch := range []outreach.Channel{outreach.Email, outreach.SMS, outreach.Call} {
		lanes = append(lanes, scheduler.Lane{Channel: ch, Sender: moody{}, Width: 1, Batch: cfg.Dispatch.Batch})
	}
	run := simulate.Run{
		Scheduler: app.NewScheduler(db, settings, lanes, id, clock.Now, log),
		Clock:     clock, Until: from.AddDate(0, 0, days),
	}
	if err := run.Go(ctx); err != nil {
		return err
	}
	return daemons.Stop(ctx, clock.Now(), id)
}

// moody takes every message, except that it does not answer to addresses that
// begin with "doubt".
type moody struct{}

func (moody) Send(_ context.Context, m notify.Message) notify.Outcome {
	if strings.HasPrefix(m.To, "doubt") {
		return notify.Outcome{Result: notify.Unknown, Provider: "moody", Detail: "The answer did not come."}
	}
	return notify.Outcome{Result: notify.Accepted, Provider: "moody", ProviderID: "m-1", Detail: "Taken."}
}
