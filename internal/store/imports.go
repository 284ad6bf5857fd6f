package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Imports takes records in. What is stored already is read for a whole batch
// at once and compared in memory; only differences are written, so records
// that say nothing new leave no trace, not even a mark for the next scan.
type Imports struct{ *DB }

var _ importer.Sink = Imports{}

// ImportOrders takes in orders with their lines, customers and vehicles.
// Lines that are stored and not given stay as they are.
func (m Imports) ImportOrders(ctx context.Context, now time.Time, orders []importer.OrderRecord) (importer.Counts, error) {
	counts, err := importing(ctx, m, now, orders, records[importer.OrderRecord]{
		of:     func(r importer.OrderRecord) origin { return origin{r.Order.Source, r.Order.ShopID} },
		merges: func(r importer.OrderRecord) bool { return r.Customer.MergedInto != "" },
		take:   (*intake).orders,
	})
	if err != nil {
		return counts, fmt.Errorf("store orders: %w", err)
	}
	return counts, nil
}

// ImportCanceled takes in canceled orders with their customers and vehicles.
func (m Imports) ImportCanceled(ctx context.Context, now time.Time, orders []importer.CanceledRecord) (importer.Counts, error) {
	counts, err := importing(ctx, m, now, orders, records[importer.CanceledRecord]{
		of:     func(r importer.CanceledRecord) origin { return origin{r.Order.Source, r.Order.ShopID} },
		merges: func(r importer.CanceledRecord) bool { return r.Customer.MergedInto != "" },
		take:   (*intake).canceled,
	})
	if err != nil {
		return counts, fmt.Errorf("store canceled orders: %w", err)
	}
	return counts, nil
}

// ImportCustomers takes in customers with their addresses and consents, and
// merges those of whom the source says that they are one.
func (m Imports) ImportCustomers(ctx context.Context, now time.Time, source, shopID string, customers []importer.CustomerRecord) (importer.Counts, error) {
	counts, err := importing(ctx, m, now, customers, records[importer.CustomerRecord]{
		of:     func(importer.CustomerRecord) origin { return origin{source, shopID} },
		merges: func(r importer.CustomerRecord) bool { return r.MergedInto != "" },
		take:   (*intake).customers,
	})
	if err != nil {
		return counts, fmt.Errorf("store customers: %w", err)
	}
	return counts, nil
}

// origin is where records come from. External ids are unique within it.
type origin struct{ source, shop string }

// attempts bounds how often a batch is tried that other transactions get in
// the way of.
const attempts = 6

// records says how to take in records of a kind.
type records[T any] struct {
	of     func(T) origin
	merges func(T) bool // one customer goes into another
	take   func(*intake, context.Context, []T) error
}

// importing runs one transaction for a batch, origin by origin.
func importing[T any](ctx context.Context, m Imports, now time.Time, batch []T, kind records[T]) (counts importer.Counts, err error) {
	for attempt := 1; ; attempt++ {
		err = m.tx(ctx, func(tx *sqlx.Tx) error {
			counts = importer.Counts{}
			if err := m.oneAtATime(ctx, tx, slices.ContainsFunc(batch, kind.merges)); err != nil {
				return err
			}
			for _, group := range groups(batch, kind.of) {
				b := intake{DB: m.DB, tx: tx, now: now, origin: kind.of(group[0])}
				if err := kind.take(&b, ctx, group); err != nil {
					return err
				}
				counts.Add(b.counts)
			}
			return m.analyze(ctx, tx)
		})
		if err == nil {
			return counts, nil
		}
		if attempt == attempts || !contended(err) {
			return importer.Counts{}, err
		}
	}
}

// oneAtATime makes importers take turns, batch by batch: two that read the same
// file would otherwise both find a customer missing. On SQLite a writing
// transaction is alone anyway.
//
// With repeatable read a row that anybody else changes between our reading and
// our writing makes the batch start again instead of undoing the change. The
// table lock is taken before a statement fixes what the transaction sees. A
// merge must see otherwise: what a scan adds for a customer until we hold that
// customer has to move as well.
func (d *DB) oneAtATime(ctx context.Context, tx *sqlx.Tx, merging bool) error {
	if !d.postgres {
		return nil
	}
	isolation := "repeatable read"
	if merging {
		isolation = "read committed"
	}
	_, err := tx.ExecContext(ctx, `set transaction isolation level `+isolation+`;
		lock table import_runs in share row exclusive mode`)
	if err != nil {
		return fmt.Errorf("wait for other imports: %w", err)
	}
	return nil
}

// analyze gives PostgreSQL a first idea of tables that have just been filled.
// Without one it takes a few hundred keys for a reason to read the whole table,
// and its own daemon comes by only after the first large import is over.
func (d *DB) analyze(ctx context.Context, tx *sqlx.Tx) error {
	if !d.postgres {
		return nil
	}
	var unknown []string
	err := tx.SelectContext(ctx, &unknown, `
		select relname from pg_class
		where relnamespace = current_schema()::regnamespace and relpages = 0 and pg_relation_size(oid) > 0
		  and relname in ('customers', 'customer_refs', 'addresses', 'consents', 'vehicles', 'orders', 'order_lines', 'canceled_orders')
		order by relname`)
	if err != nil {
		return fmt.Errorf("look for tables without statistics: %w", err)
	}
	for _, name := range unknown {
		if _, err := tx.ExecContext(ctx, `analyze `+name); err != nil {
			return fmt.Errorf("analyze %s: %w", name, err)
		}
	}
	return nil
}

// contended reports whether a transaction failed only because of another one:
// a serialization failure, a deadlock, or a row that somebody else added first.
func contended(err error) bool {
	var e *pq.Error
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01" || e.Code == "23505")
}

// groups puts records of one origin together, in order of appearance.
func groups[T any](records []T, of func(T) origin) [][]T {
	index := make(map[origin]int)
	var out [][]T
	for _, r := range records {
		o := of(r)
		i, have := index[o]
		if !have {
			i = len(out)
			index[o] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], r)
	}
	return out
}

// intake is one batch of one origin on its way in.
type intake struct {
	*DB
	tx     *sqlx.Tx
	now    time.Time
	origin origin
	counts importer.Counts
	merges []merge
	people []int64 // stored customers that the batch is about
	locked bool
}

// lock is called before the first write. Scans hold customers while they plan;
// taking all of the batch in the order in which scans take them, before
// anything refers to one, keeps the two from waiting for each other in a ring.
// A scan takes its work list before its customers, and a merge writes to that
// list, so a merge does likewise.
func (b *intake) lock(ctx context.Context) error {
	if b.locked || !b.postgres {
		return nil
	}
	b.locked = true
	var merging []int64
	for _, m := range b.merges {
		merging = append(merging, m.loser.id, m.survivor.id)
	}
	for _, held := range []struct {
		query, end string
		ids        []int64
	}{
		{`select customer_id from scan_todo where customer_id in `, ` order by shop_id, playbook_id, customer_id for update`, merging},
		{`select id from customers where id in `, ` order by id for update`, b.people},
	} {
		var a args
		ids := unique(held.ids)
		if len(ids) == 0 {
			continue
		}
		if _, err := b.tx.ExecContext(ctx, held.query+in(&a, ids)+held.end, a.list...); err != nil {
			return fmt.Errorf("lock customers: %w", err)
		}
	}
	return nil
}

// give sets a field to what a record gives. A zero value was not given. With
// fill set the record is older than what is stored and only completes it.
func give[T comparable](field *T, value T, fill bool) {
	var zero T
	if value != zero && (!fill || *field == zero) {
		*field = value
	}
}

func giveMoney(minor *int64, currency *string, m outreach.Money, fill bool) {
	if m.Minor != 0 && (!fill || *minor == 0) {
		*minor, *currency = m.Minor, m.Currency
	}
}

// instant is a time as the database will give it back, so that the two compare.
func instant(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }
