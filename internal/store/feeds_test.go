package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// TestFeedIsAskedByOne of many daemons at a time, and by the next one when the
// first has died; its place is kept.
func TestFeedIsAskedByOne(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *store.DB) {
		ctx, f := t.Context(), store.Feed{DB: db, Name: "texts", Every: time.Minute}
		claim := func(now time.Time) (turns int32, cursor string) {
			t.Helper()
			var n atomic.Int32
			var mu sync.Mutex
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					at, mine, err := f.Claim(ctx, now)
					if err != nil {
						t.Error(err)
					}
					if mine {
						n.Add(1)
						mu.Lock()
						defer mu.Unlock()
						cursor = at
					}
				})
			}
			all.Wait()
			return n.Load(), cursor
		}
		expect := func(now time.Time, turns int32, cursor string) {
			t.Helper()
			if n, at := claim(now); n != turns || at != cursor {
				t.Errorf("at %s: %d turns from %q, want %d from %q", now.Format(time.TimeOnly), n, at, turns, cursor)
			}
		}
		expect(noon, 1, "")
		if err := f.Done(ctx, noon, "page 2"); err != nil {
			t.Fatal(err)
		}
		expect(noon.Add(30*time.Second), 0, "")
		expect(noon.Add(-2*time.Second), 0, "")    // a daemon whose clock is behind
		expect(noon.Add(time.Minute), 1, "page 2") // and dies
		if err := f.Failed(ctx, noon.Add(time.Minute), "no route"); err != nil {
			t.Fatal(err)
		}
		expect(noon.Add(2*time.Minute), 1, "page 2")
		if err := f.Done(ctx, noon.Add(2*time.Minute), ""); err != nil {
			t.Fatal(err)
		}
		expect(noon.Add(-time.Hour), 1, "page 2") // every clock was set back
	})
}

// TestFeedState is what `courtesyd check` tells about it.
func TestFeedState(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *store.DB) {
		ctx, f := t.Context(), store.Feed{DB: db, Name: "mail", Every: time.Minute}
		state := func() store.FeedState {
			t.Helper()
			all, err := db.Feeds(ctx)
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			return all[0]
		}
		if _, _, err := f.Claim(ctx, noon); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := f.SetAside(ctx, noon, "uid 7", "it has no end"); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Failed(ctx, noon.Add(time.Second), "no route"); err != nil {
			t.Fatal(err)
		}
		if s := state(); s.SetAside != 1 || s.Failure != "no route" || !s.FailedAt.Equal(noon.Add(time.Second)) || !s.HeardAt.IsZero() || !s.AskedAt.Equal(noon) {
			t.Errorf("after a failure: %+v", s)
		}
		if err := f.Done(ctx, noon.Add(time.Minute), "8"); err != nil {
			t.Fatal(err)
		}
		if s := state(); s.Failure != "" || !s.HeardAt.Equal(noon.Add(time.Minute)) || s.SetAside != 1 {
			t.Errorf("after it was heard: %+v", s)
		}
	})
}
