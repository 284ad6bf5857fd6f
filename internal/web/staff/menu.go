package staff

import (
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// badge is a number at an entry of the menu, with what it counts for whoever does
// not see it.
type badge struct {
	Count int
	Words string
}

// badges counts what waits for the visitor. A page is shown also when that cannot
// be found out.
func (s *Site) badges(v *visit) (replies, cases badge) {
	pending, err := s.Ahead.Pending(v.Context(), v.now)
	if err != nil {
		s.Config.Log.Error("what waits could not be counted", "error", err)
		return badge{}, badge{}
	}
	for _, p := range pending {
		switch {
		case p.Kind == store.PendingReply && concerns(v.user, store.Waiting{Adviser: p.Who}):
			replies.Count += p.Count
		case p.Kind == store.PendingDecision && v.user.Role.May(outreach.RoleGeneralManager),
			p.Kind == store.PendingStep && !v.user.Role.May(outreach.RoleGeneralManager) && p.Who == v.user.Login:
			cases.Count += p.Count
		}
	}
	replies.Words = count(replies.Count, "reply waits for you", "replies wait for you")
	cases.Words = count(cases.Count, "case waits for you", "cases wait for you")
	return replies, cases
}
