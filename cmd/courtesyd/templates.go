package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

func (c *cli) templatesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "templates",
		Short: "List, check, preview, export and import the messages and playbooks",
		Long: "The words the shop uses and the playbooks that say when are kept in the database, in versions.\n" +
			"Export them, change the files, look at them with lint and preview, and import them again.",
		Example: "  courtesyd templates export words/\n" +
			"  courtesyd templates lint words/\n" +
			"  courtesyd templates import words/",
		Args: usage(noSubcommand),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		c.templatesListCommand(), c.templatesLintCommand(), c.templatesPreviewCommand(),
		c.templatesExportCommand(), c.templatesImportCommand(),
	)
	return cmd
}

// withDocuments runs f with the database, in which the shipped documents are
// from the first use on.
func (c *cli) withDocuments(cmd *cobra.Command, f func(*config.Config, *store.DB) error) error {
	return c.withDatabase(cmd, seeded(cmd, f))
}

// seeded puts the shipped documents into a new database before f.
func seeded(cmd *cobra.Command, f func(*config.Config, *store.DB) error) func(*config.Config, *store.DB) error {
	return func(cfg *config.Config, db *store.DB) error {
		if _, err := app.Prepare(cmd.Context(), db, cfg, time.Now(), slog.New(slog.DiscardHandler)); err != nil {
			return err
		}
		return f(cfg, db)
	}
}

// chosenChannel checks a --channel flag; "" is none.
func chosenChannel(text string) (outreach.Channel, error) {
	ch := outreach.Channel(text)
	if text != "" && !ch.Valid() {
		return "", usageError{fmt.Errorf("--channel %q: use sms, email or call", text)}
	}
	return ch, nil
}
