// Package logcsv writes the outreach log as CSV that a spreadsheet can open
// without harm. The command line and the pages write the same columns.
package logcsv

import (
	"encoding/csv"
	"io"
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
	csv  *csv.Writer
	show func(address string) string
}

// New writes the header. Addresses are written as show returns them.
func New(w io.Writer, show func(address string) string) (*Writer, error) {
	c := csv.NewWriter(w)
	return &Writer{csv: c, show: show}, c.Write(header[:])
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
	return w.csv.Write(row)
}

// Flush writes what is still in memory.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// harmless keeps a spreadsheet from running a cell as a formula. A plus with
// nothing but digits is a phone number, and no spreadsheet runs it.
func harmless(cell string) string {
	if strings.HasPrefix(cell, "+") && strings.Trim(cell[1:], "0123456789") == "" {
		return cell
	}
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func instant(t store.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
