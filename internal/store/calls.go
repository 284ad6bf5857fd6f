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
			FollowUpID int64  `db:"follow_up_id"`
			Address    string `db:"address"`
		}
		err = tx.GetContext(ctx, &about, `
			select coalesce(c.follow_up_id, 0) as follow_up_id, w.address
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
			_, err = c.refuse(ctx, tx, outreach.OptOut{
				Address: about.Address, Person: true, Reason: "said on the phone", Source: e.Who, RecordedAt: now,
			})
		}
		return err
	})
}
