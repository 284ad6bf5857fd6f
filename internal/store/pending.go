package store

import (
	"context"
	"fmt"
	"time"
)

// Pending counts what waits for somebody.
type Pending struct {
	Kind  PendingKind `db:"kind"`
	Who   string      `db:"who"`
	Count int         `db:"n"`
}

// PendingKind is what waits.
type PendingKind string

// What waits, and who Who is.
const (
	PendingReply    PendingKind = "reply"    // an answer to a customer; the adviser of record, "" for nobody
	PendingDecision PendingKind = "decision" // the general manager, in a recovery case: to decide, go on or close it
	PendingStep     PendingKind = "step"     // the next step of a recovery case; the login of who opened it
)

// Pending counts what waits for people at this moment, by whom it waits for.
func (t Today) Pending(ctx context.Context, now time.Time) ([]Pending, error) {
	var out []Pending
	err := t.db.SelectContext(ctx, &out, `
		select 'reply' as kind, adviser as who, count(*) as n from tasks where done_at is null group by adviser
		union all
		select 'decision', '', count(*) from recovery_cases
		where closed_at is null and (decided_at is null or next_at is null or next_at < $1)
		union all
		select 'step', opened_by, count(*) from recovery_cases
		where closed_at is null and (decided_at is not null or next_at < $1) group by opened_by`, at(now))
	if err != nil {
		return nil, fmt.Errorf("count what waits: %w", err)
	}
	return out, nil
}
