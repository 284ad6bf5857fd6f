package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Facts reads what planned contacts would be judged by at this moment. It changes
// nothing and is in nobody's way. Contacts that are not planned any more are left out.
func (q Queue) Facts(ctx context.Context, r outreach.HandOver, ids []int64) (inst outreach.Installation, due []outreach.Due, err error) {
	err = q.read(ctx, func(tx *sqlx.Tx) error {
		var a args
		var rows []contactRow
		err := tx.SelectContext(ctx, &rows,
			`select `+contactColumns+` from contacts c where c.state = 'planned' and c.id in `+in(&a, unique(ids)), a.list...)
		if err != nil || len(rows) == 0 {
			return err
		}
		contacts := make([]outreach.Contact, len(rows))
		for i, row := range rows {
			contacts[i] = row.contact()
		}
		addresses, err := loadAddresses(ctx, tx, customersOf(contacts))
		if err != nil {
			return err
		}
		if due, err = gather(ctx, tx, r, contacts, addresses); err != nil {
			return err
		}
		inst, err = q.installation(ctx, tx, r)
		return err
	})
	if err != nil {
		return inst, nil, fmt.Errorf("read facts: %w", err)
	}
	return inst, due, nil
}

// read runs f in a transaction that only reads: on SQLite it neither waits for a
// writer nor keeps one waiting.
func (d *DB) read(ctx context.Context, f func(*sqlx.Tx) error) error {
	tx, err := d.db.BeginTxx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to keep
	return f(tx)
}
