package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// ImportOptOuts takes in a suppression list. Nothing more is handed over to its
// addresses once this has returned. A "no" that its owner took back later stays
// taken back when the list is imported again, where the list gives the date.
func (m Imports) ImportOptOuts(ctx context.Context, now time.Time, optOuts []importer.OptOutRecord) (counts importer.Counts, err error) {
	err = m.tx(ctx, func(tx *sqlx.Tx) error {
		counts = importer.Counts{}
		var addresses []string
		for _, o := range optOuts {
			addresses = append(addresses, o.Address)
		}
		if err := m.lockAddresses(ctx, tx, addresses); err != nil {
			return err
		}
		lifted, err := liftedAt(ctx, tx, addresses)
		if err != nil {
			return err
		}
		for _, o := range optOuts {
			added := false
			if o.RecordedAt.IsZero() || !o.RecordedAt.Before(lifted[scopeOf(o)]) {
				if o.RecordedAt.IsZero() {
					o.RecordedAt = now
				}
				if added, err = addOptOut(ctx, tx, o); err != nil {
					return err
				}
			}
			if added {
				counts.OptOuts.New++
			} else {
				counts.OptOuts.Unchanged++
			}
		}
		return nil
	})
	if err != nil {
		return importer.Counts{}, fmt.Errorf("store opt-outs: %w", err)
	}
	return counts, nil
}

// optOutScope is what an opt-out is about.
type optOutScope struct {
	address string
	channel outreach.Channel
	shop    string
}

func scopeOf(o outreach.OptOut) optOutScope { return optOutScope{o.Address, o.Channel, o.ShopID} }

// liftedAt returns when opt-outs were last lifted.
func liftedAt(ctx context.Context, tx *sqlx.Tx, addresses []string) (map[optOutScope]time.Time, error) {
	var a args
	var rows []struct {
		Address string           `db:"address"`
		Channel outreach.Channel `db:"channel"`
		ShopID  string           `db:"shop_id"`
		At      Time             `db:"at"`
	}
	err := tx.SelectContext(ctx, &rows, `
		select address, channel, shop_id, max(lifted_at) as at from opt_outs
		where lifted_at is not null and address in `+in(&a, unique(addresses))+`
		group by address, channel, shop_id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read lifted opt-outs: %w", err)
	}
	out := make(map[optOutScope]time.Time, len(rows))
	for _, r := range rows {
		out[optOutScope{r.Address, r.Channel, r.ShopID}] = r.At.Time
	}
	return out, nil
}
