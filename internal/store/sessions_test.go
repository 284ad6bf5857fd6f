package store_test

import (
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// A page that was asked for before somebody signed out is done after it: the
// session that it writes back stays at its end.
func TestEndedSessionStaysEnded(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, now := t.Context(), noon
		sessions := store.Sessions{DB: b.DB, Now: func() time.Time { return now }}
		expiry := noon.Add(time.Hour)
		write := func(token, data string) {
			t.Helper()
			if err := sessions.CommitCtx(ctx, token, []byte(data), expiry); err != nil {
				t.Fatal(err)
			}
		}
		read := func(token string) (string, bool) {
			t.Helper()
			data, found, err := sessions.FindCtx(ctx, token)
			if err != nil {
				t.Fatal(err)
			}
			return string(data), found
		}
		write("one", "kim")
		write("one", "kim again")
		if data, found := read("one"); !found || data != "kim again" {
			t.Errorf("a session reads %q, %v", data, found)
		}
		if err := sessions.DeleteCtx(ctx, "one"); err != nil {
			t.Fatal(err)
		}
		write("one", "kim")
		if data, found := read("one"); found {
			t.Errorf("after its end a session goes on as %q", data)
		}
		now, expiry = noon.Add(2*time.Hour), noon.Add(3*time.Hour)
		write("two", "lee")
		if n := b.Count(`select count(*) from sessions`); n != 1 {
			t.Errorf("%d sessions are kept, want the one that has not expired", n)
		}
	})
}
