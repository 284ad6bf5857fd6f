package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Scans finds what changed and writes down what a scan planned.
type Scans struct{ *DB }

// LastWall returns when each schedule last ran by the shop's clock (as if UTC).
// A schedule that never ran is missing.
func (s Scans) LastWall(ctx context.Context) (map[outreach.Schedule]time.Time, error) {
	var rows []struct {
		ShopID     string `db:"shop_id"`
		PlaybookID string `db:"playbook_id"`
		LastWall   Time   `db:"last_wall"`
	}
	if err := s.db.SelectContext(ctx, &rows, `select shop_id, playbook_id, last_wall from schedules`); err != nil {
		return nil, fmt.Errorf("read schedules: %w", err)
	}
	out := make(map[outreach.Schedule]time.Time, len(rows))
	for _, r := range rows {
		out[outreach.Schedule{ShopID: r.ShopID, PlaybookID: r.PlaybookID}] = r.LastWall.Time
	}
	return out, nil
}

// Claim takes one run for this daemon. It returns 0 when another has it, or
// had it; a run whose daemon died before the end is taken over. A run in
// another mode than the installation's is outreach.ErrOtherMode.
func (s Scans) Claim(ctx context.Context, now time.Time, run outreach.ScanRun, daemon int64, deadAfter time.Duration) (int64, error) {
	var ids []int64
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		if err := s.inMode(ctx, tx, run.Rehearsal); err != nil {
			return err
		}
		return tx.SelectContext(ctx, &ids, `
		insert into schedule_runs (shop_id, playbook_id, due_wall, daemon_id, started_at, missed)
		values ($1, $2, $3, $4, $5, $6)
		on conflict (shop_id, playbook_id, due_wall) do update
		    set daemon_id = excluded.daemon_id, started_at = excluded.started_at
		    where schedule_runs.ended_at is null
		      and schedule_runs.daemon_id in (select id from daemons
		          where id = $4 or ended_at is not null or heartbeat_at <= $7 or heartbeat_at > $8)
		returning id`,
			run.ShopID, run.PlaybookID, at(run.DueWall), daemon, at(now), run.Missed, at(now.Add(-deadAfter)), at(now.Add(deadAfter)))
	})
	if err != nil {
		return 0, fmt.Errorf("claim scan of %s at %s: %w", run.PlaybookID, run.ShopID, err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}

// Finish records the end of a run and moves its schedule on.
func (s Scans) Finish(ctx context.Context, now time.Time, run outreach.ScanRun, failure string) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			update schedule_runs set ended_at = $2, customers = $3, follow_ups = $4, contacts = $5, error = $6
			where id = $1`, run.ID, at(now), run.Customers, run.FollowUps, run.Contacts, failure)
		if err != nil {
			return fmt.Errorf("record end of scan: %w", err)
		}
		_, err = tx.ExecContext(ctx, `
			update schedules set last_wall = $3 where shop_id = $1 and playbook_id = $2 and last_wall < $3`,
			run.ShopID, run.PlaybookID, at(run.DueWall))
		if err != nil {
			return fmt.Errorf("move schedule on: %w", err)
		}
		return nil
	})
}

// Rewind sets a schedule back to a wall time, after a clock that was wrong had
// moved it ahead.
func (s Scans) Rewind(ctx context.Context, k outreach.Schedule, wall time.Time) error {
	err := s.exec(ctx, `
		update schedules set last_wall = $3 where shop_id = $1 and playbook_id = $2 and last_wall > $3`,
		k.ShopID, k.PlaybookID, at(wall))
	if err != nil {
		return fmt.Errorf("set schedule of %s back: %w", k.PlaybookID, err)
	}
	return nil
}

// Spread turns the marks that the database set on changed rows into work for
// each schedule, and gives a schedule that is new or taken up again, or whose
// playbook has a new version, every customer with something open. firstWall is where a new
// schedule starts counting.
func (s Scans) Spread(ctx context.Context, now time.Time, keys []outreach.Schedule, firstWall map[string]time.Time) error {
	if err := s.forget(ctx, keys); err != nil {
		return err
	}
	for _, k := range keys {
		if err := s.adopt(ctx, now, k, firstWall[k.ShopID]); err != nil {
			return err
		}
	}
	for {
		n, err := s.spreadMarks(ctx, now, keys)
		if err != nil || n == 0 {
			return err
		}
	}
}

// forget lets go of the schedules that are no longer followed: they get no marks
// from now on, and must look at everybody when they are taken up again.
func (s Scans) forget(ctx context.Context, keys []outreach.Schedule) error {
	var a args
	data := [][]any{{"", ""}} // so that the list is never empty
	for _, k := range keys {
		data = append(data, []any{k.ShopID, k.PlaybookID})
	}
	err := s.exec(ctx, `
		update schedules set playbook_version = 0
		where playbook_version <> 0 and (shop_id, playbook_id) not in (values `+s.rows(&a, []string{"text", "text"}, data)+`)`, a.list...)
	if err != nil {
		return fmt.Errorf("let go of schedules: %w", err)
	}
	return nil
}

func (s Scans) adopt(ctx context.Context, now time.Time, k outreach.Schedule, firstWall time.Time) error {
	return s.tx(ctx, func(tx *sqlx.Tx) error {
		var known []int
		err := tx.SelectContext(ctx, &known, `
			insert into schedules (shop_id, playbook_id, playbook_version, last_wall) values ($1, $2, $3, $4)
			on conflict (shop_id, playbook_id) do update set playbook_version = excluded.playbook_version
			    where schedules.playbook_version <> excluded.playbook_version
			returning playbook_version`, k.ShopID, k.PlaybookID, k.Version, at(firstWall))
		if err != nil {
			return fmt.Errorf("adopt playbook %s: %w", k.PlaybookID, err)
		}
		if len(known) == 0 {
			return nil
		}
		_, err = tx.ExecContext(ctx, `
			insert into scan_todo (shop_id, playbook_id, customer_id, marked_at)
			select cast($1 as text), cast($2 as text), customer_id, `+s.moment("$3")+` from (
			    select o.customer_id from orders o join order_lines l on l.order_id = o.id
			    where o.shop_id = $1 and l.auth in ('declined', 'not_authorized_at_close')
			    union select customer_id from canceled_orders where shop_id = $1) c
			where customer_id is not null
			on conflict (shop_id, playbook_id, customer_id) do update set marked_at = excluded.marked_at`,
			k.ShopID, k.PlaybookID, at(now))
		if err != nil {
			return fmt.Errorf("list customers for playbook %s: %w", k.PlaybookID, err)
		}
		return nil
	})
}

// moment tells PostgreSQL that a selected parameter is a time; SQLite keeps text.
func (d *DB) moment(placeholder string) string {
	if d.postgres {
		return "cast(" + placeholder + " as timestamptz)"
	}
	return placeholder
}

func (s Scans) spreadMarks(ctx context.Context, now time.Time, keys []outreach.Schedule) (int, error) {
	const batch = 2000
	var marks []struct {
		ID         int64 `db:"id"`
		CustomerID int64 `db:"customer_id"`
	}
	// What another daemon is spreading must have arrived before a scan begins,
	// or the scan would miss it: so this waits where others skip.
	wait := ""
	if s.postgres {
		wait = " for update"
	}
	err := s.tx(ctx, func(tx *sqlx.Tx) error {
		// "Do update" below takes the row even when a scan is just removing it,
		// so a change that commits during that scan is looked at again.
		err := tx.SelectContext(ctx, &marks, fmt.Sprintf(
			`select id, customer_id from scan_marks order by id limit %d%s`, batch, wait))
		if err != nil || len(marks) == 0 {
			return err
		}
		ids, customers := make([]int64, len(marks)), make([]int64, len(marks))
		for i, m := range marks {
			ids[i], customers[i] = m.ID, m.CustomerID
		}
		customers = unique(customers)
		for _, k := range keys {
			var a args
			shop, playbook, moment := a.add(k.ShopID), a.add(k.PlaybookID), s.moment(a.add(now))
			list := in(&a, customers)
			_, err := tx.ExecContext(ctx, `
				insert into scan_todo (shop_id, playbook_id, customer_id, marked_at)
				select cast(`+shop+` as text), cast(`+playbook+` as text), customer_id, `+moment+` from (
				    select customer_id from orders where shop_id = `+shop+` and customer_id in `+list+`
				    union select customer_id from canceled_orders where shop_id = `+shop+` and customer_id in `+list+`) c
				order by customer_id
				on conflict (shop_id, playbook_id, customer_id) do update set marked_at = excluded.marked_at`, a.list...)
			if err != nil {
				return err
			}
		}
		var a args
		_, err = tx.ExecContext(ctx, `delete from scan_marks where id in `+in(&a, ids), a.list...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("spread scan marks: %w", err)
	}
	return len(marks), nil
}

// Work takes up to limit customers of a schedule, lets plan decide, and writes
// the plans down, in one transaction. It returns how many customers it took and
// what was started; it is done when it took none. Pure planning lives with the
// caller.
func (s Scans) Work(
	ctx context.Context, now time.Time, k outreach.Schedule, rehearsal bool, limit int,
	plan func([]outreach.Candidate) []outreach.Plan,
) (run outreach.ScanRun, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		if err := s.inMode(ctx, tx, rehearsal); err != nil {
			return err
		}
		// One daemon has the run. Rows that are locked all the same belong to one
		// that died a moment ago, and come free; the run must not pass them over.
		lock := ""
		if s.postgres {
			lock = " for update"
		}
		var ids []int64
		err := tx.SelectContext(ctx, &ids, fmt.Sprintf(`
			select customer_id from scan_todo where shop_id = $1 and playbook_id = $2
			order by customer_id limit %d%s`, limit, lock), k.ShopID, k.PlaybookID)
		if err != nil || len(ids) == 0 {
			return err
		}
		run.Customers = len(ids)
		candidates, err := s.candidates(ctx, tx, k, rehearsal, ids)
		if err != nil {
			return err
		}
		for i, p := range plan(candidates) {
			started, contacts, err := writePlan(ctx, tx, now, candidates[i].Customer.ID, p, rehearsal)
			if err != nil {
				return err
			}
			run.FollowUps += started
			run.Contacts += contacts
		}
		var a args
		shop, playbook := a.add(k.ShopID), a.add(k.PlaybookID)
		_, err = tx.ExecContext(ctx, `delete from scan_todo where shop_id = `+shop+` and playbook_id = `+playbook+
			` and customer_id in `+in(&a, ids), a.list...)
		return err
	})
	if err != nil {
		return outreach.ScanRun{}, fmt.Errorf("scan for %s at %s: %w", k.PlaybookID, k.ShopID, err)
	}
	return run, nil
}

// Preview loads the same candidates without taking them, for a dry run.
func (s Scans) Preview(ctx context.Context, k outreach.Schedule, rehearsal bool, customers []int64) (out []outreach.Candidate, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		out, err = s.candidates(ctx, tx, k, rehearsal, customers)
		return err
	})
	return out, err
}

func (s Scans) candidates(ctx context.Context, tx *sqlx.Tx, k outreach.Schedule, rehearsal bool, ids []int64) ([]outreach.Candidate, error) {
	// One plan at a time for a person: playbooks scanned side by side must not
	// raise the same line twice.
	lock := ""
	if s.postgres {
		lock = " for no key update" // orders for these customers may still come in
	}
	var a args
	var locked []int64
	err := tx.SelectContext(ctx, &locked, `select id from customers where id in `+in(&a, ids)+` order by id`+lock, a.list...)
	if err != nil {
		return nil, fmt.Errorf("lock customers: %w", err)
	}
	customers, err := loadCustomers(ctx, tx, locked)
	if err != nil {
		return nil, err
	}
	addresses, err := loadAddresses(ctx, tx, locked)
	if err != nil {
		return nil, err
	}
	items, err := openItems(ctx, tx, k.ShopID, rehearsal, locked)
	if err != nil {
		return nil, err
	}
	active, err := activeFollowUps(ctx, tx, k, rehearsal, locked)
	if err != nil {
		return nil, err
	}
	out := make([]outreach.Candidate, 0, len(locked))
	for _, id := range locked {
		out = append(out, outreach.Candidate{
			Customer: customers[id], Addresses: addresses[id], Items: items[id], Active: active[id],
		})
	}
	return out, nil
}

func openItems(ctx context.Context, tx *sqlx.Tx, shopID string, rehearsal bool, customers []int64) (map[int64][]outreach.Item, error) {
	var a args
	shop, reh := a.add(shopID), a.add(rehearsal)
	var lines []lineRow
	err := tx.SelectContext(ctx, &lines, `
		select `+lineColumns+`
		from order_lines l join orders o on o.id = l.order_id
		left join vehicles v on v.id = o.vehicle_id
		left join follow_up_items i on i.line_id = l.id and i.released_at is null and i.rehearsal = `+reh+`
		where o.shop_id = `+shop+` and o.customer_id in `+in(&a, customers)+`
		  and (l.auth in ('declined', 'not_authorized_at_close') or i.follow_up_id is not null)
		order by l.id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read open lines: %w", err)
	}
	a = args{}
	shop, reh = a.add(shopID), a.add(rehearsal)
	var canceled []canceledRow
	err = tx.SelectContext(ctx, &canceled, `
		select `+canceledColumns+`
		from canceled_orders x left join vehicles v on v.id = x.vehicle_id
		left join follow_up_items i on i.canceled_order_id = x.id and i.released_at is null and i.rehearsal = `+reh+`
		where x.shop_id = `+shop+` and x.customer_id in `+in(&a, customers)+` order by x.id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read canceled orders: %w", err)
	}
	items, err := weighed(ctx, tx, lines)
	if err != nil {
		return nil, err
	}
	out := make(map[int64][]outreach.Item)
	for i, r := range lines {
		out[r.CustomerID] = append(out[r.CustomerID], items[i])
	}
	for _, r := range canceled {
		out[r.CustomerID] = append(out[r.CustomerID], r.item())
	}
	return out, nil
}

func activeFollowUps(ctx context.Context, tx *sqlx.Tx, k outreach.Schedule, rehearsal bool, customers []int64) (map[int64][]outreach.FollowUp, error) {
	var a args
	shop, playbook, reh := a.add(k.ShopID), a.add(k.PlaybookID), a.add(rehearsal)
	var rows []struct {
		ID         int64 `db:"id"`
		CustomerID int64 `db:"customer_id"`
		Version    int   `db:"playbook_version"`
		AnchorAt   Time  `db:"anchor_at"`
		StartedAt  Time  `db:"started_at"`
		Planned    bool  `db:"planned"`
	}
	err := tx.SelectContext(ctx, &rows, `
		select id, customer_id, playbook_version, anchor_at, started_at,
		       exists (select 1 from contacts c where c.follow_up_id = follow_ups.id and c.state = 'planned') as planned
		from follow_ups
		where shop_id = `+shop+` and playbook_id = `+playbook+` and rehearsal = `+reh+`
		  and state = 'active' and customer_id in `+in(&a, customers)+` order by id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read follow-ups: %w", err)
	}
	out := make(map[int64][]outreach.FollowUp)
	for _, r := range rows {
		out[r.CustomerID] = append(out[r.CustomerID], outreach.FollowUp{
			ID: r.ID, ShopID: k.ShopID, CustomerID: r.CustomerID, PlaybookID: k.PlaybookID,
			PlaybookVersion: r.Version, State: outreach.FollowUpActive, Rehearsal: rehearsal,
			AnchorAt: r.AnchorAt.Time, StartedAt: r.StartedAt.Time, Planned: r.Planned,
		})
	}
	return out, nil
}
