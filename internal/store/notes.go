package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// ErrNoAddress means that an address is not one of the customer's.
var ErrNoAddress = errors.New("there is no such number or address on file for this customer")

// What people do about a customer, as the audit log calls it.
const (
	auditNote    = "add note"
	auditCall    = "record call"
	auditConsent = "record consent"
	auditOptOut  = "record opt-out"
)

// AddNote keeps what somebody wrote about a customer.
func (c Customers) AddNote(ctx context.Context, now time.Time, customerID int64, who, words string) error {
	return c.about(ctx, customerID, func(tx *sqlx.Tx, id int64) error {
		_, err := tx.ExecContext(ctx, `insert into notes (customer_id, at, by_whom, words) values ($1, $2, $3, $4)`, id, at(now), who, words)
		if err != nil {
			return fmt.Errorf("write note: %w", err)
		}
		return audit(ctx, tx, now, who, auditNote, objectOf(id), "")
	})
}

// TookPlace is a call that was not on the list and has been made.
type TookPlace struct {
	CustomerID int64
	Number     string // of the customer's, "" when nobody noted which
	At         time.Time
	CallEnd           // its outcome, what was said and what that means
	Answers    bool   // it answered what the customer had written
	ShopID     string // where no order says at which shop the customer is known
}

// RecordCall keeps a call that was on no list as a contact of its own, in the
// state its outcome is, with what follows from it: the end of what is being
// followed up, a number that is somebody else's, an opt-out. It fails with
// ErrUndecided where it is still open whether the customer asked to be left alone.
func (c Customers) RecordCall(ctx context.Context, now time.Time, t TookPlace) error {
	return c.about(ctx, t.CustomerID, func(tx *sqlx.Tx, id int64) error {
		shop, err := shopOf(ctx, tx, id, t.ShopID)
		if err != nil {
			return err
		}
		var contact int64
		err = tx.GetContext(ctx, &contact, `
			insert into contacts (shop_id, customer_id, channel, class, state, ended_at, provider, written_by, created_at)
			values ($1, $2, 'call', 'informational', $3, $4, 'call', $5, $6) returning id`,
			shop, id, t.Outcome, at(t.At), t.Who, at(now))
		if err != nil {
			return fmt.Errorf("write call: %w", err)
		}
		_, err = tx.ExecContext(ctx, `insert into contact_words (contact_id, address, body) values ($1, $2, $3)`, contact, t.Number, t.Note)
		if err != nil {
			return fmt.Errorf("write note of call: %w", err)
		}
		if err := writeEvents(ctx, tx, [][]any{{contact, at(now), "", t.Outcome, t.Who, t.why()}}); err != nil {
			return err
		}
		if err := c.afterCall(ctx, tx, now, id, shop, t); err != nil {
			return err
		}
		return audit(ctx, tx, now, t.Who, auditCall, objectOf(id), string(t.Outcome))
	})
}

// afterCall does what the outcome of a call means beyond it. What was said about
// one thing ends all that is being followed up at the shop only where it says so.
func (c Customers) afterCall(ctx context.Context, tx *sqlx.Tx, now time.Time, id int64, shop string, t TookPlace) error {
	if t.Invalidate && t.Number != "" {
		if err := c.disown(ctx, tx, now, t.Who, t.Number); err != nil {
			return err
		}
	}
	if t.OptOut {
		if err := c.leaveAlone(ctx, tx, now, id, "", t.Who, "said on the phone"); err != nil {
			return err
		}
	}
	end := TaskEnd{Outcome: "answered", Note: "by telephone", Who: t.Who, EndReason: t.EndReason}
	if t.OptOut {
		end.Outcome, end.Decided, end.OptOut = "opt_out", true, true
	}
	if t.Answers || t.OptOut {
		if err := c.taskDone(ctx, tx, now, id, shop, end); err != nil {
			return err
		}
	}
	if t.EndReason == "" {
		return nil
	}
	return endAllOf(ctx, tx, now, id, shop, t.EndReason)
}

// endAllOf ends what is being followed up with a customer at a shop, at every one
// when it is "".
func endAllOf(ctx context.Context, tx *sqlx.Tx, now time.Time, customerID int64, shop, reason string) error {
	var running []int64
	err := tx.SelectContext(ctx, &running, `
		select id from follow_ups where customer_id = $1 and $2 in ('', shop_id) and state = 'active' and not rehearsal order by id`, customerID, shop)
	if err != nil {
		return fmt.Errorf("read follow-ups: %w", err)
	}
	for _, id := range running {
		if err := endFollowUp(ctx, tx, now, outreach.Ending{FollowUpID: id, Reason: reason}); err != nil {
			return err
		}
	}
	return nil
}

// RecordConsent adds what somebody heard or was given to the consent ledger. What
// was agreed to before a refusal stays void, also where nothing was on file yet that
// the refusal could take back.
func (c Customers) RecordConsent(ctx context.Context, now time.Time, who string, e outreach.Consent) error {
	return c.about(ctx, e.CustomerID, func(tx *sqlx.Tx, id int64) error {
		e.CustomerID = id
		if err := addConsent(ctx, tx, now, e); err != nil {
			return err
		}
		if err := c.revokeSince(ctx, tx, now, e); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, auditConsent, objectOf(id), fmt.Sprintf("%s, %s, %s", e.Channel, e.Class, e.Basis))
	})
}

// revokeSince adds to the ledger what refusals have taken back since a customer
// agreed to texts, lifted ones, too.
func (c Customers) revokeSince(ctx context.Context, tx *sqlx.Tx, now time.Time, e outreach.Consent) error {
	if e.State != outreach.ConsentGiven || e.Channel != outreach.SMS {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		insert into consents (customer_id, shop_id, channel, class, address, state, basis, wording, source, occurred_at, recorded_at)
		select a.customer_id, o.shop_id, 'sms', '', o.address, 'revoked', '', o.reason, o.source, o.recorded_at, `+c.moment("$3")+`
		from addresses a join opt_outs o on o.address = a.value
		where a.customer_id = $1 and a.kind = 'phone' and o.channel in ('', 'sms') and not o.tentative and o.recorded_at >= $2
		  and not exists (select 1 from consents r where r.customer_id = a.customer_id and r.state = 'revoked' and r.channel = 'sms'
		                  and r.address = o.address and r.occurred_at >= o.recorded_at)`, e.CustomerID, at(e.OccurredAt), at(now))
	if err != nil {
		return fmt.Errorf("take back consent: %w", err)
	}
	return nil
}

// OptOut records that a customer told the staff to leave them alone: on every
// channel, or on one. It covers every address of theirs that it can be about; where
// there is none yet, those that come later.
func (c Customers) OptOut(ctx context.Context, now time.Time, customerID int64, ch outreach.Channel, who, how string) error {
	return c.about(ctx, customerID, func(tx *sqlx.Tx, id int64) error {
		if err := c.leaveAlone(ctx, tx, now, id, ch, who, how); err != nil {
			return err
		}
		which := string(ch)
		if which == "" {
			which = "every channel"
		}
		return audit(ctx, tx, now, who, auditOptOut, objectOf(id), which+", "+how)
	})
}

// leaveAlone closes a customer's own addresses and, where they want to hear no more
// at all, ends what is being followed up with them. It does not spread to others who
// share one of them: they can still be written to at theirs.
func (c Customers) leaveAlone(ctx context.Context, tx *sqlx.Tx, now time.Time, id int64, ch outreach.Channel, who, how string) error {
	addresses, err := loadAddresses(ctx, tx, []int64{id})
	if err != nil {
		return err
	}
	var all []outreach.OptOut
	for _, a := range addresses[id] {
		if ch == "" || ch.AddressKind() == a.Kind {
			all = append(all, outreach.OptOut{Address: a.Value, Channel: ch, Reason: how, Source: who, RecordedAt: now})
		}
	}
	if len(all) == 0 {
		err = refuseAhead(ctx, tx, now, id, ch, who, how)
	} else {
		_, err = c.refuse(ctx, tx, all...)
	}
	if err != nil || ch != "" {
		return err
	}
	return endAllOf(ctx, tx, now, id, "", outreach.AskedToStop)
}

// refuseAhead keeps the "no" of a customer of whom no address is on file that it can
// be about. The consent ledger holds it against whatever address comes later.
func refuseAhead(ctx context.Context, tx *sqlx.Tx, now time.Time, id int64, ch outreach.Channel, who, how string) error {
	return addConsent(ctx, tx, now, outreach.Consent{
		CustomerID: id, Channel: ch, State: outreach.ConsentRevoked, Wording: how, Source: who, OccurredAt: now,
	})
}

// Lift ends the opt-outs of one of a customer's addresses because the customer
// asked to hear from the shop again, and returns how many there were.
func (c Customers) Lift(ctx context.Context, now time.Time, customerID int64, address, who string) (n int, err error) {
	err = c.about(ctx, customerID, func(tx *sqlx.Tx, id int64) error {
		var own []int
		err := tx.SelectContext(ctx, &own, `select 1 from addresses where customer_id = $1 and value = $2`, id, address)
		if err != nil {
			return fmt.Errorf("read addresses: %w", err)
		}
		if len(own) == 0 {
			return ErrNoAddress
		}
		n, err = lift(ctx, tx, now, address, who, "the customer asked to hear from us again")
		return err
	})
	return n, err
}

// about does something about a customer, or the one they were merged into. Until it
// is done it holds all whom that can concern: whoever shares an address with them,
// or one from which the customer wrote what still waits for an answer.
func (c Customers) about(ctx context.Context, customerID int64, do func(tx *sqlx.Tx, id int64) error) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		id, err := survivor(ctx, tx, customerID)
		if err != nil {
			return err
		}
		if err := c.lockHousehold(ctx, tx, id); err != nil {
			return err
		}
		return do(tx, id)
	})
}

// shopOf is the shop at which a customer was last, else another.
func shopOf(ctx context.Context, tx *sqlx.Tx, customerID int64, other string) (shop string, err error) {
	err = tx.GetContext(ctx, &shop, `
		select coalesce((select shop_id from orders where customer_id = $1
		                 order by coalesce(closed_at, opened_at, created_at) desc, id desc limit 1), $2)`, customerID, other)
	if err != nil {
		return "", fmt.Errorf("find the shop: %w", err)
	}
	return shop, nil
}
