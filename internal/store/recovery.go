package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// ErrNoCase means that there is no recovery case of that number.
var ErrNoCase = errors.New("there is no such recovery case")

// ErrCaseClosed means that a recovery case was closed meanwhile.
var ErrCaseClosed = errors.New("this recovery case is closed")

// ErrCaseChanged means that somebody else changed a recovery case since it was read.
var ErrCaseChanged = errors.New("somebody else changed this recovery case meanwhile")

// ErrNoCustomer means that there is no such customer.
var ErrNoCustomer = errors.New("there is no such customer")

// Recovery is where the shop's mistakes are made good.
type Recovery struct{ *DB }

// CaseOpening is what is known when a recovery case is opened.
type CaseOpening struct {
	CustomerID int64
	OrderID    int64  // 0 for none
	ShopID     string // where neither the order nor an earlier one names it
	Happened   string
	DecideBy   time.Time
	Who        string
}

// Start opens a recovery case. When it returns, nothing automatic is handed over
// to the customer or the household any more: it waits for hand-overs in progress.
// Where a case of the customer is open at the shop, its id is returned and fresh
// is false.
func (r Recovery) Start(ctx context.Context, now time.Time, o CaseOpening) (id int64, fresh bool, err error) {
	err = r.tx(ctx, func(tx *sqlx.Tx) error {
		if err := r.lockCustomer(ctx, tx, &o.CustomerID); err != nil {
			return err
		}
		if err := ordered(ctx, tx, o); err != nil {
			return err
		}
		var shop struct {
			ID       string `db:"id"`
			Currency string `db:"currency"`
		}
		err := tx.GetContext(ctx, &shop, `
			select id, currency from shops where id = coalesce(
			    (select shop_id from orders where id = $1),
			    (select shop_id from orders where customer_id = $2 order by id desc limit 1), $3)`, o.OrderID, o.CustomerID, o.ShopID)
		if err != nil {
			return fmt.Errorf("find the shop: %w", err)
		}
		var open []int64
		err = tx.SelectContext(ctx, &open, `
			select id from recovery_cases where customer_id = $1 and shop_id = $2 and closed_at is null order by id limit 1`, o.CustomerID, shop.ID)
		if err != nil {
			return fmt.Errorf("look for an open case: %w", err)
		}
		if len(open) > 0 {
			id = open[0]
			return nil
		}
		fresh = true
		err = tx.GetContext(ctx, &id, `
			insert into recovery_cases (shop_id, customer_id, order_id, currency, opened_by, opened_at, what_happened, decide_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
			shop.ID, o.CustomerID, null(o.OrderID), shop.Currency, o.Who, at(now), o.Happened, at(o.DecideBy))
		if err != nil {
			return fmt.Errorf("open recovery case: %w", err)
		}
		return audit(ctx, tx, now, o.Who, "open recovery case", caseName(id), o.Happened)
	})
	return id, fresh, err
}

// ordered fails with ErrNoCustomer where the order of a new case is not the customer's.
func ordered(ctx context.Context, tx *sqlx.Tx, o CaseOpening) error {
	if o.OrderID == 0 {
		return nil
	}
	theirs, err := exists(ctx, tx, `select 1 from orders where id = $1 and customer_id = $2`, o.OrderID, o.CustomerID)
	switch {
	case err != nil:
		return fmt.Errorf("read order: %w", err)
	case !theirs:
		return ErrNoCustomer
	}
	return nil
}

// lockCustomer makes hand-overs to a customer and whoever shares an address with
// them wait, and whoever else opens a case of theirs. Of a customer who was
// merged into another one the other is taken.
func (r Recovery) lockCustomer(ctx context.Context, tx *sqlx.Tx, id *int64) error {
	if err := tx.GetContext(ctx, id, `select coalesce(merged_into, id) from customers where id = $1`, *id); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNoCustomer
		}
		return fmt.Errorf("read customer: %w", err)
	}
	if !r.postgres {
		return nil
	}
	if err := r.lockPeople(ctx, tx, []int64{*id}); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `select 1 from customers where id = $1 for no key update`, *id); err != nil {
		return fmt.Errorf("lock customer: %w", err)
	}
	return nil
}

func caseName(id int64) string { return fmt.Sprintf("recovery case %d", id) }

// Change writes a recovery case as it is to be, once: it fails with
// ErrCaseChanged unless c.Version is the present one, and with ErrCaseClosed
// where the case is closed. what names the deed for the audit log, which gets
// every change with from and to.
func (r Recovery) Change(ctx context.Context, now time.Time, who, what string, c outreach.RecoveryCase) error {
	return r.tx(ctx, func(tx *sqlx.Tx) error {
		if r.postgres {
			if _, err := tx.ExecContext(ctx, `select 1 from recovery_cases where id = $1 for update`, c.ID); err != nil {
				return fmt.Errorf("lock recovery case: %w", err)
			}
		}
		was, err := oneCase(ctx, tx, c.ID)
		switch {
		case err != nil:
			return err
		case !was.Open():
			return ErrCaseClosed
		case was.Version != c.Version:
			return ErrCaseChanged
		}
		changes := changesOf(was.RecoveryCase, c, was.zone)
		if len(changes) == 0 {
			return nil
		}
		_, err = tx.ExecContext(ctx, `
			update recovery_cases set what_happened = $2, apologized_by = $3, apologized_at = $4, value_minor = $5,
			    repair_minor = $6, insured_minor = $7, asked = $8, offered = $9, next_step = $10, next_at = $11,
			    decide_by = $12, decision = $13, decided_by = $14, decided_at = $15, lesson = $16, closed_by = $17,
			    closed_at = $18, version = version + 1 where id = $1`,
			c.ID, c.Happened, c.ApologizedBy, at(c.ApologizedAt), c.Estimate.Value, c.Estimate.Repair, c.Estimate.Insured,
			c.Asked, c.Offered, c.NextStep, at(c.NextAt), at(c.DecideBy), c.Decision, c.DecidedBy, at(c.DecidedAt),
			c.Lesson, c.ClosedBy, at(c.ClosedAt))
		if err != nil {
			return fmt.Errorf("write recovery case: %w", err)
		}
		return audit(ctx, tx, now, who, what, caseName(c.ID), strings.Join(changes, "; "))
	})
}

// changesOf lists what differs between two states of a case, for readers. Who
// decided and closed it, and when, stands with the entry itself.
func changesOf(was, is outreach.RecoveryCase, zone *time.Location) (out []string) {
	money := func(minor int64) string {
		if minor == 0 {
			return "" // not known
		}
		return outreach.Money{Minor: minor, Currency: was.Currency}.String()
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format("Mon Jan 2, 2006")
	}
	for _, f := range []struct{ name, from, to string }{
		{"what happened", was.Happened, is.Happened},
		{"who apologized", was.ApologizedBy, is.ApologizedBy},
		{"apologized on", day(was.ApologizedAt), day(is.ApologizedAt)},
		{"value fully repaired", money(was.Estimate.Value), money(is.Estimate.Value)},
		{"cost of repair", money(was.Estimate.Repair), money(is.Estimate.Repair)},
		{"covered by the insurer", money(was.Estimate.Insured), money(is.Estimate.Insured)},
		{"what the customer asks", was.Asked, is.Asked},
		{"what we offer", was.Offered, is.Offered},
		{"next step", was.NextStep, is.NextStep},
		{"next step by", day(was.NextAt), day(is.NextAt)},
		{"to be decided by", day(was.DecideBy), day(is.DecideBy)},
		{"decision", was.Decision, is.Decision},
		{"lesson", was.Lesson, is.Lesson},
	} {
		switch {
		case f.from == f.to:
		case f.from == "":
			out = append(out, fmt.Sprintf("%s: “%s”", f.name, f.to))
		case f.to == "":
			out = append(out, fmt.Sprintf("%s: “%s” was taken out", f.name, f.from))
		default:
			out = append(out, fmt.Sprintf("%s from “%s” to “%s”", f.name, f.from, f.to))
		}
	}
	return out
}
