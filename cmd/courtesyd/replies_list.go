package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// jsonReply is a waiting reply for other programs.
type jsonReply struct {
	ID        int64      `json:"id"`
	Shop      string     `json:"shop"`
	Customer  string     `json:"customer,omitempty"`
	From      string     `json:"from"`
	Channel   string     `json:"channel"`
	Kind      string     `json:"kind"`
	Detail    string     `json:"detail"`
	Words     string     `json:"words"`
	SaidAt    time.Time  `json:"said_at"`
	Replies   int        `json:"replies"`
	Adviser   string     `json:"adviser,omitempty"`
	DueAt     time.Time  `json:"due_at"`
	ReviewBy  *time.Time `json:"review_by,omitempty"`
	Escalated bool       `json:"escalated"`
}

const mostReplies = 1000

func (c *cli) listReplies(cmd *cobra.Command, asJSON, unmask bool) error {
	return c.withDatabase(cmd, func(cfg *config.Config, db *store.DB) error {
		waiting, err := store.Tasks{DB: db}.Open(cmd.Context(), mostReplies)
		if err != nil {
			return err
		}
		if asJSON {
			enc := json.NewEncoder(cmd.OutOrStdout())
			for _, w := range waiting {
				if err := enc.Encode(newJSONReply(w, unmask)); err != nil {
					return err
				}
			}
			if len(waiting) == mostReplies {
				cmd.PrintErrf("The first %d are printed; there may be more.\n", mostReplies)
			}
			return nil
		}
		p := &printer{w: cmd.OutOrStdout()}
		for _, w := range waiting {
			printReply(p, cfg, w, unmask)
		}
		switch len(waiting) {
		case 0:
			p.linef("No reply waits for an answer.")
		case mostReplies:
			p.linef("The first %d are shown.", mostReplies)
		}
		return p.err
	})
}

func newJSONReply(w store.Waiting, unmask bool) jsonReply {
	r := jsonReply{
		ID: w.ID, Shop: w.Shop, Customer: w.Customer, From: address(w.Address, unmask), Channel: w.Channel, Kind: w.Kind,
		Detail: w.Detail, Words: w.Words, SaidAt: w.SaidAt.Time, Replies: w.Replies, Adviser: w.Adviser,
		DueAt: w.DueAt.Time, Escalated: !w.EscalatedAt.IsZero(),
	}
	if !w.ReviewBy.IsZero() {
		r.ReviewBy = &w.ReviewBy.Time
	}
	return r
}

func printReply(p *printer, cfg *config.Config, w store.Waiting, unmask bool) {
	loc := time.UTC
	for _, s := range cfg.ShopList() {
		if s.ID == w.Shop {
			loc = s.Location()
		}
	}
	const clock = "Mon Jan 2, 15:04"
	name := w.Customer
	if name == "" {
		name = "somebody not on record"
	}
	owner := w.Adviser
	if owner == "" {
		owner = "no adviser on record"
	}
	if !w.EscalatedAt.IsZero() {
		owner = "the manager (" + owner + " had it until " + w.DueAt.In(loc).Format(clock) + ")"
	}
	p.linef("%d  %s  %s  %s, understood as %s", w.ID, name, address(w.Address, unmask), w.Kind, w.Detail)
	p.linef("    said %s; for %s; due %s", w.SaidAt.In(loc).Format(clock), owner, w.DueAt.In(loc).Format(clock))
	if !w.ReviewBy.IsZero() {
		p.linef("    may have asked to be left alone, and is until somebody says not_opt_out; from %s for good", w.ReviewBy.In(loc).Format(clock))
	}
	if w.Replies > 1 {
		p.linef("    the last of %d messages:", w.Replies)
	}
	p.quote(plainText(w.Words))
	p.linef("")
}

// plainText leaves out what would steer the terminal: the words are a stranger's.
func plainText(words string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, words)
}

func (c *cli) replyDoneCommand() *cobra.Command {
	var note string
	outcomes := joined(inbound.Outcomes())
	cmd := &cobra.Command{
		Use:   "done ID OUTCOME",
		Short: "Record how a reply was dealt with: " + outcomes,
		Long: "Record that a person has dealt with a reply, by the number that `courtesyd replies` shows. Until then nothing\n" +
			"automatic goes to the customer. A reply that may have been a refusal asks for not_opt_out, opt_out or wrong_number.",
		Example: "  courtesyd replies done 12 answered --note \"called back, will think about it\"\n" +
			"  courtesyd replies done 13 not_opt_out",
		Args: arguments("the number of the reply", "how it was dealt with"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || id < 1 {
				return usageError{fmt.Errorf("%q is not the number of a reply; `courtesyd replies` shows them", args[0])}
			}
			effects, ok := inbound.EffectsOf(inbound.Outcome(args[1]))
			if !ok {
				return usageError{fmt.Errorf("%q is not an outcome; use one of %s", args[1], outcomes)}
			}
			return c.withDatabase(cmd, func(_ *config.Config, db *store.DB) error {
				tasks := store.Tasks{DB: db}
				err := tasks.Done(cmd.Context(), time.Now(), store.TaskEnd{
					ID: id, Outcome: args[1], Note: note, Who: who(),
					EndReason: effects.EndReason, Decided: effects.Decided, OptOut: effects.OptOut, Wrong: effects.Wrong,
				})
				if err != nil {
					return err
				}
				p := &printer{w: cmd.OutOrStdout()}
				p.linef("%s", effects.Sentence)
				if effects.OptOut || effects.Wrong {
					return p.err
				}
				closed, err := tasks.Closed(cmd.Context(), id)
				if err != nil {
					return err
				}
				for _, a := range closed {
					p.linef("But %s has refused and is left alone. If the customer asks for more: courtesyd opt-out ADDRESS --lift", outreach.Mask(a))
				}
				return p.err
			})
		},
	}
	cmd.Flags().StringVar(&note, "note", "", "what was said, for the log")
	return cmd
}
