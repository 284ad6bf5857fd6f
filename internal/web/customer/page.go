package customer

import (
	"errors"
	"net/http"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// show answers with the page and changes nothing.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, id int64) {
	ctx, cancel := reading(r)
	defer cancel()
	page, err := p.desk.Page(ctx, id)
	switch {
	case errors.Is(err, outreach.ErrNoPage):
		p.gone(w, r)
	case err != nil:
		p.log.ErrorContext(r.Context(), "a customer's page could not be read", "contact", id, "error", err)
		words := spoken(r)
		p.tell(w, r, http.StatusServiceUnavailable, words, words.AwayHeading, words.Away)
	default:
		p.answer(w, r, http.StatusOK, "page.html", p.view(page, token(r)))
	}
}
