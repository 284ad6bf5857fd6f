package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// ErrNotOnPage means that a press is about something the message did not speak of.
var ErrNotOnPage = errors.New("the message did not speak of this")

// Page returns what a message's page shows: what the message spoke of and
// nothing else, and what the customer has said since. It fails with
// outreach.ErrNoPage when there is no such message.
func (b Inbox) Page(ctx context.Context, contactID int64) (p outreach.Page, err error) {
	err = b.read(ctx, func(tx *sqlx.Tx) error {
		p, err = page(ctx, tx, contactID)
		return err
	})
	if err != nil {
		return outreach.Page{}, fmt.Errorf("read page: %w", err)
	}
	return p, nil
}

// sentMessage is a message that went out, or whose words were shown.
func sentMessage(ctx context.Context, tx *sqlx.Tx, contactID int64) (m message, body string, err error) {
	var found []struct {
		message
		Body string `db:"body"`
	}
	err = tx.SelectContext(ctx, &found, `
		select `+messageColumns+`, w.body from contacts c join contact_words w on w.contact_id = c.id
		where c.id = $1 and c.direction = 'out' and c.channel <> 'call' and c.handed_at is not null`, contactID)
	switch {
	case err != nil:
		return m, "", fmt.Errorf("look for message: %w", err)
	case len(found) == 0:
		return m, "", outreach.ErrNoPage
	}
	return found[0].message, found[0].Body, nil
}

func page(ctx context.Context, tx *sqlx.Tx, contactID int64) (p outreach.Page, err error) {
	m, body, err := sentMessage(ctx, tx, contactID)
	if err != nil {
		return p, err
	}
	shops, err := loadShops(ctx, tx, []string{m.ShopID})
	if err != nil {
		return p, err
	}
	people, err := loadCustomers(ctx, tx, []int64{m.CustomerID})
	if err != nil {
		return p, err
	}
	customer := people[m.CustomerID]
	p = outreach.Page{ContactID: m.ID, Shop: shops[m.ShopID], SentAt: m.HandedAt.Time, Locale: customer.Locale, Rehearsed: m.Rehearsal}
	if p.Locale == "" {
		p.Locale = p.Shop.Locale
	}
	// Whoever a link is forwarded to learns no name that the message did not say.
	if name := customer.FirstName; says(body, name) {
		p.FirstName = name
	}
	if p.Stopped, err = stopped(ctx, tx, m); err != nil {
		return p, err
	}
	p.Waiting, err = exists(ctx, tx, `
		select 1 from contacts where direction = 'in' and answered_at is null and answers = $1`, m.ID)
	if err != nil {
		return p, fmt.Errorf("read what waits: %w", err)
	}
	p.Items, err = pageItems(ctx, tx, m)
	return p, err
}

// says reports whether a text says a name, as a word of its own.
func says(text, name string) bool {
	if name == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(name)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !unicode.IsLetter(before) && !unicode.IsLetter(after) {
			return true
		}
		from = end
	}
}

// stopped reports whether nothing more goes to the address of a message by its
// channel.
func stopped(ctx context.Context, tx *sqlx.Tx, m message) (bool, error) {
	found, err := exists(ctx, tx, `
		select 1 from opt_outs where address = $1 and lifted_at is null and channel in ('', $2) and shop_id in ('', $3)`,
		m.Address, m.Channel, m.ShopID)
	if err != nil {
		return false, fmt.Errorf("read opt-outs: %w", err)
	}
	return found, nil
}

func pageItems(ctx context.Context, tx *sqlx.Tx, m message) ([]outreach.PageItem, error) {
	ids, err := itemIDs(ctx, tx, m.ID)
	if err != nil {
		return nil, err
	}
	var lines, canceled []int64
	for _, it := range ids {
		if it.Canceled {
			canceled = append(canceled, it.ID)
		} else {
			lines = append(lines, it.ID)
		}
	}
	out, err := pageLines(ctx, tx, lines)
	if err != nil {
		return nil, err
	}
	more, err := pageCanceled(ctx, tx, canceled)
	return append(out, more...), err
}

// answered is what a customer said of an item, as it is kept beside it.
type answered struct {
	Photo           string `db:"photo"`
	DurationMinutes int    `db:"duration_minutes"`
	AnsweredAt      Time   `db:"answered_at"`
}

func pageLines(ctx context.Context, tx *sqlx.Tx, ids []int64) ([]outreach.PageItem, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var a args
	var rows []struct {
		lineRow
		answered
	}
	err := tx.SelectContext(ctx, &rows, `
		select `+lineColumns+`, l.photo, l.duration_minutes, l.answered_at
		from order_lines l join orders o on o.id = l.order_id left join vehicles v on v.id = o.vehicle_id
		left join follow_up_items i on i.line_id = l.id and i.released_at is null and not i.rehearsal
		where l.id in `+in(&a, ids)+` order by l.id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read lines of a page: %w", err)
	}
	items, err := weighed(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]outreach.PageItem, len(rows))
	for i, r := range rows {
		it, l := items[i], items[i].Line
		out[i] = outreach.PageItem{
			ID: l.ID, Name: l.Name, Finding: l.Finding, Price: l.Price, PriceValidUntil: l.PriceValidUntil,
			Duration: time.Duration(r.DurationMinutes) * time.Minute, Photo: r.Photo, Day: it.Day(), Vehicle: vehicleName(it.Vehicle),
			Answer: it.Answer, AnsweredAt: r.AnsweredAt.Time, Until: r.AnswerUntil.Time,
			Closed: it.DoneHere || !l.Open(),
		}
	}
	return out, nil
}

func pageCanceled(ctx context.Context, tx *sqlx.Tx, ids []int64) ([]outreach.PageItem, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var a args
	var rows []struct {
		canceledRow
		AnsweredAt Time `db:"answered_at"`
	}
	err := tx.SelectContext(ctx, &rows, `
		select `+canceledColumns+`, x.answered_at
		from canceled_orders x left join vehicles v on v.id = x.vehicle_id
		left join follow_up_items i on i.canceled_order_id = x.id and i.released_at is null and not i.rehearsal
		where x.id in `+in(&a, ids)+` order by x.id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read canceled orders of a page: %w", err)
	}
	out := make([]outreach.PageItem, len(rows))
	for i, r := range rows {
		it := r.item()
		out[i] = outreach.PageItem{
			ID: r.ID, Canceled: true, Kind: it.Canceled.Kind, Name: it.Canceled.What, Price: it.Canceled.Total,
			Vehicle: vehicleName(it.Vehicle), Day: it.Canceled.CanceledAt, Answer: it.Answer,
			AnsweredAt: r.AnsweredAt.Time, Reason: outreach.CancelReason(r.AnswerReason), Closed: !it.Canceled.ReopenedAt.IsZero(),
		}
	}
	return out, nil
}

func vehicleName(v *outreach.Vehicle) string {
	if v == nil {
		return ""
	}
	return strings.TrimSpace(v.Make + " " + v.Model)
}

// Press records what a customer chose on a page, and what follows from it, in
// one transaction. The same press again changes nothing.
func (b Inbox) Press(ctx context.Context, now time.Time, p outreach.Press, judge outreach.Judge) (taken bool, err error) {
	err = b.tx(ctx, func(tx *sqlx.Tx) error {
		taken = false
		m, _, err := sentMessage(ctx, tx, p.ContactID)
		if err != nil {
			return err
		}
		e := inbound{
			Sender:   m.addressee(),
			provider: "page", providerID: strconv.FormatInt(m.ID, 10) + ":" + p.Key, channel: outreach.Channel(m.Channel),
			address: m.Address, wroteTo: m.Address, body: p.Text, at: p.At,
		}
		if err := b.complete(ctx, tx, &e.Sender); err != nil {
			return err
		}
		if p.Item != 0 || p.Action == outreach.ActionReason {
			items, err := itemIDs(ctx, tx, m.ID)
			if err != nil {
				return err
			}
			meant := func(it itemID) bool { return (p.Item == 0 || p.Item == it.ID) && it.canBe(p.Action) }
			if !slices.ContainsFunc(items, meant) {
				return ErrNotOnPage
			}
		}
		taken, err = b.record(ctx, tx, now, e, judge)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("record press: %w", err)
	}
	return taken, nil
}

// Unsubscribe records that the owner of the address a message went to wants no
// more of them. It may be told as often as one likes: as long as the "no" is in
// force for all their addresses it adds nothing.
func (b Inbox) Unsubscribe(ctx context.Context, now time.Time, contactID int64, how string, judge outreach.Judge) (taken bool, err error) {
	err = b.tx(ctx, func(tx *sqlx.Tx) error {
		m, _, err := sentMessage(ctx, tx, contactID)
		if err != nil {
			return err
		}
		e := inbound{
			Sender:   m.addressee(),
			provider: "page", providerID: fmt.Sprintf("%d:%s:%d", m.ID, how, now.UnixMicro()),
			channel: outreach.Channel(m.Channel), address: m.Address, wroteTo: m.Address, at: now,
		}
		if err := b.lockPeople(ctx, tx, []int64{m.CustomerID}, m.Address); err != nil {
			return err
		}
		open, err := anyOpen(ctx, tx, m)
		if err != nil || !open {
			return err
		}
		if err := b.complete(ctx, tx, &e.Sender); err != nil {
			return err
		}
		taken, err = b.record(ctx, tx, now, e, judge)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("unsubscribe: %w", err)
	}
	return taken, nil
}

// anyOpen reports whether the address of a message, or another one of whoever it
// was for, is not left alone on every channel.
func anyOpen(ctx context.Context, tx *sqlx.Tx, m message) (bool, error) {
	open, err := exists(ctx, tx, `
		select 1 from (select cast($1 as text) as value union select value from addresses where customer_id = $2) a
		where not exists (select 1 from opt_outs o where o.address = a.value and o.channel = '' and o.shop_id = ''
		                  and o.lifted_at is null and not o.tentative)`, m.Address, m.CustomerID)
	if err != nil {
		return false, fmt.Errorf("read opt-outs: %w", err)
	}
	return open, nil
}
