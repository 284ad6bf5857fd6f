package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/demo"
)

// readmeDay is the day of the demo from which README.md quotes.
var readmeDay = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

// TestReadme runs what README.md has people type, on a demo like its own.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("a month at the sample shop takes seconds")
	}
	readme := document(t, "../../README.md")
	dir := filepath.Join(t.TempDir(), "maple")
	month, err := demo.Run(t.Context(), demo.Options{Dir: dir, Now: readmeDay, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	typed := func(line string) string {
		t.Helper()
		line, _, _ = strings.Cut(line, " #")
		args := strings.Fields(strings.ReplaceAll(line, "/tmp/maple", dir))[1:]
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code != 0 {
			t.Errorf("%s: exit code %d, %s", line, code, &errs)
		}
		return out.String()
	}
	commands := 0
	for line := range strings.Lines(readme) {
		if strings.HasPrefix(line, "bin/courtesyd ") && !strings.Contains(line, " serve ") { // which would not end
			commands++
			typed(line)
		}
	}
	if commands < 4 {
		t.Errorf("README.md has %d commands for the demo", commands)
	}
	for quote := range strings.SplitSeq(readme, "```\n$ ") {
		if !strings.HasPrefix(quote, "courtesyd ") {
			continue // what stands before the first
		}
		command, shown, _ := strings.Cut(quote, "\n")
		shown, _, _ = strings.Cut(shown, "```")
		got := typed(command)
		if strings.Contains(command, "--why") {
			if plainWords(got) != plainWords(shown) {
				t.Errorf("%s answers\n%s\nand README.md shows\n%s", command, got, shown)
			}
			continue
		}
		rows := numberless(got)
		for _, row := range numberless(shown) {
			if !slices.Contains(rows, row) {
				t.Errorf("%s has no line %q", command, row)
			}
		}
	}
	checkAhead(t, month)
}

// checkAhead asserts that the summary tells what is foreseen: some plans come to
// nothing, or to another channel than the planned one.
func checkAhead(t *testing.T, month demo.Result) {
	t.Helper()
	db, err := app.OpenDatabase(t.Context(), month.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var out bytes.Buffer
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	if err := printAhead(cmd, &printer{w: &out}, db, month); err != nil {
		t.Fatal(err)
	}
	ahead := plainWords(out.String())
	for _, want := range []string{
		"call Nell Oakfield deferred, step 1",                     // never agreed to texts
		"sms Celia Almendruela deferred, step 1: will not go",     // asked to be reminded later
		"call Cora Briarbrook declined-safety, step 2: will wait", // waits for an answer
	} {
		if !strings.Contains(ahead, want) {
			t.Errorf("the summary does not foresee %q:\n%s", want, &out)
		}
	}
}

// TestDocumentsShowValidCommands holds the commands in the documents to the flags
// that there are.
func TestDocumentsShowValidCommands(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile("(?m)^ *(?:[$] )?(?:bin/)?(courtesyd [a-z].*)$")
	found := 0
	for _, file := range append(files, "../../README.md") {
		for _, m := range command.FindAllStringSubmatch(document(t, file), -1) {
			found++
			line, _, _ := strings.Cut(m[1], " #")
			checkExample(t, filepath.Base(file), line)
		}
	}
	if found < 20 {
		t.Errorf("found %d commands", found)
	}
}

func document(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// plainWords takes out how a text is broken into lines.
func plainWords(text string) string { return strings.Join(strings.Fields(text), " ") }

// numberless are the lines of a table without the first column, and without how
// wide the others are.
func numberless(table string) (rows []string) {
	for line := range strings.Lines(table) {
		_, rest, _ := strings.Cut(line, " ")
		rows = append(rows, plainWords(rest))
	}
	return rows
}
