package staff

import (
	"context"
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Forecast shows what would go out, word for word.
type Forecast interface {
	Preview(ctx context.Context, contacts []int64) (map[int64]outreach.Ruling, error)
	DocumentProblems(ctx context.Context) ([]error, error)
}

// foreseen is how a planned contact would be ruled on at its time.
type foreseen struct {
	Ruling outreach.Ruling
	Known  bool // it could be found out
}

// foresee asks what would become of planned contacts. What cannot be found out is
// left out; the pages are of use without it.
func (s *Site) foresee(ctx context.Context, contacts []int64) map[int64]foreseen {
	if len(contacts) == 0 {
		return nil
	}
	rulings, err := s.Forecast.Preview(ctx, contacts)
	if err != nil {
		s.Config.Log.Error("what goes out could not be rendered", "error", err)
	}
	out := make(map[int64]foreseen, len(rulings))
	for id, r := range rulings {
		out[id] = foreseen{Ruling: r, Known: true}
	}
	return out
}

// Goes reports whether it would go out at its time.
func (f foreseen) Goes() bool { return f.Known && f.Ruling.Goes() }

// Waits reports whether it would wait longer than to its time.
func (f foreseen) Waits() bool { return f.Known && f.Ruling.Waits() }

// Linked reports whether the words have the address of the customer's page, as
// package links makes it. There is no such page before they have gone out.
func (f foreseen) Linked() bool { return strings.Contains(f.Ruling.Body, "/p/") }

// by is the channel by which it would go, the planned one where that is not known.
func (f foreseen) by(planned string) string {
	if f.Goes() || f.Waits() {
		return string(f.Ruling.Contact.Channel)
	}
	return planned
}
