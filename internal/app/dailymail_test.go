package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// TestDaemonSendsTheDailyMail: the whole program, in the rehearsal of a new
// installation, tells who has an address what waits.
func TestDaemonSendsTheDailyMail(t *testing.T) {
	c := emptyConfig(t)
	c.Shops[0].TimeZone = "America/Chicago"
	db, err := OpenDatabase(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	morning := time.Date(2026, 6, 2, 13, 0, 0, 0, time.UTC) // eight o'clock in Chicago
	u := outreach.User{Login: "pat", Name: "Pat Sample", Role: outreach.RoleManager, Email: "pat@example.com"}
	_, err = store.Users{DB: db}.Add(t.Context(), morning, "test", u, "")
	if err == nil {
		err = store.Controls{DB: db}.StopAll(t.Context(), morning, "test", "wrong prices")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	d := Daemon{Config: c, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return morning }}
	go func() { ended <- d.Run(ctx, nil) }()
	mail := awaited(t, filepath.Join(c.Outbox.Dir, "daily-2026-06-02-1-1-email.eml"), ended)
	for _, words := range []string{
		"To: \"Pat Sample\" <pat@example.com>", "Subject: Tuesday, June 2: 1 problem", "Auto-Submitted: auto-generated",
		"All sending is stopped since Tue Jun 2, 8:00 AM: wrong prices.", "See the page Today.",
	} {
		if !strings.Contains(mail, words) {
			t.Errorf("it does not say %q in\n%s", words, mail)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// awaited returns what is in a file, once it is there.
func awaited(t *testing.T, path string, ended <-chan error) string {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if content, err := os.ReadFile(path); err == nil {
			return string(content)
		}
		select {
		case <-look.C:
		case err := <-ended:
			t.Fatalf("the daemon has ended: %v", err)
		}
	}
}
