package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/importer"
)

// NewCandidates counts how many of these open lines and canceled orders are not
// stored as open yet. A key given twice counts once.
func (m Imports) NewCandidates(ctx context.Context, keys []importer.Key) (int, error) {
	keys = unique(keys)
	n := 0
	for _, group := range groups(keys, func(k importer.Key) origin { return origin{k.Source, k.ShopID} }) {
		for _, part := range chunks(group, 10_000) {
			open, err := m.openKeys(ctx, part)
			if err != nil {
				return 0, fmt.Errorf("look for open lines: %w", err)
			}
			for _, k := range part {
				if !open[k] {
					n++
				}
			}
		}
	}
	return n, nil
}

// openKeys returns what is open of the orders named by keys of one origin.
func (m Imports) openKeys(ctx context.Context, keys []importer.Key) (map[importer.Key]bool, error) {
	orders := make([]string, len(keys))
	for i, k := range keys {
		orders[i] = k.Order
	}
	var a args
	source, shop, list := a.add(keys[0].Source), a.add(keys[0].ShopID), in(&a, unique(orders))
	var rows []struct {
		Order string `db:"order_key"`
		Line  string `db:"line_key"`
	}
	err := m.db.SelectContext(ctx, &rows, `
		select o.external_id as order_key, l.external_id as line_key
		from orders o join order_lines l on l.order_id = o.id
		where o.source = `+source+` and o.shop_id = `+shop+` and o.external_id in `+list+` and o.status <> 'voided'
		  and l.auth in ('declined', 'not_authorized_at_close') and l.done_at is null
		union all
		select external_id, '' from canceled_orders
		where source = `+source+` and shop_id = `+shop+` and external_id in `+list+` and reopened_at is null`, a.list...)
	if err != nil {
		return nil, err
	}
	out := make(map[importer.Key]bool, len(rows))
	for _, r := range rows {
		out[importer.Key{Source: keys[0].Source, ShopID: keys[0].ShopID, Order: r.Order, Line: r.Line}] = true
	}
	return out, nil
}

// usualRuns is how many runs tell what is usual.
const usualRuns = 10

// UsualCandidates returns the median of the candidates of the last runs of this
// kind, at most ten, and how many runs that is.
func (m Imports) UsualCandidates(ctx context.Context, source, shopID string, kind importer.Kind) (usual float64, runs int, err error) {
	var candidates []int
	err = m.db.SelectContext(ctx, &candidates, `
		select candidates from import_runs where source = $1 and shop_id = $2 and kind = $3
		order by id desc limit $4`, source, shopID, kind, usualRuns)
	if err != nil {
		return 0, 0, fmt.Errorf("read earlier imports: %w", err)
	}
	runs = len(candidates)
	if runs == 0 {
		return 0, 0, nil
	}
	slices.Sort(candidates)
	return float64(candidates[(runs-1)/2]+candidates[runs/2]) / 2, runs, nil
}

// RecordRun keeps what an import did. That somebody overrode the sanity check
// goes into the audit log.
func (m Imports) RecordRun(ctx context.Context, run importer.RunRecord) error {
	var sum importer.Tally
	for _, t := range []importer.Tally{
		run.Counts.Orders, run.Counts.Lines, run.Counts.Canceled, run.Counts.Customers, run.Counts.Vehicles,
		run.Counts.Addresses, run.Counts.Consents, run.Counts.OptOuts,
	} {
		sum.New += t.New
		sum.Changed += t.Changed
		sum.Unchanged += t.Unchanged
	}
	err := m.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			insert into import_runs (source, shop_id, kind, file, started_at, ended_at, rows, rejected, created,
			                         changed, unchanged, candidates)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			run.Source, run.ShopID, run.Kind, run.File, at(run.StartedAt), at(run.EndedAt), run.Rows, run.Rejected,
			sum.New, sum.Changed, sum.Unchanged, run.Candidates)
		if err != nil || !run.Forced {
			return err
		}
		return audit(ctx, tx, run.EndedAt, "import:"+run.Source, "forced import", run.File,
			fmt.Sprintf("%d new candidates", run.Candidates))
	})
	if err != nil {
		return fmt.Errorf("record import run: %w", err)
	}
	return nil
}
