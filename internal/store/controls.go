package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Controls are the switches that outlive a restart: the brake, the channels
// that are held, and what the installation calls itself.
type Controls struct{ *DB }

const (
	controlStopAll      = "stop_all"
	controlHold         = "hold:" // followed by the channel
	controlInstallation = "installation"
	controlMode         = "mode"
	controlDocuments    = "documents"
)

// Control is one switch as it was last set.
type Control struct {
	Name  string `db:"name"`
	Value string `db:"value"`
	By    string `db:"by_whom"`
	At    Time   `db:"at"`
}

// StopAll puts the brake on for the whole installation. When it returns, nothing
// more is handed over: it waits for hand-overs in progress, and later ones see it.
func (c Controls) StopAll(ctx context.Context, now time.Time, who, why string) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		if err := c.lockBrake(ctx, tx, "pg_advisory_xact_lock"); err != nil {
			return err
		}
		return setControl(ctx, tx, now, controlStopAll, why, who)
	})
}

// lockBrake makes StopAll and Resume, which lock alone, and hand-overs, which
// share the lock, wait for each other. It comes before all other locks. On SQLite a
// writing transaction is alone anyway.
func (d *DB) lockBrake(ctx context.Context, tx *sqlx.Tx, lock string) error {
	if !d.postgres {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `select `+lock+`($1, $2)`, lockClass, lockBuckets+1); err != nil {
		return fmt.Errorf("lock the brake: %w", err)
	}
	return nil
}

// Resume releases the brake and every held channel.
func (c Controls) Resume(ctx context.Context, now time.Time, who string) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := c.release(ctx, tx, now, who, "all", `name = $1 or name like $2`, controlStopAll, controlHold+"%")
		return err
	})
}

// Release releases the brake (channel "") or one held channel, as it was stopped
// at a time: what somebody else has stopped since then stays, and it reports false.
func (c Controls) Release(ctx context.Context, now time.Time, who string, channel outreach.Channel, stopped time.Time) (released bool, err error) {
	name := controlStopAll
	if channel != "" {
		name = controlHold + string(channel)
	}
	err = c.tx(ctx, func(tx *sqlx.Tx) (err error) {
		released, err = c.release(ctx, tx, now, who, string(channel), `name = $1 and at = $2`, name, at(stopped))
		return err
	})
	return released, err
}

// release deletes the controls of a condition. What waited for them is looked at
// again at once.
func (c Controls) release(ctx context.Context, tx *sqlx.Tx, now time.Time, who, what, which string, args ...any) (released bool, err error) {
	if err := c.lockBrake(ctx, tx, "pg_advisory_xact_lock"); err != nil {
		return false, err
	}
	gone, err := tx.ExecContext(ctx, `delete from controls where `+which, args...)
	if err != nil {
		return false, fmt.Errorf("release the brake: %w", err)
	}
	if n, err := gone.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `
		update contacts set next_at = $1 where state = 'planned' and next_at > $1
		  and (reason like '%stop_all%' or reason like '%channel_hold%')`, at(now))
	if err != nil {
		return false, fmt.Errorf("wake what waited: %w", err)
	}
	return true, audit(ctx, tx, now, who, "resume", what, "")
}

// Hold stops one channel until it is released, because nothing would pass.
func (c Controls) Hold(ctx context.Context, now time.Time, ch outreach.Channel, who, why string) error {
	return c.set(ctx, now, controlHold+string(ch), why, who)
}

// Brakes returns what is stopped now: the brake under "", held channels under
// their own name, each with the reason given.
func (c Controls) Brakes(ctx context.Context) (map[string]Control, error) {
	var rows []Control
	err := c.db.SelectContext(ctx, &rows, `
		select name, value, by_whom, at from controls where name = $1 or name like $2`, controlStopAll, controlHold+"%")
	if err != nil {
		return nil, fmt.Errorf("read brakes: %w", err)
	}
	out := make(map[string]Control, len(rows))
	for _, r := range rows {
		ch := strings.TrimPrefix(r.Name, controlHold)
		if r.Name == controlStopAll {
			ch = ""
		}
		out[ch] = r
	}
	return out, nil
}

// Installation returns the name of this installation, the same for ever. It is
// part of every Message-ID; fresh is used when there is none yet.
func (c Controls) Installation(ctx context.Context, now time.Time, fresh string) (string, error) {
	var name string
	err := c.tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			insert into controls (name, value, by_whom, at) values ($1, $2, 'courtesyd', $3)
			on conflict (name) do nothing`, controlInstallation, fresh, at(now))
		if err != nil {
			return err
		}
		return tx.GetContext(ctx, &name, `select value from controls where name = $1`, controlInstallation)
	})
	if err != nil {
		return "", fmt.Errorf("read installation name: %w", err)
	}
	return name, nil
}

// SetMode records the mode the daemon runs in. On leaving rehearsal, what was
// only rehearsed ends, and its customers are looked at again by the next scan:
// nothing counts as contacted.
func (c Controls) SetMode(ctx context.Context, now time.Time, mode outreach.Mode, who string) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		var before []string
		if err := tx.SelectContext(ctx, &before, `select value from controls where name = $1`, controlMode); err != nil {
			return fmt.Errorf("read mode: %w", err)
		}
		if len(before) == 1 && before[0] == string(mode) {
			return nil
		}
		if err := setControl(ctx, tx, now, controlMode, string(mode), who); err != nil {
			return err
		}
		if mode == outreach.Rehearsal {
			return nil
		}
		return endRehearsal(ctx, tx, now)
	})
}

// inMode fails with outreach.ErrOtherMode where the installation is not in the
// mode the caller works in, and keeps the mode as it is until tx ends. Before
// the first daemon has said its mode, every mode is right.
func (d *DB) inMode(ctx context.Context, tx *sqlx.Tx, rehearsal bool) error {
	lock := ""
	if d.postgres {
		lock = " for share"
	}
	return modeIs(ctx, tx, rehearsal, lock)
}

// modeIs is inMode with the lock that is to be taken, "" for none.
func modeIs(ctx context.Context, tx *sqlx.Tx, rehearsal bool, lock string) error {
	var mode []string
	if err := tx.SelectContext(ctx, &mode, `select value from controls where name = $1`+lock, controlMode); err != nil {
		return fmt.Errorf("read mode: %w", err)
	}
	if len(mode) == 1 && (mode[0] == string(outreach.Rehearsal)) != rehearsal {
		return outreach.ErrOtherMode
	}
	return nil
}

// endRehearsal marks everybody who was rehearsed with, also where the rehearsal
// came to its end: for the shop nothing was said to them.
func endRehearsal(ctx context.Context, tx *sqlx.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		insert into scan_marks (customer_id) select distinct customer_id from follow_ups where rehearsal`)
	if err != nil {
		return fmt.Errorf("look again at rehearsed customers: %w", err)
	}
	for _, from := range []outreach.State{outreach.Planned, outreach.CallOpen} {
		_, err := move(ctx, tx, now, movement{
			from: from, to: outreach.Canceled, reason: "rehearsal_ended", why: "the rehearsal ended", where: "rehearsal",
		})
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `
		update follow_ups set state = 'ended', end_reason = 'rehearsal_ended', ended_at = $1
		where rehearsal and state = 'active'`, at(now))
	if err != nil {
		return fmt.Errorf("end rehearsed follow-ups: %w", err)
	}
	return nil
}

func (c Controls) set(ctx context.Context, now time.Time, name, value, who string) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error { return setControl(ctx, tx, now, name, value, who) })
}

func setControl(ctx context.Context, tx *sqlx.Tx, now time.Time, name, value, who string) error {
	_, err := tx.ExecContext(ctx, `
		insert into controls (name, value, by_whom, at) values ($1, $2, $3, $4)
		on conflict (name) do update set value = excluded.value, by_whom = excluded.by_whom, at = excluded.at`,
		name, value, who, at(now))
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	return audit(ctx, tx, now, who, "set "+name, "", value)
}

// audit writes who changed what. It never holds a secret, nor the number or address
// of a customer; where colleagues' daily mail goes is theirs to know.
func audit(ctx context.Context, tx *sqlx.Tx, now time.Time, who, what, object, detail string) error {
	_, err := tx.ExecContext(ctx, `insert into audit_log (at, who, what, object, detail) values ($1, $2, $3, $4, $5)`,
		at(now), who, what, object, detail)
	if err != nil {
		return fmt.Errorf("write audit log: %w", err)
	}
	return nil
}
