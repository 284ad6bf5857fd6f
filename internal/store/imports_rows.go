package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"github.com/courtesyd/courtesyd/internal/importer"
)

// kept is a row as it was read and as it shall be. One that is not stored yet
// has no id.
type kept[R row] struct {
	id      int64
	was, is R
}

// row is what an import keeps of a table's row, without its id.
type row interface {
	comparable
	cells() []any // in the order of the table's columns
}

// table says where rows of a kind are kept.
type table struct {
	name    string
	columns []string // without the id
	types   []string // of the columns, for PostgreSQL
}

// tableOf reads a list of columns such as "number text, closed_at timestamptz".
func tableOf(name, columns string) table {
	t := table{name: name}
	for _, c := range strings.Split(columns, ",") {
		column, kind, _ := strings.Cut(strings.TrimSpace(c), " ")
		t.columns, t.types = append(t.columns, column), append(t.types, kind)
	}
	return t
}

// list names the columns for a SELECT into a struct with an id and cells, foreign
// keys with 0 for none.
func (t table) list() string {
	out := []string{"id"}
	for i, c := range t.columns {
		value := c
		if t.types[i] == "bigint" && strings.HasSuffix(c, "_id") {
			value = "coalesce(" + c + ", 0)"
		}
		out = append(out, value+` as "cells.`+c+`"`)
	}
	return strings.Join(out, ", ")
}

// readRows reads the rows of a table that meet any of the conditions, in the
// order of their ids. The conditions refer to the arguments in a.
func readRows[R row](ctx context.Context, b *intake, t table, a *args, conditions ...string) ([]*kept[R], error) {
	parts := make([]string, len(conditions))
	for i, c := range conditions {
		parts[i] = `select ` + t.list() + ` from ` + t.name + ` where ` + c
	}
	var rows []struct {
		ID    int64 `db:"id"`
		Cells R     `db:"cells"`
	}
	if err := b.tx.SelectContext(ctx, &rows, strings.Join(parts, ` union `)+` order by id`, a.list...); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, err)
	}
	out := make([]*kept[R], len(rows))
	for i, r := range rows {
		out[i] = &kept[R]{id: r.ID, was: r.Cells, is: r.Cells}
	}
	return out, nil
}

// sourced is a row that its source knows by a key.
type sourced interface {
	row
	refersTo() (externalID string, customerID int64)
}

// storedByKey returns for each key of the batch's source its row, a new one where
// none is stored. Equal keys get the same one.
func storedByKey[R sourced](ctx context.Context, b *intake, t table, keys []string, fresh func(key string) R) ([]*kept[R], error) {
	var a args
	source, shop := a.add(b.origin.source), a.add(b.origin.shop)
	rows, err := readRows[R](ctx, b, t, &a, `source = `+source+` and shop_id = `+shop+` and external_id in `+in(&a, unique(keys)))
	if err != nil {
		return nil, err
	}
	byKey := make(map[string]*kept[R], len(rows))
	for _, r := range rows {
		key, customer := r.is.refersTo()
		byKey[key] = r
		b.people = append(b.people, customer)
	}
	out := make([]*kept[R], len(keys))
	for i, key := range keys {
		if byKey[key] == nil {
			byKey[key] = &kept[R]{is: fresh(key)}
		}
		out[i] = byKey[key]
	}
	return out, nil
}

// save writes the rows that are new or differ from what was read, each once,
// and tallies what became of them. New rows get their ids.
func save[R row](ctx context.Context, b *intake, t table, rows []*kept[R], tally *importer.Tally) error {
	var added, changed []*kept[R]
	for _, r := range unique(rows) {
		switch {
		case r.id == 0:
			added = append(added, r)
		case r.is != r.was:
			changed = append(changed, r)
		default:
			tally.Unchanged++
		}
	}
	tally.New += len(added)
	tally.Changed += len(changed)
	if len(added)+len(changed) == 0 {
		return nil
	}
	if err := b.lock(ctx); err != nil {
		return err
	}
	if err := insertRows(ctx, b, t, added); err != nil {
		return fmt.Errorf("add to %s: %w", t.name, err)
	}
	if err := updateRows(ctx, b, t, changed); err != nil {
		return fmt.Errorf("update %s: %w", t.name, err)
	}
	return nil
}

func insertRows[R row](ctx context.Context, b *intake, t table, rows []*kept[R]) error {
	if len(rows) == 0 {
		return nil
	}
	ids, err := b.reserve(ctx, t.name, len(rows))
	if err != nil {
		return err
	}
	for i, r := range rows {
		r.id = ids[i]
	}
	for _, part := range chunks(rows, b.perStatement(t)) {
		var a args
		_, err := b.tx.ExecContext(ctx, `insert into `+t.name+` (id, `+strings.Join(t.columns, ", ")+`) `+b.listed(&a, t, cells(part)), a.list...)
		if err != nil {
			return err
		}
	}
	return nil
}

func updateRows[R row](ctx context.Context, b *intake, t table, rows []*kept[R]) error {
	sets := make([]string, len(t.columns))
	for i, c := range t.columns {
		sets[i] = c + " = v." + c
	}
	for _, part := range chunks(rows, b.perStatement(t)) {
		var a args
		_, err := b.tx.ExecContext(ctx, `
			with v (id, `+strings.Join(t.columns, ", ")+`) as (`+b.listed(&a, t, cells(part))+`)
			update `+t.name+` set `+strings.Join(sets, ", ")+` from v where `+t.name+`.id = v.id`, a.list...)
		if err != nil {
			return err
		}
	}
	return nil
}

// listed writes rows as a table, ids first. PostgreSQL takes them as one array a
// column, which it reads several times faster than a placeholder a cell.
func (b *intake) listed(a *args, t table, data [][]any) string {
	if !b.postgres {
		return "values " + values(a, data)
	}
	arrays := make([]string, len(t.columns)+1)
	for i, kind := range append([]string{"bigint"}, t.types...) {
		column := make([]any, len(data))
		for j := range data {
			column[j] = data[j][i]
		}
		arrays[i] = a.add(pq.Array(column)) + "::" + kind + "[]"
	}
	return "select * from unnest(" + strings.Join(arrays, ", ") + ")"
}

// perStatement is how many rows of a table one statement takes. SQLite finds a
// placeholder by going through all before it, and has no network between, so
// it fares better with short ones.
func (b *intake) perStatement(t table) int {
	if b.postgres {
		return 5000
	}
	return max(1, 400/len(t.columns))
}

func cells[R row](rows []*kept[R]) [][]any {
	data := make([][]any, len(rows))
	for i, r := range rows {
		data[i] = append([]any{r.id}, r.is.cells()...)
	}
	return data
}

// reserve takes ids for new rows beforehand: no database promises to return
// those of a statement with many rows in their order.
func (b *intake) reserve(ctx context.Context, table string, n int) ([]int64, error) {
	ids := make([]int64, 0, n)
	if b.postgres {
		err := b.tx.SelectContext(ctx, &ids, `
			select nextval(pg_get_serial_sequence($1, 'id')) as id from generate_series(1, $2) order by id`, table, n)
		return ids, err
	}
	var last int64
	err := b.tx.GetContext(ctx, &last, `select coalesce(max(seq), 0) from sqlite_sequence where name = $1`, table)
	for i := range n {
		ids = append(ids, last+int64(i)+1)
	}
	return ids, err
}
