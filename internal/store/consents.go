package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Consents records what people agreed to and what they refused.
type Consents struct{ *DB }

// OptOut records a "no", for every address of the person where it says so. When
// it returns, nothing more is handed over to them: it waits for hand-overs in
// progress that involve them, and later ones see it. Contacts already planned
// are judged by the gate when their time comes. It returns how many addresses
// are closed by it; recording it again changes nothing.
func (c Consents) OptOut(ctx context.Context, o outreach.OptOut) (n int, err error) {
	err = c.tx(ctx, func(tx *sqlx.Tx) error {
		n, err = c.refuse(ctx, tx, o)
		return err
	})
	return n, err
}

// Lift ends the opt-outs of an address, because its owner asked to hear from
// the shop again. It returns how many there were.
func (c Consents) Lift(ctx context.Context, now time.Time, address, who, why string) (int, error) {
	var n int
	err := c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		n, err = lift(ctx, tx, now, address, who, why)
		return err
	})
	return n, err
}

// lift also takes back that the customer died whose address it is: somebody has
// asked. Where several share it, it may have been the widow.
func lift(ctx context.Context, tx *sqlx.Tx, now time.Time, address, who, why string) (int, error) {
	res, err := tx.ExecContext(ctx, `update opt_outs set lifted_at = $1 where address = $2 and lifted_at is null`, at(now), address)
	if err != nil {
		return 0, fmt.Errorf("lift opt-out: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("lift opt-out: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		update customers set deceased = $2 where deceased and id in (
		    select min(customer_id) from addresses where value = $1 having count(distinct customer_id) = 1)`, address, false)
	if err != nil {
		return 0, fmt.Errorf("take back that a customer died: %w", err)
	}
	if n == 0 {
		return 0, nil
	}
	return int(n), audit(ctx, tx, now, who, "lift opt-out", outreach.Mask(address), why)
}

// refuse is the one way in which a "no" is recorded, whoever brought it: a text,
// a mail, a page, a provider, the staff. A clear one for a whole person ends what
// is being followed up with them. It returns how many addresses it is for.
func (d *DB) refuse(ctx context.Context, tx *sqlx.Tx, refusals ...outreach.OptOut) (n int, err error) {
	var all []outreach.OptOut
	for _, o := range refusals {
		each, err := spread(ctx, tx, o)
		if err != nil {
			return 0, err
		}
		all = append(all, each...)
	}
	all = eachOnce(all)
	addresses := make([]string, len(all))
	for i, o := range all {
		addresses[i] = o.Address
	}
	if err := d.lockAddresses(ctx, tx, addresses); err != nil {
		return 0, err
	}
	for _, o := range all {
		added, err := addOptOut(ctx, tx, o)
		if err != nil {
			return 0, err
		}
		if !o.Tentative {
			if err := d.revokeConsent(ctx, tx, o); err != nil {
				return 0, err
			}
		}
		if !added {
			continue
		}
		if err := audit(ctx, tx, o.RecordedAt, o.Source, "opt out", outreach.Mask(o.Address), o.Reason); err != nil {
			return 0, err
		}
	}
	for _, o := range refusals {
		if o.Person && o.Channel == "" && o.ShopID == "" && !o.Tentative {
			if err := endRefused(ctx, tx, o); err != nil {
				return 0, err
			}
		}
	}
	return len(all), nil
}

// endRefused ends what is being followed up with those who have the address of an
// opt-out, at every shop.
func endRefused(ctx context.Context, tx *sqlx.Tx, o outreach.OptOut) error {
	var owners []int64
	err := tx.SelectContext(ctx, &owners, `select distinct customer_id from addresses where value = $1 order by customer_id`, o.Address)
	if err != nil {
		return fmt.Errorf("read who has the address: %w", err)
	}
	for _, id := range owners {
		if err := endAllOf(ctx, tx, o.RecordedAt, id, "", outreach.AskedToStop); err != nil {
			return err
		}
	}
	return nil
}

// eachOnce leaves one opt-out for each address, channel and shop: the first.
func eachOnce(all []outreach.OptOut) []outreach.OptOut {
	type scope struct {
		address string
		channel outreach.Channel
		shop    string
	}
	seen := make(map[scope]bool, len(all))
	return slices.DeleteFunc(all, func(o outreach.OptOut) bool {
		s := scope{o.Address, o.Channel, o.ShopID}
		again := seen[s]
		seen[s] = true
		return again
	})
}

// spread returns an opt-out for each address that it is for.
func spread(ctx context.Context, tx *sqlx.Tx, o outreach.OptOut) ([]outreach.OptOut, error) {
	addresses := []string{o.Address}
	if o.Person {
		err := tx.SelectContext(ctx, &addresses, `
			select distinct o.value from addresses a join addresses o on o.customer_id = a.customer_id
			where a.value = $1 and o.value <> $1`, o.Address)
		if err != nil {
			return nil, fmt.Errorf("read addresses: %w", err)
		}
		addresses = append(addresses, o.Address)
	}
	var fitting []outreach.OptOut
	for _, a := range addresses {
		each := o
		each.Address = a
		if o.Channel == "" || o.Channel.AddressKind() == outreach.KindOf(a) {
			fitting = append(fitting, each)
		}
	}
	if len(fitting) > 0 {
		return fitting, nil
	}
	// "No texts" at a mail address can only mean: leave this address alone.
	o.Channel = ""
	return []outreach.OptOut{o}, nil
}

// revokeConsent takes back what was agreed to about texts, so that hearing from
// the shop again does not bring an old agreement back to life.
func (d *DB) revokeConsent(ctx context.Context, tx *sqlx.Tx, o outreach.OptOut) error {
	if outreach.KindOf(o.Address) != outreach.PhoneNumber || o.Channel == outreach.Call {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		insert into consents (customer_id, shop_id, channel, class, address, state, basis, wording, source, occurred_at, recorded_at)
		select customer_id, cast($2 as text), 'sms', '', value, 'revoked', '', cast($3 as text), cast($4 as text), `+d.moment("$5")+`, `+d.moment("$5")+`
		from addresses a where value = $1 and exists (
		    select 1 from consents c where c.customer_id = a.customer_id and c.state = 'given' and c.channel in ('', 'sms')
		      and not exists (select 1 from consents r where r.customer_id = a.customer_id and r.state = 'revoked'
		                      and r.address = a.value and r.channel = 'sms' and r.id > c.id))`,
		o.Address, o.ShopID, o.Reason, o.Source, at(o.RecordedAt))
	if err != nil {
		return fmt.Errorf("take back consent: %w", err)
	}
	return nil
}

func addOptOut(ctx context.Context, tx *sqlx.Tx, o outreach.OptOut) (added bool, err error) {
	res, err := tx.ExecContext(ctx, `
		insert into opt_outs (address, channel, shop_id, reason, source, recorded_at, reply_id, tentative)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (address, channel, shop_id) where lifted_at is null do update
		    set reason = excluded.reason, source = excluded.source, reply_id = excluded.reply_id, tentative = excluded.tentative
		    where opt_outs.tentative`, // a clear "no" makes an unclear one firm, and the last unclear one is the one to be read
		o.Address, o.Channel, o.ShopID, o.Reason, o.Source, at(o.RecordedAt), null(o.ReplyID), o.Tentative)
	if err != nil {
		return false, fmt.Errorf("record opt-out: %w", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// markAddress records that an address cannot be used, or is a landline.
func markAddress(ctx context.Context, tx *sqlx.Tx, value string, status outreach.AddressStatus, line outreach.LineType) error {
	_, err := tx.ExecContext(ctx, `
		update addresses set status = coalesce(nullif($2, ''), status), line_type = coalesce(nullif($3, ''), line_type)
		where value = $1`, value, string(status), string(line))
	if err != nil {
		return fmt.Errorf("mark address: %w", err)
	}
	return nil
}

// Record adds entries to the consent ledger.
func (c Consents) Record(ctx context.Context, now time.Time, entries ...outreach.Consent) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		for _, e := range entries {
			if err := addConsent(ctx, tx, now, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func addConsent(ctx context.Context, tx *sqlx.Tx, now time.Time, e outreach.Consent) error {
	_, err := tx.ExecContext(ctx, `
		insert into consents (customer_id, shop_id, channel, class, address, state, basis, wording, source,
		                      occurred_at, expires_at, recorded_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		e.CustomerID, e.ShopID, e.Channel, e.Class, e.Address, e.State, e.Basis, e.Wording, e.Source,
		at(e.OccurredAt), at(e.ExpiresAt), at(now))
	if err != nil {
		return fmt.Errorf("record consent: %w", err)
	}
	return nil
}
