package main

import (
	"encoding/json"
	"errors"
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
			"also where the answer was not to write. What is only planned is listed with --state planned.\n" +
			"Addresses are masked unless --unmask is given. In CSV, a cell that a spreadsheet would run as a formula\n" +
			"(it begins with =, +, -, @ or a tab) has an apostrophe in front; phone numbers stay as they are.",
		Example: "  courtesyd log --limit 20\n" +
			"  courtesyd log --why 10482\n" +
			"  courtesyd log --json --since 2026-09-01 --state unconfirmed",
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("why") && strings.TrimSpace(f.why) == "" {
				return usageError{errors.New("--why needs the number of an order, for example --why 10482")}
			}
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
	flags.StringSliceVar(&f.states, "state", nil, "only these `states`, for example accepted,suppressed (default: all but planned)")
	flags.StringVar(&f.since, "since", "", "only from this `date` on (2026-09-01)")
	flags.StringVar(&f.until, "until", "", "only what is due before this `date`")
	flags.IntVar(&f.filter.Limit, "limit", 0, "at most so many; 0: all")
	return cmd
}

func printLog(cmd *cobra.Command, cfg *config.Config, db *store.DB, f logFlags) error {
	filter, err := f.complete(cfg)
	if err == nil {
		err = checkPlaybook(cmd, db, filter.Playbook)
	}
	if err != nil {
		return err
	}
	empty, err := f.emptyText(cmd, db)
	if err != nil {
		return err
	}
	out, err := f.writer(cmd.OutOrStdout(), cfg, empty)
	if err != nil {
		return err
	}
	if err := (store.Log{DB: db}).Each(cmd.Context(), filter, out.entry); err != nil {
		return err
	}
	return out.end()
}

// checkPlaybook refuses a name that no playbook has or had.
func checkPlaybook(cmd *cobra.Command, db *store.DB, name string) error {
	if name == "" {
		return nil
	}
	docs, _, err := store.Documents{DB: db}.InForce(cmd.Context(), time.Now())
	if err != nil {
		return err
	}
	var known []string
	for _, d := range slices.Concat(docs.Playbooks, docs.Past) {
		known = append(known, d.Name)
	}
	slices.Sort(known)
	if !slices.Contains(known, name) {
		return usageError{fmt.Errorf("--playbook %q: use one of %s", name, strings.Join(slices.Compact(known), ", "))}
	}
	return nil
}

// emptyText says why a log without a row may have none.
func (f logFlags) emptyText(cmd *cobra.Command, db *store.DB) (string, error) {
	narrowed := false
	for _, name := range []string{"order", "customer", "shop", "playbook", "channel", "state", "since", "until"} {
		narrowed = narrowed || cmd.Flags().Changed(name)
	}
	if narrowed {
		return "nothing fits; without filters the log shows everything that happened", nil
	}
	found, err := store.Log{DB: db}.Found(cmd.Context(), false)
	if err != nil {
		return "", err
	}
	if found.Orders+found.Canceled == 0 {
		return "nothing yet: import orders first", nil
	}
	return "nothing yet; `courtesyd log --state planned` lists what is planned", nil
}

// complete checks what was typed and fills in the filter.
func (f logFlags) complete(cfg *config.Config) (store.LogFilter, error) {
	filter := f.filter
	var err error
	if _, known := cfg.Shop(filter.Shop); filter.Shop != "" && !known {
		return filter, usageError{fmt.Errorf("--shop %q: use one of %s", filter.Shop, strings.Join(shopIDs(cfg), ", "))}
	}
	if filter.Channel, err = chosenChannel(f.channel); err != nil {
		return filter, err
	}
	if filter.States, err = chosenStates(f.states); err != nil {
		return filter, err
	}
	filter.Happened = len(filter.States) == 0 // without --state, the log is what happened
	if filter.Limit < 0 {
		return filter, usageError{fmt.Errorf("--limit %d: use a number above 0, or leave it out for all", filter.Limit)}
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
			return filter, usageError{fmt.Errorf("--%s %q: write a date like 2026-09-01", d.flag, d.text)}
		}
		*d.into = t
	}
	return filter, nil
}

// chosenStates checks the --state flag.
func chosenStates(words []string) ([]outreach.State, error) {
	known := append([]outreach.State{outreach.Planned}, outreach.Happened()...)
	var chosen []outreach.State
	for _, word := range words {
		if !slices.Contains(known, outreach.State(word)) {
			return nil, usageError{fmt.Errorf("--state %q: use one of %s", word, joined(known))}
		}
		chosen = append(chosen, outreach.State(word))
	}
	return chosen, nil
}

func joined[S ~string](states []S) string {
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// explain answers --why.
func explain(cmd *cobra.Command, cfg *config.Config, db *store.DB, f logFlags) error {
	ctx := cmd.Context()
	settings, err := app.Settings(cfg, "")
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
