package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/notify/email"
)

func (c *cli) optOutCommand() *cobra.Command {
	var channel, note string
	var lift bool
	cmd := &cobra.Command{
		Use:   "opt-out ADDRESS",
		Short: "Record that a person does not want to be written to",
		Long: "Record a no that was said at the counter, on the phone or in a letter. From the moment the command\n" +
			"returns, nothing more is handed over to the customers who have this number or address, by any shop and on\n" +
			"any channel, and what is being followed up with them ends; with --channel, only that channel of this\n" +
			"address is closed.\n" +
			"Only when the person asks to hear from the shop again may it be lifted.",
		Example: "  courtesyd opt-out \"(212) 555-0123\" --note \"said so at the counter\"\n" +
			"  courtesyd opt-out pat@example.com --lift --note \"asked by mail to be told again\"",
		Args: arguments("the number or address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ch := outreach.Channel(channel)
			if ch != "" && !ch.Valid() {
				return usageError{fmt.Errorf("--channel %q: use sms, email or call, or leave it out for all", channel)}
			}
			return c.withDatabase(cmd, func(cfg *config.Config, db *store.DB) error {
				address, err := normalAddress(args[0], cfg.Shops[0].Country)
				if err != nil {
					return usageError{err}
				}
				consents, now := store.Consents{DB: db}, time.Now()
				if lift {
					n, err := consents.Lift(cmd.Context(), now, address, who(), note)
					if err != nil {
						return err
					}
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "Lifted: %d, in %s.\n", n, db.Name())
					return err
				}
				reason := "told_to_staff"
				if note != "" {
					reason += ": " + note
				}
				o := outreach.OptOut{Address: address, Channel: ch, Reason: reason, Source: who(), RecordedAt: now}
				return recordOptOut(cmd, db, o)
			})
		},
	}
	cmd.Flags().StringVar(&channel, "channel", "", "only sms, email or call (default: every way to reach this customer)")
	cmd.Flags().StringVar(&note, "note", "", "how the person said it, for the log")
	cmd.Flags().BoolVar(&lift, "lift", false, "the person asked to hear from the shop again")
	return cmd
}

// recordOptOut records a no for the whole person, or for one channel where that
// is what the person said, and tells how far it reaches.
func recordOptOut(cmd *cobra.Command, db *store.DB, o outreach.OptOut) error {
	shown := outreach.Mask(o.Address)
	o.Person = o.Channel == "" || o.Channel.AddressKind() != outreach.KindOf(o.Address)
	n, err := store.Consents{DB: db}.OptOut(cmd.Context(), o)
	if err != nil {
		return err
	}
	if !o.Person {
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "Recorded in %s: no more %s to %s. Other ways stay open; leave --channel out for a no to all.\n", db.Name(), o.Channel, shown)
		return err
	}
	also := ""
	if n > 1 {
		also = fmt.Sprintf(" and %d more of the same customer", n-1)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Recorded in %s. Nothing more will be sent to %s%s.\n", db.Name(), shown, also)
	return err
}

// normalAddress reads a phone number or e-mail address as it is kept.
func normalAddress(text, country string) (string, error) {
	if strings.Contains(text, "@") {
		address, err := email.CheckAddress(text)
		return strings.ToLower(address), err
	}
	number, err := phone.Normalize(text, country)
	if err != nil {
		return "", fmt.Errorf("%q is neither a phone number nor an e-mail address: %w", text, err)
	}
	return number, nil
}
