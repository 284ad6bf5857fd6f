// Package logcsv writes the outreach log as CSV that a spreadsheet can open
// without harm. The command line and the pages write the same columns.
package logcsv

import (
	"bufio"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/store"
)

// header names the columns; the names never change, and new ones are only added.
var header = [...]string{
	"id", "shop", "customer", "order", "direction", "channel", "class", "state", "reason", "playbook",
	"playbook_version", "step", "template", "template_version", "consent", "to", "subject", "body", "due_at",
	"handed_at", "ended_at", "provider", "provider_id", "error_code", "attempts", "segments", "rehearsal",
}

// Writer writes entries one after the other.
type Writer struct {
	out  *bufio.Writer
	show func(address string) string
}

// New writes the header. Addresses are written as show returns them.
func New(w io.Writer, show func(address string) string) (*Writer, error) {
	out := &Writer{out: bufio.NewWriter(w), show: show}
	return out, out.row(header[:])
}

// Entry writes a line.
func (w *Writer) Entry(e store.LogEntry) error {
	row := []string{
		strconv.FormatInt(e.ID, 10), e.Shop, e.Customer, e.OrderNumbers(), e.Direction, e.Channel, e.Class,
		e.State, e.Reason, e.Playbook, strconv.Itoa(e.PlaybookVersion), strconv.Itoa(e.Step), e.Template,
		strconv.Itoa(e.TemplateVersion), strconv.FormatInt(e.ConsentID, 10), w.show(e.Address), e.Subject,
		e.Body, instant(e.DueAt), instant(e.HandedAt), instant(e.EndedAt), e.Provider, e.ProviderID,
		e.ErrorCode, strconv.Itoa(e.Attempts), strconv.Itoa(e.Segments), strconv.FormatBool(e.Rehearsal),
	}
	for i, cell := range row {
		row[i] = harmless(cell)
	}
	return w.row(row)
}

// row writes each cell in quotes: where a semicolon separates, as in French Canada,
// a spreadsheet would cut a bare one in two.
func (w *Writer) row(cells []string) error {
	quoted := make([]string, len(cells))
	for i, cell := range cells {
		quoted[i] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	_, err := w.out.WriteString(strings.Join(quoted, ",") + "\n")
	return err
}

// Flush writes what is still in memory.
func (w *Writer) Flush() error { return w.out.Flush() }

var (
	formula = regexp.MustCompile("^[=+@\t\r-]")
	// Whoever takes the semicolon for the separator does not see where a quoted cell
	// ends, and begins another one in its middle. A dash before a space is a list.
	inside = regexp.MustCompile(`([;\t\r\n]"*)([=+@]|-[^ ])`)
	number = regexp.MustCompile(`^\+[0-9]+$`)
)

// harmless keeps a spreadsheet from running a cell, or what it makes of a part of
// it, as a formula. A plus with nothing but digits is a phone number, and no
// spreadsheet runs it.
func harmless(cell string) string {
	if number.MatchString(cell) {
		return cell
	}
	if formula.MatchString(cell) {
		cell = "'" + cell
	}
	return inside.ReplaceAllString(cell, "$1'$2")
}

func instant(t store.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
