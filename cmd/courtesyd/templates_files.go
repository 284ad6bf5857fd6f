package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates"
	"github.com/courtesyd/courtesyd/templates/tone"
)

// documentFile is a template or a playbook as a file has it.
type documentFile struct {
	name     string // as the user knows it
	text     []byte
	playbook bool
}

func (d documentFile) lint() []templates.Finding {
	if d.playbook {
		return templates.LintPlaybook(d.name, d.text)
	}
	return templates.Lint(d.name, d.text)
}

// maxDocument is far above what the language allows, which says so with a line;
// it only keeps a mistaken name from filling the memory.
const maxDocument = 1 << 20

// readDocuments reads the files that the arguments name: files themselves, and
// folders for the .md, .yaml and .yml files below them. What cannot be read is a
// finding, and does not stop the others.
func readDocuments(args []string) (docs []documentFile, unreadable []templates.Finding) {
	for _, arg := range args {
		names, err := documentNames(arg)
		if err != nil {
			unreadable = append(unreadable, unreadableFile(arg, err))
		}
		for _, name := range names {
			doc, err := readDocument(name)
			if err != nil {
				unreadable = append(unreadable, unreadableFile(name, err))
				continue
			}
			docs = append(docs, doc)
		}
	}
	return docs, unreadable
}

// documentNames are the files that arg stands for.
func documentNames(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return []string{arg}, nil
	}
	var names []string
	err = filepath.WalkDir(arg, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && (isPlaybookName(name) || path.Ext(name) == ".md") {
			names = append(names, name)
		}
		return err
	})
	if err == nil && len(names) == 0 {
		err = errors.New("the folder holds no template (.md) and no playbook (.yaml)")
	}
	return names, err
}

func isPlaybookName(name string) bool {
	ext := path.Ext(name)
	return ext == ".yaml" || ext == ".yml"
}

func readDocument(name string) (documentFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return documentFile{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxDocument))
	if err != nil {
		return documentFile{}, err
	}
	return documentFile{name: name, text: text, playbook: isPlaybookName(name)}, nil
}

func unreadableFile(name string, err error) templates.Finding {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err // the finding names the file itself
	}
	return wholeFile(name, "file.unreadable", "It cannot be used: "+err.Error()+".")
}

// wholeFile is an error that stands on no line.
func wholeFile(name, rule, why string) templates.Finding {
	category, _, _ := strings.Cut(rule, ".")
	return templates.Finding{File: name, Finding: tone.Finding{
		Rule: rule, Category: category, Severity: tone.Error, Field: "body", Why: why,
	}}
}

// approvedFiles are the documents in force as files, named as export names them.
func approvedFiles(docs outreach.Documents) []documentFile {
	var files []documentFile
	for _, t := range docs.Templates {
		files = append(files, documentFile{name: templatePath(t), text: []byte(t.Source)})
	}
	for _, p := range docs.Playbooks {
		files = append(files, documentFile{name: playbookPath(p), text: []byte(p.Source), playbook: true})
	}
	return files
}

func templatePath(d outreach.Document) string {
	return fmt.Sprintf("messages/%s/%s.%s.md", d.Locale, d.Name, d.Channel)
}

func playbookPath(d outreach.Document) string { return "playbooks/" + d.Name + ".yaml" }
