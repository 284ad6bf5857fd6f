package staff

import (
	"net/http"
	"strconv"
	"time"
)

// aheadPageView is one day's contacts, from one of them on.
type aheadPageView struct {
	Day      time.Time
	Contacts []aheadView
	Path     string // of this page
	Next     int64  // the contact after which the day goes on, 0 at its end
	Before   time.Time
	After    time.Time
}

func (s todayPages) aheadPage(v *visit) error {
	day, err := time.ParseInLocation(time.DateOnly, v.PathValue("day"), s.zone)
	if err != nil || day.Year() < 2000 || day.Year() > 2099 {
		return problem{http.StatusNotFound, "There is no such day."}
	}
	f := s.dayFilter(v.now, day)
	f.Limit = aheadShown + 1
	if after := v.FormValue("after"); after != "" {
		if f.After, err = strconv.ParseInt(after, 10, 64); err != nil {
			return problem{http.StatusNotFound, "There is no such page."}
		}
	}
	list, err := s.ahead(v, f)
	if err != nil {
		return err
	}
	view := aheadPageView{
		Day: day, Contacts: list, Path: "/ahead/" + day.Format(time.DateOnly),
		Before: s.midnight(day, -1), After: s.midnight(day, 1),
	}
	if len(list) > aheadShown {
		view.Contacts = list[:aheadShown]
		view.Next = view.Contacts[aheadShown-1].ID
	}
	if view.Before.Before(s.midnight(v.now, 0)) {
		view.Before = time.Time{}
	}
	s.show(v, "ahead", view)
	return nil
}
