package templates

import (
	"embed"
	"fmt"
	"io/fs"
	"path"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

//go:embed messages playbooks
var shippedFiles embed.FS

// Catalog is a set of templates and playbooks.
type Catalog struct {
	Templates []Source
	Playbooks []PlaybookSource
}

// Source is a template file as written, with its front matter read.
type Source struct {
	Head
	File string // path within the set, for example "en/declined-safety-1.sms.md"
	Text string
}

// PlaybookSource is a playbook file as written, and read.
type PlaybookSource struct {
	outreach.Playbook
	File string
	Text string
}

// Shipped returns the templates and playbooks that come with the program, in
// the order of their file names.
func Shipped() (Catalog, error) {
	var c Catalog
	err := eachFile("messages", func(file string, text []byte) error {
		t, problems := Parse(text)
		if err := problems.Err(); err != nil {
			return err
		}
		c.Templates = append(c.Templates, Source{Head: t.Head, File: file, Text: string(text)})
		return nil
	})
	if err != nil {
		return Catalog{}, fmt.Errorf("read shipped template %w", err)
	}
	err = eachFile("playbooks", func(file string, text []byte) error {
		p, problems := ParsePlaybook(text)
		if err := problems.Err(); err != nil {
			return err
		}
		c.Playbooks = append(c.Playbooks, PlaybookSource{Playbook: p, File: file, Text: string(text)})
		return nil
	})
	if err != nil {
		return Catalog{}, fmt.Errorf("read shipped playbook %w", err)
	}
	return c, nil
}

// eachFile hands the files below dir to read, named by their path within it.
func eachFile(dir string, read func(file string, text []byte) error) error {
	below, err := fs.Sub(shippedFiles, dir)
	if err != nil {
		return err
	}
	return fs.WalkDir(below, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(below, file)
		if err != nil {
			return err
		}
		if err := read(path.Clean(file), text); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return nil
	})
}
