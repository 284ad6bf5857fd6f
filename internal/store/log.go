package store

import (
	"context"
	"fmt"
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

// LogFilter narrows the log. Zero fields do not.
type LogFilter struct {
	ID       int64
	Shop     string
	Customer string // part of the name, in any case
	Order    string // number or the source's id
	Channel  outreach.Channel
	States   []outreach.State
	Playbook string
	Since    time.Time // handed over, ended or due at or after
	Until    time.Time // due before
	Limit    int       // 0: all
	Soonest  bool      // by due time, soonest first, instead of newest first; needs a limit
}

const logPage = 500

// Each calls f for every entry that fits, newest first. Memory does not grow
// with the log.
func (l Log) Each(ctx context.Context, f LogFilter, each func(LogEntry) error) error {
	before, left := int64(0), f.Limit
	for {
		page := logPage
		if f.Limit > 0 {
			page = min(page, left)
		}
		rows, err := l.page(ctx, f, before, page)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := each(r); err != nil {
				return err
			}
			before = r.ID
		}
		left -= len(rows)
		if len(rows) < page || f.Soonest || f.Limit > 0 && left <= 0 {
			return nil
		}
	}
}

func (l Log) page(ctx context.Context, f LogFilter, before int64, limit int) ([]LogEntry, error) {
	var a args
	where := []string{"true"}
	and := func(condition string) { where = append(where, condition) }
	if before > 0 {
		and("id < " + a.add(before))
	}
	if f.ID != 0 {
		and("id = " + a.add(f.ID))
	}
	if f.Shop != "" {
		and("shop = " + a.add(f.Shop))
	}
	if f.Customer != "" {
		and("lower(customer) like " + a.add("%"+likeText(f.Customer)+"%") + ` escape '\'`)
	}
	if f.Order != "" {
		number := a.add(f.Order)
		and(`id in (select c.id from contacts c join follow_up_items i on i.follow_up_id = c.follow_up_id
			left join order_lines n on n.id = i.line_id left join orders o on o.id = n.order_id
			left join canceled_orders x on x.id = i.canceled_order_id
			where ` + number + ` in (o.number, o.external_id, x.number, x.external_id))`)
	}
	if f.Channel != "" {
		and("channel = " + a.add(f.Channel))
	}
	if f.Playbook != "" {
		and("playbook = " + a.add(f.Playbook))
	}
	if len(f.States) > 0 {
		and("state in " + in(&a, f.States))
	}
	if !f.Since.IsZero() {
		and("coalesce(handed_at, ended_at, due_at) >= " + a.add(f.Since))
	}
	if !f.Until.IsZero() {
		and("due_at < " + a.add(f.Until))
	}
	order := "id desc"
	if f.Soonest {
		order = "due_at, id"
	}
	var rows []LogEntry
	err := l.db.SelectContext(ctx, &rows, fmt.Sprintf(`
		select id, shop, coalesce(customer_id, 0) as customer_id, coalesce(customer, '') as customer,
		       coalesce(orders, '') as orders, direction, channel, class, state, reason, playbook,
		       playbook_version, step, template, template_version, coalesce(consent_id, 0) as consent_id,
		       coalesce(address, '') as address, coalesce(subject, '') as subject, coalesce(body, '') as body,
		       due_at, handed_at, ended_at, provider, provider_id, error_code, attempts, segments, rehearsal,
		       (select c.next_at from contacts c where c.id = outreach_log.id) as next_at
		from outreach_log where %s order by %s limit %d`, strings.Join(where, " and "), order, limit), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read outreach log: %w", err)
	}
	return rows, nil
}

// likeText escapes what LIKE would read as a pattern.
func likeText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(s))
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
