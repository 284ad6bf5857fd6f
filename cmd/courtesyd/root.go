package main

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/store"
)

// cli is what all commands share: where the configuration is.
type cli struct {
	configFile string
}

func newRoot() *cobra.Command {
	c := &cli{}
	root := &cobra.Command{
		Use:   "courtesyd",
		Short: "Courteous follow-up for declined repairs and canceled orders",
		Long: "courtesyd finds repairs that customers declined and orders they canceled, and follows up\n" +
			"by text message, e-mail or an adviser's call: courteously, without pressure, and never\n" +
			"after a no. Every contact, and every decision against one, is in the log.",
		Example:       "  courtesyd demo          a sample shop with a month of outreach; nothing leaves the machine",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          usage(noSubcommand),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVar(&c.configFile, "config", "",
		"configuration `file` (default: courtesy.yaml here, beside the program, or in /etc/courtesy)")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		c.demoCommand(), c.serveCommand(), c.migrateCommand(), c.importCommand(), c.scanCommand(), c.rehearseCommand(),
		c.logCommand(), c.templatesCommand(), c.checkCommand(),
		c.stopAllCommand(), c.resumeCommand(), c.optOutCommand(), c.callsCommand(), c.settleCommand(),
		c.repliesCommand(), c.userCommand(), versionCommand(),
	)
	return root
}

// load reads the configuration that the flags name, or the first one found.
func (c *cli) load() (*config.Config, error) {
	file := c.configFile
	if file == "" {
		dirs := []string{"."}
		if exe, err := os.Executable(); err == nil {
			dirs = append(dirs, filepath.Dir(exe))
		}
		file = config.Find(append(dirs, "/etc/courtesy")...)
	}
	cfg, err := config.Load(file)
	var problems config.Problems
	if err != nil && !errors.As(err, &problems) {
		return nil, usageError{err} // a restart does not mend a missing file either
	}
	return cfg, err
}

// withDatabase runs f with the configuration and the open database, which must
// be there: a command in the wrong folder must not seem to work.
func (c *cli) withDatabase(cmd *cobra.Command, f func(*config.Config, *store.DB) error) error {
	return c.with(cmd, app.OpenExisting, f)
}

// withNewDatabase is withDatabase for commands that fill a database: they may make
// it where a configuration names it.
func (c *cli) withNewDatabase(cmd *cobra.Command, f func(*config.Config, *store.DB) error) error {
	return c.with(cmd, openConfigured, f)
}

type opener func(context.Context, *config.Config) (*store.DB, error)

// openConfigured makes a missing database, but none in whatever folder somebody
// happens to be in.
func openConfigured(ctx context.Context, cfg *config.Config) (*store.DB, error) {
	if cfg.File == "" {
		return app.OpenExisting(ctx, cfg)
	}
	return app.OpenDatabase(ctx, cfg)
}

func (c *cli) with(cmd *cobra.Command, open opener, f func(*config.Config, *store.DB) error) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	db, err := open(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // what mattered has been committed
	return f(cfg, db)
}

// who names the person at the command line, for the audit log.
func who() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return "cli:" + u.Username
	}
	return "cli"
}
