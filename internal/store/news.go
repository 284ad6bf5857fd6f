package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// How many bounces that may pass are too many, within how long.
const (
	softBounces = 3
	softWithin  = 30 * 24 * time.Hour
)

// News records what a provider tells about messages it took, in any order and
// however often. What belongs to no message of ours is passed over.
func (b Inbox) News(ctx context.Context, now time.Time, by string, news []outreach.News) error {
	err := b.tx(ctx, func(tx *sqlx.Tx) error {
		known, err := b.locate(ctx, tx, news)
		if err != nil {
			return err
		}
		// Before anything else, in the order of all who record what a person said.
		if err := b.lockPeople(ctx, tx, nil, refusedIn(known)...); err != nil {
			return err
		}
		for _, results := range inTurn(known) {
			if _, err := Queue(b).record(ctx, tx, now, by, results); err != nil {
				return err
			}
		}
		for _, n := range known {
			if err := b.heedNews(ctx, tx, now, by, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record news of messages: %w", err)
	}
	return nil
}

// refusedIn returns the addresses that news say something about beyond their
// message.
func refusedIn(news []outreach.News) []string {
	var out []string
	for _, n := range news {
		if n.OptOut != nil || n.Complaint {
			out = append(out, n.Address)
		}
	}
	return out
}

// inTurn returns the results among news in groups, none of which has two of the
// same message: the second of them is judged by what the first has made of it.
func inTurn(news []outreach.News) [][]outreach.Result {
	var out [][]outreach.Result
	before := make(map[int64]int)
	for _, n := range news {
		if n.State == "" {
			continue
		}
		turn := before[n.ContactID]
		before[n.ContactID]++
		if turn == len(out) {
			out = append(out, nil)
		}
		out[turn] = append(out[turn], n.Result)
	}
	return out
}

// locate finds the contacts that news are about, and the addresses they went to.
func (b Inbox) locate(ctx context.Context, tx *sqlx.Tx, news []outreach.News) ([]outreach.News, error) {
	var ids, keys args
	var idList, keyList []any
	for _, n := range news {
		if n.ContactID != 0 {
			idList = append(idList, n.ContactID)
		} else if n.ProviderID != "" {
			keyList = append(keyList, n.ProviderID)
		}
	}
	type row struct {
		ID         int64  `db:"id"`
		Provider   string `db:"provider"`
		ProviderID string `db:"provider_id"`
		Address    string `db:"address"`
	}
	const columns = `select c.id, c.provider, c.provider_id, w.address from contacts c join contact_words w on w.contact_id = c.id
		where c.direction = 'out' and `
	byID, byKey := map[int64]row{}, map[string]row{}
	var rows []row
	if len(idList) > 0 {
		if err := tx.SelectContext(ctx, &rows, columns+`c.id in `+in(&ids, idList), ids.list...); err != nil {
			return nil, fmt.Errorf("look for messages: %w", err)
		}
	}
	for _, r := range rows {
		byID[r.ID] = r
	}
	rows = nil
	if len(keyList) > 0 {
		if err := tx.SelectContext(ctx, &rows, columns+`c.provider_id in `+in(&keys, keyList), keys.list...); err != nil {
			return nil, fmt.Errorf("look for messages: %w", err)
		}
	}
	for _, r := range rows {
		byKey[r.Provider+" "+r.ProviderID] = r
	}
	var out []outreach.News
	for _, n := range news {
		r, ok := byID[n.ContactID]
		if n.ContactID == 0 {
			r, ok = byKey[n.Provider+" "+n.ProviderID]
		}
		// News that names an address has no better proof: it must be the one that was
		// written to.
		if !ok || r.Address == "" || n.Address != "" && n.Address != r.Address {
			continue
		}
		n.ContactID, n.Address = r.ID, r.Address
		if n.Soft {
			n.Reason = outreach.SoftBounce
		}
		if n.OptOut != nil {
			o := *n.OptOut
			o.Address = r.Address
			n.OptOut = &o
		}
		out = append(out, n)
	}
	return out, nil
}

// heedNews does what goes beyond the state of the contact. What is said again
// changes nothing.
func (b Inbox) heedNews(ctx context.Context, tx *sqlx.Tx, now time.Time, by string, n outreach.News) error {
	if n.Complaint {
		err := b.complaint(ctx, tx, now, by, n)
		if err != nil {
			return err
		}
	}
	if n.State == "" && (n.Mark != "" || n.Line != "") {
		return markAddress(ctx, tx, n.Address, n.Mark, n.Line)
	}
	if !n.Soft {
		return nil
	}
	var count int
	err := tx.GetContext(ctx, &count, `
		select count(*) from contact_words w join contacts c on c.id = w.contact_id
		where w.address = $1 and c.reason = '`+outreach.SoftBounce+`' and c.ended_at >= $2`, n.Address, at(now.Add(-softWithin)))
	if err != nil {
		return fmt.Errorf("count bounces: %w", err)
	}
	if count < softBounces {
		return nil
	}
	return markAddress(ctx, tx, n.Address, outreach.AddressBounced, "")
}

// complaint is a refusal, and a word to the shop.
func (b Inbox) complaint(ctx context.Context, tx *sqlx.Tx, now time.Time, by string, n outreach.News) error {
	var before []string
	err := tx.SelectContext(ctx, &before, `
		select state from contacts c where id = $1 and not exists (
		    select 1 from contact_events e where e.contact_id = c.id and e.why = $2)`, n.ContactID, complained)
	if err != nil {
		return fmt.Errorf("read contact: %w", err)
	}
	if len(before) == 0 {
		return nil // told already
	}
	_, err = b.refuse(ctx, tx, outreach.OptOut{
		Address: n.Address, Person: true, Reason: outreach.ReasonComplaint, Source: by, RecordedAt: now,
	})
	if err != nil {
		return err
	}
	return writeEvents(ctx, tx, [][]any{{n.ContactID, at(now), before[0], before[0], by, complained}})
}

const complained = "the customer reported the message as unwanted"

// Unsettled returns messages of a channel that were accepted before a time and of
// which nothing final was heard, and puts off asking about them again: twice as
// long each time, and no more once they are older than giveUp.
func (b Inbox) Unsettled(ctx context.Context, now time.Time, ch outreach.Channel, olderThan, giveUp time.Duration, limit int) ([]outreach.Contact, error) {
	var out []outreach.Contact
	err := b.tx(ctx, func(tx *sqlx.Tx) error {
		var rows []struct {
			ID         int64  `db:"id"`
			ShopID     string `db:"shop_id"`
			Attempts   int    `db:"attempts"`
			ProviderID string `db:"provider_id"`
			HandedAt   Time   `db:"handed_at"`
		}
		err := tx.SelectContext(ctx, &rows, fmt.Sprintf(`
			select id, shop_id, attempts, provider_id, handed_at from contacts
			where state = 'accepted' and channel = '%s' and provider_id <> '' and next_at <= $1 and handed_at <= $2 and handed_at > $3
			order by handed_at limit %d%s`, ch, limit, b.skipLocked()), at(now), at(now.Add(-olderThan)), at(now.Add(-giveUp)))
		if err != nil {
			return err
		}
		for _, r := range rows {
			out = append(out, outreach.Contact{
				ID: r.ID, ShopID: r.ShopID, Channel: ch, State: outreach.Accepted, Attempts: r.Attempts,
				ProviderID: r.ProviderID, HandedAt: r.HandedAt.Time,
			})
			next := now.Add(max(now.Sub(r.HandedAt.Time), olderThan))
			if _, err := tx.ExecContext(ctx, `update contacts set next_at = $2 where id = $1`, r.ID, at(next)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read messages without final news: %w", err)
	}
	return out, nil
}
