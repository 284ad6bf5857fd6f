package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/store"
)

func (c *cli) stopAllCommand() *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use:   "stop-all",
		Short: "Stop all outreach, at once",
		Long: "Put the brake on: within a second no daemon hands anything over any more, and none does after\n" +
			"a restart, until `courtesyd resume`. What is planned stays planned; what passes its time expires.",
		Example: `  courtesyd stop-all --why "wrong prices in the last import"`,
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withDatabase(cmd, func(_ *config.Config, db *store.DB) error {
				if err := (store.Controls{DB: db}).StopAll(cmd.Context(), time.Now(), who(), why); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "All outreach is stopped in %s. `courtesyd resume` lets it go on.\n", db.Name())
				return err
			})
		},
	}
	cmd.Flags().StringVar(&why, "why", "stopped by hand", "the `reason`, for the log")
	return cmd
}

func (c *cli) resumeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "resume",
		Short: "Let outreach go on after stop-all",
		Long: "Release the brake, and every channel that was stopped because its provider refused everything.\n" +
			"Each contact is judged anew: what is past its time is closed, not sent.",
		Example: "  courtesyd resume",
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withDatabase(cmd, func(_ *config.Config, db *store.DB) error {
				controls := store.Controls{DB: db}
				brakes, err := controls.Brakes(cmd.Context())
				if err != nil {
					return err
				}
				if len(brakes) == 0 {
					_, err := fmt.Fprintf(cmd.OutOrStdout(), "Nothing was stopped in %s.\n", db.Name())
					return err
				}
				if err := controls.Resume(cmd.Context(), time.Now(), who()); err != nil {
					return err
				}
				p := &printer{w: cmd.OutOrStdout()}
				p.linef("In %s", db.Name())
				for _, ch := range slices.Sorted(maps.Keys(brakes)) {
					what := ch
					if ch == "" {
						what = "everything"
					}
					p.linef("Goes on: %s (stopped by %s: %s)", what, brakes[ch].By, brakes[ch].Value)
				}
				return p.err
			})
		},
	}
}
