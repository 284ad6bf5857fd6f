package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Customers are the people the shop works for, and what is done about them.
type Customers interface {
	CustomerSearch
	File(ctx context.Context, now time.Time, id int64) (store.File, error)
	Timeline(ctx context.Context, id int64, from store.Mark) (page []store.Entry, more bool, err error)
	AddNote(ctx context.Context, now time.Time, id int64, who, words string) error
	RecordCall(ctx context.Context, now time.Time, t store.TookPlace) error
	RecordConsent(ctx context.Context, now time.Time, who string, e outreach.Consent) error
	OptOut(ctx context.Context, now time.Time, id int64, ch outreach.Channel, who, how string) error
	Lift(ctx context.Context, now time.Time, id int64, address, who string) (int, error)
}

// customerView is what the page shows.
type customerView struct {
	store.File
	Name     string
	Spoken   string // their language, where it is not the shop's
	OwnCase  int64  // their open recovery case, 0 for none
	KinCase  int64  // one of somebody who shares an address with them
	Next     []nextView
	Lines    []lineView
	Older    string // the address of what is older, "" when nothing is
	Newest   bool   // the page shows the newest part of the timeline
	Reply    replyForm
	Today    string // as a form has it
	Clock    string // what time it is, as a form has it
	Problem  string
	Typed    url.Values // of the form that did not work
	Form     string     // which one that was
	Consents []consentView
}

// Title names the page.
func (c customerView) Title() string { return c.Name }

var errNoCustomer = problem{http.StatusNotFound, "There is no such customer."}

// customerID reads which customer an address is about.
func customerID(v *visit) (int64, error) {
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, errNoCustomer
	}
	return id, nil
}

func customerPath(id int64) string { return "/customers/" + strconv.FormatInt(id, 10) }

// customerPages show customers.
type customerPages struct{ *Site }

func (s customerPages) customerPage(v *visit) error {
	id, err := customerID(v)
	if err != nil {
		return err
	}
	return s.showCustomer(v, http.StatusOK, id, customerView{})
}

// showCustomer shows the page, with what was typed where something did not work.
func (s customerPages) showCustomer(v *visit, status int, id int64, view customerView) (err error) {
	view.File, err = s.Customers.File(v.Context(), v.now, id)
	if errors.Is(err, store.ErrNoCustomer) {
		return errNoCustomer
	}
	if err != nil {
		return err
	}
	if own := view.Customer.ID; own != id && v.Method == http.MethodGet {
		return v.to(customerPath(own)) // merged into another
	}
	id = view.Customer.ID
	from := markOf(v.URL.Query().Get("older"))
	entries, more, err := s.Customers.Timeline(v.Context(), id, from)
	if err != nil {
		return err
	}
	names, err := s.playbookNames(v)
	if err != nil {
		return err
	}
	who, err := s.doers(v)
	if err != nil {
		return err
	}
	who.inWords(&view.File, entries)
	view.Spoken = s.spoken(view.Customer.Locale)
	view.Next = s.next(v, view.Running, names)
	for i := range view.Calls {
		view.Calls[i].Playbook = names.of(view.Calls[i].Playbook)
	}
	for _, e := range entries {
		view.Lines = append(view.Lines, s.line(e, names))
	}
	if more {
		view.Older = customerPath(id) + "?older=" + writeMark(entries[len(entries)-1].Mark) + "#timeline"
	}
	view.Name, view.Newest = nameOf(view.Customer), from.At.IsZero()
	view.Today, view.Clock = v.now.In(s.zone).Format(time.DateOnly), v.now.In(s.zone).Format("15:04")
	for _, c := range view.Cases {
		if c.CustomerID == id {
			view.OwnCase = c.ID
		} else {
			view.KinCase = c.ID
		}
	}
	for _, c := range view.File.Consents {
		view.Consents = append(view.Consents, s.consentView(c))
	}
	if err := answerPages(s).prepareReply(v, &view); err != nil {
		return err
	}
	v.status = status
	s.show(v, "customer", view)
	return nil
}

func nameOf(c outreach.Customer) string {
	name := strings.TrimSpace(c.FirstName + " " + c.LastName)
	switch {
	case name == "" && c.Company == "":
		return "Name not on file"
	case name == "":
		return c.Company
	case c.Company != "":
		return name + " (" + c.Company + ")"
	}
	return name
}

// writeMark writes where a page of the timeline ends, for an address.
func writeMark(m store.Mark) string {
	return fmt.Sprintf("%d-%d-%d", m.At.UnixMicro(), m.Kind, m.ID)
}

// markOf reads it; whatever is no mark is the beginning.
func markOf(text string) (m store.Mark) {
	var at int64
	var kind int
	if n, err := fmt.Sscanf(text, "%d-%d-%d", &at, &kind, &m.ID); n != 3 || err != nil {
		return store.Mark{}
	}
	m.At, m.Kind = time.UnixMicro(at).UTC(), store.EntryKind(kind)
	if y := m.At.Year(); y < 1900 || y > 2200 {
		return store.Mark{}
	}
	return m
}

// consentView is an entry of the consent ledger in words.
type consentView struct {
	outreach.Consent
	Head string
	Over bool // it has expired
}

func (s customerPages) consentView(c outreach.Consent) consentView {
	return consentView{Consent: c, Head: consentWords(c), Over: !c.ExpiresAt.IsZero() && !s.Now().Before(c.ExpiresAt)}
}

// consentWords says what somebody agreed to, or took back.
func consentWords(c outreach.Consent) string {
	what := "every channel"
	switch c.Channel {
	case outreach.SMS:
		what = "texts"
	case outreach.Email:
		what = "e-mails"
	case outreach.Call:
		what = "calls"
	}
	if c.Class != "" {
		what += ", " + classWords[c.Class]
	}
	switch c.State {
	case outreach.ConsentGiven:
		if basis, ok := basisWords[c.Basis]; ok {
			what += ", " + basis
		}
		return "Agreed to " + what
	case outreach.ConsentRevoked:
		return "Took back what was agreed about " + what
	}
	return "Nobody knows whether they agreed to " + what
}

var classWords = map[outreach.Class]string{
	outreach.Marketing: "offers and reminders", outreach.Informational: "information about their own vehicle",
}

var basisWords = map[outreach.ConsentBasis]string{
	outreach.ConsentWritten: "in writing", outreach.ConsentExpress: "by word of mouth", outreach.ConsentImplied: "by having been a customer",
}
