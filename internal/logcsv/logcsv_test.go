package logcsv

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/store"
)

// What a spreadsheet would run is written as text, wherever it stands.
func TestNoFormulas(t *testing.T) {
	for cell, want := range map[string]string{
		"":                       "",
		"Pat Example":            "Pat Example",
		`=HYPERLINK("x","y")`:    `'=HYPERLINK("x","y")`,
		"@SUM(A1)":               "'@SUM(A1)",
		"-2+3":                   "'-2+3",
		"+1+2":                   "'+1+2",
		"\t=1":                   "'\t'=1",
		"x;=1+1":                 "x;'=1+1",
		`x;"=1+1;y`:              `x;"'=1+1;y`,
		"Hello\n@SUM(A1)":        "Hello\n'@SUM(A1)",
		"Hello,\n- brake pads":   "Hello,\n- brake pads",
		`Is it "safe"; I wonder`: `Is it "safe"; I wonder`,
		"+13125550123":           "+13125550123",
		"+13125550123;cmd|'/C'!": "'+13125550123;cmd|'/C'!",
	} {
		var b strings.Builder
		w, err := New(&b, func(a string) string { return a })
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Entry(store.LogEntry{Customer: cell, Body: cell, Address: cell}); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%q: %v, %v", cell, rows, err)
		}
		got := map[string]string{}
		for i, name := range rows[0] {
			got[name] = rows[1][i]
		}
		for _, column := range []string{"customer", "body", "to"} {
			if got[column] != want {
				t.Errorf("%s %q was written as %q", column, cell, got[column])
			}
		}
	}
}

// Every cell is in quotes, so that a semicolon in one separates nothing.
func TestEveryCellIsQuoted(t *testing.T) {
	var b strings.Builder
	w, err := New(&b, func(a string) string { return a })
	if err == nil {
		err = w.Entry(store.LogEntry{Customer: "Pat; Example", Body: "2 mm,\n\"low\""})
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"\"id\",\"shop\",\"customer\",", ",\"rehearsal\"\n\"0\",\"\",\"Pat; Example\",", ",\"2 mm,\n\"\"low\"\"\",", ",\"false\"\n"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("%q is not in %q", part, b.String())
		}
	}
}
