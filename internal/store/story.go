package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Stories returns the story of every order or canceled order with a number, or
// an id of its source; several shops may use the same.
func (l Log) Stories(ctx context.Context, number string) (out []outreach.Story, err error) {
	err = l.tx(ctx, func(tx *sqlx.Tx) error {
		out, err = stories(ctx, tx, number)
		return err
	})
	return out, err
}

func stories(ctx context.Context, tx *sqlx.Tx, number string) ([]outreach.Story, error) {
	var orders []orderRow
	err := tx.SelectContext(ctx, &orders, `
		select id as order_id, source, shop_id, external_id, number, coalesce(customer_id, 0) as customer_id, adviser,
		       status, opened_at, closed_at, voided_at, messages_blocked
		from orders where number = $1 or external_id = $1 order by id`, number)
	if err != nil {
		return nil, fmt.Errorf("find order: %w", err)
	}
	var out []outreach.Story
	for _, o := range orders {
		s := outreach.Story{Shop: o.ShopID, Order: o.order(0), Customer: outreach.Customer{ID: o.CustomerID}}
		if s.Items, err = storyLines(ctx, tx, o.OrderID); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	var canceled []canceledRow
	err = tx.SelectContext(ctx, &canceled, `
		select `+canceledColumns+`
		from canceled_orders x left join vehicles v on v.id = x.vehicle_id
		left join follow_up_items i on i.canceled_order_id = x.id and i.released_at is null and i.rehearsal =
		    (not exists (select 1 from follow_up_items r where r.canceled_order_id = x.id and not r.rehearsal and r.released_at is null))
		where x.number = $1 or x.external_id = $1 order by x.id`, number)
	if err != nil {
		return nil, fmt.Errorf("find canceled order: %w", err)
	}
	for _, x := range canceled {
		it := x.item()
		out = append(out, outreach.Story{
			Shop: x.ShopID, Canceled: it.Canceled, Items: []outreach.Item{it}, Customer: outreach.Customer{ID: x.CustomerID},
		})
	}
	for i := range out {
		if err := tellMore(ctx, tx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func storyLines(ctx context.Context, tx *sqlx.Tx, orderID int64) ([]outreach.Item, error) {
	var rows []lineRow
	// A line rehearsed and then raised for real appears once, with the real follow-up.
	err := tx.SelectContext(ctx, &rows, `
		select `+lineColumns+`
		from order_lines l join orders o on o.id = l.order_id
		left join vehicles v on v.id = o.vehicle_id
		left join follow_up_items i on i.line_id = l.id and i.released_at is null and i.rehearsal =
		    (not exists (select 1 from follow_up_items r where r.line_id = l.id and not r.rehearsal and r.released_at is null))
		where o.id = $1 order by l.id`, orderID)
	if err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	return weighed(ctx, tx, rows)
}

// tellMore adds the customer, the follow-ups and what was said in them.
func tellMore(ctx context.Context, tx *sqlx.Tx, s *outreach.Story) error {
	people, err := loadCustomers(ctx, tx, []int64{s.Customer.ID})
	if err != nil {
		return err
	}
	s.Customer = people[s.Customer.ID]
	var ids []int64
	for _, it := range s.Items {
		ids = append(ids, it.FollowUpID)
	}
	if ids = unique(ids); len(ids) == 0 {
		return nil
	}
	var a args
	var followUps []struct {
		ID         int64  `db:"id"`
		PlaybookID string `db:"playbook_id"`
		Version    int    `db:"playbook_version"`
		State      string `db:"state"`
		EndReason  string `db:"end_reason"`
		Rehearsal  bool   `db:"rehearsal"`
		StartedAt  Time   `db:"started_at"`
	}
	err = tx.SelectContext(ctx, &followUps, `
		select id, playbook_id, playbook_version, state, end_reason, rehearsal, started_at
		from follow_ups where id in `+in(&a, ids)+` order by id`, a.list...)
	if err != nil {
		return fmt.Errorf("read follow-ups: %w", err)
	}
	for _, f := range followUps {
		s.FollowUps = append(s.FollowUps, outreach.FollowUp{
			ID: f.ID, PlaybookID: f.PlaybookID, PlaybookVersion: f.Version, State: outreach.FollowUpState(f.State),
			EndReason: f.EndReason, Rehearsal: f.Rehearsal, StartedAt: f.StartedAt.Time,
		})
	}
	a = args{}
	var contacts []struct {
		contactRow
		Why    string `db:"why"`
		At     Time   `db:"at"`
		HeldBy string `db:"held_by"`
		HeldAt Time   `db:"held_at"`
	}
	err = tx.SelectContext(ctx, &contacts, `
		select `+contactColumns+`, e.why, case c.state when 'received' then c.ended_at else e.at end as at, `+holding()+` from contacts c
		join contact_events e on e.id = (select max(id) from contact_events where contact_id = c.id)
		where c.follow_up_id in `+in(&a, ids)+`
		order by c.follow_up_id, coalesce(c.handed_at, c.ended_at, c.due_at), c.id`, a.list...)
	if err != nil {
		return fmt.Errorf("read contacts: %w", err)
	}
	for _, c := range contacts {
		s.Contacts = append(s.Contacts, outreach.StoryContact{
			Contact: c.contact(), Why: c.Why, At: c.At.Time, HeldBy: c.HeldBy, HeldAt: c.HeldAt.Time,
		})
	}
	return nil
}
