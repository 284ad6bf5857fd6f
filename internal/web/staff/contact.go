package staff

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// contactView is what the page shows.
type contactView struct {
	store.LogContact
	foreseen
}

// Ahead reports whether it is a step that is still to be taken.
func (c contactView) Ahead() bool { return c.State == string(outreach.Planned) && c.Step > 0 }

// Title says what kind of contact it is, and with whom.
func (c contactView) Title() string {
	way := ways[outreach.Channel(c.Channel)]
	with := " to "
	if c.Direction == string(outreach.Inbound) {
		with = " from "
	}
	return strings.ToUpper(way[:1]) + way[1:] + with + cmp.Or(c.Customer, "somebody without a name")
}

// contactPage shows one contact in full.
func (s logPages) contactPage(v *visit) error {
	none := problem{http.StatusNotFound, "There is no such contact."}
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return none
	}
	c, err := s.Outreach.Contact(v.Context(), id)
	if errors.Is(err, store.ErrNoContact) {
		return none
	}
	if err != nil {
		return err
	}
	names, err := s.playbookNames(v)
	if err != nil {
		return err
	}
	c.Playbook = names.of(c.Playbook)
	if c.HeldBy != "" {
		c.Reason = without(c.Reason, outreach.Held) // the page says who it was
	}
	view := contactView{LogContact: c}
	if view.Ahead() {
		view.foreseen = s.foresee(v.Context(), []int64{id})[id]
	}
	s.show(v, "contact", view)
	return nil
}
