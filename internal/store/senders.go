package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// message is an outbound contact as far as a reply to it is concerned.
type message struct {
	ID         int64  `db:"id"`
	ShopID     string `db:"shop_id"`
	CustomerID int64  `db:"customer_id"`
	FollowUpID int64  `db:"follow_up_id"`
	Channel    string `db:"channel"`
	Address    string `db:"address"`
	HandedAt   Time   `db:"handed_at"`
	Rehearsal  bool   `db:"rehearsal"`
}

const messageColumns = `c.id, c.shop_id, coalesce(c.customer_id, 0) as customer_id, coalesce(c.follow_up_id, 0) as follow_up_id,
	c.channel, c.rehearsal, w.address, c.handed_at`

// addressee is who a message went to, as the sender of what answers it.
func (m message) addressee() outreach.Sender {
	return outreach.Sender{ShopID: m.ShopID, CustomerID: m.CustomerID, ContactID: m.ID, FollowUpID: m.FollowUpID}
}

// sender finds out who sent a message: the customer who was last written to at
// that address, else the one whose address it is. It also returns the address
// that the message went to which it answers.
func (b Inbox) sender(ctx context.Context, tx *sqlx.Tx, a outreach.Arrival) (s outreach.Sender, wroteTo string, err error) {
	m, err := b.answered(ctx, tx, a)
	if err != nil {
		return s, "", err
	}
	s = outreach.Sender{CustomerID: m.CustomerID}
	if a.ShopID == "" || a.ShopID == m.ShopID { // what another shop had written is not what they answer
		s.ShopID, s.ContactID, s.FollowUpID = m.ShopID, m.ID, m.FollowUpID
	}
	if s.CustomerID == 0 {
		var owners []int64
		err := tx.SelectContext(ctx, &owners, `
			select customer_id from addresses where value = $1 order by customer_id desc limit 1`, a.From)
		if err != nil {
			return s, "", fmt.Errorf("look for the sender: %w", err)
		}
		if len(owners) > 0 {
			s.CustomerID = owners[0]
		}
	}
	if a.ShopID != "" {
		s.ShopID = a.ShopID
	}
	if s.CustomerID != 0 && a.Answers != 0 && a.From != m.Address {
		own, err := exists(ctx, tx, `select 1 from addresses where customer_id = $1 and value = $2`, s.CustomerID, a.From)
		if err != nil {
			return s, "", fmt.Errorf("look for the sender: %w", err)
		}
		s.Unproved = !own
	}
	return s, m.Address, b.complete(ctx, tx, &s)
}

// answered finds the message of ours that a message answers: the one it names,
// else the last that went to its sender, from the shop it was sent to if there is one.
func (b Inbox) answered(ctx context.Context, tx *sqlx.Tx, a outreach.Arrival) (message, error) {
	var found []message
	if a.Answers != 0 {
		err := tx.SelectContext(ctx, &found, `
			select `+messageColumns+` from contacts c join contact_words w on w.contact_id = c.id
			where c.id = $1 and c.direction = 'out'`, a.Answers)
		if err != nil {
			return message{}, fmt.Errorf("look for the message it answers: %w", err)
		}
	}
	if len(found) == 0 {
		err := tx.SelectContext(ctx, &found, `
			select `+messageColumns+` from contact_words w join contacts c on c.id = w.contact_id
			where w.address = $1 and c.direction = 'out' and c.handed_at is not null and c.answers is null and not c.rehearsal
			order by case when c.shop_id = $2 then 0 else 1 end, c.handed_at desc limit 1`, a.From, a.ShopID)
		if err != nil {
			return message{}, fmt.Errorf("look for the message it answers: %w", err)
		}
	}
	if len(found) == 0 {
		return message{}, nil
	}
	return found[0], nil
}

// complete adds the shop where it is not known, what the message spoke of and the
// adviser of record.
func (b Inbox) complete(ctx context.Context, tx *sqlx.Tx, s *outreach.Sender) (err error) {
	if s.ShopID == "" {
		if s.ShopID, err = shopFor(ctx, tx, s.CustomerID); err != nil {
			return err
		}
	}
	var lines []int64
	if s.ContactID != 0 {
		items, err := itemIDs(ctx, tx, s.ContactID)
		if err != nil {
			return err
		}
		var vehicles []int64
		for _, it := range items {
			s.Canceled = s.Canceled || it.Canceled
			vehicles = append(vehicles, it.Vehicle)
			if !it.Canceled {
				lines = append(lines, it.ID)
			}
		}
		s.Items, s.Vehicles = len(items), len(unique(vehicles))
	}
	s.Adviser, err = adviserOf(ctx, tx, *s, lines)
	return err
}

// shopFor is the shop that a customer visited last, the first one where they have
// been in none.
func shopFor(ctx context.Context, tx *sqlx.Tx, customerID int64) (string, error) {
	var first []string
	if err := tx.SelectContext(ctx, &first, `select id from shops order by id limit 1`); err != nil {
		return "", fmt.Errorf("read shops: %w", err)
	}
	if len(first) == 0 {
		return "", errNoShop
	}
	return shopOf(ctx, tx, customerID, first[0])
}

// adviserOf is whose customer the sender is: the adviser's of what the message
// spoke of, else of the newest visit at the shop; "" when no order says.
func adviserOf(ctx context.Context, tx *sqlx.Tx, s outreach.Sender, lines []int64) (string, error) {
	var a args
	var found []string
	err := tx.SelectContext(ctx, &found, `
		select o.adviser from orders o
		where o.customer_id = `+a.add(s.CustomerID)+` and o.shop_id = `+a.add(s.ShopID)+` and o.adviser <> ''
		order by case when o.id in (select order_id from order_lines where id in `+in(&a, lines)+`) then 0 else 1 end,
		         coalesce(o.closed_at, o.opened_at, o.created_at) desc, o.id desc limit 1`, a.list...)
	if err != nil {
		return "", fmt.Errorf("find the adviser: %w", err)
	}
	if len(found) == 0 {
		return "", nil
	}
	return found[0], nil
}

// itemID names one thing that a message spoke of.
type itemID struct {
	ID       int64 `db:"id"`
	Canceled bool  `db:"canceled"`
	Vehicle  int64 `db:"vehicle_id"` // 0 when not known
}

// itemIDs returns what a message spoke of: what was written down with its words,
// or, for one from before that was done, what its follow-up is about.
func itemIDs(ctx context.Context, tx *sqlx.Tx, contactID int64) (out []itemID, err error) {
	const columns = `select coalesce(i.line_id, i.canceled_order_id) as id, i.canceled_order_id is not null as canceled,
		coalesce(o.vehicle_id, x.vehicle_id, 0) as vehicle_id from `
	const things = ` left join order_lines l on l.id = i.line_id left join orders o on o.id = l.order_id
		left join canceled_orders x on x.id = i.canceled_order_id `
	err = tx.SelectContext(ctx, &out, columns+`contact_items i`+things+`where i.contact_id = $1 order by 2, 1`, contactID)
	if err == nil && len(out) == 0 {
		err = tx.SelectContext(ctx, &out, columns+`follow_up_items i join contacts c on c.follow_up_id = i.follow_up_id`+things+`
			where c.id = $1 and i.released_at is null order by 2, 1`, contactID)
	}
	if err != nil {
		return nil, fmt.Errorf("read what a message spoke of: %w", err)
	}
	return out, nil
}

// answer writes down what the customer said of the items, and ends the follow-up
// when nothing is left of it to write about.
func (b Inbox) answer(ctx context.Context, tx *sqlx.Tx, now time.Time, _ int64, e inbound, c outreach.Consequence) error {
	if c.Answer == nil || e.ContactID == 0 {
		return nil
	}
	items, err := itemIDs(ctx, tx, e.ContactID)
	if err != nil {
		return err
	}
	for _, it := range items {
		if c.Answer.Item != 0 && c.Answer.Item != it.ID || !it.canBe(c.Answer.Action) {
			continue
		}
		if err := b.answerOne(ctx, tx, now, it, *c.Answer); err != nil {
			return err
		}
		if c.Answer.Action == outreach.ActionSold {
			if err := answerSold(ctx, tx, now, e.CustomerID, it.Vehicle); err != nil {
				return err
			}
		}
	}
	if e.FollowUpID == 0 {
		return nil
	}
	return endAnswered(ctx, tx, now, e.FollowUpID, string(c.Answer.Action))
}

// canBe reports whether an action says something about an item of this kind.
func (it itemID) canBe(a outreach.Action) bool {
	switch a {
	case outreach.ActionBook, outreach.ActionAsk, outreach.ActionSold:
		return true
	case outreach.ActionReason:
		return it.Canceled
	}
	return !it.Canceled
}

// milder is the condition under which an answer leaves the one before it alone.
// What was said of one item stands when all of the message is asked about, and a
// wish to come or a question takes no date back.
func milder(a outreach.Answer) string {
	condition := "false"
	if a.Item == 0 && !a.Action.Closes() {
		condition = "answer in ('not_this', 'elsewhere', 'sold')"
	}
	if a.Action == outreach.ActionBook || a.Action == outreach.ActionAsk {
		condition += " or answer = 'later'"
	}
	return "(" + condition + ")"
}

func (b Inbox) answerOne(ctx context.Context, tx *sqlx.Tx, now time.Time, it itemID, a outreach.Answer) error {
	if it.Canceled {
		_, err := tx.ExecContext(ctx, `
			update canceled_orders set answer = $2, answer_reason = case when $3 = '' then answer_reason else $3 end, answered_at = $4
			where id = $1 and not `+milder(a), it.ID, a.Action, string(a.Reason), at(now))
		if err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
		return nil
	}
	// A second press of the same "no" is the same no, and who chooses something else
	// takes it back.
	res, err := tx.ExecContext(ctx, `
		update order_lines set answered_at = $3, answer_until = $4,
		    refused_again = refused_again + case when $2 = 'not_this' and answer <> 'not_this' then 1
		        when $2 <> 'not_this' and answer = 'not_this' and refused_again > 0 then -1 else 0 end, answer = $2
		where id = $1 and not `+milder(a), it.ID, a.Action, at(now), at(a.Until))
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 || a.Action != outreach.ActionLater {
		return err
	}
	// What is to come back on a date may be raised anew then.
	_, err = tx.ExecContext(ctx, `
		update follow_up_items set released_at = $2 where line_id = $1 and released_at is null and not rehearsal`, it.ID, at(now))
	if err != nil {
		return fmt.Errorf("release item for a later date: %w", err)
	}
	return nil
}

// answerSold takes the answer for everything that the customer left undone on
// the vehicle.
func answerSold(ctx context.Context, tx *sqlx.Tx, now time.Time, customerID, vehicleID int64) error {
	_, err := tx.ExecContext(ctx, `
		update order_lines set answer = 'sold', answered_at = $3
		where auth in ('declined', 'not_authorized_at_close') and answer <> 'sold'
		  and order_id in (select id from orders where vehicle_id = $1 and customer_id = $2)`, vehicleID, customerID, at(now))
	if err != nil {
		return fmt.Errorf("write that the vehicle is gone: %w", err)
	}
	return nil
}

// endAnswered ends a follow-up when the customer has settled all its items.
func endAnswered(ctx context.Context, tx *sqlx.Tx, now time.Time, followUpID int64, reason string) error {
	open, err := exists(ctx, tx, `
		select 1 from follow_up_items i left join order_lines l on l.id = i.line_id
		left join canceled_orders x on x.id = i.canceled_order_id
		where i.follow_up_id = $1 and i.released_at is null
		  and coalesce(l.answer, x.answer) not in ('not_this', 'elsewhere', 'sold')`, followUpID)
	if err != nil {
		return fmt.Errorf("look for open items: %w", err)
	}
	if open {
		return nil
	}
	return endFollowUp(ctx, tx, now, outreach.Ending{FollowUpID: followUpID, Reason: "customer_" + reason})
}
