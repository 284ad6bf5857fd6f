package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/logging"
)

func (c *cli) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the daemon",
		Long: "Run the daemon until it is told to stop. SIGTERM lets it finish what is on its way;\n" +
			"SIGHUP makes it read its configuration again, and a bad one changes nothing.",
		Example: "  courtesyd serve --config /etc/courtesy/courtesy.yaml",
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			log := logging.New(cmd.ErrOrStderr(), cfg.Log.Level, string(cfg.Log.Format))
			hangups, stop := hangups()
			defer stop()
			// The file that was found at the start, even where it is gone by now:
			// another one, or the defaults, would be somebody else's wishes.
			reload := func() (*config.Config, error) { return config.Load(cfg.File) }
			d := &app.Daemon{Config: cfg, Load: reload, Log: log, Now: time.Now, Version: versionText()}
			return d.Run(cmd.Context(), hangups)
		},
	}
}

// hangups turns SIGHUP into values of a channel. Several at once are one.
func hangups() (reload <-chan struct{}, stop func()) {
	signals := make(chan os.Signal, 1)
	out := make(chan struct{}, 1)
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-signals:
				select {
				case out <- struct{}{}:
				default:
				}
			case <-done:
				return
			}
		}
	}()
	return out, func() {
		signal.Stop(signals)
		close(done)
	}
}
