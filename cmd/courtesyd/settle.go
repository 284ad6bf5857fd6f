package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// settlements are the answers a person can give about a contact in doubt.
var settlements = map[string]outreach.Result{
	"arrived":  {State: outreach.Accepted, Why: "a person found that it arrived"},
	"not-sent": {State: outreach.Planned, Reason: "not_sent", Why: "a person found that it was not sent"},
	"close":    {State: outreach.ClosedByHand, Reason: "closed_by_hand", Why: "closed by a person without an answer"},
}

func (c *cli) settleCommand() *cobra.Command {
	var note string
	cmd := &cobra.Command{
		Use:   "settle ID arrived|not-sent|close",
		Short: "Settle a contact of which nobody knows whether it was sent",
		Long: "A contact is unconfirmed when the connection or the program ended at the very moment of sending.\n" +
			"It is never sent again by itself. Look into the mail server's log or the sent folder, then say\n" +
			"arrived, or not-sent (it is judged anew and may go out), or close (let it be).",
		Example: "  courtesyd log --state unconfirmed\n  courtesyd settle 381 arrived",
		Args:    arguments("the number of the contact", "the answer (arrived, not-sent or close)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := contactID(args[0])
			if err != nil {
				return err
			}
			r, ok := settlements[args[1]]
			if !ok {
				return usageError{fmt.Errorf("%q: say arrived, not-sent or close", args[1])}
			}
			return c.withDatabase(cmd, func(_ *config.Config, db *store.DB) error {
				if err := mustExist(cmd, db, id); err != nil {
					return err
				}
				now := time.Now()
				r.ContactID, r.NextAt = id, now
				if note != "" {
					r.Why += ": " + note
				}
				n, err := store.Queue{DB: db}.Settle(cmd.Context(), now, who(), r)
				if err != nil {
					return err
				}
				if n == 0 {
					return errors.New("this contact is not in doubt; `courtesyd log --state unconfirmed` lists those that are")
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "Settled.")
				return err
			})
		},
	}
	cmd.Flags().StringVar(&note, "note", "", "where you looked, for the log")
	return cmd
}
