package systemd_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/courtesyd/courtesyd/internal/systemd"
)

// manager listens as systemd would and returns what it has been told so far.
func manager(t *testing.T) (heard func() []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() []string {
		var all []string
		buf := make([]byte, 4096)
		// A socket cannot be asked whether it is empty without waiting: a
		// last message marks the end.
		if err := systemd.Notify("END=1"); err != nil {
			t.Fatal(err)
		}
		for {
			n, err := conn.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			if string(buf[:n]) == "END=1" {
				return all
			}
			all = append(all, string(buf[:n]))
		}
	}
}

func TestNotify(t *testing.T) {
	heard := manager(t)
	for _, states := range [][]string{
		{systemd.Ready, systemd.Status("2 shops\nlive")},
		{systemd.Reloading},
		{systemd.Stopping},
	} {
		if err := systemd.Notify(states...); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"READY=1\nSTATUS=2 shops live", "RELOADING=1", "STOPPING=1"}
	if got := heard(); !slices.Equal(got, want) {
		t.Errorf("systemd heard %q, want %q", got, want)
	}
}

func TestNotifyWithoutSystemd(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if err := systemd.Notify(systemd.Ready); err != nil {
		t.Errorf("Notify outside systemd: %v", err)
	}
}

func TestNotifySaysWhenTheSocketIsGone(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "gone"))
	if err := systemd.Notify(systemd.Ready); err == nil {
		t.Error("Notify to a socket that does not exist succeeded")
	}
}

func TestWatchdogInterval(t *testing.T) {
	for _, tt := range []struct {
		usec    string
		want    time.Duration
		wantErr bool
	}{
		{"", 0, false},
		{"60000000", 30 * time.Second, false},
		{"soon", 0, true},
	} {
		t.Setenv("WATCHDOG_USEC", tt.usec)
		t.Setenv("WATCHDOG_PID", "")
		got, err := systemd.WatchdogInterval()
		if got != tt.want || (err != nil) != tt.wantErr {
			t.Errorf("WATCHDOG_USEC=%q: got %v, %v, want %v", tt.usec, got, err, tt.want)
		}
	}
}

// watch runs a watchdog with an interval of 10 s for as long as given.
func watch(t *testing.T, length time.Duration, healthy func(context.Context) error) (signs int) {
	t.Helper()
	heard := manager(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		systemd.Watchdog(ctx, 10*time.Second, healthy, slog.New(slog.NewTextHandler(io.Discard, nil)))
	})
	for _, message := range heard() {
		if message != "WATCHDOG=1" {
			t.Errorf("systemd heard %q", message)
		}
		signs++
	}
	return signs
}

func TestWatchdogFeedsWhileHealthy(t *testing.T) {
	if got := watch(t, 65*time.Second, func(context.Context) error { return nil }); got != 7 {
		t.Errorf("%d signs of life in 65 s, want 7", got)
	}
}

func TestWatchdogStarvesWhileUnhealthy(t *testing.T) {
	calls := 0
	got := watch(t, 65*time.Second, func(context.Context) error {
		if calls++; calls > 2 && calls < 6 {
			return errors.New("database gone")
		}
		return nil
	})
	if got != 4 {
		t.Errorf("%d signs of life, want 4: before and after the failure only", got)
	}
}

func TestWatchdogBoundsACheckThatHangs(t *testing.T) {
	calls := 0
	got := watch(t, 65*time.Second, func(ctx context.Context) error {
		calls++
		<-ctx.Done()
		return ctx.Err()
	})
	if got != 0 || calls < 5 {
		t.Errorf("%d signs of life from a hanging database in %d checks", got, calls)
	}
}

func TestWatchdogNotWanted(t *testing.T) {
	systemd.Watchdog(t.Context(), 0, func(context.Context) error {
		t.Error("the database was asked although systemd wants no sign of life")
		return nil
	}, slog.Default())
}
