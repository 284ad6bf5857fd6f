package store

import (
	"context"
	"fmt"

	"github.com/courtesyd/courtesyd/internal/importer"
)

// crowd is the people a batch may be about.
type crowd struct {
	byID      map[int64]*person
	byRef     map[string]*person // of the batch's origin
	byAddress map[string][]*person
}

// identify finds or makes the customer of each record; nil for a walk-in. A key
// that the source has not used before belongs to the customer, of any shop, who
// has the same name and shares a number or mail address; else to a new one.
func (b *intake) identify(ctx context.Context, records []importer.CustomerRecord) ([]*person, error) {
	c, err := b.gather(ctx, records)
	if err != nil {
		return nil, err
	}
	who := make([]*person, len(records))
	for i, r := range records {
		if r.Empty() {
			continue
		}
		p := c.byRef[r.ExternalID]
		if p == nil {
			if p = c.match(r); p == nil {
				p = &person{}
				p.is.take(r.Customer, r.Cleared, false)
			}
			c.byRef[r.ExternalID] = p
			p.refs = append(p.refs, r.ExternalID)
		}
		c.index(p, r)
		who[i] = p
		if r.MergedInto != "" {
			b.plan(c, p.final(), r.MergedInto)
		}
	}
	for _, p := range who {
		if p != nil {
			b.people = append(b.people, p.id)
		}
	}
	for _, m := range b.merges {
		b.people = append(b.people, m.loser.id, m.survivor.id)
	}
	return who, nil
}

// plan notes that a customer goes on under another key of the source.
func (b *intake) plan(c crowd, loser *person, survivor string) {
	p := c.byRef[survivor]
	if p == nil { // not seen yet: the same customer, known under one key more
		c.byRef[survivor] = loser
		loser.refs = append(loser.refs, survivor)
		return
	}
	if p = p.final(); p != loser {
		b.merges = append(b.merges, merge{loser: loser, survivor: p})
		loser.into = p
	}
}

// match returns the customer whom a record with a new key is about, if any. The
// first to be stored wins.
func (c crowd) match(r importer.CustomerRecord) *person {
	var best *person
	for _, a := range r.Addresses {
		for _, p := range c.byAddress[a.Value] {
			p = p.final()
			if p.is.sameName(r.Customer) && (best == nil || p.id != 0 && (best.id == 0 || p.id < best.id)) {
				best = p
			}
		}
	}
	return best
}

// index lets later records of the batch find p by the addresses of r.
func (c crowd) index(p *person, r importer.CustomerRecord) {
	for _, a := range r.Addresses {
		known := false
		for _, have := range c.byAddress[a.Value] {
			known = known || have == p
		}
		if !known {
			c.byAddress[a.Value] = append(c.byAddress[a.Value], p)
		}
	}
}

// gather reads the customers that records name by key, and those who share an
// address with a record whose key is new.
func (b *intake) gather(ctx context.Context, records []importer.CustomerRecord) (crowd, error) {
	c := crowd{byID: map[int64]*person{}, byRef: map[string]*person{}, byAddress: map[string][]*person{}}
	refs, err := b.storedRefs(ctx, records)
	if err != nil {
		return c, err
	}
	var addresses []string
	var ids []int64
	for _, id := range refs {
		ids = append(ids, id)
	}
	for _, r := range records {
		if _, known := refs[r.ExternalID]; !known {
			for _, a := range r.Addresses {
				addresses = append(addresses, a.Value)
			}
		}
	}
	if addresses = unique(addresses); len(addresses) > 0 {
		var a args
		var found []int64
		err := b.tx.SelectContext(ctx, &found,
			`select distinct customer_id from addresses where value in `+in(&a, addresses), a.list...)
		if err != nil {
			return c, fmt.Errorf("look for customers by address: %w", err)
		}
		ids = append(ids, found...)
	}
	if err := b.loadPeople(ctx, c, unique(ids)); err != nil {
		return c, err
	}
	for ref, id := range refs {
		c.byRef[ref] = c.byID[id].final()
	}
	return c, nil
}

func (b *intake) storedRefs(ctx context.Context, records []importer.CustomerRecord) (map[string]int64, error) {
	var keys []string
	for _, r := range records {
		keys = append(keys, r.ExternalID, r.MergedInto)
	}
	var a args
	source, shop := a.add(b.origin.source), a.add(b.origin.shop)
	var rows []struct {
		Ref string `db:"external_id"`
		ID  int64  `db:"customer_id"`
	}
	err := b.tx.SelectContext(ctx, &rows, `
		select external_id, customer_id from customer_refs
		where source = `+source+` and shop_id = `+shop+` and external_id in `+in(&a, unique(keys)), a.list...)
	if err != nil {
		return nil, fmt.Errorf("look up keys of customers: %w", err)
	}
	out := make(map[string]int64, len(rows))
	for _, r := range rows {
		out[r.Ref] = r.ID
	}
	return out, nil
}

// loadPeople reads customers, those they were merged into, and their addresses.
func (b *intake) loadPeople(ctx context.Context, c crowd, ids []int64) error {
	into := make(map[int64]int64)
	for missing := ids; len(missing) > 0; {
		var a args
		var rows []struct {
			ID         int64         `db:"id"`
			MergedInto int64         `db:"merged_into"`
			Cells      customerCells `db:"cells"`
		}
		err := b.tx.SelectContext(ctx, &rows, `
			select `+customersTable.list()+`, coalesce(merged_into, 0) as merged_into
			from customers where id in `+in(&a, missing), a.list...)
		if err != nil {
			return fmt.Errorf("read customers: %w", err)
		}
		missing = nil
		for _, r := range rows {
			p := &person{}
			p.id, p.was, p.is = r.ID, r.Cells, r.Cells
			c.byID[r.ID] = p
			into[r.ID] = r.MergedInto
		}
		for _, r := range rows {
			if r.MergedInto != 0 && c.byID[r.MergedInto] == nil {
				missing = append(missing, r.MergedInto)
			}
		}
		missing = unique(missing)
	}
	for id, p := range c.byID {
		p.into = c.byID[into[id]]
	}
	return b.loadAddresses(ctx, c)
}
