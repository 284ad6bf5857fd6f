package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// ErrNoUser means that nobody of that name may sign in.
var ErrNoUser = errors.New("there is no such user")

// ErrLoginTaken means that somebody signs in under that name already.
var ErrLoginTaken = errors.New("somebody signs in under this name already; take another one")

// ErrLastManager means that nobody would be left who can manage users.
var ErrLastManager = errors.New("this is the last manager; make somebody else a manager first")

// Users are the people who may sign in.
type Users struct{ *DB }

type userRow struct {
	ID           int64  `db:"id"`
	Login        string `db:"login"`
	Name         string `db:"name"`
	Role         string `db:"role"`
	Adviser      string `db:"adviser"`
	Email        string `db:"email"`
	Epoch        int    `db:"epoch"`
	CreatedAt    Time   `db:"created_at"`
	DisabledAt   Time   `db:"disabled_at"`
	PasswordHash string `db:"password_hash"`
}

const userColumns = `select id, login, name, role, adviser, email, epoch, created_at, disabled_at, password_hash from users `

func (r userRow) user() outreach.User {
	return outreach.User{
		ID: r.ID, Login: r.Login, Name: r.Name, Role: outreach.Role(r.Role), Adviser: r.Adviser, Email: r.Email,
		Epoch: r.Epoch, CreatedAt: r.CreatedAt.Time, DisabledAt: r.DisabledAt.Time,
	}
}

// Add lets somebody sign in. An empty hash leaves that to the proxy in front.
func (u Users) Add(ctx context.Context, now time.Time, by string, n outreach.User, hash string) (id int64, err error) {
	err = u.tx(ctx, func(tx *sqlx.Tx) error {
		var ids []int64
		err := tx.SelectContext(ctx, &ids, `
			insert into users (login, name, role, adviser, email, password_hash, created_at) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (login) do nothing returning id`, n.Login, n.Name, n.Role, n.Adviser, n.Email, hash, at(now))
		switch {
		case err != nil:
			return fmt.Errorf("add user: %w", err)
		case len(ids) == 0:
			return ErrLoginTaken
		}
		id = ids[0]
		return audit(ctx, tx, now, by, "add user", n.Login, describeNew(n))
	})
	return id, err
}

// Find returns who signs in under a name, with the hash of the password, or
// ErrNoUser.
func (u Users) Find(ctx context.Context, login string) (outreach.User, string, error) {
	return u.one(ctx, `where login = $1`, login)
}

// ByID returns a user, or ErrNoUser.
func (u Users) ByID(ctx context.Context, id int64) (outreach.User, error) {
	user, _, err := u.one(ctx, `where id = $1`, id)
	return user, err
}

func (u Users) one(ctx context.Context, where string, key any) (outreach.User, string, error) {
	var r userRow
	switch err := u.db.GetContext(ctx, &r, userColumns+where, key); {
	case errors.Is(err, sql.ErrNoRows):
		return outreach.User{}, "", ErrNoUser
	case err != nil:
		return outreach.User{}, "", fmt.Errorf("read user: %w", err)
	}
	return r.user(), r.PasswordHash, nil
}

// All lists the users, those who may sign in first.
func (u Users) All(ctx context.Context) ([]outreach.User, error) {
	var rows []userRow
	if err := u.db.SelectContext(ctx, &rows, userColumns+`order by disabled_at is not null, lower(name), id`); err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	out := make([]outreach.User, len(rows))
	for i, r := range rows {
		out[i] = r.user()
	}
	return out, nil
}

// Change writes a user's name, role, adviser and address, and whether they may sign in.
// Who may not any more is signed out; what a role allows is looked up at each step.
func (u Users) Change(ctx context.Context, now time.Time, by string, n outreach.User) error {
	return u.tx(ctx, func(tx *sqlx.Tx) error {
		if err := u.lockManagers(ctx, tx); err != nil {
			return err
		}
		var was userRow
		err := tx.GetContext(ctx, &was, userColumns+`where id = $1`, n.ID)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrNoUser
		case err != nil:
			return fmt.Errorf("read user: %w", err)
		}
		_, err = tx.ExecContext(ctx, `
			update users set name = $2, role = $3, adviser = $4, email = $6, disabled_at = `+u.moment("$5")+`,
			    epoch = epoch + case when `+u.moment("$5")+` is not null then 1 else 0 end
			where id = $1`, n.ID, n.Name, n.Role, n.Adviser, at(n.DisabledAt), n.Email)
		if err != nil {
			return fmt.Errorf("change user: %w", err)
		}
		if err := managersLeft(ctx, tx); err != nil {
			return err
		}
		from, to := describeUser(was.user()), describeUser(n)
		if from == to {
			return nil
		}
		return audit(ctx, tx, now, by, "change user", was.Login, "from "+from+" to "+to)
	})
}

func describeNew(u outreach.User) string {
	if u.Email == "" {
		return string(u.Role)
	}
	return string(u.Role) + ", mail to " + u.Email
}

func describeUser(u outreach.User) string {
	text := fmt.Sprintf("%q, %s", u.Name, u.Role)
	if u.Adviser != "" {
		text += fmt.Sprintf(", adviser %q", u.Adviser)
	}
	if u.Email != "" {
		text += ", mail to " + u.Email
	}
	if !u.DisabledAt.IsZero() {
		text += ", disabled"
	}
	return text
}

// lockManagers makes whoever else changes who manages wait until tx ends: two
// managers who take each other's rights away must not both find the other one left.
func (u Users) lockManagers(ctx context.Context, tx *sqlx.Tx) error {
	if !u.postgres {
		return nil
	}
	_, err := tx.ExecContext(ctx, `select 1 from users where role <> 'adviser' order by id for update`)
	if err != nil {
		return fmt.Errorf("lock managers: %w", err)
	}
	return nil
}

// managersLeft keeps the shop from locking itself out.
func managersLeft(ctx context.Context, tx *sqlx.Tx) error {
	var n int
	err := tx.GetContext(ctx, &n, `select count(*) from users where role <> 'adviser' and disabled_at is null`)
	if err == nil && n == 0 {
		err = ErrLastManager
	}
	return err
}

// SetPassword writes the hash of a new password, which ends all sessions.
func (u Users) SetPassword(ctx context.Context, now time.Time, by string, id int64, hash string) error {
	return u.endSessions(ctx, now, by, id, "new password", `password_hash = $2, `, hash)
}

// SignOutEverywhere ends all sessions of a user.
func (u Users) SignOutEverywhere(ctx context.Context, now time.Time, by string, id int64) error {
	return u.endSessions(ctx, now, by, id, "sign out everywhere", "")
}

func (u Users) endSessions(ctx context.Context, now time.Time, by string, id int64, what, set string, params ...any) error {
	return u.tx(ctx, func(tx *sqlx.Tx) error {
		var login []string
		err := tx.SelectContext(ctx, &login, `update users set `+set+`epoch = epoch + 1 where id = $1 returning login`,
			append([]any{id}, params...)...)
		switch {
		case err != nil:
			return fmt.Errorf("change user: %w", err)
		case len(login) == 0:
			return ErrNoUser
		}
		return audit(ctx, tx, now, by, what, login[0], "")
	})
}
