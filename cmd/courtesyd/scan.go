package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/logging"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

func (c *cli) scanCommand() *cobra.Command {
	var l lookAhead
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Look for follow-ups now, without waiting for the schedule",
		Long: "Run every playbook's scan at once: what changed since the last one is planned. Nothing is sent by it;\n" +
			"the daemon sends when the time of each contact comes. With --dry-run nothing is even planned: a copy\n" +
			"is scanned, and each candidate is shown with the decision and the text of its first message.",
		Example: "  courtesyd scan --dry-run",
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withDatabase(cmd, func(cfg *config.Config, db *store.DB) error {
				if dryRun {
					return scanCopy(cmd, cfg, db, l)
				}
				return scanNow(cmd, cfg, db)
			})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only show what would be planned and said")
	l.register(cmd)
	return cmd
}

func scanNow(cmd *cobra.Command, cfg *config.Config, db *store.DB) (err error) {
	ctx := cmd.Context()
	log := logging.New(cmd.ErrOrStderr(), slog.LevelWarn, logging.Text) // the result is told on stdout
	installation, err := app.Prepare(ctx, db, cfg, time.Now(), log)
	if err != nil {
		return err
	}
	settings, err := app.Settings(cfg, installation)
	if err != nil {
		return err
	}
	rehearsal := cfg.Mode == outreach.Rehearsal
	before, err := store.Log{DB: db}.Found(ctx, rehearsal)
	if err != nil {
		return err
	}
	daemons := store.Daemons{DB: db}
	id, err := daemons.Start(ctx, time.Now(), "scan", os.Getpid(), versionText())
	if err != nil {
		return err
	}
	scanErr := app.NewScheduler(db, settings, nil, id, time.Now, log).ScanNow(ctx)
	if err := daemons.Stop(ctx, time.Now(), id); err != nil {
		return err
	}
	if scanErr != nil {
		return scanErr
	}
	after, err := store.Log{DB: db}.Found(ctx, rehearsal)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Scanned %d orders: %d new follow-ups. `courtesyd rehearse` shows what they will say.\n",
		after.Orders, after.FollowUps-before.FollowUps)
	return err
}

// dryRunDays is how far a dry run follows the candidates, so that each one's
// first message comes due.
const dryRunDays = 35

func scanCopy(cmd *cobra.Command, cfg *config.Config, db *store.DB, l lookAhead) error {
	ctx, now := cmd.Context(), time.Now()
	r, err := app.NewRehearsal(ctx, cfg, db, now, logging.New(io.Discard, cfg.Log.Level, logging.Text))
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it is thrown away
	if err := r.Scheduler.ScanNow(ctx); err != nil {
		return err
	}
	end := now.AddDate(0, 0, dryRunDays)
	if err := r.Until(ctx, end, nil); err != nil {
		return err
	}
	return l.print(cmd, cfg, r.DB, now, end,
		"No candidates: nothing new was declined or canceled. `courtesyd log --why ORDER` explains one order.")
}
