package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// person is a customer with all that a batch may add to.
type person struct {
	kept[customerCells]
	into      *person  // the survivor of a merge
	refs      []string // to be added
	addresses []*kept[addressCells]
	ledger    []entry // those with id 0 are to be added
}

type customerCells struct {
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
	UpdatedAt  Time   `db:"updated_at"`
}

var customersTable = tableOf("customers", `kind text, first_name text, last_name text, company text, locale text,
	time_zone text, postal_code text, region text, country text, deceased boolean, updated_at timestamptz`)

func (c customerCells) cells() []any {
	return []any{
		c.Kind, c.FirstName, c.LastName, c.Company, c.Locale, c.TimeZone, c.PostalCode, c.Region, c.Country,
		c.Deceased, c.UpdatedAt,
	}
}

// take takes over what a record says. That a person died is never taken back
// by an older record, nor by one that does not say so.
func (c *customerCells) take(r outreach.Customer, cleared importer.Cleared, fill bool) {
	if !fill || c.FirstName == "" && c.LastName == "" {
		give(&c.FirstName, r.FirstName, false)
		give(&c.LastName, r.LastName, false)
	}
	give(&c.Kind, string(r.Kind), fill)
	give(&c.Company, r.Company, fill)
	give(&c.Locale, r.Locale, fill)
	give(&c.TimeZone, r.TimeZone, fill)
	give(&c.PostalCode, r.PostalCode, fill)
	give(&c.Region, r.Region, fill)
	give(&c.Country, r.Country, fill)
	if cleared.Has(importer.FieldDeceased) && !fill {
		c.Deceased = false
	}
	c.Deceased = c.Deceased || r.Deceased
}

// sameName reports whether two records name the same person or firm.
func (c customerCells) sameName(r outreach.Customer) bool {
	if r.FirstName == "" && r.LastName == "" {
		return r.Company != "" && c.FirstName == "" && c.LastName == "" && strings.EqualFold(c.Company, r.Company)
	}
	return strings.EqualFold(c.FirstName, r.FirstName) && strings.EqualFold(c.LastName, r.LastName)
}

// final is the customer that survived all merges.
func (p *person) final() *person {
	for p.into != nil {
		p = p.into
	}
	return p
}

func idsOf(people []*person) []int64 {
	ids := make([]int64, 0, len(people))
	for _, p := range people {
		if p != nil {
			ids = append(ids, p.id)
		}
	}
	return unique(ids)
}

// customers takes in a file of customers.
func (b *intake) customers(ctx context.Context, records []importer.CustomerRecord) error {
	who, err := b.identify(ctx, records)
	if err != nil {
		return err
	}
	lead, err := b.principals(ctx, records, who)
	if err != nil {
		return err
	}
	return b.saveCustomers(ctx, records, who, lead)
}

// principals tells for each row of a customer file whether it speaks for its
// customer. Where the source has the same person twice, one row does and the
// other only completes it, or each import of the file would swing from one to
// the other. A row that was merged into another never speaks for it.
func (b *intake) principals(ctx context.Context, records []importer.CustomerRecord, who []*person) ([]bool, error) {
	var a args
	source, shop := a.add(b.origin.source), a.add(b.origin.shop)
	var refs []struct {
		ID  int64  `db:"customer_id"`
		Ref string `db:"ref"`
	}
	err := b.tx.SelectContext(ctx, &refs, `
		select customer_id, external_id as ref from customer_refs
		where source = `+source+` and shop_id = `+shop+` and customer_id in `+in(&a, idsOf(who)), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read keys of customers: %w", err)
	}
	stored := make(map[int64]string)
	for _, r := range refs {
		if have, ok := stored[r.ID]; !ok || r.Ref < have {
			stored[r.ID] = r.Ref
		}
	}
	first := make(map[*person]string)
	out := make([]bool, len(records))
	for i, r := range records {
		p := who[i]
		if p == nil || r.MergedInto != "" {
			continue
		}
		if _, ok := first[p]; !ok && stored[p.id] != "" {
			first[p] = stored[p.id]
		}
		if have, ok := first[p]; !ok || r.ExternalID <= have {
			first[p], out[i] = r.ExternalID, true
		}
	}
	return out, nil
}

// saveCustomers writes what the records say about the people they are about,
// then merges. Afterwards who holds the survivors, and everybody has an id.
func (b *intake) saveCustomers(ctx context.Context, records []importer.CustomerRecord, who []*person, lead []bool) error {
	if err := b.loadLedgers(ctx, records, who); err != nil {
		return err
	}
	for i, p := range who {
		if p == nil {
			continue
		}
		r := records[i]
		if r.MergedInto == "" {
			p.is.take(r.Customer, r.Cleared, !lead[i])
		}
		p.takeAddresses(r.Addresses, !lead[i])
		tally := p.takeConsents(r.Consents, b.now)
		b.counts.Consents.New += tally.New
		b.counts.Consents.Unchanged += tally.Unchanged
	}
	people := unique(who)
	rows := make([]*kept[customerCells], len(people))
	for i, p := range people {
		if p.is.Kind == "" {
			p.is.Kind = string(outreach.Person)
		}
		if p.is != p.was || p.into != nil {
			p.is.UpdatedAt = instant(b.now)
		}
		rows[i] = &p.kept
	}
	if err := save(ctx, b, customersTable, rows, &b.counts.Customers); err != nil {
		return err
	}
	if err := b.saveRefs(ctx, people); err != nil {
		return err
	}
	if err := b.saveAddresses(ctx, people); err != nil {
		return err
	}
	if err := b.heedRefusals(ctx, people); err != nil {
		return err
	}
	if err := b.saveConsents(ctx, people); err != nil {
		return err
	}
	if err := b.mergeAll(ctx); err != nil {
		return err
	}
	for i, p := range who {
		if p != nil {
			who[i] = p.final()
		}
	}
	return nil
}

func (b *intake) saveRefs(ctx context.Context, people []*person) error {
	var data [][]any
	for _, p := range people {
		for _, ref := range p.refs {
			data = append(data, []any{b.origin.source, b.origin.shop, ref, p.id})
		}
	}
	if len(data) == 0 {
		return nil
	}
	if err := b.lock(ctx); err != nil {
		return err
	}
	for _, part := range chunks(data, perStatement) {
		var a args
		_, err := b.tx.ExecContext(ctx, `
			insert into customer_refs (source, shop_id, external_id, customer_id) values `+values(&a, part), a.list...)
		if err != nil {
			return fmt.Errorf("add keys of customers: %w", err)
		}
	}
	return nil
}
