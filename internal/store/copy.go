package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
)

// copied are the tables a rehearsal needs, parents first. The histories of
// contacts stay behind: nothing is decided by them.
var copied = []string{
	"shops", "customers", "customer_refs", "addresses", "consents", "opt_outs", "vehicles", "orders", "order_lines",
	"canceled_orders", "appointments", "recovery_cases", "playbook_versions", "template_versions", "follow_ups",
	"follow_up_items", "contacts", "controls", "schedules", "scan_todo",
}

// CopyTo makes a copy of the database in a new SQLite file, as it is at one
// instant, and opens it. What is done there touches nobody.
func (d *DB) CopyTo(ctx context.Context, path string) (*DB, error) {
	if !d.postgres {
		if _, err := d.db.ExecContext(ctx, `vacuum into $1`, path); err != nil {
			return nil, fmt.Errorf("copy database: %w", err)
		}
		return Open(ctx, Options{URL: "sqlite:" + path})
	}
	to, err := Open(ctx, Options{URL: "sqlite:" + path})
	if err != nil {
		return nil, err
	}
	if err := d.copyRows(ctx, to); err != nil {
		return nil, errors.Join(fmt.Errorf("copy database: %w", err), to.Close())
	}
	return to, nil
}

func (d *DB) copyRows(ctx context.Context, to *DB) error {
	if _, err := to.Migrate(ctx); err != nil {
		return err
	}
	from, err := d.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = from.Rollback() }() // it only reads
	if _, err := from.ExecContext(ctx, `set transaction isolation level repeatable read, read only`); err != nil {
		return err
	}
	return to.tx(ctx, func(tx *sqlx.Tx) error {
		// Replies and opt-outs refer to contacts that come later.
		if _, err := tx.ExecContext(ctx, `pragma defer_foreign_keys = on`); err != nil {
			return err
		}
		for _, table := range copied {
			if err := copyTable(ctx, from, tx, table); err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
		}
		// Copying has set marks for every order; those of the original count.
		if _, err := tx.ExecContext(ctx, `delete from scan_marks`); err != nil {
			return err
		}
		return copyTable(ctx, from, tx, "scan_marks")
	})
}

func copyTable(ctx context.Context, from, to *sqlx.Tx, table string) error {
	rows, err := from.QueryxContext(ctx, `select * from `+table)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	holes := make([]string, len(columns))
	for i := range holes {
		holes[i] = fmt.Sprintf("$%d", i+1)
	}
	insert, err := to.PreparexContext(ctx, fmt.Sprintf(`insert into %s (%s) values (%s)`, table, strings.Join(columns, ", "), strings.Join(holes, ", ")))
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for rows.Next() {
		values, err := rows.SliceScan()
		if err != nil {
			return err
		}
		for i, v := range values {
			if values[i], err = portable(types[i].DatabaseTypeName(), v); err != nil {
				return err
			}
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// portable turns what lib/pq returns into what SQLite keeps.
func portable(typeName string, v any) (any, error) {
	if typeName == "TIMESTAMPTZ" {
		var t Time
		err := t.Scan(v)
		return t, err
	}
	if b, ok := v.([]byte); ok {
		return string(b), nil
	}
	return v, nil
}
