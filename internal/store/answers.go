package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Answers is what people at the shop write to customers in their own words. It
// takes the way of every contact: planned, judged once more, handed over.
type Answers struct{ *DB }

// Judge lets decide judge an answer as a hand-over at this moment would. It changes
// nothing and is in nobody's way. r says what must be counted; the channel is that
// of the message to be answered.
func (a Answers) Judge(ctx context.Context, r outreach.HandOver, d outreach.OwnWords, decide outreach.Decide) (ruling outreach.Ruling, err error) {
	err = a.read(ctx, func(tx *sqlx.Tx) error {
		ruling, err = a.judge(ctx, tx, r, d, a.look, decide)
		return err
	})
	return ruling, err
}

// Plan judges an answer and, where it may go, plans it and takes the customer's
// open task for answered, in one transaction. What it returns has the number of
// the contact then, and none where it may not go. It fails with
// outreach.ErrSpokenSince when the author has not seen the newest message, so
// that of two people who answer at once one does, and with ErrUndecided while it
// is open whether the customer asked to be left alone.
func (a Answers) Plan(ctx context.Context, r outreach.HandOver, d outreach.OwnWords, decide outreach.Decide) (ruling outreach.Ruling, err error) {
	err = a.tx(ctx, func(tx *sqlx.Tx) error {
		if ruling, err = a.judge(ctx, tx, r, d, a.hold, decide); err != nil || ruling.Contact.State != outreach.Handed {
			return err
		}
		last, err := lastSaid(ctx, tx, d.CustomerID)
		if err != nil {
			return err
		}
		if last > d.Seen {
			return outreach.ErrSpokenSince
		}
		if ruling.Contact.ID, err = a.write(ctx, tx, r.Now, d, ruling); err != nil {
			return err
		}
		return a.close(ctx, tx, r.Now, ruling.Contact)
	})
	return ruling, err
}

// factsOf gets what a contact is judged by that answers a message from an address.
type factsOf func(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, c outreach.Contact, from string) ([]outreach.Due, error)

// look is for who only wants to know.
func (a Answers) look(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, c outreach.Contact, _ string) ([]outreach.Due, error) {
	if err := modeIs(ctx, tx, r.Rehearsal, ""); err != nil {
		return nil, err
	}
	addresses, err := loadAddresses(ctx, tx, []int64{c.CustomerID})
	if err != nil {
		return nil, err
	}
	return gather(ctx, tx, r, []outreach.Contact{c}, addresses)
}

// hold also keeps the mode and the customer's people as they are until tx ends.
func (a Answers) hold(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, c outreach.Contact, from string) ([]outreach.Due, error) {
	if err := a.inMode(ctx, tx, r.Rehearsal); err != nil {
		return nil, err
	}
	if err := a.lockPeople(ctx, tx, []int64{c.CustomerID}, from); err != nil {
		return nil, err
	}
	return Queue(a).facts(ctx, tx, r, []outreach.Contact{c})
}

// judge reads the facts and asks.
func (a Answers) judge(
	ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, d outreach.OwnWords, facts factsOf, decide outreach.Decide,
) (ruling outreach.Ruling, err error) {
	c := outreach.Contact{
		CustomerID: d.CustomerID, Direction: outreach.Outbound, Class: outreach.Informational, State: outreach.Planned,
		DueAt: r.Now, NextAt: r.Now, NotAfter: d.NotAfter, Answers: d.Answers, WrittenBy: d.Author, AnyHour: d.AnyHour,
	}
	asked, err := whatWasAsked(ctx, tx, []outreach.Contact{c})
	if err != nil {
		return ruling, err
	}
	m, ok := asked[d.Answers]
	if !ok || m.CustomerID != d.CustomerID || m.Direction != string(outreach.Inbound) {
		return ruling, outreach.ErrNotTheirs
	}
	c.ShopID, c.Channel = m.ShopID, outreach.Channel(m.Channel)
	if d.To != "" {
		c.Channel = outreach.WritingTo(d.To)
	}
	r.Channel, r.Rehearsal = c.Channel, false
	due, err := facts(ctx, tx, r, c, m.Address)
	if err != nil {
		return ruling, err
	}
	if len(due) == 0 {
		return ruling, errors.New("the customer's addresses changed meanwhile; try again")
	}
	due[0].Subject, due[0].Body = d.Subject, d.Body
	m.invites(&due[0], cmp.Or(d.To, m.Address))
	inst, err := Queue(a).installation(ctx, tx, r)
	if err != nil {
		return ruling, err
	}
	return decide(inst, due)[0], nil
}

// lastSaid is the last that was said in the conversation with a customer: by them,
// or by a person at the shop.
func lastSaid(ctx context.Context, tx *sqlx.Tx, customerID int64) (id int64, err error) {
	err = tx.GetContext(ctx, &id, `
		select coalesce(max(id), 0) from contacts where customer_id = $1 and (direction = 'in' or written_by <> '')`, customerID)
	if err != nil {
		return 0, fmt.Errorf("read the newest message: %w", err)
	}
	return id, nil
}

// write plans an answer that may go.
func (a Answers) write(ctx context.Context, tx *sqlx.Tx, now time.Time, d outreach.OwnWords, r outreach.Ruling) (id int64, err error) {
	c := r.Contact
	err = tx.GetContext(ctx, &id, `
		insert into contacts (shop_id, customer_id, channel, class, state, due_at, next_at, not_after, answers, written_by, any_hour, created_at)
		values ($1, $2, $3, $4, 'planned', $5, $5, $6, $7, $8, $9, $5) returning id`,
		c.ShopID, c.CustomerID, c.Channel, c.Class, at(now), at(d.NotAfter), d.Answers, d.Author, d.AnyHour)
	if err != nil {
		return 0, fmt.Errorf("plan answer: %w", err)
	}
	_, err = tx.ExecContext(ctx, `insert into contact_words (contact_id, address, subject, body) values ($1, $2, $3, $4)`,
		id, r.Address, d.Subject, d.Body)
	if err != nil {
		return 0, fmt.Errorf("write words of answer: %w", err)
	}
	why := "an answer to what the customer wrote"
	if d.AnyHour {
		why += ", at this hour on purpose"
	}
	if err := writeEvents(ctx, tx, [][]any{{id, at(now), "", outreach.Planned, d.Author, why}}); err != nil {
		return 0, err
	}
	return id, audit(ctx, tx, now, d.Author, "answer", objectOf(d.CustomerID), fmt.Sprintf("by %s, contact %d", c.Channel, id))
}

// close takes the customer's open task at the shop for answered, where there is one.
func (a Answers) close(ctx context.Context, tx *sqlx.Tx, now time.Time, c outreach.Contact) error {
	return a.taskDone(ctx, tx, now, c.CustomerID, c.ShopID, TaskEnd{
		Outcome: "answered", Note: "in writing", Who: c.WrittenBy,
	})
}

// taskDone closes a customer's open task at a shop, where there is one. The
// customer's people must be locked.
func (d *DB) taskDone(ctx context.Context, tx *sqlx.Tx, now time.Time, customerID int64, shopID string, e TaskEnd) error {
	var open []int64
	err := tx.SelectContext(ctx, &open, `select id from tasks where customer_id = $1 and shop_id = $2 and done_at is null`, customerID, shopID)
	if err != nil {
		return fmt.Errorf("look for an open task: %w", err)
	}
	for _, e.ID = range open {
		if err := (Tasks{d}).done(ctx, tx, now, e); err != nil {
			return err
		}
	}
	return nil
}

// question is a message that is answered, or whose opt-out is confirmed.
type question struct {
	ID         int64  `db:"id"`
	CustomerID int64  `db:"customer_id"`
	ShopID     string `db:"shop_id"`
	Direction  string `db:"direction"`
	Channel    string `db:"channel"`
	Provider   string `db:"provider"`
	ProviderID string `db:"provider_id"`
	Reason     string `db:"reason"`
	Address    string `db:"address"`
	At         Time   `db:"ended_at"`
}

// invites says where an answer goes and, where that is where the customer wrote
// from, since when they ask for it: a button on their page is no text, and what a
// machine wrote for them invites nobody.
func (q question) invites(d *outreach.Due, to string) {
	d.ReplyTo, d.ReplyToID, d.AskedAt = to, "", time.Time{}
	if q.Address != to || q.Channel != string(d.Contact.Channel) || q.Provider == "page" {
		return
	}
	if d.Contact.Channel == outreach.Email {
		d.ReplyToID = q.ProviderID
	}
	if q.Reason != "auto_reply" {
		d.AskedAt = q.At.Time
	}
}

// whatWasAsked reads the messages that contacts answer, by their number.
func whatWasAsked(ctx context.Context, tx *sqlx.Tx, contacts []outreach.Contact) (map[int64]question, error) {
	var ids []int64
	for _, c := range contacts {
		ids = append(ids, c.Answers)
	}
	if ids = unique(ids); len(ids) == 0 {
		return nil, nil
	}
	var a args
	var rows []question
	err := tx.SelectContext(ctx, &rows, `
		select c.id, coalesce(c.customer_id, 0) as customer_id, c.shop_id, c.direction, c.channel, c.provider, c.provider_id,
		       c.reason, c.ended_at, w.address
		from contacts c join contact_words w on w.contact_id = c.id where c.id in `+in(&a, ids), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read what is answered: %w", err)
	}
	out := make(map[int64]question, len(rows))
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, nil
}

// words are what a person wrote.
type words struct {
	ID      int64  `db:"contact_id"`
	Address string `db:"address"`
	Subject string `db:"subject"`
	Body    string `db:"body"`
}

// ownWords reads what people wrote for those of the contacts that have no template.
func ownWords(ctx context.Context, tx *sqlx.Tx, contacts []outreach.Contact) (map[int64]words, error) {
	var ids []int64
	for _, c := range contacts {
		if c.WrittenBy != "" && c.ID != 0 {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var a args
	var rows []words
	err := tx.SelectContext(ctx, &rows, `select contact_id, address, subject, body from contact_words where contact_id in `+in(&a, ids), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read what people wrote: %w", err)
	}
	out := make(map[int64]words, len(rows))
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, nil
}

// notSaid returns the answers of people that rulings keep from going out for good.
func notSaid(rulings []outreach.Ruling) []int64 {
	var out []int64
	for _, x := range rulings {
		if x.Contact.WrittenBy != "" && neverHad(x.Contact.State) {
			out = append(out, x.Contact.ID)
		}
	}
	return out
}

// neverHad reports whether nobody had a message that ended so.
func neverHad(s outreach.State) bool {
	switch s {
	case outreach.Suppressed, outreach.Expired, outreach.Failed, outreach.Undelivered, outreach.Bounced:
		return true
	}
	return false
}

// againWithin is when somebody should have answered in another way.
const againWithin = 30 * time.Minute

// reopen lets what a customer wrote wait again when the answer that a person
// wrote did not reach them: it must not be forgotten that nobody answered.
func (d *DB) reopen(ctx context.Context, tx *sqlx.Tx, now time.Time, answers []int64) error {
	for _, id := range answers {
		var task int64
		err := tx.GetContext(ctx, &task, `
			insert into tasks (shop_id, customer_id, kind, adviser, opened_at, due_at)
			select c.shop_id, c.customer_id, 'reply', coalesce((select t.adviser from replies r join tasks t on t.id = r.task_id
			           where r.contact_id = c.answers), ''), `+d.moment("$2")+`, `+d.moment("$3")+`
			from contacts c where c.id = $1
			on conflict (shop_id, customer_id) where done_at is null and customer_id is not null do update set kind = tasks.kind
			returning id`, id, at(now), at(now.Add(againWithin)))
		if err != nil {
			return fmt.Errorf("open task again: %w", err)
		}
		const answered = `(select answers from contacts where id = $1)`
		if _, err := tx.ExecContext(ctx, `update replies set task_id = $2 where contact_id = `+answered, id, task); err != nil {
			return fmt.Errorf("open task again: %w", err)
		}
		var replies []int64
		err = tx.SelectContext(ctx, &replies, `update contacts set answered_at = null where id = `+answered+` returning id`, id)
		if err != nil {
			return fmt.Errorf("open task again: %w", err)
		}
		for _, r := range replies {
			const why = "the answer did not reach the customer"
			if err := writeEvents(ctx, tx, [][]any{{r, at(now), outreach.Received, outreach.Received, "courtesyd", why}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// objectOf names a customer in the audit log.
func objectOf(customerID int64) string { return fmt.Sprintf("customer %d", customerID) }
