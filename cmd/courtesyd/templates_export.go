package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/store"
)

func (c *cli) templatesExportCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "export FOLDER",
		Short: "Write the approved templates and playbooks as files",
		Long: "Write the approved templates and playbooks as files into a folder: messages/LOCALE/NAME.CHANNEL.md and\n" +
			"playbooks/ID.yaml. A file that is there with other words is not overwritten unless --force is given.",
		Example: "  courtesyd templates export words/",
		Args:    arguments("the folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withDocuments(cmd, func(_ *config.Config, db *store.DB) error {
				docs, _, err := store.Documents{DB: db}.InForce(cmd.Context(), time.Now())
				if err != nil {
					return err
				}
				written, err := exportFiles(args[0], approvedFiles(docs), force)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s and %s are in %s; %s written.\n",
					count(len(docs.Templates), "template"), count(len(docs.Playbooks), "playbook"), args[0], count(written, "file"))
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that are there")
	return cmd
}

// exportFiles writes all files, or none when one would be overwritten, and
// returns how many were not there already. Names come from the database, so
// they are kept from leading out of the folder.
func exportFiles(dir string, files []documentFile, force bool) (written int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, fmt.Errorf("make folder for the export: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, fmt.Errorf("open folder for the export: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	var write []documentFile
	var changed []string
	for _, f := range files {
		there, err := root.ReadFile(f.name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			write = append(write, f)
		case err != nil:
			return 0, fmt.Errorf("look at what is there: %w", err)
		case !bytes.Equal(there, f.text):
			write, changed = append(write, f), append(changed, f.name)
		}
	}
	if len(changed) > 0 && !force {
		return 0, fmt.Errorf("nothing was written, because --force is needed to overwrite %s in %s",
			strings.Join(changed, ", "), dir)
	}
	for _, f := range write {
		if err := root.MkdirAll(path.Dir(f.name), 0o755); err != nil {
			return written, fmt.Errorf("make folder for the export: %w", err)
		}
		if err := root.WriteFile(f.name, f.text, 0o644); err != nil {
			return written, fmt.Errorf("write document: %w", err)
		}
		written++
	}
	return written, nil
}
