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
	signIn, users, today, replies := signInPages{s}, userPages{s}, todayPages{s}, replyPages{s}
	planned, brake, log, calls := holdPages{s}, brakePages{s}, logPages{s}, callPages{s}
	recovery, oneCase := recoveryPages{s}, casePages{s}
	customers, answers := customerPages{s}, answerPages{s}
	forms := customerForms{customers}
	return []page{
		{"GET /signin", everybody, signIn.signInPage},
		{"POST /signin", everybody, signIn.signIn},
		{"POST /signout", adviser, signIn.signOut},
		{"POST /signout/everywhere", adviser, signIn.signOutEverywhere},
		{"GET /password", adviser, users.passwordPage},
		{"POST /password", adviser, users.changePassword},

		{"GET /{$}", adviser, today.todayPage},
		{"GET /ahead/{day}", adviser, today.aheadPage},
		{"POST /replies/{id}", adviser, replies.answerReply},
		{"POST /contacts/{id}/hold", adviser, planned.hold},
		{"POST /contacts/{id}/letgo", adviser, planned.letGo},
		{"POST /contacts/{id}/remove", adviser, planned.remove},
		{"POST /stop", adviser, brake.stop},
		{"POST /resume", manager, brake.resume},

		{"GET /log", adviser, log.logPage},
		{"GET /log.csv", adviser, log.logCSV},
		{"GET /contacts/{id}", adviser, log.contactPage},

		{"GET /calls", adviser, calls.callsPage},
		{"POST /calls/{id}", adviser, calls.recordCall},
		{"POST /calls/{id}/claim", adviser, calls.claimCall},
		{"POST /calls/{id}/release", adviser, calls.releaseCall},

		{"GET /recovery", adviser, recovery.recoveryPage},
		{"POST /recovery", adviser, recovery.openCase},
		{"GET /recovery/{id}", adviser, oneCase.casePage},
		{"POST /recovery/{id}", adviser, oneCase.changeCase},
		{"POST /recovery/{id}/decision", generalManager, oneCase.decideCase},
		{"POST /recovery/{id}/close", generalManager, oneCase.closeCase},
		{"POST /recovery/{id}/mistake", manager, oneCase.dropCase},

		{"GET /customers", adviser, customers.customersPage},
		{"GET /customers/{id}", adviser, customers.customerPage},
		{"POST /customers/{id}/reply", adviser, answers.answer},
		{"POST /customers/{id}/note", adviser, forms.addNote},
		{"POST /customers/{id}/call", adviser, forms.recordCustomerCall},
		{"POST /customers/{id}/consent", adviser, forms.recordConsent},
		{"POST /customers/{id}/optout", adviser, forms.optOut},
		{"POST /customers/{id}/lift", manager, forms.lift},

		{"GET /users", manager, users.usersPage},
		{"POST /users", manager, users.addUser},
		{"POST /users/{id}", manager, users.changeUser},

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
