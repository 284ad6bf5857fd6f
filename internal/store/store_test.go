package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

func TestBrakeOutlivesEverything(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := context.Background(), time.Date(2026, 9, 7, 15, 0, 0, 0, time.UTC)
		c := store.Controls{DB: db}
		if err := c.StopAll(ctx, now, "tester", "a look"); err != nil {
			t.Fatal(err)
		}
		if err := c.Hold(ctx, now, outreach.SMS, "tester", "not registered"); err != nil {
			t.Fatal(err)
		}
		brakes, err := c.Brakes(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(brakes) != 2 || brakes[""].Value != "a look" || brakes["sms"].By != "tester" || !brakes[""].At.Equal(now) {
			t.Fatalf("brakes = %+v", brakes)
		}
		if err := c.Resume(ctx, now, "tester"); err != nil {
			t.Fatal(err)
		}
		if brakes, err = c.Brakes(ctx); err != nil || len(brakes) != 0 {
			t.Fatalf("after resume: %+v, %v", brakes, err)
		}
	})
}

func TestSQLiteFileIsPrivateAndOne(t *testing.T) {
	dir := t.TempDir()
	old := syscall.Umask(0o022)
	defer syscall.Umask(old)
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(dir, "courtesy.db")})
	must(t, err)
	defer func() { must(t, db.Close()) }()
	_, err = db.Migrate(t.Context())
	must(t, err)
	for _, name := range []string{"courtesy.db", "courtesy.db-wal", "courtesy.db-shm"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	release, err := db.Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = release() }()
	if err := os.Symlink(filepath.Join(dir, "courtesy.db"), filepath.Join(dir, "link.db")); err != nil {
		t.Fatal(err)
	}
	other := testdb.Open(t, "sqlite:"+filepath.Join(dir, "link.db"))
	if _, err := other.Lock(); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a second lock through a link: %v", err)
	}
}
