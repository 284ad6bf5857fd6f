package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/notify/call"
)

func (c *cli) callsCommand() *cobra.Command {
	var asJSON, unmask bool
	cmd := &cobra.Command{
		Use:   "calls",
		Short: "List the calls to make, or record how one went",
		Long: "List the open calls, the soonest first, with what to say. Numbers are shown in full only with --unmask.\n" +
			"`courtesyd calls done` records how a call went.",
		Example: "  courtesyd calls --unmask\n  courtesyd calls done 1204 reached --note \"will book in March\"",
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withDatabase(cmd, func(cfg *config.Config, db *store.DB) error {
				return listCalls(cmd, cfg, db, asJSON, unmask)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	cmd.Flags().BoolVar(&unmask, "unmask", false, "show phone numbers in full")
	cmd.AddCommand(c.callDoneCommand())
	return cmd
}

func listCalls(cmd *cobra.Command, cfg *config.Config, db *store.DB, asJSON, unmask bool) error {
	enc := json.NewEncoder(cmd.OutOrStdout())
	p := &printer{w: cmd.OutOrStdout()}
	loc := cfg.ShopList()[0].Location()
	n := 0
	const most = 1000
	filter := store.LogFilter{States: []outreach.State{outreach.CallOpen}, Soonest: true, Limit: most}
	err := store.Log{DB: db}.Each(cmd.Context(), filter, func(e store.LogEntry) error {
		n++
		if asJSON {
			return enc.Encode(newJSONEntry(e, unmask))
		}
		p.linef("%d  %s  %s  order %s", e.ID, e.Customer, address(e.Address, unmask), e.OrderNumbers())
		p.linef("    due %s", e.DueAt.In(loc).Format("Mon Jan 2, 15:04"))
		for line := range strings.Lines(e.Body) {
			p.linef("    %s", strings.TrimRight(line, "\n"))
		}
		p.linef("")
		return p.err
	})
	if err == nil && n == 0 && !asJSON {
		p.linef("No calls to make.")
		err = p.err
	}
	return err
}

func (c *cli) callDoneCommand() *cobra.Command {
	var note string
	outcomes := joined(outreach.CallOutcomes())
	cmd := &cobra.Command{
		Use:     "done ID OUTCOME",
		Short:   "Record how a call went: " + outcomes,
		Example: "  courtesyd calls done 1204 voicemail",
		Args:    arguments("the number of the call", "how it went"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := contactID(args[0])
			if err != nil {
				return err
			}
			effects, ok := call.EffectsOf(outreach.State(args[1]))
			if !ok {
				return usageError{fmt.Errorf("%q is not an outcome; use one of %s", args[1], outcomes)}
			}
			return c.withDatabase(cmd, func(_ *config.Config, db *store.DB) error {
				end := store.CallEnd{
					ContactID: id, Outcome: outreach.State(args[1]), Note: note, Who: who(), EndReason: effects.EndReason,
					OptOut: effects.OptOut, Invalidate: effects.InvalidateAddress,
				}
				if err := mustExist(cmd, db, id); err != nil {
					return err
				}
				if err := (store.Calls{DB: db}).End(cmd.Context(), time.Now(), end); err != nil {
					return err
				}
				_, err := fmt.Fprintln(cmd.OutOrStdout(), effects.Sentence)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&note, "note", "", "what was said, for the log")
	return cmd
}

// mustExist tells a number nobody has from one that is no longer open.
func mustExist(cmd *cobra.Command, db *store.DB, id int64) error {
	found := false
	err := store.Log{DB: db}.Each(cmd.Context(), store.LogFilter{ID: id, Limit: 1}, func(store.LogEntry) error {
		found = true
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("there is no contact %d; `courtesyd log` and `courtesyd calls` show the numbers", id)
	}
	return err
}

func contactID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, usageError{fmt.Errorf("%q is not the number of a contact; `courtesyd log` shows them", text)}
	}
	return id, nil
}
