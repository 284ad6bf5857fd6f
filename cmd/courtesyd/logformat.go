package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/logcsv"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// logWriter prints entries one after the other.
type logWriter interface {
	entry(store.LogEntry) error
	end() error
}

func (f logFlags) writer(w io.Writer, cfg *config.Config, empty string) (logWriter, error) {
	switch {
	case f.asJSON && f.asCSV:
		return nil, usageError{errors.New("--json and --csv exclude each other")}
	case f.asJSON:
		return jsonLog{json.NewEncoder(w), f.unmask}, nil
	case f.asCSV:
		c, err := logcsv.New(w, func(a string) string { return address(a, f.unmask) })
		return csvLog{c}, err
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	_, err := fmt.Fprintln(t, "ID\tWHEN\tCUSTOMER\tORDER\tCHANNEL\tSTATE\tPLAYBOOK\tTO\tWORDS OR REASON")
	return &tableLog{w: t, unmask: f.unmask, loc: cfg.ShopList()[0].Location(), empty: empty}, err
}

// jsonEntry is the documented form of a log line; names are never changed.
type jsonEntry struct {
	ID              int64      `json:"id"`
	Shop            string     `json:"shop"`
	Customer        string     `json:"customer"`
	CustomerID      int64      `json:"customer_id"`
	Order           string     `json:"order"`
	Direction       string     `json:"direction"`
	Channel         string     `json:"channel"`
	Class           string     `json:"class"`
	State           string     `json:"state"`
	Reason          string     `json:"reason"`
	Playbook        string     `json:"playbook"`
	PlaybookVersion int        `json:"playbook_version"`
	Step            int        `json:"step"`
	Template        string     `json:"template"`
	TemplateVersion int        `json:"template_version"`
	Consent         int64      `json:"consent"`
	To              string     `json:"to"`
	Subject         string     `json:"subject"`
	Body            string     `json:"body"`
	DueAt           *time.Time `json:"due_at"`
	HandedAt        *time.Time `json:"handed_at"`
	EndedAt         *time.Time `json:"ended_at"`
	Provider        string     `json:"provider"`
	ProviderID      string     `json:"provider_id"`
	ErrorCode       string     `json:"error_code"`
	Attempts        int        `json:"attempts"`
	Segments        int        `json:"segments"`
	Rehearsal       bool       `json:"rehearsal"`
}

func newJSONEntry(e store.LogEntry, unmask bool) jsonEntry {
	return jsonEntry{
		ID: e.ID, Shop: e.Shop, Customer: e.Customer, CustomerID: e.CustomerID, Order: e.OrderNumbers(),
		Direction: e.Direction, Channel: e.Channel, Class: e.Class, State: e.State, Reason: e.Reason,
		Playbook: e.Playbook, PlaybookVersion: e.PlaybookVersion, Step: e.Step, Template: e.Template,
		TemplateVersion: e.TemplateVersion, Consent: e.ConsentID, To: address(e.Address, unmask), Subject: e.Subject,
		Body: e.Body, DueAt: instant(e.DueAt), HandedAt: instant(e.HandedAt), EndedAt: instant(e.EndedAt),
		Provider: e.Provider, ProviderID: e.ProviderID, ErrorCode: e.ErrorCode, Attempts: e.Attempts,
		Segments: e.Segments, Rehearsal: e.Rehearsal,
	}
}

type jsonLog struct {
	*json.Encoder
	unmask bool
}

func (l jsonLog) entry(e store.LogEntry) error { return l.Encode(newJSONEntry(e, l.unmask)) }
func (l jsonLog) end() error                   { return nil }

type csvLog struct{ *logcsv.Writer }

func (l csvLog) entry(e store.LogEntry) error { return l.Entry(e) }
func (l csvLog) end() error                   { return l.Flush() }

type tableLog struct {
	w      *tabwriter.Writer
	unmask bool
	loc    *time.Location
	empty  string // what to say when there is no row
	rows   int
}

func (l *tableLog) entry(e store.LogEntry) error {
	l.rows++
	state := strings.ReplaceAll(e.State, "_", " ")
	words := strings.Join(strings.Fields(e.Subject+" "+e.Body), " ")
	reason := strings.ReplaceAll(strings.ReplaceAll(e.Reason, ",", ", "), "_", " ")
	switch {
	case words == "":
		words = reason
	case e.Direction == string(outreach.Inbound):
		words = reason + ": " + words // how a reply was understood
	}
	_, err := fmt.Fprintf(l.w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, e.When().In(l.loc).Format("Jan 02 2006 15:04"),
		e.Customer, e.OrderNumbers(), e.Channel, state, e.Playbook, address(e.Address, l.unmask), clip(words, 60))
	if err == nil && l.rows%500 == 0 {
		err = l.w.Flush() // memory must not grow with the log
	}
	return err
}

func (l *tableLog) end() error {
	if l.rows == 0 {
		if _, err := fmt.Fprintln(l.w, l.empty); err != nil {
			return err
		}
	}
	return l.w.Flush()
}

// clip shortens text for one line.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

func address(a string, unmask bool) string {
	if unmask {
		return a
	}
	return outreach.Mask(a)
}

func instant(t store.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t.Time
}
