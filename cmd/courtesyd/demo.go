package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/demo"
	"github.com/courtesyd/courtesyd/internal/logging"
)

func (c *cli) demoCommand() *cobra.Command {
	var dir string
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a month at an invented shop; nothing leaves the machine",
		Long: "Set up an invented shop, import its files and let a month pass at full speed through the real\n" +
			"scheduler, gate and templates. What would be sent is written into a folder as .eml and .txt files.\n" +
			"With --dir everything stays there, and the other commands work on it.\n" +
			"In a terminal the shop's pages can then be opened in a browser, until Ctrl-C.",
		Example: "  courtesyd demo\n" +
			"  courtesyd demo --dir /tmp/maple && courtesyd log --config /tmp/maple/courtesy.yaml --limit 20",
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			temporary := dir == ""
			if temporary {
				made, err := os.MkdirTemp("", "courtesy-demo-")
				if err != nil {
					return fmt.Errorf("make folder for the demo: %w", err)
				}
				dir = made
			}
			if err := runDemo(cmd, dir, temporary); err != nil {
				if temporary {
					err = errors.Join(err, os.RemoveAll(dir))
				}
				return err
			}
			if once || !cmd.Flags().Changed("once") && !watched(cmd) {
				return nil
			}
			return openDemo(cmd, filepath.Join(dir, config.FileName))
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "keep configuration, database and messages in this new `folder`")
	cmd.Flags().BoolVar(&once, "once", false, "exit after the summary, and serve no pages (the default where no terminal is)")
	return cmd
}

// watched reports whether a person sits at the command.
func watched(cmd *cobra.Command) bool {
	in, ok := cmd.InOrStdin().(*os.File)
	return ok && term.IsTerminal(int(in.Fd()))
}

// openDemo lets the month go on, with its pages, until it is interrupted.
func openDemo(cmd *cobra.Command, file string) error {
	load := func() (*config.Config, error) { return config.Load(file) }
	cfg, err := load()
	if err != nil {
		return err
	}
	p := &printer{w: cmd.OutOrStdout()}
	d := &app.Daemon{
		Config: cfg, Load: load, Log: logging.New(cmd.ErrOrStderr(), slog.LevelWarn, logging.Text), Now: time.Now,
		Version: versionText(), Started: func(customers, staff string) {
			p.linef("")
			p.linef("The links in the messages lead to http://%s, until Ctrl-C.", customers)
			p.linef("The shop's pages: http://%s, until Ctrl-C. Sign in as", staff)
			for _, u := range demo.Users() {
				p.linef("  %-10s %s", u.Login, strings.ReplaceAll(string(u.Role), "_", " "))
			}
			p.linef("with the password: %s", demo.Password)
		},
	}
	return errors.Join(d.Run(cmd.Context(), nil), p.err)
}

func runDemo(cmd *cobra.Command, dir string, temporary bool) error {
	started := time.Now()
	out := cmd.OutOrStdout()
	if _, err := fmt.Fprintf(out, "Maple Street Auto (sample) is an invented shop; so is everybody in it. Nothing leaves this machine.\n\n"); err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr())
	month, err := demo.Run(cmd.Context(), demo.Options{
		Dir: dir, Now: started, Log: logging.New(io.Discard, slog.LevelError, logging.Text), Progress: bar.show,
	})
	bar.end()
	switch {
	case errors.Is(err, demo.ErrNotEmpty):
		return usageError{goOn(dir, err)}
	case err != nil && cmd.Context().Err() != nil:
		return interruptError{errors.New("stopped; `courtesyd demo` begins anew, in the same folder too")}
	case err != nil:
		return err
	}
	if err := summarize(cmd, month, time.Since(started)); err != nil || !temporary {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\nThe folder %s is temporary; `%s demo --dir FOLDER` makes one to keep.\n", dir, os.Args[0])
	return err
}

// goOn tells whoever wants a demo where one is already how to go on with it.
func goOn(dir string, err error) error {
	file := filepath.Join(dir, config.FileName)
	if _, missing := os.Stat(file); missing != nil {
		return err
	}
	return fmt.Errorf("%w. To go on with the shop in it: %s serve --config %s", err, os.Args[0], file)
}
