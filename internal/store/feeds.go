package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// The feeds there are.
const (
	FeedTexts    = "texts"    // Twilio is asked
	FeedWebhooks = "webhooks" // Twilio calls
	FeedMail     = "mail"     // the mailbox is read
)

// Feed is a source of news that is asked again and again, by one daemon at a time.
type Feed struct {
	*DB
	Name  string        // for example "twilio"
	Every time.Duration // how often it is asked
}

// Claim reports whether it is this daemon's turn to ask, and where the last one
// stopped. A daemon that dies while it asks is followed by another one.
func (f Feed) Claim(ctx context.Context, now time.Time) (cursor string, mine bool, err error) {
	var cursors []string
	err = f.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into feeds (name) values ($1) on conflict (name) do nothing`, f.Name)
		if err != nil {
			return err
		}
		// A clock that was set back must not keep everybody waiting; one that is a
		// little behind another daemon's does not count as that.
		return tx.SelectContext(ctx, &cursors, `
			update feeds set asked_at = $2 where name = $1 and (asked_at is null or asked_at <= $3 or asked_at > $4)
			returning cursor`, f.Name, at(now), at(now.Add(-f.Every+f.Every/10)), at(now.Add(f.Every)))
	})
	if err != nil {
		return "", false, fmt.Errorf("claim feed %s: %w", f.Name, err)
	}
	if len(cursors) == 0 {
		return "", false, nil
	}
	return cursors[0], true, nil
}

// Done records that the source was heard, and where the next one begins. An empty
// cursor leaves that as it is.
func (f Feed) Done(ctx context.Context, now time.Time, cursor string) error {
	err := f.exec(ctx, `
		insert into feeds (name, cursor, heard_at) values ($1, $2, $3)
		on conflict (name) do update set heard_at = excluded.heard_at, failure = '',
		    cursor = case when excluded.cursor = '' then feeds.cursor else excluded.cursor end`, f.Name, cursor, at(now))
	if err != nil {
		return fmt.Errorf("record news of feed %s: %w", f.Name, err)
	}
	return nil
}

// Failed records why the source could not be heard.
func (f Feed) Failed(ctx context.Context, now time.Time, why string) error {
	err := f.exec(ctx, `update feeds set failed_at = $2, failure = $3 where name = $1`, f.Name, at(now), why)
	if err != nil {
		return fmt.Errorf("record failure of feed %s: %w", f.Name, err)
	}
	return nil
}

// SetAside records one message that could not be read, for a person to look at.
func (f Feed) SetAside(ctx context.Context, now time.Time, key, why string) error {
	err := f.exec(ctx, `
		insert into set_aside (feed, key, at, why) values ($1, $2, $3, $4) on conflict (feed, key) do nothing`,
		f.Name, key, at(now), why)
	if err != nil {
		return fmt.Errorf("set aside a message of feed %s: %w", f.Name, err)
	}
	return nil
}

// FeedState is how a feed stands.
type FeedState struct {
	Name     string `db:"name"`
	AskedAt  Time   `db:"asked_at"`
	HeardAt  Time   `db:"heard_at"`
	FailedAt Time   `db:"failed_at"`
	Failure  string `db:"failure"`
	SetAside int    `db:"set_aside"`
}

// Feeds returns how all feeds stand.
func (d *DB) Feeds(ctx context.Context) ([]FeedState, error) {
	var out []FeedState
	err := d.db.SelectContext(ctx, &out, `
		select name, asked_at, heard_at, failed_at, failure,
		       (select count(*) from set_aside s where s.feed = feeds.name) as set_aside
		from feeds order by name`)
	if err != nil {
		return nil, fmt.Errorf("read feeds: %w", err)
	}
	return out, nil
}

// feedsOf says where news of a channel's messages come from.
var feedsOf = map[outreach.Channel]struct {
	provider string
	feeds    []string
}{
	outreach.SMS:   {"twilio", []string{FeedTexts, FeedWebhooks}},
	outreach.Email: {"smtp", []string{FeedMail}},
}

// Unheard returns the channels by which messages went out in the last week, a day
// ago or earlier, while for a day nothing was heard of their provider: replies
// and refusals may be lost there.
func (d *DB) Unheard(ctx context.Context, now time.Time) ([]outreach.Channel, error) {
	var out []outreach.Channel
	for _, ch := range []outreach.Channel{outreach.Email, outreach.SMS} {
		sent, err := exists(ctx, d.db, `
			select 1 from contacts where handed_at > $1 and handed_at <= $2 and channel = $3 and provider = $4`,
			at(now.AddDate(0, 0, -7)), at(now.AddDate(0, 0, -1)), ch, feedsOf[ch].provider)
		if err != nil {
			return nil, fmt.Errorf("look for messages of the last week: %w", err)
		}
		if !sent {
			continue
		}
		var a args
		since := a.add(now.AddDate(0, 0, -1))
		heard, err := exists(ctx, d.db, `
			select 1 from feeds where heard_at > `+since+` and name in `+in(&a, feedsOf[ch].feeds), a.list...)
		if err != nil {
			return nil, fmt.Errorf("read feeds: %w", err)
		}
		if !heard {
			out = append(out, ch)
		}
	}
	return out, nil
}
