package main

import (
	"cmp"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/demo"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/scheduler"
)

// summarize tells of the month in a screenful.
func summarize(cmd *cobra.Command, month demo.Result, took time.Duration) error {
	ctx := cmd.Context()
	db, err := app.OpenDatabase(ctx, month.Config)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	log := store.Log{DB: db}
	found, err := log.Found(ctx, false)
	if err != nil {
		return err
	}
	tallies, err := log.Tallies(ctx, false)
	if err != nil {
		return err
	}
	loc := month.Config.ShopList()[0].Location()
	p := &printer{w: cmd.OutOrStdout()}
	p.linef("%s to %s, simulated in %.1f seconds", month.From.In(loc).Format("January 2"), month.Until.In(loc).Format("January 2, 2006"), took.Seconds())
	p.linef("")
	p.linef("Found")
	rows, rejected := 0, 0
	for _, r := range month.Reports {
		rows, rejected = rows+r.Rows, rejected+r.Rejected+r.LeftOut
	}
	p.linef("  %5d rows in %d files, %d of them not usable: they are in %s with the reason", rows, len(month.Reports), rejected, month.Rejected)
	p.linef("  %5d orders, %d lines left undone, %d canceled orders", found.Orders, found.Open, found.Canceled)
	p.linef("  %5d follow-ups with %d customers", found.FollowUps, found.Customers)
	open := printSent(p, tallies)
	printNotSent(p, tallies)
	if err := printAhead(cmd, p, db, month); err != nil {
		return err
	}
	p.linef("")
	p.linef("%d messages are in %s (.eml opens in a mail program).", month.Files, month.Config.Outbox.Dir)
	lookAround(cmd, p, log, filepath.Join(filepath.Dir(month.Config.File), "courtesy.yaml"), open)
	return p.err
}

// lookAround suggests what to do next, as it can be typed here.
func lookAround(cmd *cobra.Command, p *printer, log store.Log, file string, open int) {
	p.linef("Look around:")
	p.linef("  %s log   --config %s --limit 20", os.Args[0], file)
	if open > 0 {
		p.linef("  %s calls --config %s", os.Args[0], file)
	}
	if number := explainable(cmd, log); number != "" {
		p.linef("  %s log   --config %s --why %s", os.Args[0], file, number)
	}
}

// printSent returns how many calls are open.
func printSent(p *printer, tallies []store.Tally) (open int) {
	by := map[string]int{}
	made := 0
	for _, t := range tallies {
		switch state := outreach.State(t.State); {
		case t.Channel == string(outreach.Call) && state == outreach.CallOpen:
			open += t.Count
		case t.Channel == string(outreach.Call) && slices.Contains(outreach.CallOutcomes(), state):
			made += t.Count
		case state.Reached():
			by[t.Channel] += t.Count
		}
	}
	p.linef("")
	p.linef("Said")
	p.linef("  %5d text messages", by[string(outreach.SMS)])
	p.linef("  %5d e-mails", by[string(outreach.Email)])
	p.linef("  %5d calls made by advisers, and %d on their list", made, open)
	return open
}

// printNotSent lists the reasons against, the most frequent first.
func printNotSent(p *printer, tallies []store.Tally) {
	counts := map[string]int{}
	total := 0
	for _, t := range tallies {
		switch outreach.State(t.State) {
		case outreach.Suppressed, outreach.Expired, outreach.Canceled, outreach.Failed:
			total += t.Count
			for code := range strings.SplitSeq(t.Reason, ",") {
				counts[code] += t.Count
			}
		}
	}
	p.linef("")
	p.linef("Not sent, and why: %d (a contact can have several reasons)", total)
	codes := make([]string, 0, len(counts))
	for code := range counts {
		codes = append(codes, code)
	}
	slices.SortFunc(codes, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	for _, code := range codes {
		p.linef("  %5d %s", counts[code], scheduler.ReasonSentence(code))
	}
}

// printAhead lists what is planned, the soonest first, as the page Today foresees it.
func printAhead(cmd *cobra.Command, p *printer, db *store.DB, month demo.Result) error {
	const days, shown, most = 7, 8, 1000
	ctx := cmd.Context()
	list, err := store.Today{DB: db}.Ahead(ctx, store.AheadFilter{Until: month.Until.AddDate(0, 0, days), Limit: most})
	if err != nil {
		return err
	}
	p.linef("")
	p.linef("The next %d days hold", days)
	if len(list) == 0 {
		p.linef("  nothing")
		return p.err
	}
	more := len(list) - shown
	list = list[:min(len(list), shown)]
	rulings, err := foresee(cmd, db, month, list)
	if err != nil {
		return err
	}
	loc := month.Config.ShopList()[0].Location()
	for _, c := range list {
		way, fate := fateOf(c.Channel, rulings[c.ID])
		p.linef("  %s  %-5s  %-28s %s, step %d%s", c.NextAt.In(loc).Format("Mon Jan 2, 15:04"), way, clip(c.Customer, 28), c.Playbook, c.Step, fate)
	}
	if more > 0 {
		p.linef("  … and %d more", more)
	}
	return p.err
}

// foresee says what would become of planned contacts.
func foresee(cmd *cobra.Command, db *store.DB, month demo.Result, list []store.Ahead) (map[int64]outreach.Ruling, error) {
	settings, err := app.Settings(month.Config, "")
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	now := func() time.Time { return month.Until }
	return app.NewForecast(db, settings, now, slog.New(slog.DiscardHandler)).Preview(cmd.Context(), ids)
}

// fateOf returns the channel by which a planned contact would go, and what is to be
// said where it would not go at its time. Without a ruling nothing is known but the
// plan.
func fateOf(planned string, r outreach.Ruling) (way, fate string) {
	switch {
	case r.Goes():
		return string(r.Contact.Channel), ""
	case r.Waits():
		return string(r.Contact.Channel), ": will wait"
	case r.Contact.State != "":
		return planned, ": will not go"
	}
	return planned, ""
}

// explainable picks an order that was not simply followed up, for --why.
func explainable(cmd *cobra.Command, log store.Log) string {
	number := ""
	filter := store.LogFilter{States: []outreach.State{outreach.Suppressed}, Limit: 1}
	err := log.Each(cmd.Context(), filter, func(e store.LogEntry) error {
		number, _, _ = strings.Cut(e.OrderNumbers(), ",")
		return nil
	})
	if err != nil {
		return "" // the hint is dropped, the summary stands
	}
	return number
}
