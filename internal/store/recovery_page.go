package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Case is a recovery case with the names that belong to it.
type Case struct {
	outreach.RecoveryCase
	Customer string
	Order    string // its number, "" for none
	// Names of who did something.
	Opener, Decider, Closer string

	zone *time.Location
}

type caseRow struct {
	ID           int64  `db:"id"`
	ShopID       string `db:"shop_id"`
	CustomerID   int64  `db:"customer_id"`
	OrderID      int64  `db:"order_id"`
	Currency     string `db:"currency"`
	OpenedBy     string `db:"opened_by"`
	OpenedAt     Time   `db:"opened_at"`
	Happened     string `db:"what_happened"`
	ApologizedBy string `db:"apologized_by"`
	ApologizedAt Time   `db:"apologized_at"`
	Value        int64  `db:"value_minor"`
	Repair       int64  `db:"repair_minor"`
	Insured      int64  `db:"insured_minor"`
	Asked        string `db:"asked"`
	Offered      string `db:"offered"`
	NextStep     string `db:"next_step"`
	NextAt       Time   `db:"next_at"`
	DecideBy     Time   `db:"decide_by"`
	Decision     string `db:"decision"`
	DecidedBy    string `db:"decided_by"`
	DecidedAt    Time   `db:"decided_at"`
	Lesson       string `db:"lesson"`
	ClosedBy     string `db:"closed_by"`
	ClosedAt     Time   `db:"closed_at"`
	Version      int    `db:"version"`
	Customer     string `db:"customer"`
	Order        string `db:"order_number"`
	Opener       string `db:"opener"`
	Decider      string `db:"decider"`
	Closer       string `db:"closer"`
	Zone         string `db:"time_zone"`
}

func (r caseRow) recoveryCase() Case {
	return Case{
		RecoveryCase: outreach.RecoveryCase{
			ID: r.ID, ShopID: r.ShopID, CustomerID: r.CustomerID, OrderID: r.OrderID, Currency: r.Currency,
			OpenedBy: r.OpenedBy, OpenedAt: r.OpenedAt.Time, Happened: r.Happened, ApologizedBy: r.ApologizedBy,
			ApologizedAt: r.ApologizedAt.Time,
			Estimate:     outreach.Estimate{Value: r.Value, Repair: r.Repair, Insured: r.Insured},
			Asked:        r.Asked, Offered: r.Offered, NextStep: r.NextStep, NextAt: r.NextAt.Time,
			DecideBy: r.DecideBy.Time, Decision: r.Decision, DecidedBy: r.DecidedBy, DecidedAt: r.DecidedAt.Time,
			Lesson: r.Lesson, ClosedBy: r.ClosedBy, ClosedAt: r.ClosedAt.Time, Version: r.Version,
		},
		Customer: r.Customer, Order: r.Order, Opener: r.Opener, Decider: r.Decider, Closer: r.Closer,
		zone: outreach.Shop{TimeZone: r.Zone}.Location(),
	}
}

// selectCases reads cases r of customers k at shops s.
func selectCases(ctx context.Context, q sqlx.QueryerContext, rest string, params ...any) ([]Case, error) {
	var rows []caseRow
	err := sqlx.SelectContext(ctx, q, &rows, `
		select r.id, r.shop_id, r.customer_id, coalesce(r.order_id, 0) as order_id, r.currency, r.opened_by, r.opened_at,
		       r.what_happened, r.apologized_by, r.apologized_at, r.value_minor, r.repair_minor, r.insured_minor, r.asked,
		       r.offered, r.next_step, r.next_at, r.decide_by, r.decision, r.decided_by, r.decided_at, r.lesson,
		       r.closed_by, r.closed_at, r.version, s.time_zone, `+personName+` as customer,
		       coalesce(nullif(o.number, ''), o.external_id, '') as order_number, `+userName("r.opened_by")+` as opener,
		       `+userName("r.decided_by")+` as decider, `+userName("r.closed_by")+` as closer
		from recovery_cases r join customers k on k.id = r.customer_id join shops s on s.id = r.shop_id
		left join orders o on o.id = r.order_id `+rest, params...)
	if err != nil {
		return nil, fmt.Errorf("read recovery cases: %w", err)
	}
	out := make([]Case, len(rows))
	for i, row := range rows {
		out[i] = row.recoveryCase()
	}
	return out, nil
}

func oneCase(ctx context.Context, q sqlx.QueryerContext, id int64) (Case, error) {
	found, err := selectCases(ctx, q, `where r.id = $1`, id)
	if err == nil && len(found) == 0 {
		err = ErrNoCase
	}
	if err != nil {
		return Case{}, err
	}
	return found[0], nil
}

// ByID returns a case, or ErrNoCase.
func (r Recovery) ByID(ctx context.Context, id int64) (Case, error) { return oneCase(ctx, r.db, id) }

const overdueCase = `(r.next_at < $1 or r.decided_at is null and r.decide_by < $1)`

// OpenCases lists the open cases: those that are overdue first, then the oldest.
func (r Recovery) OpenCases(ctx context.Context, now time.Time) ([]Case, error) {
	return selectCases(ctx, r.db, `where r.closed_at is null
		order by case when `+overdueCase+` then 0 else 1 end, r.opened_at, r.id`, at(now))
}

// Overdue counts the open cases whose decision or next step is late.
func (r Recovery) Overdue(ctx context.Context, now time.Time) (n int, err error) {
	err = r.db.GetContext(ctx, &n, `select count(*) from recovery_cases r where r.closed_at is null and `+overdueCase, at(now))
	if err != nil {
		return 0, fmt.Errorf("count overdue recovery cases: %w", err)
	}
	return n, nil
}

// ClosedCases lists up to limit closed cases in which a text occurs, or whose
// customer or order it names, the last closed first.
func (r Recovery) ClosedCases(ctx context.Context, text string, limit int) ([]Case, error) {
	return selectCases(ctx, r.db, `where r.closed_at is not null and
		lower(`+personName+` || ' ' || coalesce(o.number, '') || ' ' || coalesce(o.external_id, '') || ' ' ||
		      r.what_happened || ' ' || r.decision || ' ' || r.lesson) like $1 escape '\'
		order by r.closed_at desc, r.id desc limit $2`, "%"+likeText(text)+"%", limit)
}

// CaseEvent is one change of a case.
type CaseEvent struct {
	At     Time   `db:"at"`
	Who    string `db:"who"`  // the person's name
	What   string `db:"what"` // the deed
	Detail string `db:"detail"`
}

// History lists all changes of a case, the first one first.
func (r Recovery) History(ctx context.Context, id int64) ([]CaseEvent, error) {
	var out []CaseEvent
	err := r.db.SelectContext(ctx, &out, `
		select at, `+userName("who")+` as who, what, detail from audit_log where object = $1 order by id`, caseName(id))
	if err != nil {
		return nil, fmt.Errorf("read the history of a recovery case: %w", err)
	}
	return out, nil
}

// Household lists the names of those who share an address with a customer: while
// a case is open, nothing automatic goes to them either.
func (r Recovery) Household(ctx context.Context, customerID int64) ([]string, error) {
	var out []string
	err := r.db.SelectContext(ctx, &out, `
		select distinct `+personName+` as name from addresses m join addresses a on a.value = m.value
		join customers k on k.id = a.customer_id
		where m.customer_id = $1 and k.id <> $1 and k.merged_into is null order by name`, customerID)
	if err != nil {
		return nil, fmt.Errorf("read the household: %w", err)
	}
	return out, nil
}

// CaseSubject is whom a new case can be about.
type CaseSubject struct {
	CustomerID int64  `db:"customer_id"`
	Customer   string `db:"customer"`
	OrderID    int64  `db:"order_id"` // 0 for none
	Order      string `db:"order_number"`
	Shop       string `db:"shop"`
	ClosedAt   Time   `db:"closed_at"` // the order
}

// SubjectsByOrder lists whom the orders of a number are about, the newest first.
func (r Recovery) SubjectsByOrder(ctx context.Context, number string) ([]CaseSubject, error) {
	var out []CaseSubject
	err := r.db.SelectContext(ctx, &out, `
		select k.id as customer_id, `+personName+` as customer, o.id as order_id, s.name as shop, o.closed_at,
		       coalesce(nullif(o.number, ''), o.external_id) as order_number
		from orders o join customers k on k.id = o.customer_id join shops s on s.id = o.shop_id
		where o.number = $1 or o.external_id = $1 order by o.id desc limit 20`, number)
	if err != nil {
		return nil, fmt.Errorf("find order: %w", err)
	}
	return out, nil
}

// Subject returns a customer whom a case can be about, or ErrNoCustomer.
func (r Recovery) Subject(ctx context.Context, customerID int64) (CaseSubject, error) {
	var out CaseSubject
	err := r.db.GetContext(ctx, &out, `select k.id as customer_id, `+personName+` as customer from customers k where k.id = $1`, customerID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return out, ErrNoCustomer
	case err != nil:
		return out, fmt.Errorf("read customer: %w", err)
	}
	return out, nil
}
