package stories

import (
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/inbound"
)

// Pat is texted about brakes and asks to stop by. Nobody answers in time, so the
// manager hears of it; an adviser makes the appointment and the matter is closed.
func TestAskingToStopBy(t *testing.T) {
	t.Parallel()
	each(t, setup{}, func(s *shop) {
		s.imports(importer.Orders, `
RO #,Closed,Service Advisor,Customer ID,Customer,Mobile,SMS Consent Written,SMS Consent Wording,Year,Make,Model,Service,Tech Note,Color,Authorization,Price
50001,02/02/2026,Robin Wrenfield,C1,Pat Sample,(212) 555-0123,12/01/2025,I agree to service texts.,2018,Subaru,Outback,Front brake pads,2 mm left,Red,Declined,$420.00`)
		pat := &customer{s: s, phone: "+12125550123"}

		s.until("Feb 5 10:20")
		first := pat.reads()
		for _, words := range []string{"Example Auto Care", "Pat", "Robin", "Outback", "Front brake pads, 2 mm left", "$420", "STOP"} {
			if !strings.Contains(first, words) {
				t.Errorf("the text does not say %q: %s", words, first)
			}
		}
		pat.texts("Can I stop by Thursday?")
		task := s.waiting()
		if task.Kind != "booking" || task.Adviser != "Robin Wrenfield" || task.Words != "Can I stop by Thursday?" {
			t.Errorf("the task is %+v", task)
		}
		if got, want := task.DueAt.Truncate(60e9), s.at("Feb 5 12:20"); !got.Equal(want) {
			t.Errorf("it is due at %s, want %s", got, want)
		}

		s.until("Feb 5 12:19")
		if task := s.waiting(); !task.EscalatedAt.IsZero() {
			t.Errorf("the manager was called too soon: %+v", task)
		}
		s.until("Feb 5 12:22")
		if task := s.waiting(); task.EscalatedAt.IsZero() {
			t.Errorf("the manager knows nothing of it: %+v", task)
		}

		s.until("Feb 13 12:00") // the call planned for the twelfth waits
		s.explains("50001", "step 1 by text on Thu Feb 5 2026, 10:00: delivered", "the customer answered on Thu Feb 5 2026, 10:20 (understood as booking)", "is waiting for an answer from a person")
		s.says("Robin Wrenfield", inbound.Booked, "Thursday at nine")
		s.nobodyWaits()

		s.until("Apr 20 12:00")
		pat.hearsNothing()
		s.logs(
			"out sms delivered declined-safety/1",
			"out call canceled booked declined-safety/2",
			"out sms canceled booked declined-safety/3",
			"in sms received booking",
		)
		s.explains("50001", "it ended early: the customer made an appointment first")
	})
}
