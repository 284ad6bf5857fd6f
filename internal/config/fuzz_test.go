package config

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// yamlBreaks are all the characters that end a line in YAML.
const yamlBreaks = "\n\r\u0085\u2028\u2029"

// FuzzParse looks for input that panics, takes long, is accepted without what
// the daemon relies on, or is refused without a problem at a place in the file.
func FuzzParse(f *testing.F) {
	example, err := os.ReadFile("../../config.example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(example), liveYAML, shopYAML, "a: &a [*a]", "shops: &s [*s]", "smtp: {password: *hunter2}", "? [x]\n: y", "--- \n...\n---", "\ttab", "'",
		"imports: {x: {columns: {order_id: [a]}}}", "window: {open: 24:00}", "caps: {min_gap: 106751d23h}", "!!binary x", "\r0:", "mode: !!null live",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		opts := Options{File: "c.yaml", Dir: "/nonexistent"}
		cfg, err := Parse([]byte(source), opts)
		if err == nil {
			if len(cfg.Shops) == 0 || !slices.Contains([]outreach.Mode{outreach.Rehearsal, outreach.Pilot, outreach.Live}, cfg.Mode) {
				t.Fatalf("accepted without shops or with the mode %q", cfg.Mode)
			}
			return
		}
		problems, ok := err.(Problems)
		if !ok || len(problems) == 0 {
			t.Fatalf("an error that is no list of problems: %v", err)
		}
		lines := 1
		for _, r := range source {
			if strings.ContainsRune(yamlBreaks, r) {
				lines++
			}
		}
		for _, p := range problems {
			if p.Message == "" || p.Line > lines {
				t.Fatalf("problem %+v in a file of %d lines", p, lines)
			}
		}
	})
}
