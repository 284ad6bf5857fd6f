package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
)

func (c *cli) migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database up to date",
		Long: "Bring the database up to date. The daemon does this by itself when it starts; the command is\n" +
			"for looking at a restored copy, or for a database that the daemon may not alter.",
		Example: "  courtesyd migrate",
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			name, steps, err := app.Migrate(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			if steps == 0 {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "the database is up to date: %s\n", name)
			} else {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "took %d steps; the database is up to date: %s\n", steps, name)
			}
			return err
		},
	}
}
