package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Consents records what people agreed to and what they refused.
type Consents struct{ *DB }

// OptOut records a "no". When it returns, nothing more is handed over to the
// address: it waits for hand-overs in progress that involve it, and later ones
// see it. Contacts already planned for people at that address are judged by
// the gate when their time comes. Recording it again changes nothing.
func (c Consents) OptOut(ctx context.Context, o outreach.OptOut) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		if err := c.lockAddresses(ctx, tx, []string{o.Address}, true); err != nil {
			return err
		}
		if _, err := addOptOut(ctx, tx, o); err != nil {
			return err
		}
		return audit(ctx, tx, o.RecordedAt, o.Source, "opt out", outreach.Mask(o.Address), o.Reason)
	})
}

// Lift ends the opt-outs of an address, because its owner asked to hear from
// the shop again. It returns how many there were.
func (c Consents) Lift(ctx context.Context, now time.Time, address, who, why string) (int, error) {
	var n int64
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, `update opt_outs set lifted_at = $1 where address = $2 and lifted_at is null`,
			at(now), address)
		if err != nil {
			return err
		}
		if n, err = res.RowsAffected(); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, "lift opt-out", outreach.Mask(address), why)
	})
	if err != nil {
		return 0, fmt.Errorf("lift opt-out: %w", err)
	}
	return int(n), nil
}

func addOptOut(ctx context.Context, tx *sqlx.Tx, o outreach.OptOut) (added bool, err error) {
	res, err := tx.ExecContext(ctx, `
		insert into opt_outs (address, channel, shop_id, reason, source, recorded_at)
		values ($1, $2, $3, $4, $5, $6)
		on conflict (address, channel, shop_id) where lifted_at is null do nothing`,
		o.Address, o.Channel, o.ShopID, o.Reason, o.Source, at(o.RecordedAt))
	if err != nil {
		return false, fmt.Errorf("record opt-out: %w", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// lockAddresses makes an opt-out and a hand-over to the same address wait for
// each other: a hand-over holds its addresses shared from before it reads the
// opt-outs until it commits, an opt-out holds its own alone. PostgreSQL only:
// on SQLite a writing transaction is alone anyway. Locks are taken in one
// order, so two transactions cannot wait for each other in a ring.
func (d *DB) lockAddresses(ctx context.Context, tx *sqlx.Tx, addresses []string, exclusive bool) error {
	if !d.postgres || len(addresses) == 0 {
		return nil
	}
	const class, buckets = 0x0c07, 1 << 14 // class keeps clear of other advisory locks
	var keys []int32
	for _, a := range addresses {
		h := fnv.New32a()
		_, _ = h.Write([]byte(a)) // a hash never fails
		keys = append(keys, int32(h.Sum32()%buckets))
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	f := "pg_advisory_xact_lock_shared"
	if exclusive {
		f = "pg_advisory_xact_lock"
	}
	var a args
	data := make([][]any, len(keys))
	for i, k := range keys {
		data[i] = []any{k}
	}
	q := fmt.Sprintf(`select count(%s(%d, k)) from (select k from (values %s) as v(k) order by k) s`,
		f, class, d.rows(&a, []string{"integer"}, data))
	var n int
	if err := tx.GetContext(ctx, &n, q, a.list...); err != nil {
		return fmt.Errorf("lock addresses: %w", err)
	}
	return nil
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
