package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LogPlace says where in the log an entry stands. The zero place is before the
// newest entry.
type LogPlace struct {
	At time.Time
	ID int64
}

// LogWay is a direction of reading.
type LogWay bool

// The ways to read on from a place.
const (
	Older LogWay = false
	Newer LogWay = true
)

// LogPage is a piece of the log, newest first.
type LogPage struct {
	Entries []LogEntry
	// More says that there may be more beyond the page.
	More bool
	// Stopped says that next to nothing fits, so the reading stopped after so many
	// contacts, with few entries or none.
	Stopped bool
	// Start and End are the places between which the page was read.
	Start, End LogPlace
}

// happened is the time by which the log is ordered. Indexes have the same expression.
const happened = `coalesce(c.handed_at, c.ended_at, c.due_at, c.created_at)`

// enough bounds how many contacts a page looks at that no index chose, so that it
// never takes long; the reader goes on from there.
const enough = 4000

// Page reads up to size entries from a place on.
func (l Log) Page(ctx context.Context, f LogFilter, from LogPlace, way LogWay, size int) (LogPage, error) {
	page := LogPage{Start: from, End: from}
	r, err := l.reading(ctx, f, from, way)
	if err != nil || r.nothing {
		return page, err
	}
	var keys []logKey
	if len(r.sets) > 0 {
		keys, err = r.among(ctx, f, size+1)
	} else {
		keys, err = r.along(ctx, f, size+1)
	}
	if err != nil {
		return page, err
	}
	page.More = len(keys) > size || r.stopped.ID != 0
	keys = keys[:min(len(keys), size)]
	if n := len(keys); n > 0 {
		page.Start, page.End = keys[0].place(), keys[n-1].place()
	}
	if r.stopped.ID != 0 {
		page.Stopped, page.End = true, r.stopped
	}
	if way == Newer {
		slices.Reverse(keys)
		page.Start, page.End = page.End, page.Start
	}
	ids := make([]int64, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	page.Entries, err = l.entries(ctx, ids)
	return page, err
}

type logKey struct {
	ID int64 `db:"id"`
	At Time  `db:"at"`
}

func (k logKey) place() LogPlace { return LogPlace{At: k.At.Time, ID: k.ID} }

// reading is a question to the log on its way to SQL. Where the filter names
// people, orders or the like, their contacts are read whole and sorted. Else
// indexes yield contacts in order, and each is held against what is left of the
// filter.
type reading struct {
	*DB
	a       args
	sets    []logSet
	wide    []condition // in place of sets that would be too large
	nothing bool        // nobody and nothing fits
	span    string
	order   string   // of reading
	back    string   // the other way round
	stopped LogPlace // where the reading stopped, having looked at enough
}

// reading finds whom and what a filter speaks of.
func (l Log) reading(ctx context.Context, f LogFilter, from LogPlace, way LogWay) (*reading, error) {
	r := &reading{DB: l.DB}
	if err := r.findSets(ctx, f); err != nil || r.nothing {
		return r, err
	}
	const up, down = " order by at, id", " order by at desc, id desc"
	sign := "<"
	r.order, r.back = down, up
	if way == Newer {
		sign, r.order, r.back = ">", up, down
	}
	if from.ID != 0 {
		moment, id := r.a.add(from.At), r.a.add(from.ID)
		// The first test says nothing new, but it is the one that SQLite finds in its index.
		r.span += " and " + happened + " " + sign + "= " + moment + " and (" + happened + ", c.id) " + sign + " (" + moment + ", " + id + ")"
	}
	if !f.Since.IsZero() {
		r.span += " and " + happened + " >= " + r.a.add(f.Since)
	}
	if !f.Before.IsZero() {
		r.span += " and " + happened + " < " + r.a.add(f.Before)
	}
	return r, nil
}

// conditions joins what a filter asks of each contact, besides sets and dates.
// It is empty where that is nothing.
func (r *reading) conditions(f LogFilter, sets []logSet) string {
	var all []string
	for _, c := range r.wide {
		all = append(all, c(&r.a))
	}
	for _, s := range sets {
		all = append(all, s.member(&r.a))
	}
	for _, c := range []struct {
		column string
		value  string
	}{
		{"c.shop_id", f.Shop},
		{"c.channel", string(f.Channel)},
		{"c.direction", string(f.Direction)},
		{"c.playbook_id", f.Playbook},
	} {
		if c.value != "" {
			all = append(all, c.column+" = "+r.a.add(c.value))
		}
	}
	if len(f.States) > 0 {
		all = append(all, "c.state in "+in(&r.a, f.States))
	}
	if f.Happened {
		all = append(all, "c.state <> 'planned'")
	}
	if f.Reason != "" {
		all = append(all, "',' || c.reason || ',' like "+r.a.add("%,"+likeText(f.Reason)+",%")+` escape '\'`)
	}
	if !f.Until.IsZero() {
		all = append(all, "c.due_at < "+r.a.add(f.Until))
	}
	return strings.Join(all, " and ")
}

// among reads the first n of the sets. They are small, so an index that yields
// all contacts in order would only mislead the planner.
func (r *reading) among(ctx context.Context, f LogFilter, n int) ([]logKey, error) {
	where := r.conditions(f, r.sets[1:])
	if where != "" {
		where = " and " + where
	}
	var keys []logKey
	err := r.db.SelectContext(ctx, &keys, `
		with fit as materialized (`+r.sets[0].contacts(&r.a, where+r.span)+`)
		select id, at from fit`+r.order+` limit `+strconv.Itoa(n), r.a.list...)
	if err != nil {
		return nil, fmt.Errorf("find contacts: %w", err)
	}
	return keys, nil
}

// along reads the first n that fit of those that indexes yield in order.
func (r *reading) along(ctx context.Context, f LogFilter, n int) (keys []logKey, err error) {
	legs, rest, err := r.legs(ctx, f)
	if err != nil || len(legs) == 0 {
		return nil, err
	}
	looking := slices.Clip(r.a.list)
	where := r.conditions(rest, nil)
	if where == "" {
		err = r.db.SelectContext(ctx, &keys, r.merged(legs, n), r.a.list...)
	} else {
		err = r.db.SelectContext(ctx, &keys, `
			select k.id as id, k.at as at from (`+r.merged(legs, enough)+`) k join contacts c on c.id = k.id
			where `+where+r.order+` limit `+strconv.Itoa(n), r.a.list...)
	}
	if err == nil && where != "" && len(keys) < n {
		r.a.list = looking
		err = r.stop(ctx, legs)
	}
	if err != nil {
		return nil, fmt.Errorf("find contacts: %w", err)
	}
	return keys, nil
}

// stop finds the place behind the last contact looked at, if there may be more.
func (r *reading) stop(ctx context.Context, legs []string) error {
	var last []logKey
	err := r.db.SelectContext(ctx, &last, `
		with k as materialized (`+r.merged(legs, enough)+`)
		select id, at from k where (select count(*) from k) = `+strconv.Itoa(enough)+r.back+` limit 1`, r.a.list...)
	if err == nil && len(last) > 0 {
		r.stopped = last[0].place()
	}
	return err
}

// merged yields the first n of what the legs yield, in order. Each leg is a
// condition that an index answers in order.
func (r *reading) merged(legs []string, n int) string {
	limit := " limit " + strconv.Itoa(n)
	parts := make([]string, len(legs))
	for i, leg := range legs {
		parts[i] = "select id, at from (select c.id as id, " + happened + " as at from contacts c where " + leg + r.span +
			r.order + limit + ") leg" + strconv.Itoa(i)
	}
	return strings.Join(parts, " union all ") + r.order + limit
}
