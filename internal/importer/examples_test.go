package importer

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/examples"
)

// TestExamples imports the sample shop as the demo does: each week's export
// overlaps the last, and its rough rows are listed, not fatal.
func TestExamples(t *testing.T) {
	sink := newMemorySink()
	run := func(name string, kind Kind) Report {
		t.Helper()
		data, err := fs.ReadFile(examples.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		opts := testOptions(Profile{Kind: kind, Source: "sample"})
		opts.Name = name
		if day, ok := strings.CutPrefix(strings.TrimSuffix(name, ".csv"), "orders-"); ok {
			at, err := time.Parse(time.DateOnly, day)
			if err != nil {
				t.Fatal(err)
			}
			opts.Now = func() time.Time { return at.Add(13 * time.Hour) }
		}
		rep, err := Run(t.Context(), bytes.NewReader(data), opts, sink)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		t.Logf("%s: %d rows, %d rejected, %d left out, %d warnings, %d new candidates, lines %+v",
			name, rep.Rows, rep.Rejected, rep.LeftOut, rep.Warnings, rep.Candidates, rep.Counts.Lines)
		return rep
	}
	if rep := run("suppression.csv", Suppression); rep.Rejected != 1 || len(sink.optOuts) < 7 {
		t.Errorf("suppression: %+v", rep.Issues)
	}
	if rep := run("customers.csv", Customers); rep.Rejected != 0 || rep.Counts.Customers.New < 250 || rep.Warnings == 0 {
		t.Errorf("customers: %+v %v", rep.Counts.Customers, rep.Issues)
	}
	weeks, err := fs.Glob(examples.Files, "orders-*.csv")
	if err != nil || len(weeks) != 5 {
		t.Fatalf("weeks %v, %v", weeks, err)
	}
	changed, rejected := 0, 0
	for i, name := range weeks {
		rep := run(name, Orders)
		changed += rep.Counts.Lines.Changed
		rejected += rep.Rejected
		if rep.Candidates < 20 || i > 0 && rep.Counts.Lines.Unchanged == 0 {
			t.Errorf("%s: %d candidates, lines %+v", name, rep.Candidates, rep.Counts.Lines)
		}
	}
	if changed == 0 || rejected != 5 {
		t.Errorf("%d lines changed, %d rows rejected", changed, rejected)
	}
	if len(sink.orders) < 340 || len(sink.lines) < 800 {
		t.Errorf("orders %d, lines %d", len(sink.orders), len(sink.lines))
	}
	if rep := run(weeks[4], Orders); rep.Candidates != 0 || rep.Counts.Lines.New+rep.Counts.Lines.Changed != 0 {
		t.Errorf("the same file again: %d candidates, lines %+v", rep.Candidates, rep.Counts.Lines)
	}
	if rep := run("canceled-2026-10-12.csv", Canceled); rep.LeftOut != 2 || rep.Rejected != 1 || rep.Candidates != 37 {
		t.Errorf("canceled: %+v", rep)
	}
}
