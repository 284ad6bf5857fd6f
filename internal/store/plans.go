package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// writePlan writes down what a scan decided for one customer and returns how
// many follow-ups and contacts it started.
func writePlan(ctx context.Context, tx *sqlx.Tx, now time.Time, customerID int64, p outreach.Plan, rehearsal bool) (followUps, contacts int, err error) {
	for _, e := range p.End {
		if err := endFollowUp(ctx, tx, now, e); err != nil {
			return 0, 0, err
		}
	}
	id := p.JoinID
	if p.Start != nil {
		f := *p.Start
		err := tx.GetContext(ctx, &id, `
			insert into follow_ups (shop_id, customer_id, playbook_id, playbook_version, state, rehearsal, anchor_at, started_at)
			values ($1, $2, $3, $4, 'active', $5, $6, $7) returning id`,
			f.ShopID, customerID, f.PlaybookID, f.PlaybookVersion, rehearsal, at(f.AnchorAt), at(now))
		if err != nil {
			return 0, 0, fmt.Errorf("start follow-up: %w", err)
		}
		followUps = 1
	}
	for _, it := range p.Items {
		var line, canceled any
		if it.Line != nil {
			line = it.Line.ID
		} else {
			canceled = it.Canceled.ID
		}
		_, err := tx.ExecContext(ctx, `
			insert into follow_up_items (follow_up_id, line_id, canceled_order_id, rehearsal) values ($1, $2, $3, $4)`,
			id, line, canceled, rehearsal)
		if err != nil {
			return 0, 0, fmt.Errorf("add item to follow-up: %w", err)
		}
	}
	for _, c := range p.Contacts {
		if err := planContact(ctx, tx, now, id, customerID, c, rehearsal); err != nil {
			return 0, 0, err
		}
	}
	return followUps, len(p.Contacts), nil
}

func planContact(ctx context.Context, tx *sqlx.Tx, now time.Time, followUpID, customerID int64, c outreach.Contact, rehearsal bool) error {
	var id int64
	err := tx.GetContext(ctx, &id, `
		insert into contacts (shop_id, customer_id, follow_up_id, step, direction, channel, class, state,
		                      playbook_id, playbook_version, template, due_at, not_after, next_at, rehearsal, created_at)
		values ($1, $2, $3, $4, 'out', $5, $6, 'planned', $7, $8, $9, $10, $11, $10, $12, $13) returning id`,
		c.ShopID, customerID, followUpID, c.Step, c.Channel, c.Class, c.PlaybookID, c.PlaybookVersion, c.Template,
		at(c.DueAt), at(c.NotAfter), rehearsal, at(now))
	if err != nil {
		return fmt.Errorf("plan contact: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		insert into contact_events (contact_id, at, from_state, to_state, by_whom, why)
		values ($1, $2, '', 'planned', 'courtesyd', $3)`,
		id, at(now), fmt.Sprintf("step %d of %s version %d", c.Step, c.PlaybookID, c.PlaybookVersion))
	if err != nil {
		return fmt.Errorf("record planned contact: %w", err)
	}
	return nil
}

// endFollowUp ends a follow-up and cancels what it still had planned. What is on
// its way or in doubt stays as it is and can be recorded and settled as before.
func endFollowUp(ctx context.Context, tx *sqlx.Tx, now time.Time, e outreach.Ending) error {
	states := []outreach.State{outreach.Planned, outreach.CallOpen}
	if e.KeepCalls {
		states = states[:1]
	}
	for _, from := range states {
		_, err := move(ctx, tx, now, movement{
			from: from, to: outreach.Canceled, reason: e.Reason, why: e.Reason, where: "follow_up_id = $1",
		}, e.FollowUpID)
		if err != nil {
			return err
		}
	}
	return closeFollowUps(ctx, tx, now, e.Reason, []int64{e.FollowUpID}, "")
}

// endFinished ends those of the follow-ups that have nothing left to do.
func endFinished(ctx context.Context, tx *sqlx.Tx, now time.Time, ids []int64) error {
	return closeFollowUps(ctx, tx, now, "completed", ids, `
		and not exists (select 1 from contacts c where c.follow_up_id = follow_ups.id
		                and c.state in ('planned', 'handed', 'unconfirmed', 'open'))`)
}

// closeFollowUps ends follow-ups that fit a condition. Their customers are
// looked at again by the next scan: something may have waited.
func closeFollowUps(ctx context.Context, tx *sqlx.Tx, now time.Time, reason string, ids []int64, condition string) error {
	ids = unique(ids)
	if len(ids) == 0 {
		return nil
	}
	var a args
	moment, why := a.add(now), a.add(reason)
	var customers []int64
	err := tx.SelectContext(ctx, &customers, `
		update follow_ups set state = 'ended', end_reason = `+why+`, ended_at = `+moment+`
		where state = 'active' and id in `+in(&a, ids)+condition+` returning customer_id`, a.list...)
	if err != nil {
		return fmt.Errorf("end follow-ups: %w", err)
	}
	return markForScan(ctx, tx, unique(customers))
}

// markForScan sets the marks that the database sets itself when orders change.
func markForScan(ctx context.Context, tx *sqlx.Tx, customers []int64) error {
	for _, part := range chunks(customers, perStatement) {
		var a args
		data := make([][]any, len(part))
		for i, id := range part {
			data[i] = []any{id}
		}
		if _, err := tx.ExecContext(ctx, `insert into scan_marks (customer_id) values `+values(&a, data), a.list...); err != nil {
			return fmt.Errorf("mark customers for the next scan: %w", err)
		}
	}
	return nil
}
