package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/logging"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/scheduler"
)

// lookAhead are the flags that rehearse and scan share.
type lookAhead struct {
	asJSON, unmask bool
}

func (l *lookAhead) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&l.asJSON, "json", false, "one JSON object a line, as courtesyd log prints it")
	cmd.Flags().BoolVar(&l.unmask, "unmask", false, "show phone numbers and addresses in full")
}

func (c *cli) rehearseCommand() *cobra.Command {
	var l lookAhead
	var days int
	cmd := &cobra.Command{
		Use:   "rehearse",
		Short: "Show in full what the next days would send; nothing leaves",
		Long: "Copy the database, let the coming days pass on the copy at full speed through the real scheduler,\n" +
			"gate and templates, and print every message word for word, with what was held back and why.",
		Example: "  courtesyd rehearse --days 7",
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 1 || days > 366 {
				return usageError{fmt.Errorf("--days %d: use 1 to 366", days)}
			}
			return c.withDatabase(cmd, func(cfg *config.Config, db *store.DB) error {
				return rehearse(cmd, cfg, db, days, l)
			})
		},
	}
	cmd.Flags().IntVar(&days, "days", 7, "how many days to look ahead")
	l.register(cmd)
	return cmd
}

func rehearse(cmd *cobra.Command, cfg *config.Config, db *store.DB, days int, l lookAhead) error {
	ctx, now := cmd.Context(), time.Now()
	r, err := app.NewRehearsal(ctx, cfg, db, now, logging.New(io.Discard, cfg.Log.Level, logging.Text))
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it is thrown away
	end := now.AddDate(0, 0, days)
	bar := newProgress(cmd.ErrOrStderr())
	err = r.Until(ctx, end, func(t time.Time) { bar.show(t.Sub(now).Seconds()/end.Sub(now).Seconds(), t) })
	bar.end()
	if err != nil {
		return err
	}
	return l.print(cmd, cfg, r.DB, now, end, fmt.Sprintf("The next %d days hold nothing.", days))
}

// print shows what happened on a copy between two instants, in the order of
// time, or says that there is nothing.
func (l lookAhead) print(cmd *cobra.Command, cfg *config.Config, db *store.DB, from, until time.Time, nothing string) error {
	const most = 100_000
	var list []store.LogEntry
	err := store.Log{DB: db}.Each(cmd.Context(), store.LogFilter{Since: from, Soonest: true, Limit: most}, func(e store.LogEntry) error {
		if outreach.State(e.State) != outreach.Planned { // those are still ahead at the end
			list = append(list, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	sortByTime(list)
	if l.asJSON {
		lines := jsonLog{json.NewEncoder(cmd.OutOrStdout()), l.unmask}
		for _, e := range list {
			if err := lines.entry(e); err != nil {
				return err
			}
		}
		return nil
	}
	p := &printer{w: cmd.OutOrStdout()}
	if len(list) == 0 {
		p.linef("%s", nothing)
		return p.err
	}
	loc := cfg.ShopList()[0].Location()
	const day = "Mon Jan 2 2006, 15:04"
	p.linef("What would happen from %s to %s, in the mode %s. Nothing leaves.\n", from.In(loc).Format(day), until.In(loc).Format(day), cfg.Mode)
	for _, e := range list {
		printEntry(p, e, l.unmask, loc)
	}
	p.linef("%s", totals(list))
	return p.err
}

// sortByTime puts entries in the order in which they happen.
func sortByTime(list []store.LogEntry) {
	slices.SortStableFunc(list, func(a, b store.LogEntry) int { return a.When().Compare(b.When()) })
}

// totals counts entries by what becomes of them.
func totals(list []store.LogEntry) string {
	by := map[outreach.Channel]int{}
	notSent := 0
	for _, e := range list {
		if e.Body == "" {
			notSent++
		} else {
			by[outreach.Channel(e.Channel)]++
		}
	}
	return fmt.Sprintf("%s, %s, %s; %d not sent", count(by[outreach.SMS], "text"), count(by[outreach.Email], "mail"),
		count(by[outreach.Call], "call"), notSent)
}

func printEntry(p *printer, e store.LogEntry, unmask bool, loc *time.Location) {
	p.linef("%s  %s  order %s  %s, step %d", e.When().In(loc).Format("Mon Jan 2, 15:04"), e.Customer, e.OrderNumbers(), e.Playbook, e.Step)
	if e.Body == "" {
		for code := range strings.SplitSeq(e.Reason, ",") {
			p.linef("    not sent: %s%s", about(code, e.Channel), scheduler.ReasonSentence(code))
		}
		p.linef("")
		return
	}
	p.linef("    by %s to %s", e.Channel, address(e.Address, unmask))
	if e.Subject != "" {
		p.linef("    %s", e.Subject)
	}
	p.quote(e.Body)
	p.linef("")
}

// about names the channel before a reason that speaks only of it.
func about(code, channel string) string {
	if channel == "" || !gate.Reason(code).ChannelOnly() {
		return ""
	}
	return channel + ": "
}
