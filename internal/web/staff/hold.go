package staff

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Holds keep planned contacts from going out.
type Holds interface {
	Hold(ctx context.Context, now time.Time, contactID int64, who string) error
	LetGo(ctx context.Context, now time.Time, contactID int64, who string) error
	Remove(ctx context.Context, now time.Time, contactID int64, who, note string) error
}

// holdPages change what is planned.
type holdPages struct{ *Site }

func (s holdPages) hold(v *visit) error {
	return s.changePlanned(v, "It is held back until somebody lets it go.", func(id int64) error {
		return s.Holds.Hold(v.Context(), v.now, id, v.user.Login)
	})
}

func (s holdPages) letGo(v *visit) error {
	return s.changePlanned(v, "It goes out when its time comes.", func(id int64) error {
		return s.Holds.LetGo(v.Context(), v.now, id, v.user.Login)
	})
}

func (s holdPages) remove(v *visit) error {
	note, err := written(v, "note", "Note")
	if err != nil {
		return err
	}
	return s.changePlanned(v, "This person was taken off the list. Nothing more of this follow-up goes out.", func(id int64) error {
		return s.Holds.Remove(v.Context(), v.now, id, v.user.Login, note)
	})
}

// changePlanned does something with a planned contact, and says what was done or
// why it could not be.
func (s holdPages) changePlanned(v *visit, done string, change func(id int64) error) error {
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return problem{http.StatusNotFound, "There is no such contact."}
	}
	err = change(id)
	var other store.NotPlannedError
	switch {
	case errors.Is(err, store.ErrNoContact):
		return problem{http.StatusNotFound, "There is no such contact."}
	case errors.Is(err, store.ErrAnswer):
		return problem{http.StatusConflict, "This belongs to what the customer wrote, and goes out within minutes or not at all. To keep it back, stop all sending on the page Today. Nothing was changed."}
	case errors.As(err, &other):
		return problem{http.StatusConflict, s.tooLate(v, other) + " Nothing was changed."}
	case err != nil:
		return err
	}
	s.tell(v, done)
	return v.to(ownPath(v.PostFormValue("to")))
}

// tooLate says what became of a contact before somebody could change it.
func (s holdPages) tooLate(v *visit, e store.NotPlannedError) string {
	switch {
	case e.State == outreach.Planned && e.HeldBy != "":
		return s.nameOf(v, e.HeldBy) + " has held it back since " + s.when(e.At) + "."
	case e.State == outreach.Planned:
		return "Nobody holds it back any more."
	case e.State == outreach.Canceled && e.Reason == outreach.RemovedByStaff:
		return s.nameOf(v, e.Who) + " took this person off the list on " + s.when(e.At) + "."
	case e.State == outreach.Canceled, e.State == outreach.Suppressed, e.State == outreach.Expired:
		return "It does not go out any more. " + told(e.Reason)
	}
	return "It has gone out already."
}
