package store

import (
	"context"
	"fmt"
	"time"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// entry is a line of the consent ledger. One of which nobody noted the day
// counts from the import that brought it.
type entry struct {
	outreach.Consent
	undated bool
}

// loadLedgers reads what those agreed to of whom records bring consents.
func (b *intake) loadLedgers(ctx context.Context, records []importer.CustomerRecord, who []*person) error {
	var ids []int64
	for i, p := range who {
		if p != nil && len(records[i].Consents) > 0 {
			ids = append(ids, p.id)
		}
	}
	ledgers, err := b.storedLedgers(ctx, ids)
	if err != nil {
		return err
	}
	for _, p := range unique(who) {
		p.ledger = ledgers[p.id]
	}
	return nil
}

func (b *intake) storedLedgers(ctx context.Context, customers []int64) (map[int64][]entry, error) {
	if customers = unique(customers); len(customers) == 0 {
		return nil, nil
	}
	ledgers, err := loadConsents(ctx, b.tx, customers)
	if err != nil {
		return nil, err
	}
	var a args
	var undated []int64
	err = b.tx.SelectContext(ctx, &undated, `
		select id from consents where source like 'import:%' and occurred_at = recorded_at
		and customer_id in `+in(&a, customers), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read consents without a day: %w", err)
	}
	set := make(map[int64]bool, len(undated))
	for _, id := range undated {
		set[id] = true
	}
	out := make(map[int64][]entry, len(ledgers))
	for customer, list := range ledgers {
		for _, c := range list {
			out[customer] = append(out[customer], entry{c, set[c.ID]})
		}
	}
	return out, nil
}

// takeConsents adds the entries that the ledger does not hold yet. Dated ones
// come first: they say more than a mark in a column does.
func (p *person) takeConsents(given []outreach.Consent, now time.Time) (tally importer.Tally) {
	for _, dated := range []bool{true, false} {
		for _, c := range given {
			if c.OccurredAt.IsZero() == dated {
				continue
			}
			c.ID, c.OccurredAt = 0, instant(c.OccurredAt).Time
			if recorded(p.ledger, c) {
				tally.Unchanged++
				continue
			}
			tally.New++
			if !dated {
				c.OccurredAt = instant(now).Time
			}
			p.ledger = append(p.ledger, entry{c, !dated})
			if c.State == outreach.ConsentRevoked && overruled(p.ledger, c, true) {
				p.ledger = append(p.ledger, entry{restated(c, now), true})
			}
		}
	}
	return tally
}

// recorded reports whether a ledger has no need of an entry. A "yes" without a
// date must never outrank a "no", nor replace a stronger "yes"; it is added only
// where nothing stands against it. A "no" without a date is added unless the
// last word is "no" already.
func recorded(ledger []entry, c outreach.Consent) bool {
	undated := c.OccurredAt.IsZero()
	if undated && c.State == outreach.ConsentRevoked {
		return refused(ledger, c)
	}
	for _, l := range ledger {
		same := sameScope(l.Consent, c) && l.State == c.State
		switch {
		case !undated:
			if same && l.Basis == c.Basis && l.OccurredAt.Equal(c.OccurredAt) {
				return true
			}
		case same:
			return true
		case overlaps(l.Consent, c) && (l.State == outreach.ConsentRevoked || strength(l.Basis) > strength(c.Basis)):
			return true
		}
	}
	return false
}

// refused reports whether the ledger's last word on all that c is about is "no".
func refused(ledger []entry, c outreach.Consent) bool {
	for _, l := range ledger {
		if l.State == outreach.ConsentRevoked && covers(l.Consent, c) {
			c.OccurredAt = l.OccurredAt
			if !overruled(ledger, c, false) {
				return true
			}
		}
	}
	return false
}

// overruled reports whether a "yes" to anything that c is about comes after it,
// or, with undated set, seems to because it counts from an import.
func overruled(ledger []entry, c outreach.Consent, undated bool) bool {
	for _, l := range ledger {
		if l.State == outreach.ConsentGiven && overlaps(l.Consent, c) && l.OccurredAt.After(c.OccurredAt) && (l.undated || !undated) {
			return true
		}
	}
	return false
}

// restated is a "no" said again as of now, so that it stands against a "yes"
// whose day nobody noted.
func restated(c outreach.Consent, now time.Time) outreach.Consent {
	c.ID, c.OccurredAt = 0, instant(now).Time
	c.Wording = "stands against a consent without a date"
	return c
}

// stoodFor returns the "no"s of one ledger that an undated "yes" of another
// would overrule once the two are one.
func stoodFor(one, other []entry, now time.Time) []outreach.Consent {
	var out []outreach.Consent
	for _, l := range one {
		if l.State == outreach.ConsentRevoked && !overruled(one, l.Consent, false) && overruled(other, l.Consent, true) {
			out = append(out, restated(l.Consent, now))
		}
	}
	return out
}

func sameScope(a, b outreach.Consent) bool {
	return a.ShopID == b.ShopID && a.Channel == b.Channel && a.Class == b.Class && a.Address == b.Address
}

// covers reports whether a concerns everything that b does.
func covers(a, b outreach.Consent) bool {
	return (a.ShopID == "" || a.ShopID == b.ShopID) && (a.Channel == "" || a.Channel == b.Channel) &&
		(a.Class == "" || a.Class == b.Class) && (a.Address == "" || a.Address == b.Address)
}

// overlaps reports whether there is something that both a and b concern.
func overlaps(a, b outreach.Consent) bool {
	return meet(a.ShopID, b.ShopID) && meet(a.Channel, b.Channel) && meet(a.Class, b.Class) && meet(a.Address, b.Address)
}

// meet compares fields of which "" stands for all.
func meet[T ~string](a, b T) bool { return a == "" || b == "" || a == b }

func strength(b outreach.ConsentBasis) int {
	switch b {
	case outreach.ConsentWritten:
		return 3
	case outreach.ConsentExpress:
		return 2
	case outreach.ConsentImplied:
		return 1
	}
	return 0
}

func (b *intake) saveConsents(ctx context.Context, people []*person) error {
	var data [][]any
	for _, p := range people {
		for _, c := range p.ledger {
			if c.ID != 0 {
				continue
			}
			data = append(data, []any{
				p.id, c.ShopID, c.Channel, c.Class, c.Address, c.State, c.Basis, c.Wording, c.Source,
				at(c.OccurredAt), at(c.ExpiresAt), at(b.now),
			})
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
			insert into consents (customer_id, shop_id, channel, class, address, state, basis, wording, source,
			                      occurred_at, expires_at, recorded_at) values `+values(&a, part), a.list...)
		if err != nil {
			return fmt.Errorf("record consents: %w", err)
		}
	}
	return nil
}
