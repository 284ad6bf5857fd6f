package store

import (
	"context"
	"time"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

type lineCells struct {
	OrderID         int64  `db:"order_id"`
	ExternalID      string `db:"external_id"`
	Name            string `db:"name"`
	Finding         string `db:"finding"`
	OpCode          string `db:"op_code"`
	Category        string `db:"category"`
	ServiceKey      string `db:"service_key"`
	Severity        string `db:"severity"`
	Auth            string `db:"auth"`
	Trigger         string `db:"deferral_trigger"`
	DeclineReason   string `db:"decline_reason"`
	DeclineNote     string `db:"decline_note"`
	DeclinedAt      Time   `db:"declined_at"`
	DeferredUntil   Time   `db:"deferred_until"`
	PriceMinor      int64  `db:"price_minor"`
	Currency        string `db:"currency"`
	PriceValidUntil Time   `db:"price_valid_until"`
	PayType         string `db:"pay_type"`
	DoneAt          Time   `db:"done_at"`
	Photo           string `db:"photo"`
	DurationMinutes int64  `db:"duration_minutes"`
}

// linesTable leaves out refused_again and the customer's answers, which are not
// the source's to say.
var linesTable = tableOf("order_lines", `order_id bigint, external_id text, name text, finding text, op_code text,
	category text, service_key text, severity text, auth text, deferral_trigger text, decline_reason text,
	decline_note text, declined_at timestamptz, deferred_until timestamptz, price_minor bigint, currency text,
	price_valid_until timestamptz, pay_type text, done_at timestamptz, photo text, duration_minutes integer`)

func (c lineCells) cells() []any {
	return []any{
		c.OrderID, c.ExternalID, c.Name, c.Finding, c.OpCode, c.Category, c.ServiceKey, c.Severity, c.Auth, c.Trigger,
		c.DeclineReason, c.DeclineNote, c.DeclinedAt, c.DeferredUntil, c.PriceMinor, c.Currency, c.PriceValidUntil,
		c.PayType, c.DoneAt, c.Photo, c.DurationMinutes,
	}
}

// take takes over what a record says about a line. A stale record only
// completes it.
func (c *lineCells) take(r importer.LineRecord, stale bool) {
	l := r.Line
	give(&c.Name, l.Name, stale)
	give(&c.Finding, l.Finding, stale)
	give(&c.OpCode, l.OpCode, stale)
	give(&c.PayType, l.PayType, stale)
	give(&c.Photo, l.Photo, stale)
	give(&c.DurationMinutes, int64(l.Duration/time.Minute), stale)
	giveMoney(&c.PriceMinor, &c.Currency, l.Price, stale)
	give(&c.PriceValidUntil, instant(l.PriceValidUntil), stale)
	if !stale {
		if r.Cleared.Has(importer.FieldDeferredUntil) {
			c.DeferredUntil = Time{}
		}
		if r.Cleared.Has(importer.FieldDoneAt) {
			c.DoneAt = Time{}
		}
	}
	give(&c.DeferredUntil, instant(l.DeferredUntil), stale)
	give(&c.DoneAt, instant(l.DoneAt), stale)
	c.decide(l, stale)
	c.classify(l, stale)
}

// decide takes over the customer's decision, with the sign by which the source
// shows it. One from before the decision that is stored does not undo it.
func (c *lineCells) decide(l outreach.Line, stale bool) {
	declined := instant(l.DeclinedAt)
	earlier := !declined.IsZero() && declined.Before(c.DeclinedAt.Time)
	if l.Authorization != "" && (c.Auth == "" || !stale && !earlier) {
		c.Auth, c.Trigger = string(l.Authorization), string(l.Trigger)
	}
	give(&c.DeclinedAt, declined, stale || earlier)
	if l.DeclineReason != outreach.ReasonNotRecorded {
		give(&c.DeclineReason, string(l.DeclineReason), stale)
	}
	give(&c.DeclineNote, l.DeclineNote, stale)
	give(&c.Auth, string(outreach.AuthorizationUnknown), true)
	give(&c.DeclineReason, string(outreach.ReasonNotRecorded), true)
}

// classify says what the line is about, from all that is known of it by now.
func (c *lineCells) classify(l outreach.Line, stale bool) {
	if l.Severity != outreach.SeverityUnknown {
		give(&c.Severity, string(l.Severity), stale)
	}
	give(&c.Severity, string(outreach.SeverityUnknown), true)
	give(&c.Category, l.Category, stale)
	give(&c.Category, outreach.ComponentOf(c.Name, c.OpCode), true)
	c.ServiceKey = outreach.ServiceKey(outreach.Line{Name: c.Name, OpCode: c.OpCode})
}

// lines takes in the lines of orders that are stored by now. A line that the
// source does not list any more stays.
func (b *intake) lines(ctx context.Context, records []importer.OrderRecord, orders []*kept[orderCells], stale []bool) error {
	stored, err := b.storedLines(ctx, orders)
	if err != nil {
		return err
	}
	type key struct {
		order int64
		line  string
	}
	byKey := make(map[key]*kept[lineCells], len(stored))
	for _, l := range stored {
		byKey[key{l.is.OrderID, l.is.ExternalID}] = l
	}
	var rows []*kept[lineCells]
	for i, r := range records {
		for _, given := range r.Lines {
			k := key{orders[i].id, given.Line.ExternalID}
			l := byKey[k]
			if l == nil {
				l = &kept[lineCells]{is: lineCells{OrderID: k.order, ExternalID: k.line}}
				byKey[k] = l
			}
			l.is.take(given, stale[i])
			rows = append(rows, l)
		}
	}
	return save(ctx, b, linesTable, rows, &b.counts.Lines)
}

func (b *intake) storedLines(ctx context.Context, orders []*kept[orderCells]) ([]*kept[lineCells], error) {
	ids := make([]int64, len(orders))
	for i, o := range orders {
		ids[i] = o.id
	}
	var a args
	return readRows[lineCells](ctx, b, linesTable, &a, `order_id in `+in(&a, unique(ids)))
}
