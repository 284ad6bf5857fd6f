package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/jmoiron/sqlx"
)

// lockAddresses makes whoever else is at work with one of the addresses wait:
// an opt-out waits for hand-overs in progress, and holds its address until it
// commits. Locks are taken in one order, so two transactions cannot wait for
// each other in a ring. PostgreSQL only: on SQLite a writing transaction is
// alone anyway.
func (d *DB) lockAddresses(ctx context.Context, tx *sqlx.Tx, addresses []string) error {
	if !d.postgres || len(addresses) == 0 {
		return nil
	}
	var a args
	var n int
	q := fmt.Sprintf(`select count(pg_advisory_xact_lock(%d, k)) from (select k from (values %s) as v(k) order by k) s`,
		lockClass, d.rows(&a, []string{"integer"}, lockKeys(addresses)))
	if err := tx.GetContext(ctx, &n, q, a.list...); err != nil {
		return fmt.Errorf("lock addresses: %w", err)
	}
	return nil
}

// lockStill takes the addresses that find returns. Whoever made us wait may have
// added to them; then it lets go of them, by going back to before it took them, and
// begins anew: who takes more while they hold some can wait in a ring.
func (d *DB) lockStill(ctx context.Context, tx *sqlx.Tx, find func() ([]string, error)) error {
	if !d.postgres {
		return nil
	}
	addresses, err := find()
	for err == nil && len(addresses) > 0 {
		if _, err = tx.ExecContext(ctx, `savepoint unlocked`); err != nil {
			return fmt.Errorf("lock addresses: %w", err)
		}
		if err = d.lockAddresses(ctx, tx, addresses); err != nil {
			return err
		}
		held := addresses
		if addresses, err = find(); err != nil {
			return err
		}
		more := slices.ContainsFunc(addresses, func(a string) bool { return !slices.Contains(held, a) })
		if !more {
			_, err = tx.ExecContext(ctx, `release savepoint unlocked`)
			break
		}
		_, err = tx.ExecContext(ctx, `rollback to savepoint unlocked`)
	}
	if err != nil {
		return fmt.Errorf("lock addresses: %w", err)
	}
	return nil
}

// lockPeople takes the addresses of customers and of everybody else who has one
// of the given addresses: all that something they say can be about, in one go.
// Until the transaction ends no hand-over to these people passes it.
func (d *DB) lockPeople(ctx context.Context, tx *sqlx.Tx, customers []int64, addresses ...string) error {
	return d.lockStill(ctx, tx, func() ([]string, error) { return addressesOf(ctx, tx, customers, addresses) })
}

// lockHousehold takes the people whom something about a customer can concern: who
// shares an address with them, and who has one of those from which they wrote what
// still waits for an answer, or to which it is one.
func (d *DB) lockHousehold(ctx context.Context, tx *sqlx.Tx, customerID int64, addresses ...string) error {
	return d.lockStill(ctx, tx, func() ([]string, error) {
		var more []string
		err := tx.SelectContext(ctx, &more, `
			select value from addresses where customer_id = $1
			union select w.address from tasks t join replies r on r.task_id = t.id join contacts c on c.id = r.contact_id
			join contact_words w on w.contact_id in (c.id, c.answers) where t.customer_id = $1 and t.done_at is null`, customerID)
		if err != nil {
			return nil, fmt.Errorf("read addresses: %w", err)
		}
		return addressesOf(ctx, tx, []int64{customerID}, append(more, addresses...))
	})
}

// addressesOf returns addresses with all others of those who have one of them, and
// those of customers with their own.
func addressesOf(ctx context.Context, tx *sqlx.Tx, customers []int64, addresses []string) ([]string, error) {
	if len(customers)+len(addresses) == 0 {
		return nil, nil
	}
	var a args
	var all []string
	err := tx.SelectContext(ctx, &all, `
		select distinct value from addresses where customer_id in (
		    select customer_id from addresses where value in `+in(&a, unique(addresses))+`
		    union all select id from customers where id in `+in(&a, unique(customers))+`)`, a.list...) // an "or" would read the whole table
	if err != nil {
		return nil, fmt.Errorf("read addresses: %w", err)
	}
	return unique(append(all, addresses...)), nil
}

// tryLockAddresses takes the same locks without waiting, for a hand-over, which
// has rows locked already and must not wait while it does. It returns a function
// that tells which addresses are now its own.
func (d *DB) tryLockAddresses(ctx context.Context, tx *sqlx.Tx, addresses []string) (own func(string) bool, err error) {
	if !d.postgres || len(addresses) == 0 {
		return func(string) bool { return true }, nil
	}
	var a args
	var taken []int32
	q := fmt.Sprintf(`select k from (values %s) as v(k) where not pg_try_advisory_xact_lock(%d, k)`,
		d.rows(&a, []string{"integer"}, lockKeys(addresses)), lockClass)
	if err := tx.SelectContext(ctx, &taken, q, a.list...); err != nil {
		return nil, fmt.Errorf("lock addresses: %w", err)
	}
	return func(address string) bool { return !slices.Contains(taken, lockKey(address)) }, nil
}

const (
	lockClass   = 0x0c07  // keeps clear of other advisory locks
	lockBuckets = 1 << 14 // two people share one so seldom that nobody waits for a stranger
)

func lockKey(address string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(address)) // a hash never fails
	return int32(h.Sum32() % lockBuckets)
}

// lockKeys returns each key once, as rows.
func lockKeys(addresses []string) [][]any {
	var out [][]any
	seen := make(map[int32]bool, len(addresses))
	for _, a := range addresses {
		if k := lockKey(a); !seen[k] {
			seen[k] = true
			out = append(out, []any{k})
		}
	}
	return out
}
