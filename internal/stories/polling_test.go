package stories

import (
	"testing"

	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// The shop has no public address, and its computer is off for three days. Whoever
// has Pat's old number answers meanwhile: when the computer is on again, that is
// heard, nothing more goes to the number, and Pat is written to by mail. Then the
// shop gets an address, and what was heard is not heard again.
func TestWrongNumberWhileAway(t *testing.T) {
	t.Parallel()
	each(t, setup{asks: true}, func(s *shop) {
		pat := s.customer(fixture.Customer{Phone: "+12125550123", Email: "pat@customer.test", Texts: true})
		s.AddOrder(fixture.Order{Number: "50005", Customer: pat.id, Closed: s.clock.Now(), Lines: []fixture.Line{{Name: "Front brake pads"}}})
		s.until("Feb 5 10:05")
		pat.reads()
		s.await("news of the delivery", func() bool { return s.logged()[0] == "out sms delivered declined-safety/1" })

		s.stop()
		s.clock.set(s.at("Feb 7 11:00"))
		sid, err := s.texts.Text(t.Context(), twiliofake.Incoming{From: pat.phone, To: textsFrom, Body: "wrong number"})
		if err == nil {
			t.Error("a shop without an address was called")
		}
		s.clock.set(s.at("Feb 8 12:00"))
		s.start()
		s.await("what was written", func() bool { return len(s.logged()) == 4 })
		pat.opened++
		s.until("Mar 10 12:00")
		pat.hearsNothing()
		heard := []string{
			"out sms delivered declined-safety/1",
			"out call suppressed opted_out,no_consent,address_invalid declined-safety/2",
			"out email accepted declined-safety/3",
			"in sms received wrong_number",
		}
		s.logs(heard...)

		s.stop()
		s.configure(setup{})
		s.start()
		s.must(s.texts.Announce(t.Context(), sid))
		s.until("Apr 20 12:00")
		pat.hearsNothing()
		s.logs(heard...)
	})
}
