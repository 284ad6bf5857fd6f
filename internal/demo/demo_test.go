package demo

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

func TestMonth(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "maple")
	now := readmeDay
	o := Options{Dir: dir, Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	month, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := now.Sub(month.From); got < 28*24*time.Hour || got > 36*24*time.Hour {
		t.Errorf("the month has %v", got)
	}
	again := 0
	for _, r := range month.Reports {
		if r.Rows == 0 || r.Rejected == r.Rows {
			t.Errorf("%s: %d rows, %d rejected", r.File, r.Rows, r.Rejected)
		}
		if r.Kind == importer.Orders {
			again += r.Counts.Lines.Unchanged
		}
	}
	if again == 0 {
		t.Error("no export repeated a line of the one before")
	}
	db, err := app.OpenDatabase(ctx, month.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	said := map[outreach.Channel]int{}
	refused, open := 0, 0
	err = store.Log{DB: db}.Each(ctx, store.LogFilter{}, func(e store.LogEntry) error {
		state := outreach.State(e.State)
		switch {
		case state.Reached():
			said[outreach.Channel(e.Channel)]++
			if e.Body == "" || e.TemplateVersion == 0 || e.PlaybookVersion == 0 && e.Step > 0 {
				t.Errorf("contact %d went without words or versions: %+v", e.ID, e)
			}
			checkHour(t, e)
		case state == outreach.CallOpen:
			open++
		case state == outreach.Suppressed:
			refused++
			if e.Reason == "" {
				t.Errorf("contact %d was refused without a reason", e.ID)
			}
		case state == outreach.Handed || state == outreach.Unconfirmed:
			t.Errorf("contact %d is left %s", e.ID, state)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if said[outreach.SMS] < 15 || said[outreach.Email] < 15 || said[outreach.Call] < 5 || refused < 5 {
		t.Errorf("said %v, refused %d", said, refused)
	}
	if open < 2 || open > 3 {
		t.Errorf("%d calls are left to make", open)
	}
	if cases, err := (store.Recovery{DB: db}).OpenCases(ctx, o.Now); err != nil || len(cases) != 1 || cases[0].Overdue(o.Now) {
		t.Errorf("recovery cases: %+v, %v", cases, err)
	}
	if files, err := os.ReadDir(month.Rejected); err != nil || len(files) == 0 {
		t.Errorf("no file of rejected rows: %v", err)
	}
	checkOutbox(t, month, said[outreach.SMS]+said[outreach.Email])
	checkLinks(t, month)
	checkReadme(t, dir)

	if _, err := Run(ctx, o); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a second demo in the same folder: %v", err)
	}
}

// checkHour asserts what the customer's clock must show: all of them live in Illinois.
func checkHour(t *testing.T, e store.LogEntry) {
	t.Helper()
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	local := e.HandedAt.In(chicago)
	if local.Hour() < 9 || local.Hour() >= 19 || local.Weekday() == time.Sunday {
		t.Errorf("contact %d went at %s", e.ID, local)
	}
}

func checkOutbox(t *testing.T, month Result, messages int) {
	t.Helper()
	entries, err := os.ReadDir(month.Config.Outbox.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != messages || month.Files != messages {
		t.Errorf("%d files for %d messages", len(entries), messages)
	}
	for _, entry := range entries {
		f, err := os.Open(filepath.Join(month.Config.Outbox.Dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(entry.Name(), ".eml") {
			m, err := mail.ReadMessage(f)
			if err != nil || m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("List-Unsubscribe") == "" {
				t.Errorf("%s: %v, header %v", entry.Name(), err, m.Header)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesMoveByWholeWeeks(t *testing.T) {
	for _, now := range []time.Time{
		time.Date(2026, 10, 12, 13, 0, 0, 0, time.UTC), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		time.Date(2031, 2, 28, 23, 0, 0, 0, time.UTC),
	} {
		files, err := sample(now)
		if err != nil {
			t.Fatal(err)
		}
		weeks, err := weeksOf(files)
		if err != nil {
			t.Fatal(err)
		}
		last := weeks[len(weeks)-1]
		if len(weeks) != 5 || last.exported.Weekday() != time.Monday || last.exported.After(now) || now.Sub(last.exported) > 7*24*time.Hour {
			t.Errorf("at %s the last of %d exports is of %s", now, len(weeks), last.exported)
		}
		if files[last.orders] == nil || files[last.canceled] == nil {
			t.Errorf("files %s and %s are missing", last.orders, last.canceled)
		}
	}
}
