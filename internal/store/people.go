package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// These helpers read, for a whole group of customers in one query each, what
// scans and hand-overs need to know about people.

func loadCustomers(ctx context.Context, tx *sqlx.Tx, ids []int64) (map[int64]outreach.Customer, error) {
	var a args
	var rows []struct {
		ID         int64  `db:"id"`
		Kind       string `db:"kind"`
		FirstName  string `db:"first_name"`
		LastName   string `db:"last_name"`
		Company    string `db:"company"`
		Locale     string `db:"locale"`
		TimeZone   string `db:"time_zone"`
		PostalCode string `db:"postal_code"`
		Region     string `db:"region"`
		Country    string `db:"country"`
		Deceased   bool   `db:"deceased"`
		MergedInto int64  `db:"merged_into"`
	}
	err := tx.SelectContext(ctx, &rows, `
		select id, kind, first_name, last_name, company, locale, time_zone, postal_code, region, country, deceased,
		       coalesce(merged_into, 0) as merged_into
		from customers where id in `+in(&a, unique(ids)), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read customers: %w", err)
	}
	out := make(map[int64]outreach.Customer, len(rows))
	for _, r := range rows {
		out[r.ID] = outreach.Customer{
			ID: r.ID, Kind: outreach.CustomerKind(r.Kind), FirstName: r.FirstName, LastName: r.LastName,
			Company: r.Company, Locale: r.Locale, TimeZone: r.TimeZone, PostalCode: r.PostalCode,
			Region: r.Region, Country: r.Country, Deceased: r.Deceased, MergedInto: r.MergedInto,
		}
	}
	return out, nil
}

// addressRow maps the addresses table.
type addressRow struct {
	ID         int64  `db:"id"`
	CustomerID int64  `db:"customer_id"`
	Kind       string `db:"kind"`
	Value      string `db:"value"`
	LineType   string `db:"line_type"`
	Preferred  bool   `db:"preferred"`
	Status     string `db:"status"`
}

func loadAddresses(ctx context.Context, tx *sqlx.Tx, customers []int64) (map[int64][]outreach.Address, error) {
	var a args
	var rows []addressRow
	err := tx.SelectContext(ctx, &rows, `
		select id, customer_id, kind, value, line_type, preferred, status from addresses
		where customer_id in `+in(&a, unique(customers))+` order by preferred desc, id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read addresses: %w", err)
	}
	out := make(map[int64][]outreach.Address)
	for _, r := range rows {
		out[r.CustomerID] = append(out[r.CustomerID], outreach.Address{
			ID: r.ID, CustomerID: r.CustomerID, Kind: outreach.AddressKind(r.Kind), Value: r.Value,
			LineType: outreach.LineType(r.LineType), Preferred: r.Preferred, Status: outreach.AddressStatus(r.Status),
		})
	}
	return out, nil
}

// loadKin returns, for each customer, every customer who shares an address with
// them, themselves included: duplicates and households count as one person for
// caps, replies and recovery cases.
func loadKin(ctx context.Context, tx *sqlx.Tx, customers []int64) (map[int64][]int64, error) {
	var a args
	list := in(&a, unique(customers))
	var rows []struct {
		ID  int64 `db:"id"`
		Kin int64 `db:"kin"`
	}
	err := tx.SelectContext(ctx, &rows, `
		select distinct m.customer_id as id, k.customer_id as kin
		from addresses m join addresses k on k.value = m.value
		where m.customer_id in `+list, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read shared addresses: %w", err)
	}
	out := make(map[int64][]int64)
	for _, id := range unique(customers) {
		out[id] = []int64{id}
	}
	for _, r := range rows {
		if r.Kin != r.ID {
			out[r.ID] = append(out[r.ID], r.Kin)
		}
	}
	return out, nil
}

// optOutRow maps the opt_outs table.
type optOutRow struct {
	ID         int64  `db:"id"`
	Address    string `db:"address"`
	Channel    string `db:"channel"`
	ShopID     string `db:"shop_id"`
	Reason     string `db:"reason"`
	Source     string `db:"source"`
	RecordedAt Time   `db:"recorded_at"`
	LiftedAt   Time   `db:"lifted_at"`
	Tentative  bool   `db:"tentative"`
}

const optOutColumns = `id, address, channel, shop_id, reason, source, recorded_at, lifted_at, tentative`

func (r optOutRow) optOut() outreach.OptOut {
	return outreach.OptOut{
		ID: r.ID, Address: r.Address, Channel: outreach.Channel(r.Channel), ShopID: r.ShopID, Reason: r.Reason,
		Source: r.Source, RecordedAt: r.RecordedAt.Time, LiftedAt: r.LiftedAt.Time, Tentative: r.Tentative,
	}
}

func loadOptOuts(ctx context.Context, tx *sqlx.Tx, addresses []string) (map[string][]outreach.OptOut, error) {
	var a args
	var rows []optOutRow
	// When it was recorded is not asked on purpose: one that can be seen here is in
	// force, though it was recorded after this transaction's "now", or by a
	// computer whose clock is ahead.
	err := tx.SelectContext(ctx, &rows, `
		select `+optOutColumns+` from opt_outs
		where lifted_at is null and address in `+in(&a, unique(addresses)), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read opt-outs: %w", err)
	}
	out := make(map[string][]outreach.OptOut)
	for _, r := range rows {
		out[r.Address] = append(out[r.Address], r.optOut())
	}
	return out, nil
}

// consentRow maps the consents table. The wording is read only where somebody
// looks at it.
type consentRow struct {
	ID         int64  `db:"id"`
	CustomerID int64  `db:"customer_id"`
	ShopID     string `db:"shop_id"`
	Channel    string `db:"channel"`
	Class      string `db:"class"`
	Address    string `db:"address"`
	State      string `db:"state"`
	Basis      string `db:"basis"`
	Wording    string `db:"wording"`
	Source     string `db:"source"`
	OccurredAt Time   `db:"occurred_at"`
	ExpiresAt  Time   `db:"expires_at"`
}

const consentColumns = `id, customer_id, shop_id, channel, class, address, state, basis, source, occurred_at, expires_at`

func (r consentRow) consent() outreach.Consent {
	return outreach.Consent{
		ID: r.ID, CustomerID: r.CustomerID, ShopID: r.ShopID, Channel: outreach.Channel(r.Channel), Class: outreach.Class(r.Class),
		Address: r.Address, State: outreach.ConsentState(r.State), Basis: outreach.ConsentBasis(r.Basis), Wording: r.Wording,
		Source: r.Source, OccurredAt: r.OccurredAt.Time, ExpiresAt: r.ExpiresAt.Time,
	}
}

func loadConsents(ctx context.Context, tx *sqlx.Tx, customers []int64) (map[int64][]outreach.Consent, error) {
	var a args
	var rows []consentRow
	err := tx.SelectContext(ctx, &rows, `
		select `+consentColumns+` from consents where customer_id in `+in(&a, unique(customers))+` order by id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	out := make(map[int64][]outreach.Consent)
	for _, r := range rows {
		out[r.CustomerID] = append(out[r.CustomerID], r.consent())
	}
	return out, nil
}
