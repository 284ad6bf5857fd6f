package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// Sessions keeps who is signed in. It is a scs.CtxStore. Of a session that was ended
// the token is kept until it would have expired, without data: a page that was
// asked for before would bring it back to life.
type Sessions struct {
	*DB
	Now func() time.Time
}

// FindCtx implements scs.CtxStore.
func (s Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	var text string
	switch err := s.db.GetContext(ctx, &text, `select data from sessions where token = $1 and expires_at > $2 and data <> ''`, token, at(s.Now())); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("read session: %w", err)
	}
	data, err = base64.StdEncoding.DecodeString(text)
	return data, err == nil, err
}

// CommitCtx implements scs.CtxStore. It also forgets what has expired.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	err := s.exec(ctx, `
		insert into sessions (token, data, expires_at) values ($1, $2, $3)
		on conflict (token) do update set data = excluded.data, expires_at = excluded.expires_at where sessions.data <> ''`,
		token, base64.StdEncoding.EncodeToString(data), at(expiry))
	if err == nil {
		err = s.exec(ctx, `delete from sessions where expires_at < $1`, at(s.Now()))
	}
	if err != nil {
		return fmt.Errorf("write session: %w", err)
	}
	return nil
}

// DeleteCtx implements scs.CtxStore.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	if err := s.exec(ctx, `update sessions set data = '' where token = $1`, token); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// Find implements scs.Store; FindCtx is what is called.
func (s Sessions) Find(token string) (data []byte, found bool, err error) {
	return s.FindCtx(context.Background(), token)
}

// Commit implements scs.Store; CommitCtx is what is called.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete implements scs.Store; DeleteCtx is what is called.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
