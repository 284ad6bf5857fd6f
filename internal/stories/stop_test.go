package stories

import (
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// Pat texts STOP. Twilio says that it holds, so the shop says nothing, by no way at
// all. In the fall Pat texts START: nothing is advertised all the same, for that
// needs an agreement in writing, but information may be given again.
func TestStopAndStart(t *testing.T) {
	t.Parallel()
	each(t, setup{}, func(s *shop) {
		pat := s.customer(fixture.Customer{Phone: "+12125550123", Email: "pat@customer.test", Texts: true})
		s.AddOrder(fixture.Order{
			Number: "50002", Customer: pat.id, Closed: s.clock.Now(),
			Lines: []fixture.Line{{Name: "Front brake pads"}, {Name: "Battery"}},
		})
		s.until("Feb 5 10:05")
		pat.reads()
		pat.texts("STOP")
		s.nobodyWaits()

		s.until("Apr 20 12:00")
		pat.hearsNothing()
		over := []string{
			"out sms delivered declined-safety/1",
			"out call canceled asked_to_stop declined-safety/2",
			"out sms canceled asked_to_stop declined-safety/3",
			"in sms received keyword",
		}
		s.logs(over...)
		s.explains("50002", "it ended early: the customer asked to be left alone")

		pat.texts("START")
		s.nobodyWaits()
		s.AddOrder(fixture.Order{
			Number: "50003", Customer: pat.id, Closed: s.clock.Now(), Lines: []fixture.Line{{Name: "Wiper blades"}},
		})
		s.until("Jul 1 12:00")
		pat.hearsNothing()
		s.explains("50003", "step 2 was not sent (the customer asked not to be contacted at this number or address)")
		s.logs(append(over,
			"in sms received opt_in",
			"out sms suppressed no_consent,opted_out declined-safety/1", // who asks for texts has not asked for calls
			"out call suppressed opted_out declined-safety/2",
			"out sms suppressed no_consent,opted_out declined-safety/3",
		)...)

		// That information may be given shows in the one that follows a second no.
		pat.texts("Please leave me alone now, no more texts")
		s.until("Jul 1 12:05")
		if words := pat.reads(); !strings.Contains(words, "You asked us to stop, and we have.") {
			t.Errorf("the second no is confirmed by %q", words)
		}
		s.until("Sep 1 12:00")
		pat.hearsNothing()
	})
}

// Late in the evening somebody asks in their own words to be left alone. That is
// confirmed at once, once, in their language, though it is not the hour for texts.
func TestLeaveMeAlone(t *testing.T) {
	t.Parallel()
	for locale, c := range map[string]struct{ name, words, confirmed string }{
		"en": {"Pat Sample", "please dont text me anymore", "You asked us to stop, and we have."},
		"es": {"Ana Prueba", "por favor ya no me manden mensajes", "Recibimos su aviso."},
	} {
		t.Run(locale, func(t *testing.T) {
			each(t, setup{}, func(s *shop) {
				who := s.customer(fixture.Customer{Name: c.name, Phone: "+12125550123", Texts: true, Locale: locale})
				s.Declines(who.id, s.clock.Now(), "Front brake pads")
				s.until("Feb 5 21:50")
				who.reads()
				who.texts(c.words)
				s.work()
				if said := who.reads(); !strings.Contains(said, c.confirmed) {
					t.Errorf("the refusal is confirmed by %q", said)
				}
				who.texts("I said " + c.words)
				s.nobodyWaits()
				s.until("Apr 20 12:00")
				who.hearsNothing()
				s.logs(
					"out sms delivered declined-safety/1",
					"out call canceled asked_to_stop declined-safety/2",
					"out sms canceled asked_to_stop declined-safety/3",
					"in sms received stop",
					"out sms delivered opt-out-confirmation",
					"in sms received stop",
				)
			})
		})
	}
}

// "Not interested" may be a refusal, and is taken for one until a person says what
// it was. Where nobody does within two business days it stays one.
func TestPerhapsARefusal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		decided bool
		log     []string
		why     string
	}{
		"nobody decides": {false, []string{
			"out sms delivered declined-safety/1",
			"out call canceled asked_to_stop declined-safety/2",
			"out sms canceled asked_to_stop declined-safety/3",
			"in sms received negative",
		}, "it ended early: the customer asked to be left alone"},
		"no refusal": {true, []string{
			"out sms delivered declined-safety/1",
			"out call expired past_not_after declined-safety/2",
			"out sms delivered declined-safety/3",
			"in sms received negative",
		}, "(not_opt_out: only meant the price)"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, setup{}, func(s *shop) {
				pat := s.customer(fixture.Customer{Phone: "+12125550123", Texts: true})
				s.AddOrder(fixture.Order{
					Number: "50004", Customer: pat.id, Adviser: "Robin Wrenfield", Closed: s.clock.Now(),
					Lines: []fixture.Line{{Name: "Front brake pads"}},
				})
				s.until("Feb 5 16:30")
				pat.reads()
				pat.texts("Not interested")
				task := s.waiting()
				if got, want := task.ReviewBy.Time, s.at("Feb 7 18:00"); task.Kind != "review" || !got.Equal(want) {
					t.Errorf("a %s by %s, want a review by %s", task.Kind, got, want)
				}
				s.until("Feb 7 17:00")
				if c.decided {
					s.says("Robin Wrenfield", inbound.NotAnOptOut, "only meant the price")
				}
				firm := func() int { return s.Count(`select count(*) from opt_outs where not tentative and lifted_at is null`) }
				s.until("Feb 7 17:59")
				if firm() > 0 {
					t.Error("it was taken for a refusal too soon")
				}
				s.until("Feb 7 18:01")
				if (firm() > 0) == c.decided {
					t.Errorf("%d opt-outs are in force", firm())
				}
				s.until("Apr 20 12:00")
				if c.decided {
					pat.reads()
				} else if task := s.waiting(); task.Kind != "reply" || task.EscalatedAt.IsZero() {
					t.Errorf("the manager has %+v", task)
				}
				pat.hearsNothing()
				s.logs(c.log...)
				s.explains("50004", c.why)
			})
		})
	}
}
