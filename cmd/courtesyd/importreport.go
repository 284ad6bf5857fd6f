package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/courtesyd/courtesyd/internal/importer"
)

// shownIssues of a report are listed on a terminal; all are in --rejects and --json.
const shownIssues = 20

func printReport(w io.Writer, rep importer.Report, err error, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(rep)
	}
	if err != nil && rep.Rows == 0 {
		return nil // the error says it all
	}
	var unusual *importer.SanityError
	stopped := errors.As(err, &unusual)
	p := &printer{w: w}
	p.linef("%s: %s read, %s, %d rejected, %d left out", rep.File, count(rep.Rows, "row"), outcome(rep, stopped), rep.Rejected, rep.LeftOut)
	p.counts(rep.Counts)
	if rep.Candidates > 0 {
		p.linef("  %d lines or canceled orders are new to follow up", rep.Candidates)
	}
	if rep.DryRun && rep.Unusual() {
		p.linef("  that is many times the usual %.0f: the import will stop here unless --force says that the file is right", rep.Usual)
	}
	for _, notice := range rep.Notices {
		p.linef("  %s", notice)
	}
	if rep.DryRun || stopped {
		p.columns(rep)
		p.samples(rep.Samples)
	}
	p.issues("not imported", rep.Issues, rep.Rejected+rep.LeftOut)
	warnings := otherRows(rep.WarningsList, rep.Issues)
	p.issues("imported without a value", warnings, rep.Warnings-(len(rep.WarningsList)-len(warnings)))
	if rep.Suggested > 0 {
		p.linef("  %d recommendations in free text look unsold; a person must confirm them in the shop's system:", rep.Suggested)
		for _, s := range rep.Suggestions[:min(len(rep.Suggestions), shownIssues)] {
			p.linef("    line %d, order %s: %s", s.Line, s.Order, s.Work)
		}
	}
	return p.err
}

// outcome says what became of the rows that can be used.
func outcome(rep importer.Report, stopped bool) string {
	usable := rep.Rows - rep.Rejected - rep.LeftOut
	switch {
	case stopped:
		return fmt.Sprintf("nothing imported (%d could be)", usable)
	case rep.DryRun:
		return fmt.Sprintf("%d would be imported", usable)
	}
	return fmt.Sprintf("%d imported", usable)
}

func (p *printer) counts(c importer.Counts) {
	for _, t := range []struct {
		name string
		importer.Tally
	}{
		{"orders", c.Orders},
		{"lines", c.Lines},
		{"canceled orders", c.Canceled},
		{"customers", c.Customers},
		{"vehicles", c.Vehicles},
		{"addresses", c.Addresses},
		{"consents", c.Consents},
		{"opt-outs", c.OptOuts},
	} {
		if t.Tally != (importer.Tally{}) {
			p.linef("  %-16s %6d new %6d changed %6d unchanged", t.name, t.New, t.Changed, t.Unchanged)
		}
	}
}

// columns says which column was taken for which field.
func (p *printer) columns(rep importer.Report) {
	var taken []string
	for _, field := range slices.Sorted(maps.Keys(rep.Columns)) {
		taken = append(taken, rep.Columns[field]+" → "+string(field))
	}
	line := strings.Join(taken, ", ")
	if len(rep.Unused) > 0 {
		line += "; not used: " + strings.Join(rep.Unused, ", ")
	}
	p.linef("  columns, from the header on line %d: %s", rep.HeaderLine, line)
}

// otherRows leaves out of warnings those about rows that were not imported.
func otherRows(warnings, issues []importer.Issue) []importer.Issue {
	lines := map[int]bool{}
	for _, i := range issues {
		lines[i.Line] = true
	}
	return slices.DeleteFunc(slices.Clone(warnings), func(w importer.Issue) bool { return lines[w.Line] })
}

func (p *printer) issues(title string, list []importer.Issue, total int) {
	if total == 0 {
		return
	}
	p.linef("  %s:", title)
	for i, issue := range list {
		if i == shownIssues {
			p.linef("    … and %d more; --rejects FILE or --json lists them all", max(total, len(list))-shownIssues)
			return
		}
		p.linef("    line %d: %s", issue.Line, issue)
	}
}

// samples shows how the file was read, for a person to confirm.
func (p *printer) samples(list []importer.Sample) {
	if len(list) == 0 {
		return
	}
	p.linef("  the first lines taken as not done:")
	for _, s := range list {
		p.linef("    order %s: %s, %q read as %s", s.Order, s.Service, s.Raw, s.Authorization)
	}
}
