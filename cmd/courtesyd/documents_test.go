package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

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
