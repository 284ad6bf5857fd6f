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

// ErrTooLate means that a call may not wait as long as it was to be put off.
var ErrTooLate = errors.New("this call may not wait that long")

// ClaimedError means that somebody else is making a call at this moment.
type ClaimedError struct {
	Who   string // the person's name
	Since time.Time
}

func (e ClaimedError) Error() string {
	return e.Who + " is making this call; wait until they have recorded it or given it back"
}

// ClaimLapses is how long a call is kept for the person who took it on. Whoever
// forgets it keeps nobody from calling for longer than that.
const ClaimLapses = 30 * time.Minute

// Calls are tasks on an adviser's list.
type Calls struct{ *DB }

// Claim keeps an open call for one person until they record it or give it back,
// or the claim lapses. Whoever has it already goes on having it. The error is
// a ClaimedError when somebody else has it, ErrNotOpen when it is not open.
func (c Calls) Claim(ctx context.Context, now time.Time, id int64, who string) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := c.hold(ctx, tx, now, id, who); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `update contacts set claimed_by = $2, claimed_at = $3 where id = $1`, id, who, at(now))
		if err != nil {
			return fmt.Errorf("claim call: %w", err)
		}
		return audit(ctx, tx, now, who, "take on call", callName(id), "")
	})
}

// Release gives a claimed call back. Nothing happens to one that the person does
// not have.
func (c Calls) Release(ctx context.Context, now time.Time, id int64, who string) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `
			update contacts set claimed_by = '', claimed_at = null where id = $1 and state = 'open' and claimed_by = $2`, id, who)
		if err != nil {
			return fmt.Errorf("give call back: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return audit(ctx, tx, now, who, "give call back", callName(id), "")
	})
}

func callName(id int64) string { return fmt.Sprintf("call %d", id) }

// openCall is a call as it stands while nobody else can change it.
type openCall struct {
	State     string `db:"state"`
	ClaimedBy string `db:"claimed_by"`
	ClaimedAt Time   `db:"claimed_at"`
	Claimant  string `db:"claimant"`
	NotAfter  Time   `db:"not_after"`
}

// claimant is the name of whoever has contact c, as people know them.
const claimant = `coalesce((select name from users where login = c.claimed_by), c.claimed_by) as claimant`

// hold makes whoever else changes a call wait until tx ends. It fails where the
// call is not open, or is in another person's hands.
func (c Calls) hold(ctx context.Context, tx *sqlx.Tx, now time.Time, id int64, who string) (openCall, error) {
	lock := ""
	if c.postgres {
		lock = " for no key update" // a reply may refer to it meanwhile
	}
	var found []openCall
	err := tx.SelectContext(ctx, &found, `
		select c.state, c.claimed_by, c.claimed_at, c.not_after, `+claimant+`
		from contacts c where c.id = $1 and c.channel = 'call'`+lock, id)
	switch {
	case err != nil:
		return openCall{}, fmt.Errorf("read call: %w", err)
	case len(found) == 0 || found[0].State != string(outreach.CallOpen):
		return openCall{}, ErrNotOpen
	}
	call := found[0]
	if call.ClaimedBy != "" && call.ClaimedBy != who && call.ClaimedAt.After(now.Add(-ClaimLapses)) {
		return call, ClaimedError{Who: call.Claimant, Since: call.ClaimedAt.Time}
	}
	return call, nil
}

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

// callEntry begins what the history says of a call.
const callEntry = "call: "

func (e CallEnd) why() string {
	why := callEntry + string(e.Outcome)
	if e.Note != "" {
		why += ": " + e.Note
	}
	return why
}

// End records a call, once: the second person to do so gets ErrNotOpen. A call
// that somebody else is making stays as it is, with a ClaimedError.
func (c Calls) End(ctx context.Context, now time.Time, e CallEnd) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := c.hold(ctx, tx, now, e.ContactID, e.Who); err != nil {
			return err
		}
		var about callSubject
		err := tx.GetContext(ctx, &about, `
			select coalesce(c.follow_up_id, 0) as follow_up_id, w.address
			from contacts c join contact_words w on w.contact_id = c.id where c.id = $1`, e.ContactID)
		if err != nil {
			return fmt.Errorf("read call: %w", err)
		}
		if e.EndReason != "" {
			// First of all: a follow-up that has nothing left to do ends without a reason.
			if err := closeFollowUps(ctx, tx, now, e.EndReason, []int64{about.FollowUpID}, ""); err != nil {
				return err
			}
		}
		result := outreach.Result{ContactID: e.ContactID, State: e.Outcome, Why: e.why(), Provider: "call"}
		taken, err := Queue(c).record(ctx, tx, now, e.Who, []outreach.Result{result})
		if err != nil {
			return err
		}
		if taken == 0 {
			return ErrNotOpen
		}
		if err := c.follow(ctx, tx, now, e, about); err != nil {
			return err
		}
		return audit(ctx, tx, now, e.Who, "record call", callName(e.ContactID), "from open to "+string(e.Outcome))
	})
}

// callSubject is what else a call touches.
type callSubject struct {
	FollowUpID int64  `db:"follow_up_id"`
	Address    string `db:"address"`
}

// follow does what the outcome of a call means beyond the call.
func (c Calls) follow(ctx context.Context, tx *sqlx.Tx, now time.Time, e CallEnd, about callSubject) error {
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
	if !e.OptOut {
		return nil
	}
	_, err := c.refuse(ctx, tx, outreach.OptOut{
		Address: about.Address, Person: true, Reason: "said on the phone", Source: e.Who, RecordedAt: now,
	})
	return err
}

// PutOff records a call that reached nobody and leaves it on the list, due again
// at next. It fails with ErrTooLate where the call may not wait so long. What was
// left on a voicemail counts as had from now on.
func (c Calls) PutOff(ctx context.Context, now time.Time, e CallEnd, next time.Time) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		was, err := c.hold(ctx, tx, now, e.ContactID, e.Who)
		if err != nil {
			return err
		}
		if !was.NotAfter.IsZero() && next.After(was.NotAfter.Time) {
			return ErrTooLate
		}
		_, err = tx.ExecContext(ctx, `
			update contacts set due_at = $2, next_at = $2, claimed_by = '', claimed_at = null,
			    handed_at = case when $3 then `+c.moment("$4")+` else handed_at end
			where id = $1`, e.ContactID, at(next), e.Outcome.Reached(), at(now))
		if err != nil {
			return fmt.Errorf("put call off: %w", err)
		}
		event := []any{e.ContactID, at(now), outreach.CallOpen, outreach.CallOpen, e.Who, e.why()}
		if err := writeEvents(ctx, tx, [][]any{event}); err != nil {
			return err
		}
		return audit(ctx, tx, now, e.Who, "put call off", callName(e.ContactID),
			string(e.Outcome)+", due again "+next.UTC().Format(time.RFC3339))
	})
}
