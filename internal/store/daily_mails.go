package store

import (
	"context"
	"fmt"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// DailyMails remembers whose mail of a day is sent, or was begun. Days are written
// as 2026-06-02, by the first shop's clock.
type DailyMails struct{ *DB }

// Due lists who is to be told on a day and has not been: users with an address who
// may sign in, without a mail of the day or with one that is to be tried again by now.
func (d DailyMails) Due(ctx context.Context, now time.Time, day string) ([]outreach.User, error) {
	var rows []userRow
	err := d.db.SelectContext(ctx, &rows, userColumns+`where email <> '' and disabled_at is null and not exists (
		    select 1 from daily_mails m where m.user_id = users.id and m.day = $1 and (m.outcome <> 'later' or m.next_at > $2))
		order by id`, day, at(now))
	if err != nil {
		return nil, fmt.Errorf("read who gets a daily mail: %w", err)
	}
	out := make([]outreach.User, len(rows))
	for i, r := range rows {
		out[i] = r.user()
	}
	return out, nil
}

// Claim takes a user's mail of a day for its caller, who may then send it: of
// several daemons one gets the number of the attempt, and the others 0. So does
// everybody when the user is no longer who they were: disabled, or with another
// address or role.
func (d DailyMails) Claim(ctx context.Context, now time.Time, day string, u outreach.User) (attempt int, err error) {
	done, err := d.write(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	var attempts []int
	err = d.db.SelectContext(ctx, &attempts, `
		insert into daily_mails (user_id, day, attempts, claimed_at)
		select id, $2, 1, `+d.moment("$3")+` from users where id = $1 and email = $4 and role = $5 and disabled_at is null
		on conflict (user_id, day) do update set attempts = daily_mails.attempts + 1, claimed_at = excluded.claimed_at, outcome = ''
		    where daily_mails.outcome = 'later' and daily_mails.next_at <= excluded.claimed_at
		returning attempts`, u.ID, day, at(now), u.Email, u.Role)
	if err != nil {
		return 0, fmt.Errorf("claim a daily mail: %w", err)
	}
	if len(attempts) == 0 {
		return 0, nil
	}
	return attempts[0], nil
}

// Settle records what became of a claimed mail; again is when one that is to be
// tried later may be.
func (d DailyMails) Settle(ctx context.Context, day string, userID int64, outcome outreach.DailyOutcome, again time.Time) error {
	err := d.exec(ctx, `update daily_mails set outcome = $3, next_at = $4 where user_id = $1 and day = $2 and outcome = ''`,
		userID, day, outcome, at(again))
	if err != nil {
		return fmt.Errorf("record a daily mail: %w", err)
	}
	return nil
}
