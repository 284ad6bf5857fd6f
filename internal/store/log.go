package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Log reads the outreach log.
type Log struct{ *DB }

// LogEntry is one contact as the log shows it.
type LogEntry struct {
	ID              int64  `db:"id"`
	Shop            string `db:"shop"`
	CustomerID      int64  `db:"customer_id"`
	Customer        string `db:"customer"`
	Orders          string `db:"orders"` // numbers, comma-separated
	Direction       string `db:"direction"`
	Channel         string `db:"channel"`
	Class           string `db:"class"`
	State           string `db:"state"`
	Reason          string `db:"reason"`
	Playbook        string `db:"playbook"`
	PlaybookVersion int    `db:"playbook_version"`
	Step            int    `db:"step"`
	Template        string `db:"template"`
	TemplateVersion int    `db:"template_version"`
	ConsentID       int64  `db:"consent_id"`
	Address         string `db:"address"`
	Subject         string `db:"subject"`
	Body            string `db:"body"`
	DueAt           Time   `db:"due_at"`
	NextAt          Time   `db:"next_at"` // when a planned one is looked at; later than DueAt when it was put off
	HandedAt        Time   `db:"handed_at"`
	EndedAt         Time   `db:"ended_at"`
	Provider        string `db:"provider"`
	ProviderID      string `db:"provider_id"`
	ErrorCode       string `db:"error_code"`
	Attempts        int    `db:"attempts"`
	Segments        int    `db:"segments"`
	Rehearsal       bool   `db:"rehearsal"`
}

// When is the instant to show for an entry: when it was handed over, else when
// it ended, else when it will be looked at.
func (e LogEntry) When() time.Time {
	switch {
	case !e.HandedAt.IsZero():
		return e.HandedAt.Time
	case !e.EndedAt.IsZero():
		return e.EndedAt.Time
	case e.State == string(outreach.Planned) && e.NextAt.After(e.DueAt.Time):
		return e.NextAt.Time
	}
	return e.DueAt.Time
}

// OrderNumbers are the numbers in order, each once.
func (e LogEntry) OrderNumbers() string {
	numbers := strings.Split(e.Orders, ",")
	for i := range numbers {
		numbers[i] = strings.TrimSpace(numbers[i])
	}
	slices.Sort(numbers)
	return strings.Join(slices.Compact(numbers), ", ")
}

// LogFilter narrows the log. Zero fields do not.
type LogFilter struct {
	ID         int64
	Shop       string
	CustomerID int64
	Customer   string // part of the name, in any case
	Name       string // beginnings of the first and last name, or of the company
	Order      string // number or the source's id
	Vehicle    string // plate or VIN
	Adviser    string // who wrote an order it is about
	Search     string // a name, phone number, address, plate, VIN or order number
	AreaCode   string // of a phone number in Search that has none
	Channel    outreach.Channel
	Direction  outreach.Direction
	States     []outreach.State
	Happened   bool   // not what is only planned
	Reason     string // one code
	Playbook   string
	Since      time.Time // handed over, ended or due at or after
	Before     time.Time // handed over, ended or due before
	Until      time.Time // due before
	Limit      int       // 0: all
	Soonest    bool      // by due time, soonest first, instead of newest first; needs a limit
}

const logPage = 500

// Each calls f for every entry that fits, newest first. Memory does not grow
// with the log.
func (l Log) Each(ctx context.Context, f LogFilter, each func(LogEntry) error) error {
	if f.Soonest {
		rows, err := l.soonest(ctx, f)
		return errors.Join(err, eachOf(rows, each))
	}
	for from, left := (LogPlace{}), f.Limit; ; {
		size := logPage
		if f.Limit > 0 {
			size = min(size, left)
		}
		page, err := l.Page(ctx, f, from, Older, size)
		if err != nil {
			return err
		}
		if err := eachOf(page.Entries, each); err != nil {
			return err
		}
		from, left = page.End, left-len(page.Entries)
		if !page.More || f.Limit > 0 && left <= 0 {
			return nil
		}
	}
}

func eachOf(rows []LogEntry, each func(LogEntry) error) error {
	for _, r := range rows {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// soonest reads what is due first.
func (l Log) soonest(ctx context.Context, f LogFilter) ([]LogEntry, error) {
	r, err := l.reading(ctx, f, LogPlace{}, Older)
	if err != nil || r.nothing {
		return nil, err
	}
	where := r.conditions(f, r.sets)
	if where == "" {
		where = "true"
	}
	var ids []int64
	err = l.db.SelectContext(ctx, &ids, `
		select c.id from contacts c where `+where+r.span+` order by c.due_at, c.id limit `+strconv.Itoa(f.Limit), r.a.list...)
	if err != nil {
		return nil, fmt.Errorf("find contacts: %w", err)
	}
	return l.entries(ctx, ids)
}

// entries reads contacts, in the order of the ids.
func (l Log) entries(ctx context.Context, ids []int64) ([]LogEntry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var a args
	var rows []LogEntry
	err := l.db.SelectContext(ctx, &rows, `
		select v.id, v.shop, coalesce(v.customer_id, 0) as customer_id, coalesce(v.customer, '') as customer,
		       coalesce(v.orders, '') as orders, v.direction, v.channel, v.class, v.state, v.reason, v.playbook,
		       v.playbook_version, v.step, v.template, v.template_version, coalesce(v.consent_id, 0) as consent_id,
		       coalesce(v.address, '') as address, coalesce(v.subject, '') as subject, coalesce(v.body, '') as body,
		       v.due_at, v.handed_at, v.ended_at, v.provider, v.provider_id, v.error_code, v.attempts, v.segments,
		       v.rehearsal, c.next_at
		from outreach_log v join contacts c on c.id = v.id where v.id in `+in(&a, ids), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read outreach log: %w", err)
	}
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b LogEntry) int { return place[a.ID] - place[b.ID] })
	return rows, nil
}

// Tally counts contacts by channel, state and reason since a time.
type Tally struct {
	Channel string `db:"channel"`
	State   string `db:"state"`
	Reason  string `db:"reason"`
	Count   int    `db:"n"`
}

// Tallies counts what became of contacts, for a summary.
func (l Log) Tallies(ctx context.Context, rehearsal bool) ([]Tally, error) {
	var rows []Tally
	err := l.db.SelectContext(ctx, &rows, `
		select channel, state, reason, count(*) as n from contacts
		where direction = 'out' and rehearsal = $1 group by channel, state, reason order by n desc`, rehearsal)
	if err != nil {
		return nil, fmt.Errorf("count contacts: %w", err)
	}
	return rows, nil
}

// Found says how much there was to follow up.
type Found struct {
	Orders    int `db:"orders"`
	Open      int `db:"open_lines"`
	Canceled  int `db:"canceled"`
	FollowUps int `db:"follow_ups"`
	Customers int `db:"customers"`
}

// Found counts what the scans had to work with.
func (l Log) Found(ctx context.Context, rehearsal bool) (Found, error) {
	var f Found
	err := l.db.GetContext(ctx, &f, `
		select (select count(*) from orders) as orders,
		       (select count(*) from order_lines where auth in ('declined', 'not_authorized_at_close')) as open_lines,
		       (select count(*) from canceled_orders) as canceled,
		       (select count(*) from follow_ups where rehearsal = $1) as follow_ups,
		       (select count(distinct customer_id) from follow_ups where rehearsal = $1) as customers`, rehearsal)
	if err != nil {
		return f, fmt.Errorf("count orders: %w", err)
	}
	return f, nil
}
