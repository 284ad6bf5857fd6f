package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// JudgeCalls takes up to r.Limit open calls after a number, lets decide judge
// them again and takes those off the list that it no longer leaves open, in one
// transaction with the locks of a hand-over. It returns the number to go on
// after, 0 when all have been seen, and how many calls left the list. Calls of
// people with whom somebody else is at work are left for the next time.
func (q Queue) JudgeCalls(ctx context.Context, r outreach.HandOver, after int64, decide outreach.Decide) (next int64, closed int, err error) {
	open, err := exists(ctx, q.db, `select 1 from contacts where state = 'open' and id > $1`, after)
	if err != nil || !open {
		return 0, 0, wrapCalls(err)
	}
	err = q.tx(ctx, func(tx *sqlx.Tx) error {
		next, closed = 0, 0
		var a args
		where := `c.state = 'open' and c.id > ` + a.add(after) + ofShops(&a, r.Shops)
		contacts, err := q.take(ctx, tx, where+` order by c.id`, r.Limit, a)
		if err != nil || len(contacts) == 0 {
			return err
		}
		if len(contacts) == r.Limit {
			next = contacts[len(contacts)-1].ID
		}
		due, err := q.facts(ctx, tx, r, contacts)
		if err != nil || len(due) == 0 {
			return err
		}
		inst, err := q.installation(ctx, tx, r)
		if err != nil {
			return err
		}
		var ended []outreach.Ruling
		for _, x := range decide(inst, due) {
			if x.Contact.State != outreach.CallOpen {
				ended = append(ended, x)
			}
		}
		closed = len(ended)
		return q.closeCalls(ctx, tx, r, ended)
	})
	return next, closed, wrapCalls(err)
}

// closeCalls leaves the words, and what they relied on, with the calls.
func (q Queue) closeCalls(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, ended []outreach.Ruling) error {
	events := make([][]any, len(ended))
	for i, x := range ended {
		c := x.Contact
		_, err := tx.ExecContext(ctx, `update contacts set state = $2, reason = $3, ended_at = $4 where id = $1`,
			c.ID, c.State, c.Reason, at(r.Now))
		if err != nil {
			return err
		}
		events[i] = []any{c.ID, at(r.Now), outreach.CallOpen, c.State, fmt.Sprintf("daemon %d", r.Daemon), x.Why}
	}
	if err := writeEvents(ctx, tx, events); err != nil {
		return err
	}
	return endRuled(ctx, tx, r.Now, ended)
}

func wrapCalls(err error) error {
	if err != nil {
		return fmt.Errorf("judge open calls: %w", err)
	}
	return nil
}
