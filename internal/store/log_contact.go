package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// LogContact is one contact in full.
type LogContact struct {
	LogEntry
	Author   string // who of the shop wrote it, "" for the program
	HeldBy   string // the name of whoever holds it back since HeldAt, or did until it expired
	HeldAt   Time
	Answers  int64 // the contact it answers or confirms, 0 for none
	Adviser  string
	Meaning  string // how a reply was understood, "" for other contacts
	NotAfter Time
	Consent  outreach.Consent // what was relied on; the zero consent for nothing
	Events   []ContactEvent   // the oldest first
}

// Contact reads one contact. It fails with ErrNoContact when there is none.
func (l Log) Contact(ctx context.Context, id int64) (c LogContact, err error) {
	entries, err := l.entries(ctx, []int64{id})
	if err != nil {
		return c, err
	}
	if len(entries) == 0 {
		return c, ErrNoContact
	}
	c.LogEntry = entries[0]
	err = l.read(ctx, func(tx *sqlx.Tx) error { return c.complete(ctx, tx) })
	return c, err
}

// complete reads what the log's list does without.
func (c *LogContact) complete(ctx context.Context, tx *sqlx.Tx) error {
	var more struct {
		Author   string `db:"written_by"`
		HeldBy   string `db:"held_by"`
		HeldAt   Time   `db:"held_at"`
		Answers  int64  `db:"answers"`
		Adviser  string `db:"adviser"`
		Meaning  string `db:"meaning"`
		NotAfter Time   `db:"not_after"`
	}
	err := tx.GetContext(ctx, &more, `
		select c.written_by, `+holding()+`, coalesce(c.answers, 0) as answers, c.not_after, coalesce(r.detail, '') as meaning,
		       coalesce((select max(o.adviser) from follow_up_items i join order_lines n on n.id = i.line_id
		           join orders o on o.id = n.order_id where i.follow_up_id = c.follow_up_id), '') as adviser
		from contacts c left join replies r on r.contact_id = c.id where c.id = $1`, c.ID)
	if err != nil {
		return fmt.Errorf("read contact: %w", err)
	}
	c.Author, c.HeldBy, c.HeldAt, c.Answers = more.Author, more.HeldBy, more.HeldAt, more.Answers
	c.Adviser, c.Meaning, c.NotAfter = more.Adviser, more.Meaning, more.NotAfter
	err = tx.SelectContext(ctx, &c.Events, `
		select contact_id, at, from_state, to_state, by_whom, why from contact_events where contact_id = $1 order by id`, c.ID)
	if err != nil {
		return fmt.Errorf("read what became of a contact: %w", err)
	}
	if c.ConsentID == 0 {
		return nil
	}
	list, err := evidence(ctx, tx, ` where id in `, []int64{c.ConsentID})
	if err != nil {
		return fmt.Errorf("read the consent relied on: %w", err)
	}
	if len(list) > 0 {
		c.Consent = list[0]
	}
	return nil
}
