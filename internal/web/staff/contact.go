package staff

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/courtesyd/courtesyd/internal/store"
)

// contactPage shows one contact in full.
func (s *Site) contactPage(v *visit) error {
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
	s.show(v, "contact", c)
	return nil
}
