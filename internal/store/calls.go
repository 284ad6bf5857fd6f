package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
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

// Calls are tasks on an adviser's list. All open calls to one customer are made in
// one conversation, by one adviser.
type Calls struct{ *DB }

// Claim keeps a customer's open calls, of which id is one, for one person until
// they record them or give them back, or the claim lapses. Whoever has them
// already goes on having them. The error is a ClaimedError when somebody else has
// them, ErrNotOpen when the call is not open.
func (c Calls) Claim(ctx context.Context, now time.Time, id int64, who string) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		calls, err := c.hold(ctx, tx, now, id, who)
		if err != nil {
			return err
		}
		var a args
		query := `update contacts set claimed_by = ` + a.add(who) + `, claimed_at = ` + a.add(now) + ` where id in ` + in(&a, callIDs(calls))
		if _, err := tx.ExecContext(ctx, query, a.list...); err != nil {
			return fmt.Errorf("claim call: %w", err)
		}
		return auditCalls(ctx, tx, now, who, "take on call", "", calls)
	})
}

// Release gives a customer's claimed calls back. Nothing happens to those that the
// person does not have.
func (c Calls) Release(ctx context.Context, now time.Time, id int64, who string) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		if err := c.lockCallees(ctx, tx, id); err != nil {
			return err
		}
		var mine []openCall
		err := tx.SelectContext(ctx, &mine, `
			update contacts set claimed_by = '', claimed_at = null
			where state = 'open' and claimed_by = $2 and customer_id = (select customer_id from contacts where id = $1)
			returning id`, id, who)
		if err != nil {
			return fmt.Errorf("give call back: %w", err)
		}
		return auditCalls(ctx, tx, now, who, "give call back", "", mine)
	})
}

func auditCalls(ctx context.Context, tx *sqlx.Tx, now time.Time, who, what, detail string, calls []openCall) error {
	for _, c := range calls {
		if err := audit(ctx, tx, now, who, what, fmt.Sprintf("call %d", c.ID), detail); err != nil {
			return err
		}
	}
	return nil
}

// openCall is a call as it stands while nobody else can change it.
type openCall struct {
	ID         int64  `db:"id"`
	CustomerID int64  `db:"customer_id"`
	FollowUpID int64  `db:"follow_up_id"`
	Address    string `db:"address"`
	ClaimedBy  string `db:"claimed_by"`
	ClaimedAt  Time   `db:"claimed_at"`
	Claimant   string `db:"claimant"`
	NotAfter   Time   `db:"not_after"`
}

func callIDs(calls []openCall) []int64 {
	ids := make([]int64, len(calls))
	for i, c := range calls {
		ids[i] = c.ID
	}
	return ids
}

// sameCustomer is the condition for the open calls c to the customer of call $1.
const sameCustomer = `c.state = 'open' and c.customer_id = (select customer_id from contacts where id = $1 and channel = 'call')`

// hold makes whoever else changes the open calls to a customer wait until tx ends,
// and whoever hears from the customer meanwhile. It returns the calls, id's first.
// It fails where id is not open, or another person is calling the customer.
func (c Calls) hold(ctx context.Context, tx *sqlx.Tx, now time.Time, id int64, who string) ([]openCall, error) {
	if err := c.lockCallees(ctx, tx, id); err != nil {
		return nil, err
	}
	lock := ""
	if c.postgres {
		lock = " for no key update" // a reply may refer to it meanwhile
	}
	var calls []openCall
	err := tx.SelectContext(ctx, &calls, `
		select c.id, c.customer_id, coalesce(c.follow_up_id, 0) as follow_up_id, c.claimed_by, c.claimed_at, c.not_after,
		       `+userName("c.claimed_by")+` as claimant,
		       coalesce((select address from contact_words where contact_id = c.id), '') as address
		from contacts c where `+sameCustomer+` order by c.id`+lock, id)
	if err != nil {
		return nil, fmt.Errorf("read call: %w", err)
	}
	for i, call := range calls {
		if call.ClaimedBy != "" && call.ClaimedBy != who && call.ClaimedAt.After(now.Add(-ClaimLapses)) {
			return nil, ClaimedError{Who: call.Claimant, Since: call.ClaimedAt.Time}
		}
		if call.ID == id {
			calls[0], calls[i] = calls[i], calls[0]
		}
	}
	if len(calls) == 0 || calls[0].ID != id {
		return nil, ErrNotOpen
	}
	return calls, nil
}

// lockCallees takes the people whom the open calls to a customer reach, and whom the
// replies that a conversation may answer concern. They come before the calls, as
// everywhere, so that two people cannot wait for each other.
func (c Calls) lockCallees(ctx context.Context, tx *sqlx.Tx, id int64) error {
	if !c.postgres {
		return nil
	}
	var numbers []struct {
		CustomerID int64  `db:"customer_id"`
		Address    string `db:"address"`
	}
	err := tx.SelectContext(ctx, &numbers, `
		select c.customer_id, w.address from contacts c join contact_words w on w.contact_id = c.id where `+sameCustomer, id)
	if err != nil || len(numbers) == 0 {
		return err
	}
	addresses := make([]string, len(numbers))
	for i, n := range numbers {
		addresses[i] = n.Address
	}
	return c.lockHousehold(ctx, tx, numbers[0].CustomerID, addresses...)
}
