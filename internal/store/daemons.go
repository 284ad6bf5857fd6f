package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Daemons knows who is at work.
type Daemons struct{ *DB }

// Start registers a daemon and returns its id.
func (d Daemons) Start(ctx context.Context, now time.Time, host string, pid int, version string) (int64, error) {
	var id int64
	err := d.db.GetContext(ctx, &id, `
		insert into daemons (host, pid, version, started_at, heartbeat_at) values ($1, $2, $3, $4, $4) returning id`,
		host, pid, version, at(now))
	if err != nil {
		return 0, fmt.Errorf("register daemon: %w", err)
	}
	return id, nil
}

// Beat records that the daemon is alive and returns how many are.
func (d Daemons) Beat(ctx context.Context, now time.Time, id int64, deadAfter time.Duration) (alive int, err error) {
	err = d.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `update daemons set heartbeat_at = $1 where id = $2`, at(now), id); err != nil {
			return err
		}
		return tx.GetContext(ctx, &alive, `select count(*) from daemons where ended_at is null and heartbeat_at > $1`,
			at(now.Add(-deadAfter)))
	})
	if err != nil {
		return 0, fmt.Errorf("record heartbeat: %w", err)
	}
	return alive, nil
}

// Stop records that the daemon ended in good order.
func (d Daemons) Stop(ctx context.Context, now time.Time, id int64) error {
	if _, err := d.db.ExecContext(ctx, `update daemons set ended_at = $1 where id = $2`, at(now), id); err != nil {
		return fmt.Errorf("sign daemon off: %w", err)
	}
	return nil
}

// Abandon turns what dead daemons had handed over into contacts in doubt: they
// may or may not have left, so they are never sent again by themselves. A
// daemon is dead when it signed off or its heartbeat is older than deadAfter;
// on SQLite, where the caller holds the file, every other daemon is dead.
// Returns how many contacts are newly in doubt.
func (d Daemons) Abandon(ctx context.Context, now time.Time, self int64, deadAfter time.Duration) (int, error) {
	dead := `handed_by in (select id from daemons where id <> $2 and (ended_at is not null or heartbeat_at <= $3))`
	params := []any{at(now), self, at(now.Add(-deadAfter))}
	if !d.postgres {
		dead, params = `handed_by <> $2`, params[:2]
	}
	var n int64
	err := d.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			insert into contact_events (contact_id, at, from_state, to_state, by_whom, why)
			select id, $1, 'handed', 'unconfirmed', 'courtesyd',
			       'the daemon that was sending it ended before the answer was recorded'
			from contacts where state = 'handed' and `+dead, params...)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `
			update contacts set state = 'unconfirmed', reason = 'daemon_ended'
			where state = 'handed' and $1 = $1 and `+dead, params...)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("mark contacts of ended daemons: %w", err)
	}
	return int(n), nil
}
