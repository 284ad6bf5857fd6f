package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
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
	n, err := l.print(cmd, cfg, r.DB, now)
	if err == nil && n == 0 && !l.asJSON {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "The next %d days hold nothing.\n", days)
	}
	return err
}

// print shows what happened on a copy from an instant on, in the order of time.
func (l lookAhead) print(cmd *cobra.Command, cfg *config.Config, db *store.DB, from time.Time) (n int, err error) {
	const most = 100_000
	lines := jsonLog{json.NewEncoder(cmd.OutOrStdout()), l.unmask}
	p := &printer{w: cmd.OutOrStdout()}
	loc := cfg.ShopList()[0].Location()
	err = store.Log{DB: db}.Each(cmd.Context(), store.LogFilter{Since: from, Soonest: true, Limit: most}, func(e store.LogEntry) error {
		if outreach.State(e.State) == outreach.Planned {
			return nil // still ahead at the end
		}
		n++
		if l.asJSON {
			return lines.entry(e)
		}
		printEntry(p, e, l.unmask, loc)
		return p.err
	})
	return n, err
}

func printEntry(p *printer, e store.LogEntry, unmask bool, loc *time.Location) {
	when := e.HandedAt
	if when.IsZero() {
		when = e.EndedAt
	}
	p.linef("%s  %s  order %s  %s, step %d", when.In(loc).Format("Mon Jan 2, 15:04"), e.Customer, orderNumbers(e.Orders), e.Playbook, e.Step)
	if e.Body == "" {
		for code := range strings.SplitSeq(e.Reason, ",") {
			p.linef("    not sent: %s", scheduler.ReasonSentence(code))
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
