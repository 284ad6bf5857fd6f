package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Conclude makes firm what nobody decided in time: whoever may have asked to be
// left alone is left alone, but for what they have taken back themselves. The
// reply itself goes on waiting. It returns how many customers that were.
func (t Tasks) Conclude(ctx context.Context, now time.Time) (n int, err error) {
	var due []int64
	err = t.db.SelectContext(ctx, &due, `select id from tasks where done_at is null and review_by <= $1 order by id`, at(now))
	for i := 0; i < len(due) && err == nil; i++ {
		var concluded bool
		if concluded, err = t.conclude(ctx, now, due[i]); concluded {
			n++
		}
	}
	if err != nil {
		return n, fmt.Errorf("settle unclear replies: %w", err)
	}
	return n, nil
}

func (t Tasks) conclude(ctx context.Context, now time.Time, id int64) (concluded bool, err error) {
	err = t.tx(ctx, func(tx *sqlx.Tx) error {
		concluded = false
		if err := t.lock(ctx, tx, id); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			update tasks set review_by = null, kind = 'reply' where id = $1 and done_at is null and review_by <= $2`, id, at(now))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err // somebody decided meanwhile
		}
		held, err := t.held(ctx, tx, id)
		if err != nil || len(held) == 0 {
			return err
		}
		for i := range held {
			held[i].Reason, held[i].Source, held[i].RecordedAt = "unclear_and_not_reviewed", "courtesyd", now
		}
		if _, err := t.refuse(ctx, tx, held...); err != nil {
			return err
		}
		concluded = true
		return t.endConcluded(ctx, tx, now, id)
	})
	return concluded, err
}

// endConcluded ends what is being followed up with the customer of a task, unless
// they have taken back a part of what was held.
func (t Tasks) endConcluded(ctx context.Context, tx *sqlx.Tx, now time.Time, id int64) error {
	var about []struct {
		CustomerID int64  `db:"customer_id"`
		ShopID     string `db:"shop_id"`
	}
	err := tx.SelectContext(ctx, &about, `
		select customer_id, shop_id from tasks where id = $1 and customer_id is not null and not exists (
		    select 1 from opt_outs where lifted_at is not null and reply_id in (select contact_id from replies where task_id = $1))`, id)
	if err != nil || len(about) == 0 {
		return err
	}
	return endAllOf(ctx, tx, now, about[0].CustomerID, about[0].ShopID, outreach.AskedToStop)
}

// Escalate hands tasks that nobody did in time to the manager, and returns them.
func (t Tasks) Escalate(ctx context.Context, now time.Time) ([]outreach.Task, error) {
	var rows []struct {
		ID      int64  `db:"id"`
		ShopID  string `db:"shop_id"`
		Kind    string `db:"kind"`
		Adviser string `db:"adviser"`
	}
	err := t.db.SelectContext(ctx, &rows, `
		update tasks set escalated_at = $1 where done_at is null and escalated_at is null and due_at <= $1
		returning id, shop_id, kind, adviser`, at(now))
	if err != nil {
		return nil, fmt.Errorf("hand replies to the manager: %w", err)
	}
	out := make([]outreach.Task, len(rows))
	for i, r := range rows {
		out[i] = outreach.Task{ID: r.ID, ShopID: r.ShopID, Kind: outreach.TaskKind(r.Kind), Adviser: r.Adviser}
	}
	return out, nil
}
