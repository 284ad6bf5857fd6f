package demo

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// readmeDay is the day of the demo from which README.md quotes. A clock change lies
// in the month before.
var readmeDay = time.Date(2026, 11, 19, 20, 0, 0, 0, time.UTC)

// checkReadme runs the program as README.md has people do, on the demo in dir, and
// compares what it shows.
func checkReadme(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "courtesyd")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/courtesyd").CombinedOutput(); err != nil {
		t.Fatalf("build courtesyd: %v\n%s", err, out)
	}
	typed := func(line string) string {
		t.Helper()
		line, _, _ = strings.Cut(line, " #")
		args := strings.Fields(strings.ReplaceAll(line, "/tmp/maple", dir))[1:]
		var errs strings.Builder
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v, %s", line, err, &errs)
		}
		return string(out)
	}
	commands := 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "bin/courtesyd ") && !strings.Contains(line, " serve ") { // which would not end
			commands++
			typed(line)
		}
	}
	if commands < 4 {
		t.Errorf("README.md has %d commands for the demo", commands)
	}
	for quote := range strings.SplitSeq(string(text), "```\n$ ") {
		if strings.HasPrefix(quote, "courtesyd ") { // others stand before the first
			command, shown, _ := strings.Cut(quote, "\n")
			shown, _, _ = strings.Cut(shown, "```")
			checkQuote(t, command, shown, typed(command))
		}
	}
}

// checkQuote compares what README.md shows of a command's answer: all of an
// explanation, some lines of a table.
func checkQuote(t *testing.T, command, shown, got string) {
	t.Helper()
	if strings.Contains(command, "--why") {
		if plainWords(got) != plainWords(shown) {
			t.Errorf("%s answers\n%s\nand README.md shows\n%s", command, got, shown)
		}
		return
	}
	rows := numberless(got)
	for _, row := range numberless(shown) {
		if !slices.Contains(rows, row) {
			t.Errorf("%s has no line %q", command, row)
		}
	}
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
