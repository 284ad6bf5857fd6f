// Package systemd tells the service manager how the daemon is: ready, busy
// with a reload, stopping, or alive. Outside systemd it does nothing.
package systemd

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// States for Notify, see sd_notify(3).
const (
	Ready     = daemon.SdNotifyReady
	Stopping  = daemon.SdNotifyStopping
	Reloading = daemon.SdNotifyReloading // to be followed by Ready
	alive     = daemon.SdNotifyWatchdog
)

// Status is a state that shows text in systemctl status.
func Status(text string) string {
	return "STATUS=" + strings.ReplaceAll(text, "\n", " ")
}

// Notify sends states to the service manager in one message. Where there is
// none it returns nil.
func Notify(states ...string) error {
	if _, err := daemon.SdNotify(false, strings.Join(states, "\n")); err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}

// WatchdogInterval returns how often the service manager wants a sign of life,
// with a margin of half the time it allows; 0 when it wants none.
func WatchdogInterval() (time.Duration, error) {
	allowed, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return 0, fmt.Errorf("read systemd's watchdog time: %w", err)
	}
	return allowed / 2, nil
}

// Watchdog gives a sign of life every interval for as long as healthy succeeds
// within that time, until ctx ends. When healthy fails for so long that the
// manager's patience ends, the daemon is killed and started anew: what was
// handed over meanwhile becomes unconfirmed and is never sent again. An
// interval of 0 returns at once.
func Watchdog(ctx context.Context, interval time.Duration, healthy func(context.Context) error, log *slog.Logger) {
	if interval <= 0 {
		return
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	failing := false
	for {
		err := beat(ctx, interval, healthy)
		if ctx.Err() != nil {
			return
		}
		switch {
		case err != nil && !failing:
			log.Error("no sign of life to systemd", "error", err)
		case err == nil && failing:
			log.Info("signs of life to systemd again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func beat(ctx context.Context, limit time.Duration, healthy func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := healthy(ctx); err != nil {
		return err
	}
	return Notify(alive)
}
