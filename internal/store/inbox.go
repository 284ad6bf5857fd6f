package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Inbox takes in what customers send, with everything that follows from it.
type Inbox struct{ *DB }

// Take records a message and what follows from it, in one transaction. A message
// that is on record already changes nothing; taken is false then.
//
// It waits for hand-overs in progress to its sender. Once it has returned, the
// next hand-over sees it: what is suppressed or waits for an answer stays back.
func (b Inbox) Take(ctx context.Context, now time.Time, a outreach.Arrival, judge outreach.Judge) (taken bool, err error) {
	err = b.tx(ctx, func(tx *sqlx.Tx) error {
		taken = false
		from, wroteTo, err := b.sender(ctx, tx, a)
		if err != nil {
			return err
		}
		e := inbound{
			Sender: from, provider: a.Provider, providerID: a.ProviderID, channel: a.Channel,
			address: a.From, wroteTo: wroteTo, subject: a.Subject, body: a.Body, at: a.At,
		}
		taken, err = b.record(ctx, tx, now, e, judge)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("record message: %w", err)
	}
	return taken, nil
}

// inbound is an inbound contact about to be written.
type inbound struct {
	outreach.Sender
	provider, providerID string
	channel              outreach.Channel
	address              string // it came from
	wroteTo              string // the message went to that it answers, "" when it answers none
	subject, body        string
	at                   time.Time
}

// record writes an inbound contact, once, and what follows from it.
func (b Inbox) record(ctx context.Context, tx *sqlx.Tx, now time.Time, e inbound, judge outreach.Judge) (taken bool, err error) {
	if err := b.lockPeople(ctx, tx, []int64{e.CustomerID}, e.address, e.wroteTo); err != nil {
		return false, err
	}
	if e.Suppressed, err = suppressed(ctx, tx, e.address); err != nil {
		return false, err
	}
	c := judge(e.Sender)
	id, err := insertInbound(ctx, tx, now, e, c)
	if err != nil || id == 0 {
		return false, err
	}
	if c.End != "" && e.CustomerID != 0 { // first of all: what follows may end it for a lesser reason
		if err := endAllOf(ctx, tx, now, e.CustomerID, e.ShopID, c.End); err != nil {
			return false, err
		}
	}
	for _, step := range []func(context.Context, *sqlx.Tx, time.Time, int64, inbound, outreach.Consequence) error{
		b.heed, b.answer, b.assign, b.confirm,
	} {
		if err := step(ctx, tx, now, id, e, c); err != nil {
			return false, err
		}
	}
	return true, nil
}

// suppressed reports whether an address is left alone on every channel.
func suppressed(ctx context.Context, tx *sqlx.Tx, address string) (bool, error) {
	found, err := exists(ctx, tx, `
		select 1 from opt_outs where address = $1 and channel = '' and shop_id = '' and lifted_at is null and not tentative`, address)
	if err != nil {
		return false, fmt.Errorf("read opt-outs: %w", err)
	}
	return found, nil
}

// insertInbound writes the contact. It returns 0 when it is on record already.
func insertInbound(ctx context.Context, tx *sqlx.Tx, now time.Time, e inbound, c outreach.Consequence) (int64, error) {
	var answered time.Time
	if c.Task == nil {
		answered = now // nobody has to
	}
	var ids []int64
	err := tx.SelectContext(ctx, &ids, `
		insert into contacts (shop_id, customer_id, follow_up_id, direction, channel, class, state, reason,
		                      provider, provider_id, ended_at, answered_at, answers, created_at)
		values ($1, $2, $3, 'in', $4, 'informational', 'received', $5, $6, $7, $8, $9, $10, $11)
		on conflict (provider, provider_id) where direction = 'in' do nothing returning id`,
		e.ShopID, null(e.CustomerID), null(e.FollowUpID), e.channel, c.Reason, e.provider, e.providerID,
		at(e.at), at(answered), null(e.ContactID), at(now))
	if err != nil {
		return 0, fmt.Errorf("write reply: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	id := ids[0]
	_, err = tx.ExecContext(ctx, `insert into contact_words (contact_id, address, subject, body) values ($1, $2, $3, $4)`,
		id, e.address, e.subject, e.body)
	if err != nil {
		return 0, fmt.Errorf("write words of reply: %w", err)
	}
	_, err = tx.ExecContext(ctx, `insert into replies (contact_id, class, detail, rule, language) values ($1, $2, $3, $4, $5)`,
		id, c.Class, c.Detail, c.Rule, c.Language)
	if err != nil {
		return 0, fmt.Errorf("write how a reply was understood: %w", err)
	}
	return id, writeEvents(ctx, tx, [][]any{{id, at(now), "", outreach.Received, e.provider, "understood as " + c.Reason}})
}

// heed does what a customer said about being written to.
func (b Inbox) heed(ctx context.Context, tx *sqlx.Tx, now time.Time, id int64, e inbound, c outreach.Consequence) error {
	if c.OptOut != nil {
		o := *c.OptOut
		o.ReplyID, o.RecordedAt = id, now
		refusals, err := meant(ctx, tx, o, e.CustomerID, e.address, e.wroteTo)
		if err != nil {
			return err
		}
		if _, err := b.refuse(ctx, tx, refusals...); err != nil {
			return err
		}
	}
	if c.Wrong {
		if err := b.disown(ctx, tx, now, e.provider, e.address, e.wroteTo); err != nil {
			return err
		}
	}
	if c.Lift {
		if err := liftByOwner(ctx, tx, now, e); err != nil {
			return err
		}
	}
	if c.Deceased && e.CustomerID != 0 {
		_, err := tx.ExecContext(ctx, `update customers set deceased = $2 where id = $1`, e.CustomerID, true)
		if err != nil {
			return fmt.Errorf("mark customer as never to be written to: %w", err)
		}
	}
	return nil
}

// meant returns an opt-out for each address that somebody means by it: the one
// they wrote from, others they are known to mean, and, where they speak for the
// whole person, what is on record for the customer they were taken for. Only for
// the first it spreads to those who share it: they wrote from there.
func meant(ctx context.Context, tx *sqlx.Tx, o outreach.OptOut, customerID int64, from string, others ...string) ([]outreach.OptOut, error) {
	if o.Person && customerID != 0 {
		var own []string
		if err := tx.SelectContext(ctx, &own, `select value from addresses where customer_id = $1 order by id`, customerID); err != nil {
			return nil, fmt.Errorf("read addresses: %w", err)
		}
		others = append(others, own...)
	}
	o.Address = from
	out := []outreach.OptOut{o}
	o.Person = false
	for _, o.Address = range unique(others) {
		if o.Channel == "" || o.Channel.AddressKind() == outreach.KindOf(o.Address) {
			out = append(out, o)
		}
	}
	return out, nil
}

// disown marks addresses as somebody else's: what was agreed for them is void.
func (d *DB) disown(ctx context.Context, tx *sqlx.Tx, now time.Time, by string, addresses ...string) error {
	for _, address := range unique(addresses) {
		if err := markAddress(ctx, tx, address, outreach.AddressInvalid, ""); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			insert into consents (customer_id, shop_id, channel, class, address, state, basis, wording, source, occurred_at, recorded_at)
			select customer_id, '', '', '', value, 'revoked', '', 'the number is somebody else''s', cast($2 as text), `+
			d.moment("$3")+`, `+d.moment("$3")+` from addresses where value = $1`, address, by, at(now))
		if err != nil {
			return fmt.Errorf("void consent: %w", err)
		}
	}
	return nil
}

// liftByOwner ends the opt-outs of the number that asks for it, and of no other,
// but those of calls: it is a text that asks.
// A refusal that was said later stands, for messages may be brought out of their
// order. What it agrees to is information, not advertising: that needs a new
// agreement in writing.
func liftByOwner(ctx context.Context, tx *sqlx.Tx, now time.Time, e inbound) error {
	var lifted []struct {
		Whole bool `db:"whole"` // it was clear, and for every channel
	}
	err := tx.SelectContext(ctx, &lifted, `
		update opt_outs set lifted_at = $1 where address = $2 and lifted_at is null and channel <> 'call'
		  and coalesce((select c.ended_at from contacts c where c.id = opt_outs.reply_id), recorded_at) <= $3
		  and not exists (
		      select 1 from contact_words w join contacts c on c.id = w.contact_id join replies r on r.contact_id = c.id
		      where w.address = $2 and c.ended_at > $3 and r.class in ('revoke', 'hold')) returning channel = '' and not tentative as whole`, at(now), e.address, at(e.at))
	if err != nil {
		return fmt.Errorf("lift opt-out: %w", err)
	}
	if len(lifted) == 0 {
		return nil
	}
	if err := audit(ctx, tx, now, e.provider, "lift opt-out", outreach.Mask(e.address), "the owner of the number asked for it"); err != nil {
		return err
	}
	// Who asks for texts again has not asked for calls.
	whole := false
	for _, l := range lifted {
		whole = whole || l.Whole
	}
	if whole {
		_, err := addOptOut(ctx, tx, outreach.OptOut{
			Address: e.address, Channel: outreach.Call, Reason: "texts_only", Source: e.provider, RecordedAt: now,
		})
		if err != nil {
			return err
		}
	}
	if e.CustomerID == 0 {
		return nil
	}
	return addConsent(ctx, tx, now, outreach.Consent{
		CustomerID: e.CustomerID, Channel: e.channel, Class: outreach.Informational, Address: e.address,
		State: outreach.ConsentGiven, Basis: outreach.ConsentExpress, Wording: e.body, Source: e.provider, OccurredAt: now,
	})
}

// confirm plans the one message that may follow an opt-out.
func (b Inbox) confirm(ctx context.Context, tx *sqlx.Tx, now time.Time, id int64, e inbound, c outreach.Consequence) error {
	if c.Confirm.IsZero() || e.CustomerID == 0 {
		return nil
	}
	var planned int64
	err := tx.GetContext(ctx, &planned, `
		insert into contacts (shop_id, customer_id, direction, channel, class, state, template, due_at, next_at, not_after, answers, created_at)
		values ($1, $2, 'out', $3, 'informational', 'planned', $4, $5, $5, $6, $7, $5) returning id`,
		e.ShopID, e.CustomerID, e.channel, outreach.ConfirmationTemplate, at(now), at(c.Confirm), id)
	if err != nil {
		return fmt.Errorf("plan confirmation: %w", err)
	}
	return writeEvents(ctx, tx, [][]any{{planned, at(now), "", outreach.Planned, "courtesyd", "to confirm the opt-out, once"}})
}

// Knows reports whether an address is a customer's, or one that was written to.
func (b Inbox) Knows(ctx context.Context, address string) (bool, error) {
	found, err := exists(ctx, b.db, `
		select 1 from addresses where value = $1 union all select 1 from contact_words where address = $1`, address)
	if err != nil {
		return false, fmt.Errorf("look for address: %w", err)
	}
	return found, nil
}

// errNoShop means that a message belongs to no shop of the database.
var errNoShop = errors.New("no shop is on record that the message could belong to")
