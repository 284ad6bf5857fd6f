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
	"github.com/courtesyd/courtesyd/internal/logging"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

type logFlags struct {
	asJSON, asCSV, unmask bool
	why                   string
	since, until          string
	states                []string
	filter                store.LogFilter
	channel               string
}

func (c *cli) logCommand() *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use:   "log",
		Short: "Read the outreach log, or ask why an order was or was not followed up",
		Long: "Print contacts, newest first: what was said to whom, when, by which channel, and what became of it,\n" +
			"also where the answer was not to write. Addresses are masked unless --unmask is given.",
		Example: "  courtesyd log --limit 20\n" +
			"  courtesyd log --why 10482\n" +
			"  courtesyd log --json --since 2026-09-01 --state unconfirmed",
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withDatabase(cmd, func(cfg *config.Config, db *store.DB) error {
				if f.why != "" {
					return explain(cmd, cfg, db, f)
				}
				return printLog(cmd, cfg, db, f)
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.asJSON, "json", false, "one JSON object a line")
	flags.BoolVar(&f.asCSV, "csv", false, "CSV with a header")
	flags.BoolVar(&f.unmask, "unmask", false, "show phone numbers and addresses in full")
	flags.StringVar(&f.why, "why", "", "explain in a sentence why this `order` was or was not followed up")
	flags.StringVar(&f.filter.Order, "order", "", "only contacts about this order `number`")
	flags.StringVar(&f.filter.Customer, "customer", "", "only customers whose `name` contains this")
	flags.StringVar(&f.filter.Shop, "shop", "", "only this shop `id`")
	flags.StringVar(&f.filter.Playbook, "playbook", "", "only this playbook `id`")
	flags.StringVar(&f.channel, "channel", "", "only sms, email or call")
	flags.StringSliceVar(&f.states, "state", nil, "only these `states`, for example accepted,suppressed")
	flags.StringVar(&f.since, "since", "", "only from this `date` on (2026-09-01)")
	flags.StringVar(&f.until, "until", "", "only what is due before this `date`")
	flags.IntVar(&f.filter.Limit, "limit", 0, "at most so many; 0: all")
	return cmd
}

func printLog(cmd *cobra.Command, cfg *config.Config, db *store.DB, f logFlags) error {
	filter, err := f.complete(cfg)
	if err != nil {
		return usageError{err}
	}
	out, err := f.writer(cmd.OutOrStdout(), cfg)
	if err != nil {
		return err
	}
	if err := (store.Log{DB: db}).Each(cmd.Context(), filter, out.entry); err != nil {
		return err
	}
	return out.end()
}

// complete checks what was typed and fills in the filter.
func (f logFlags) complete(cfg *config.Config) (store.LogFilter, error) {
	filter := f.filter
	var err error
	if filter.Channel, err = chosenChannel(f.channel); err != nil {
		return filter, err
	}
	if filter.States, err = chosenStates(f.states); err != nil {
		return filter, err
	}
	if filter.Limit < 0 {
		return filter, fmt.Errorf("--limit %d: use a number above 0, or leave it out for all", filter.Limit)
	}
	loc := cfg.ShopList()[0].Location()
	for _, d := range []struct {
		flag, text string
		into       *time.Time
	}{{"since", f.since, &filter.Since}, {"until", f.until, &filter.Until}} {
		if d.text == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, d.text, loc)
		if err != nil {
			return filter, fmt.Errorf("--%s %q: write a date like 2026-09-01", d.flag, d.text)
		}
		*d.into = t
	}
	return filter, nil
}

// chosenStates checks the --state flag.
func chosenStates(words []string) ([]outreach.State, error) {
	known := append([]outreach.State{
		outreach.Planned, outreach.Handed, outreach.Accepted, outreach.Delivered, outreach.Undelivered, outreach.Bounced,
		outreach.Failed, outreach.Unconfirmed, outreach.Suppressed, outreach.Expired, outreach.Canceled,
		outreach.Rehearsed, outreach.ClosedByHand, outreach.Received, outreach.CallOpen,
	}, outreach.CallOutcomes()...)
	var chosen []outreach.State
	for _, word := range words {
		if !slices.Contains(known, outreach.State(word)) {
			return nil, fmt.Errorf("--state %q: use one of %s", word, joined(known))
		}
		chosen = append(chosen, outreach.State(word))
	}
	return chosen, nil
}

func joined(states []outreach.State) string {
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// explain answers --why.
func explain(cmd *cobra.Command, cfg *config.Config, db *store.DB, f logFlags) error {
	ctx := cmd.Context()
	settings, err := app.Settings(cfg)
	if err != nil {
		return err
	}
	stories, err := store.Log{DB: db}.Stories(ctx, f.why)
	if err != nil {
		return err
	}
	if len(stories) == 0 {
		return fmt.Errorf("no order has the number %q; was its file imported?", f.why)
	}
	s := app.NewScheduler(db, settings, nil, 0, time.Now, logging.New(io.Discard, cfg.Log.Level, logging.Text))
	if err := s.LoadDocuments(ctx); err != nil {
		return err
	}
	enc := json.NewEncoder(cmd.OutOrStdout())
	for _, story := range stories {
		for _, sentence := range s.Explain(story) {
			if f.asJSON {
				err = enc.Encode(map[string]string{"order": f.why, "shop": story.Shop, "why": sentence})
			} else {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), sentence)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
