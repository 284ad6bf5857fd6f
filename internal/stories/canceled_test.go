package stories

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// The shop asks twice why somebody canceled. Of a misunderstanding a person hears,
// and the second question is put. A change of plans is answer enough: the playbook
// ends.
func TestReasonsForCanceling(t *testing.T) {
	t.Parallel()
	each(t, setup{}, func(s *shop) {
		s.asksAgain("canceled-order", 10)
		pat := s.customer(fixture.Customer{Name: "Pat Sample", Phone: "+12125550123", Texts: true})
		ana := s.customer(fixture.Customer{Name: "Ana Prueba", Phone: "+12125550124", Texts: true, Locale: "es"})
		s.AddCanceled(fixture.Canceled{Number: "7001", Customer: pat.id, What: "Front brakes", At: s.clock.Now()})
		s.AddCanceled(fixture.Canceled{Number: "7002", Customer: ana.id, What: "Cambio de aceite", At: s.clock.Now()})
		s.until("Feb 3 11:30")

		phone := pat.opens(pat.reads())
		phone.Screenshot("canceled")
		phone.Do(chromedp.SendKeys(chromedp.CSS("textarea"), "I thought it was covered."))
		press(phone, "", "A misunderstanding")
		phone.Screenshot("misunderstanding")
		task := s.waiting()
		if task.Kind != "reply" || task.CustomerID != pat.id || task.Words != "I thought it was covered." {
			t.Errorf("the task is %+v", task)
		}
		s.says("manager", inbound.Answered, "it is covered; said sorry")

		phone = ana.opens(ana.reads())
		press(phone, "", "Cambiaron mis planes")
		phone.Screenshot("plans-changed-es")
		s.nobodyWaits()

		s.until("Apr 20 12:00")
		pat.reads()
		pat.hearsNothing()
		ana.hearsNothing()
		s.explains("7001", "the customer answered on Tue Feb 3 2026, 11:30 (answered: it is covered; said sorry)")
		s.explains("7002", "(understood as plans_changed)",
			"it ended early: the customer's own reason speaks against it, by the playbook")
		s.logs(
			"out sms delivered canceled-order/1",
			"out sms delivered canceled-order/2",
			"out sms delivered canceled-order/1",
			"out sms suppressed reason_excluded,nothing_left canceled-order/2",
			"in sms received misunderstanding",
			"in sms received plans_changed",
		)
	})
}

// asksAgain approves a version of a playbook that has its only step once more, so
// many days after what happened.
func (s *shop) asksAgain(playbook string, day int) {
	s.t.Helper()
	source := s.Strings(`select source from playbook_versions where playbook_id = $1`, playbook)[0]
	head, rest, _ := strings.Cut(source, "steps:\n")
	steps, caps, _ := strings.Cut(rest, "caps:\n")
	source = head + "steps:\n" + steps + strings.Replace(steps, "day: 1", fmt.Sprint("day: ", day), 1) +
		"caps:\n" + strings.Replace(caps, "per_follow_up: 1", "per_follow_up: 2", 1)
	_, _, err := store.Documents{DB: s.DB}.AddPlaybook(s.t.Context(), s.clock.Now(), outreach.Document{Name: playbook, Source: source}, "manager")
	s.must(err)
}
