package importer

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestRejectsGolden keeps what a person reads about bad rows as it is.
func TestRejectsGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/rough.csv")
	if err != nil {
		t.Fatal(err)
	}
	var rejects bytes.Buffer
	opts := testOptions(Profile{})
	opts.Rejects = &rejects
	sink := newMemorySink()
	rep, err := Run(t.Context(), bytes.NewReader(text), opts, sink)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, i := range append(rep.Issues, rep.WarningsList...) {
		fmt.Fprintf(&got, "%s line %d: %s\n", i.Level, i.Line, i)
	}
	fmt.Fprintf(&got, "rows %d, rejected %d, warnings %d, orders %d, lines %d\n", rep.Rows, rep.Rejected, rep.Warnings, len(sink.orders), len(sink.lines))
	golden(t, "testdata/rough.issues", got.String())
	golden(t, "testdata/rough.rejects.csv", rejects.String())

	mended := strings.NewReplacer("13/45/2026", "10/05/2026", "1.234,50", "1234.50", "10/05/2031", "10/05/2026").Replace(rejects.String())
	if _, rep := importText(t, Profile{}, mended); rep.Rows != 6 || rep.Rejected != 2 {
		t.Errorf("the mended rejects file: %d rows, %v", rep.Rows, rep.Issues)
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || string(want) != got {
		t.Errorf("%s differs (%v); got:\n%s", name, err, got)
	}
}
