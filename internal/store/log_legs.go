package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// mostLegs is how many legs a statement may have; SQLite takes 500.
const mostLegs = 300

// legs chooses the indexes to read along, and says what of the filter they do
// not answer.
func (r *reading) legs(ctx context.Context, f LogFilter) (legs []string, rest LogFilter, err error) {
	rest = f
	if f.Reason != "" {
		lists, err := r.distinct(ctx, "contacts", "reason")
		if err != nil {
			return nil, f, err
		}
		lists = slices.DeleteFunc(lists, func(l string) bool { return !slices.Contains(strings.Split(l, ","), f.Reason) })
		if len(lists) <= mostLegs {
			for _, list := range lists {
				legs = append(legs, "c.reason <> '' and c.reason = "+r.a.add(list))
			}
			rest.Reason = ""
			return legs, rest, nil
		}
	}
	if len(f.States) > 0 || f.Channel != "" || f.Playbook != "" || f.Direction == outreach.Inbound {
		kinds, err := r.kinds(ctx, f)
		if err != nil {
			return nil, f, err
		}
		if len(kinds) <= mostLegs {
			rest.States, rest.Happened, rest.Channel, rest.Playbook, rest.Direction = nil, false, "", "", ""
			return r.kindLegs(kinds), rest, nil
		}
	}
	legs = []string{"c.state <> 'planned'"}
	if !f.Happened {
		kinds, err := r.kinds(ctx, LogFilter{States: []outreach.State{outreach.Planned}})
		if err != nil {
			return nil, f, err
		}
		legs = append(legs, r.kindLegs(kinds)...)
	}
	rest.Happened = false
	return legs, rest, nil
}

// logKind is what contacts are found by without looking at each.
type logKind struct {
	State    string `db:"state"`
	Channel  string `db:"channel"`
	Playbook string `db:"playbook"`
}

func (r *reading) kindLegs(kinds []logKind) []string {
	legs := make([]string, len(kinds))
	for i, k := range kinds {
		legs[i] = "c.state = " + r.a.add(k.State) + " and c.channel = " + r.a.add(k.Channel) + " and c.playbook_id = " + r.a.add(k.Playbook)
	}
	return legs
}

// kinds returns the kinds of contacts that there are and that a filter allows.
// It steps from one to the next in the index, whatever number of contacts they have.
func (r *reading) kinds(ctx context.Context, f LogFilter) ([]logKind, error) {
	states := f.States
	if len(states) == 0 {
		states = append(outreach.Happened(), outreach.Planned)
	}
	channels := []outreach.Channel{outreach.SMS, outreach.Email, outreach.Call}
	if f.Channel != "" {
		channels = []outreach.Channel{f.Channel}
	}
	var a args
	var pairs [][]any
	for _, s := range states {
		// What came in is received, and nothing else is.
		inbound := s == outreach.Received
		if f.Happened && s == outreach.Planned || f.Direction == outreach.Inbound && !inbound || f.Direction == outreach.Outbound && inbound {
			continue
		}
		for _, c := range channels {
			pairs = append(pairs, []any{s, c})
		}
	}
	if len(pairs) == 0 {
		return nil, nil
	}
	var kinds []logKind
	err := r.db.SelectContext(ctx, &kinds, `
		with recursive pairs (state, channel) as (values `+values(&a, pairs)+`),
		kinds (state, channel, playbook) as (
		    select p.state, p.channel, (select min(c.playbook_id) from contacts c where c.state = p.state and c.channel = p.channel)
		    from pairs p
		    union all
		    select k.state, k.channel, (select min(c.playbook_id) from contacts c
		        where c.state = k.state and c.channel = k.channel and c.playbook_id > k.playbook)
		    from kinds k where k.playbook is not null)
		select state, channel, playbook from kinds where playbook is not null`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("find kinds of contacts: %w", err)
	}
	if f.Playbook != "" {
		kinds = slices.DeleteFunc(kinds, func(k logKind) bool { return k.Playbook != f.Playbook })
	}
	return kinds, nil
}

// distinct steps through an index from one value of a column to the next.
func (d *DB) distinct(ctx context.Context, table, column string) ([]string, error) {
	const most = 1000
	from := "from " + table + " where " + column + " <> ''"
	var out []string
	err := d.db.SelectContext(ctx, &out, `
		with recursive v (value) as (
		    select min(`+column+`) `+from+`
		    union all
		    select (select min(`+column+`) `+from+` and `+column+` > v.value) from v where v.value is not null)
		select value from v where value is not null limit `+strconv.Itoa(most))
	if err != nil {
		return nil, fmt.Errorf("read what %s there are: %w", column, err)
	}
	return out, nil
}

// LogChoices are the values that filters of the log can have, in order.
type LogChoices struct {
	Playbooks, Reasons, Advisers []string
}

// Choices reads them from indexes, however long the log is.
func (l Log) Choices(ctx context.Context) (c LogChoices, err error) {
	lists, err := l.distinct(ctx, "contacts", "reason")
	if err != nil {
		return c, err
	}
	for _, list := range lists {
		c.Reasons = append(c.Reasons, strings.Split(list, ",")...)
	}
	slices.Sort(c.Reasons)
	c.Reasons = slices.Compact(c.Reasons)
	if c.Advisers, err = l.distinct(ctx, "orders", "adviser"); err != nil {
		return c, err
	}
	err = l.db.SelectContext(ctx, &c.Playbooks, `select distinct playbook_id from playbook_versions order by playbook_id`)
	if err != nil {
		return c, fmt.Errorf("read which playbooks there are: %w", err)
	}
	return c, nil
}
