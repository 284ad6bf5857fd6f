package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// CallDone is a call that is not on the list any more.
type CallDone struct {
	ID         int64          `db:"id"`
	CustomerID int64          `db:"customer_id"`
	Customer   string         `db:"customer"`
	State      outreach.State `db:"state"`
	Reason     string         `db:"reason"`
	At         Time           `db:"at"`
	Who        string         `db:"who"` // the name of the person, or of the daemon
	Why        string         `db:"why"` // the outcome and the note, or why it left the list
}

// Note is what the person wrote, or why the call left the list.
func (d CallDone) Note() string {
	if rest, ok := strings.CutPrefix(d.Why, string(d.State)); ok {
		return strings.TrimPrefix(rest, ": ")
	}
	return d.Why
}

// Done lists up to limit calls that left the list since a time, the last first.
func (c Calls) Done(ctx context.Context, since time.Time, limit int) ([]CallDone, error) {
	return c.done(ctx, `c.ended_at >= $1`, at(since), limit)
}

// Ended returns how an earlier call ended, or ErrNotOpen when it never was on
// the list or still is.
func (c Calls) Ended(ctx context.Context, id int64) (CallDone, error) {
	found, err := c.done(ctx, `c.id = $1`, id, 1)
	if err == nil && len(found) == 0 {
		err = ErrNotOpen
	}
	if err != nil {
		return CallDone{}, err
	}
	return found[0], nil
}

func (c Calls) done(ctx context.Context, where string, param any, limit int) ([]CallDone, error) {
	var out []CallDone
	err := c.db.SelectContext(ctx, &out, `
		select c.id, coalesce(c.customer_id, 0) as customer_id, `+personName+` as customer, c.state, c.reason, e.at,
		       e.why, `+userName("e.by_whom")+` as who
		from contacts c left join customers k on k.id = c.customer_id
		join contact_events e on e.id = (select max(id) from contact_events where contact_id = c.id)
		where c.channel = 'call' and c.ended_at is not null and e.from_state = 'open' and e.to_state <> 'open' and `+where+`
		order by e.at desc, c.id desc limit $2`, param, limit)
	if err != nil {
		return nil, fmt.Errorf("read calls made: %w", err)
	}
	for i := range out {
		out[i].Why = callWords(out[i].Why)
	}
	return out, nil
}
