package staff

import (
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// nextView is a follow-up that goes on, with what would become of its next step.
type nextView struct {
	store.Running
	foreseen
}

// Way is the channel by which the next step would go.
func (n nextView) Way() string { return n.by(n.Channel) }

// next says how follow-ups go on, by the same forecast as the page Today.
func (s customerPages) next(v *visit, running []store.Running, names playbookNames) []nextView {
	var planned []int64
	for _, r := range running {
		if r.State == string(outreach.Planned) {
			planned = append(planned, r.ContactID)
		}
	}
	rulings := s.foresee(v.Context(), planned)
	out := make([]nextView, len(running))
	for i, r := range running {
		r.Playbook = names.of(r.Playbook)
		out[i] = nextView{r, rulings[r.ContactID]}
	}
	return out
}
