package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// ErrNotOpen means that a call is not on the list: somebody else recorded it,
// or its time has passed.
var ErrNotOpen = errors.New("this call is not open; `courtesyd calls` lists those that are")

// Calls are tasks on an adviser's list.
type Calls struct{ *DB }

// CallEnd is how a call went and what that means.
type CallEnd struct {
	ContactID  int64
	Outcome    outreach.State
	Note       string
	Who        string
	EndReason  string // ends the follow-up when not ""
	OptOut     bool   // of every address of the customer
	Invalidate bool   // the number is somebody else's
}

// End records a call, once: the second person to do so gets ErrNotOpen.
func (c Calls) End(ctx context.Context, now time.Time, e CallEnd) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		why := "call: " + string(e.Outcome)
		if e.Note != "" {
			why += ": " + e.Note
		}
		result := outreach.Result{ContactID: e.ContactID, State: e.Outcome, Why: why, Provider: "call"}
		taken, err := Queue(c).record(ctx, tx, now, e.Who, []outreach.Result{result})
		if err != nil {
			return err
		}
		if taken == 0 {
			return ErrNotOpen
		}
		var about struct {
			CustomerID int64  `db:"customer_id"`
			FollowUpID int64  `db:"follow_up_id"`
			Address    string `db:"address"`
		}
		err = tx.GetContext(ctx, &about, `
			select coalesce(c.customer_id, 0) as customer_id, coalesce(c.follow_up_id, 0) as follow_up_id, w.address
			from contacts c join contact_words w on w.contact_id = c.id where c.id = $1`, e.ContactID)
		if err != nil {
			return fmt.Errorf("read call: %w", err)
		}
		if e.EndReason != "" {
			if err := endFollowUp(ctx, tx, now, outreach.Ending{FollowUpID: about.FollowUpID, Reason: e.EndReason}); err != nil {
				return err
			}
		}
		if e.Invalidate {
			if err := markAddress(ctx, tx, about.Address, outreach.AddressInvalid, ""); err != nil {
				return err
			}
		}
		if e.OptOut {
			return c.optOutAll(ctx, tx, now, about.CustomerID, e.Who)
		}
		return nil
	})
}

// optOutAll records a "no" for every address of a customer.
func (c Calls) optOutAll(ctx context.Context, tx *sqlx.Tx, now time.Time, customerID int64, who string) error {
	var addresses []string
	err := tx.SelectContext(ctx, &addresses, `select distinct value from addresses where customer_id = $1`, customerID)
	if err != nil {
		return fmt.Errorf("read addresses: %w", err)
	}
	return c.optOutEach(ctx, tx, outreach.OptOut{Reason: "said on the phone", Source: who, RecordedAt: now}, addresses)
}
