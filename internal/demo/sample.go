package demo

import (
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"github.com/courtesyd/courtesyd/examples"
)

// lastExport is the Monday of the newest files in examples.
var lastExport = time.Date(2026, 10, 12, 0, 0, 0, 0, time.UTC)

// Dates as the files and their names write them.
var (
	usDate  = regexp.MustCompile(`\b\d{2}/\d{2}/\d{4}\b`)
	isoDate = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)
)

// sample returns the shop's files by name, moved in time by whole weeks so that
// the newest was exported on the last Monday before now.
func sample(now time.Time) (map[string][]byte, error) {
	const week = 7 * 24 * time.Hour
	weeks := int(now.Sub(lastExport.Add(12*time.Hour)) / week)
	move := func(layout string) func(string) string {
		return func(date string) string {
			t, err := time.Parse(layout, date)
			if err != nil {
				return date // digits that are no date
			}
			return t.AddDate(0, 0, 7*weeks).Format(layout)
		}
	}
	names, err := fs.Glob(examples.Files, "*.csv")
	if err != nil {
		return nil, fmt.Errorf("list sample files: %w", err)
	}
	files := make(map[string][]byte, len(names))
	for _, name := range names {
		content, err := examples.Files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read sample file: %w", err)
		}
		name = isoDate.ReplaceAllStringFunc(name, move(time.DateOnly))
		files[name] = []byte(usDate.ReplaceAllStringFunc(string(content), move("01/02/2006")))
	}
	return files, nil
}
