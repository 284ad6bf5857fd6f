package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

func (c *cli) templatesListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List every version of every template and playbook",
		Long:    "List every version of every template and playbook, the newest first, and who approved it when.",
		Example: "  courtesyd templates list\n  courtesyd templates list --json",
		Args:    arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withDocuments(cmd, func(cfg *config.Config, db *store.DB) error {
				rows, err := listedDocuments(cmd, db)
				if err != nil {
					return err
				}
				if asJSON {
					return encodeEach(json.NewEncoder(cmd.OutOrStdout()), rows)
				}
				return printDocuments(cmd, rows, cfg.ShopList()[0].Location())
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return cmd
}

// listedDocument is the documented form of a line of the list.
type listedDocument struct {
	Kind       string           `json:"kind"` // template or playbook
	Name       string           `json:"name"`
	Channel    outreach.Channel `json:"channel,omitempty"`
	Locale     string           `json:"locale,omitempty"`
	Version    int              `json:"version"`
	State      string           `json:"state"`
	ApprovedBy string           `json:"approved_by,omitempty"`
	ApprovedAt *time.Time       `json:"approved_at,omitempty"`
}

func listedDocuments(cmd *cobra.Command, db *store.DB) ([]listedDocument, error) {
	documents := store.Documents{DB: db}
	versions, err := documents.Templates(cmd.Context())
	if err != nil {
		return nil, err
	}
	var rows []listedDocument
	for _, v := range versions {
		rows = append(rows, listedDocument{
			Kind: "template", Name: v.Name, Channel: v.Channel, Locale: v.Locale, Version: v.Version,
			State: v.State, ApprovedBy: v.ApprovedBy, ApprovedAt: instant(v.ApprovedAt),
		})
	}
	inForce, _, err := documents.InForce(cmd.Context(), time.Now())
	if err != nil {
		return nil, err
	}
	for _, p := range inForce.Playbooks {
		rows = append(rows, listedDocument{Kind: "playbook", Name: p.Name, Version: p.Version, State: "approved"})
	}
	for _, p := range inForce.Past {
		rows = append(rows, listedDocument{Kind: "playbook", Name: p.Name, Version: p.Version, State: "retired"})
	}
	return rows, nil
}

func printDocuments(cmd *cobra.Command, rows []listedDocument, loc *time.Location) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
	p := &printer{w: w}
	p.linef("KIND\tNAME\tCHANNEL\tLOCALE\tVERSION\tSTATE\tAPPROVED BY\tAPPROVED AT")
	for _, r := range rows {
		at := ""
		if r.ApprovedAt != nil {
			at = r.ApprovedAt.In(loc).Format("Jan 02 2006 15:04")
		}
		p.linef("%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s", r.Kind, r.Name, r.Channel, r.Locale, r.Version, r.State, r.ApprovedBy, at)
	}
	if p.err != nil {
		return p.err
	}
	return w.Flush()
}

// encodeEach writes values as one JSON object a line.
func encodeEach[T any](enc *json.Encoder, values []T) error {
	for _, v := range values {
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
	}
	return nil
}
