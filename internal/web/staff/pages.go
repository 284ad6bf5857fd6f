package staff

import (
	"net/http"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// page is one address and who may open it.
type page struct {
	pattern string
	needs   outreach.Role // "" for everybody, also without signing in
	answer  func(*visit) error
}

// pages lists every address. Nothing else decides who may do what.
func (s *Site) pages() []page {
	const (
		everybody      = outreach.Role("")
		adviser        = outreach.RoleAdviser
		manager        = outreach.RoleManager
		generalManager = outreach.RoleGeneralManager
	)
	return []page{
		{"GET /signin", everybody, s.signInPage},
		{"POST /signin", everybody, s.signIn},
		{"POST /signout", adviser, s.signOut},
		{"POST /signout/everywhere", adviser, s.signOutEverywhere},
		{"GET /password", adviser, s.passwordPage},
		{"POST /password", adviser, s.changePassword},

		{"GET /{$}", adviser, s.todayPage},
		{"GET /ahead/{day}", adviser, s.aheadPage},
		{"POST /replies/{id}", adviser, s.answerReply},
		{"POST /contacts/{id}/hold", adviser, s.hold},
		{"POST /contacts/{id}/letgo", adviser, s.letGo},
		{"POST /contacts/{id}/remove", adviser, s.remove},
		{"POST /stop", adviser, s.stop},
		{"POST /resume", manager, s.resume},

		{"GET /log", adviser, s.logPage},
		{"GET /log.csv", adviser, s.logCSV},
		{"GET /contacts/{id}", adviser, s.contactPage},

		{"GET /calls", adviser, s.callsPage},
		{"POST /calls/{id}", adviser, s.recordCall},
		{"POST /calls/{id}/claim", adviser, s.claimCall},
		{"POST /calls/{id}/release", adviser, s.releaseCall},

		{"GET /recovery", adviser, s.recoveryPage},
		{"POST /recovery", adviser, s.openCase},
		{"GET /recovery/{id}", adviser, s.casePage},
		{"POST /recovery/{id}", adviser, s.changeCase},
		{"POST /recovery/{id}/decision", generalManager, s.decideCase},
		{"POST /recovery/{id}/close", generalManager, s.closeCase},
		{"POST /recovery/{id}/mistake", manager, s.dropCase},

		{"GET /customers", adviser, s.customersPage},
		{"GET /customers/{id}", adviser, s.customerPage},
		{"POST /customers/{id}/reply", adviser, s.answer},
		{"POST /customers/{id}/note", adviser, s.addNote},
		{"POST /customers/{id}/call", adviser, s.recordCustomerCall},
		{"POST /customers/{id}/consent", adviser, s.recordConsent},
		{"POST /customers/{id}/optout", adviser, s.optOut},
		{"POST /customers/{id}/lift", manager, s.lift},

		{"GET /users", manager, s.usersPage},
		{"POST /users", manager, s.addUser},
		{"POST /users/{id}", manager, s.changeUser},

		{"/", everybody, s.nowhere},
	}
}

// titles name the pages in the browser and at their top.
var titles = map[string]string{
	"signin":    "Sign in",
	"expired":   "You are not signed in any more",
	"password":  "Your password",
	"users":     "Users",
	"problem":   "That did not work",
	"calls":     "Calls",
	"recovery":  "Recovery",
	"case":      "Recovery case",
	"today":     "Today",
	"customers": "Customers",
	"customer":  "Customer",
	"ahead":     "What goes out",
	"log":       "Outreach log",
	"contact":   "Contact",
}

// admit lets a visitor through who may open a page.
func (s *Site) admit(v *visit, p page) error {
	if !s.ours(v.Request) {
		return errElsewhere
	}
	user, err := s.signedIn(v)
	if err != nil {
		return err
	}
	v.user = user
	switch {
	case p.needs == "":
		return nil
	case user.ID == 0 && v.Method == http.MethodGet:
		http.Redirect(v.w, v.Request, "/signin?to="+escape(v.URL.RequestURI()), http.StatusSeeOther)
		return errAnswered
	case user.ID == 0:
		return s.expired(v)
	case p.needs == outreach.RoleGeneralManager && !user.Role.May(p.needs):
		return problem{http.StatusForbidden, "This is for the general manager."}
	case !user.Role.May(p.needs):
		return problem{http.StatusForbidden, "This is for managers. Ask one of them."}
	}
	return nil
}
