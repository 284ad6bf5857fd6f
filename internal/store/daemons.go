package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// onTheWay repeats the condition of the index contacts_in_doubt: SQLite does not
// see that a contact that is handed is one that is handed or unconfirmed.
const onTheWay = `state in ('handed', 'unconfirmed')`

// Daemons knows who is at work.
type Daemons struct{ *DB }

// Start registers a daemon and returns its id.
func (d Daemons) Start(ctx context.Context, now time.Time, host string, pid int, version string) (int64, error) {
	var id int64
	err := d.tx(ctx, func(tx *sqlx.Tx) error {
		return tx.GetContext(ctx, &id, `
			insert into daemons (host, pid, version, started_at, heartbeat_at) values ($1, $2, $3, $4, $4) returning id`,
			host, pid, version, at(now))
	})
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
		return tx.GetContext(ctx, &alive, `
			select count(*) from daemons where ended_at is null and heartbeat_at > $1 and heartbeat_at <= $2`,
			at(now.Add(-deadAfter)), at(now.Add(deadAfter)))
	})
	if err != nil {
		return 0, fmt.Errorf("record heartbeat: %w", err)
	}
	return alive, nil
}

// Stop records that the daemon ended in good order.
func (d Daemons) Stop(ctx context.Context, now time.Time, id int64) error {
	if err := d.exec(ctx, `update daemons set ended_at = $1 where id = $2`, at(now), id); err != nil {
		return fmt.Errorf("sign daemon off: %w", err)
	}
	return nil
}

// Abandon turns what dead daemons had handed over into contacts in doubt: they
// may or may not have left, so they are never sent again by themselves. A
// daemon is dead when it signed off or its heartbeat is older than deadAfter, or
// as far ahead, by a clock that was wrong; on SQLite, where the caller holds the
// file, every other daemon is dead. Returns how many contacts are newly in doubt.
func (d Daemons) Abandon(ctx context.Context, now time.Time, self int64, deadAfter time.Duration) (n int, err error) {
	dead := `handed_by in (select id from daemons where id <> $1 and (ended_at is not null or heartbeat_at <= $2 or heartbeat_at > $3))`
	params := []any{self, at(now.Add(-deadAfter)), at(now.Add(deadAfter))}
	if !d.postgres {
		dead, params = `handed_by <> $1`, params[:1]
	}
	err = d.tx(ctx, func(tx *sqlx.Tx) error {
		n, err = move(ctx, tx, now, movement{
			from: outreach.Handed, to: outreach.Unconfirmed, reason: "daemon_ended", where: onTheWay + ` and ` + dead,
			why: "the daemon that was sending it ended before the answer was recorded",
		}, params...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("mark contacts of ended daemons: %w", err)
	}
	return n, nil
}
