package customer

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// How a refusal came, for the record.
const (
	byOneClick = "one_click" // a mail program's, RFC 8058
	byPage     = "page"      // the button of the page for unsubscribing
)

// unsubscribeView is the page for unsubscribing.
type unsubscribeView struct {
	layout
	Heading, Text string
	Note          string
	Button        string // "" when there is nothing left to press
	How           string
}

// askToStop shows a button and changes nothing.
func (p *Pages) askToStop(w http.ResponseWriter, r *http.Request, id int64) {
	ctx, cancel := reading(r)
	defer cancel()
	page, err := p.desk.Page(ctx, id)
	switch {
	case errors.Is(err, outreach.ErrNoPage):
		p.gone(w, r)
	case err != nil:
		p.log.ErrorContext(r.Context(), "a contact could not be read", "contact", id, "error", err)
		p.notStopped(w, r, spoken(r), page.Shop)
	case page.Stopped:
		words := wordsFor(page.Locale)
		p.stopped(w, r, words, page.Shop, words.StoppedBefore)
	default:
		words := wordsFor(page.Locale)
		text := words.AskToStopAnyShop
		if page.Shop.Name != "" {
			text = fmt.Sprintf(words.AskToStop, page.Shop.Name)
		}
		p.answer(w, r, http.StatusOK, "unsubscribe.html", unsubscribeView{
			layout:  p.layout(words, words.AskToStopHeading, page.Shop),
			Heading: words.AskToStopHeading, Text: text, Note: words.NothingYet,
			Button: words.PressStop, How: byPage,
		})
	}
}

// unsubscribe takes a refusal. Whatever is in the body, and whoever sent it: who
// has the address and posts to it wants no more messages. It answers without
// redirect or cookie, as RFC 8058 section 3.1 asks.
func (p *Pages) unsubscribe(w http.ResponseWriter, r *http.Request, id int64) {
	how := byOneClick
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if r.PostFormValue("how") == byPage {
		how = byPage
	}
	ctx, cancel := recording(r)
	defer cancel()
	// The page only lends the words: when it cannot be read, the refusal still counts.
	page, unread := p.desk.Page(ctx, id)
	words := wordsFor(page.Locale)
	if unread != nil {
		words = spoken(r)
	}
	err := p.desk.Unsubscribe(ctx, id, how)
	switch {
	case errors.Is(err, outreach.ErrNoPage):
		p.gone(w, r)
	case err != nil:
		p.log.ErrorContext(r.Context(), "a refusal could not be recorded", "contact", id, "how", how, "error", err)
		p.notStopped(w, r, words, page.Shop)
	case page.Stopped:
		p.stopped(w, r, words, page.Shop, words.StoppedBefore)
	default:
		p.stopped(w, r, words, page.Shop, words.Stopped)
	}
}

func (p *Pages) stopped(w http.ResponseWriter, r *http.Request, words *words, shop outreach.Shop, text string) {
	p.answer(w, r, http.StatusOK, "unsubscribe.html", unsubscribeView{
		layout:  p.layout(words, words.StoppedHeading, shop),
		Heading: words.StoppedHeading, Text: text, Note: words.ComeBack,
	})
}

// notStopped says that a refusal was not recorded, and what to do.
func (p *Pages) notStopped(w http.ResponseWriter, r *http.Request, words *words, shop outreach.Shop) {
	p.answer(w, r, http.StatusServiceUnavailable, "unsubscribe.html", unsubscribeView{
		layout:  p.layout(words, words.NotRecordedHeading, shop),
		Heading: words.NotRecordedHeading, Text: words.NotRecorded,
		Button: words.PressStop, How: byPage,
	})
}
