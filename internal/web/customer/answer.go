package customer

import (
	"bytes"
	"html/template"
	"net/http"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
)

// layout is what all pages share.
type layout struct {
	Words *words
	Style template.CSS
	Title string
	Shop  shop
}

// shop is what a page tells of the shop, empty where the shop is not known.
type shop struct {
	Name, Address string
	Phone         string // to be called
	Number        string // to be read
}

func (p *Pages) layout(w *words, title string, s outreach.Shop) layout {
	l := layout{Words: w, Style: p.style, Title: title, Shop: shop{
		Name: s.Name, Address: s.PostalAddress, Phone: s.Phone, Number: phone.Readable(s.Phone),
	}}
	if s.Name != "" {
		l.Title += " · " + s.Name
	}
	return l
}

// answer sends a page. It is made whole first: half a page helps nobody.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, status int, name string, view any) {
	var page bytes.Buffer
	if err := p.templates.ExecuteTemplate(&page, name, view); err != nil {
		p.log.ErrorContext(r.Context(), "a customer's page could not be made: please report this", "page", name, "error", err)
		http.Error(w, "Something went wrong here. Please call the shop.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "120")
	}
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // a reader who has gone need not be told
}

// message is a page that only says something.
type message struct {
	layout
	Heading, Text string
	Again         *form // what could not be recorded, to be sent once more
}

func (p *Pages) tell(w http.ResponseWriter, r *http.Request, status int, words *words, heading, text string) {
	p.answer(w, r, status, "message.html", message{
		layout:  p.layout(words, heading, outreach.Shop{}),
		Heading: heading, Text: text,
	})
}

// foreign answers what another site sent.
func (p *Pages) foreign(w http.ResponseWriter, r *http.Request) {
	words := spoken(r)
	p.tell(w, r, http.StatusForbidden, words, words.UnclearHeading, words.Unclear)
}

func (p *Pages) badLink(w http.ResponseWriter, r *http.Request) {
	words := spoken(r)
	p.tell(w, r, http.StatusNotFound, words, words.BadLinkHeading, words.BadLink)
}

func (p *Pages) gone(w http.ResponseWriter, r *http.Request) {
	words := spoken(r)
	p.tell(w, r, http.StatusNotFound, words, words.GoneHeading, words.Gone)
}
