package store

import (
	"context"
	"fmt"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

type addressCells struct {
	CustomerID int64  `db:"customer_id"`
	Kind       string `db:"kind"`
	Value      string `db:"value"`
	LineType   string `db:"line_type"`
	Preferred  bool   `db:"preferred"`
	Status     string `db:"status"`
}

var addressesTable = tableOf("addresses", `customer_id bigint, kind text, value text, line_type text,
	preferred boolean, status text`)

func (c addressCells) cells() []any {
	return []any{c.CustomerID, c.Kind, c.Value, c.LineType, c.Preferred, c.Status}
}

func (b *intake) loadAddresses(ctx context.Context, c crowd) error {
	ids := make([]int64, 0, len(c.byID))
	for id := range c.byID {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil
	}
	var a args
	rows, err := readRows[addressCells](ctx, b, addressesTable, &a, `customer_id in `+in(&a, ids))
	if err != nil {
		return err
	}
	for _, r := range rows {
		p := c.byID[r.is.CustomerID]
		p.addresses = append(p.addresses, r)
		c.byAddress[r.is.Value] = append(c.byAddress[r.is.Value], p)
	}
	return nil
}

// takeAddresses adds what is new. An address is never removed, and one that a
// provider found to be unusable stays so whatever a file says.
func (p *person) takeAddresses(given []outreach.Address, fill bool) {
	for _, g := range given {
		a := p.address(g)
		if known(g.LineType) > known(outreach.LineType(a.is.LineType)) {
			a.is.LineType = string(g.LineType)
		}
		if g.Preferred {
			p.prefer(a, fill)
		}
	}
}

// address returns the row for an address, a new one where there is none.
func (p *person) address(g outreach.Address) *kept[addressCells] {
	for _, a := range p.addresses {
		if a.is.Kind == string(g.Kind) && a.is.Value == g.Value {
			return a
		}
	}
	a := &kept[addressCells]{is: addressCells{
		Kind: string(g.Kind), Value: g.Value, LineType: string(outreach.UnknownLine), Status: string(outreach.AddressOK),
	}}
	give(&a.is.Status, string(g.Status), false)
	p.addresses = append(p.addresses, a)
	return a
}

// prefer makes an address the one to use of its kind. An older record does so
// only where none is yet.
func (p *person) prefer(a *kept[addressCells], fill bool) {
	for _, o := range p.addresses {
		if o != a && o.is.Kind == a.is.Kind && o.is.Preferred {
			if fill {
				return
			}
			o.is.Preferred = false
		}
	}
	a.is.Preferred = true
}

// known ranks line types by how much they say. Knowledge only grows: that a
// number is a landline may have come from a carrier that refused a text to it.
func known(t outreach.LineType) int {
	switch t {
	case outreach.Landline:
		return 2
	case outreach.Mobile, outreach.VoIP:
		return 1
	}
	return 0
}

func (b *intake) saveAddresses(ctx context.Context, people []*person) error {
	var rows []*kept[addressCells]
	for _, p := range people {
		for _, a := range p.addresses {
			a.is.CustomerID = p.id
			rows = append(rows, a)
		}
	}
	return save(ctx, b, addressesTable, rows, &b.counts.Addresses)
}

// heedRefusals closes a new address of somebody who has refused everything, or the
// channel that they have refused: they meant all of theirs, also what the shop
// learns later. What a list, or another file, closed was about that address alone.
func (b *intake) heedRefusals(ctx context.Context, people []*person) error {
	var fresh []any
	for _, p := range people {
		for _, a := range p.addresses {
			if a.was.Value == "" {
				fresh = append(fresh, a.is.Value)
			}
		}
	}
	for _, part := range chunks(fresh, perStatement) {
		err := b.closeRefused(ctx, func(a *args) string {
			return `k.customer_id = n.customer_id and k.id <> n.id and n.value in ` + in(a, part)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// heedEither closes what two customers had, who are one, as far as the other of them
// has refused it.
func (b *intake) heedEither(ctx context.Context, from, to int64) error {
	return b.closeRefused(ctx, func(a *args) string {
		one, other := a.add(from), a.add(to)
		return fmt.Sprintf(`n.customer_id in (%[1]s, %[2]s) and k.customer_id in (%[1]s, %[2]s) and k.customer_id <> n.customer_id and k.value <> n.value`, one, other)
	})
}

// closeRefused closes addresses n for what was refused at k, for each pair of them
// that a condition finds.
func (b *intake) closeRefused(ctx context.Context, pairs func(*args) string) error {
	var a args
	now, source := b.moment(a.add(b.now)), a.add("import:"+b.origin.source)
	_, err := b.tx.ExecContext(ctx, `
		insert into opt_outs (address, channel, shop_id, reason, source, recorded_at)
		select distinct n.value, o.channel, '', 'refused_before', cast(`+source+` as text), `+now+`
		from addresses n join addresses k on `+pairs(&a)+` join opt_outs o on o.address = k.value
		where (o.channel = '' or o.channel = 'email' and n.kind = 'email' or o.channel in ('sms', 'call') and n.kind = 'phone')
		  and o.lifted_at is null and o.shop_id = '' and not o.tentative and o.reason <> 'wrong_number' and o.source not like 'import:%'
		on conflict (address, channel, shop_id) where lifted_at is null do nothing`, a.list...)
	if err != nil {
		return fmt.Errorf("close other addresses of people who refused: %w", err)
	}
	return nil
}
