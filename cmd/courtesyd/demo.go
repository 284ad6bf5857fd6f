package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/demo"
	"github.com/courtesyd/courtesyd/internal/logging"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/scheduler"
)

func (c *cli) demoCommand() *cobra.Command {
	var dir string
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a month at an invented shop; nothing leaves the machine",
		Long: "Set up an invented shop, import its files and let a month pass at full speed through the real\n" +
			"scheduler, gate and templates. What would be sent is written into a folder as .eml and .txt files.\n" +
			"With --dir everything stays there, and the other commands work on it.\n" +
			"In a terminal the shop's pages can then be opened in a browser, until Ctrl-C.",
		Example: "  courtesyd demo\n" +
			"  courtesyd demo --dir /tmp/maple && courtesyd log --config /tmp/maple/courtesy.yaml --limit 20",
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			temporary := dir == ""
			if temporary {
				made, err := os.MkdirTemp("", "courtesy-demo-")
				if err != nil {
					return fmt.Errorf("make folder for the demo: %w", err)
				}
				dir = made
			}
			if err := runDemo(cmd, dir, temporary); err != nil {
				return err
			}
			if once || !cmd.Flags().Changed("once") && !watched(cmd) {
				return nil
			}
			return openDemo(cmd, filepath.Join(dir, config.FileName))
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "keep configuration, database and messages in this new `folder`")
	cmd.Flags().BoolVar(&once, "once", false, "exit after the summary, and serve no pages (the default where no terminal is)")
	return cmd
}

// watched reports whether a person sits at the command.
func watched(cmd *cobra.Command) bool {
	in, ok := cmd.InOrStdin().(*os.File)
	return ok && term.IsTerminal(int(in.Fd()))
}

// openDemo lets the month go on, with its pages, until it is interrupted.
func openDemo(cmd *cobra.Command, file string) error {
	load := func() (*config.Config, error) { return config.Load(file) }
	cfg, err := load()
	if err != nil {
		return err
	}
	p := &printer{w: cmd.OutOrStdout()}
	d := &app.Daemon{
		Config: cfg, Load: load, Log: logging.New(cmd.ErrOrStderr(), slog.LevelWarn, logging.Text), Now: time.Now,
		Version: versionText(), Started: func(_, staff string) {
			p.linef("")
			p.linef("The shop's pages: http://%s, until Ctrl-C. Sign in as", staff)
			for _, u := range demo.Users() {
				p.linef("  %-10s %s", u.Login, strings.ReplaceAll(string(u.Role), "_", " "))
			}
			p.linef("with the password: %s", demo.Password)
		},
	}
	return errors.Join(d.Run(cmd.Context(), nil), p.err)
}

func runDemo(cmd *cobra.Command, dir string, temporary bool) error {
	started := time.Now()
	out := cmd.OutOrStdout()
	if _, err := fmt.Fprintf(out, "Maple Street Auto (sample) is an invented shop; so is everybody in it. Nothing leaves this machine.\n\n"); err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr())
	month, err := demo.Run(cmd.Context(), demo.Options{
		Dir: dir, Now: started, Log: logging.New(io.Discard, slog.LevelError, logging.Text), Progress: bar.show,
	})
	bar.end()
	switch {
	case errors.Is(err, demo.ErrNotEmpty):
		return usageError{err}
	case err != nil && cmd.Context().Err() != nil:
		return interruptError{fmt.Errorf("stopped; %s is incomplete, delete it", dir)}
	case err != nil:
		return err
	}
	if err := summarize(cmd, month, time.Since(started)); err != nil || !temporary {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\nThe folder %s is temporary; `%s demo --dir FOLDER` makes one to keep.\n", dir, os.Args[0])
	return err
}

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
	if err := printAhead(cmd, p, log, month.Until, loc); err != nil {
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

// printAhead lists what is planned, in the order in which it will be looked at.
func printAhead(cmd *cobra.Command, p *printer, log store.Log, from time.Time, loc *time.Location) error {
	const days, shown, most = 7, 8, 1000
	end := from.AddDate(0, 0, days)
	var list []store.LogEntry
	filter := store.LogFilter{States: []outreach.State{outreach.Planned}, Until: end, Soonest: true, Limit: most}
	err := log.Each(cmd.Context(), filter, func(e store.LogEntry) error {
		if e.When().Before(end) {
			list = append(list, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	sortByTime(list)
	p.linef("")
	p.linef("The next %d days hold", days)
	for _, e := range list[:min(len(list), shown)] {
		p.linef("  %s  %-5s  %-28s %s, step %d", e.When().In(loc).Format("Mon Jan 2, 15:04"), e.Channel, clip(e.Customer, 28), e.Playbook, e.Step)
	}
	switch {
	case len(list) == 0:
		p.linef("  nothing")
	case len(list) > shown:
		p.linef("  … and %d more", len(list)-shown)
	}
	return nil
}

// sortByTime puts entries in the order in which they happen.
func sortByTime(list []store.LogEntry) {
	slices.SortStableFunc(list, func(a, b store.LogEntry) int { return a.When().Compare(b.When()) })
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

// progress shows how far a simulation is: a bar where a person watches, a line
// a week elsewhere.
type progress struct {
	w      io.Writer
	person bool
	week   int
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, person: ok && term.IsTerminal(int(f.Fd())), week: -1}
}

func (p *progress) show(done float64, now time.Time) {
	const width = 40
	if p.person {
		full := int(done * width)
		_, _ = fmt.Fprintf(p.w, "\r[%s%s] %s", strings.Repeat("█", full), strings.Repeat("·", width-full), now.Format("Jan 02"))
		return
	}
	if _, week := now.ISOWeek(); week != p.week {
		p.week = week
		_, _ = fmt.Fprintf(p.w, "week of %s\n", now.Format("Jan 02"))
	}
}

func (p *progress) end() {
	if p.person {
		_, _ = fmt.Fprint(p.w, "\r"+strings.Repeat(" ", 60)+"\r")
	}
}
