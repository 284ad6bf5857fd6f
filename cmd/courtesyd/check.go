package main

import (
	"encoding/json"
	"errors"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
)

func (c *cli) checkCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check configuration, database, templates, mail, texts, pages and DNS: each ok, or what to do",
		Long: "Look at everything the daemon needs, without changing or sending anything: the configuration, the\n" +
			"database, the approved templates and playbooks, the login to the mail server, the Twilio account, the pages, the\n" +
			"DNS of the senders' domains. Each is ok, or a warning, or FAIL with what to do.\n" +
			"Exits with 1 when something fails, with 2 when the configuration itself is bad.",
		Example: "  courtesyd check --config /etc/courtesy/courtesy.yaml",
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			enc := json.NewEncoder(cmd.OutOrStdout())
			p := &printer{w: cmd.OutOrStdout()}
			failures := 0
			checker := app.Checker{Config: cfg, Now: time.Now, Resolver: net.DefaultResolver}
			checker.Run(cmd.Context(), func(r app.CheckResult) {
				if r.Status == app.CheckFail {
					failures++
				}
				if !asJSON {
					p.linef("%-4s  %-13s  %s", r.Status, r.Area, r.Text)
				} else if p.err == nil {
					p.err = enc.Encode(r)
				}
			})
			if p.err == nil && failures > 0 {
				return quietError{errors.New("a check failed")}
			}
			return p.err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}
