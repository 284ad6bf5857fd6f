package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/simulate"
	"github.com/courtesyd/courtesyd/internal/store"
)

// saying is what an invented customer does with a message: writes back, or
// presses a button of its page.
type saying struct {
	en, es string
	press  outreach.Action
	reason outreach.CancelReason
}

// sayings are what customers say, in turn.
var sayings = []saying{
	{en: "Thanks for the note. Could I stop by on Thursday around 9?", es: "Gracias. ¿Puedo pasar el jueves a las 9?"},
	{press: outreach.ActionElsewhere},
	{en: "How long would it take? I need the car for work.", es: "¿Cuánto tiempo tarda? Necesito el carro para trabajar."},
	{press: outreach.ActionBook, en: "Any morning next week", es: "Cualquier mañana de la próxima semana"},
	{en: "Please stop texting me", es: "Por favor ya no me manden mensajes"},
	{press: outreach.ActionLater},
	{press: outreach.ActionNotThis},
	{en: "Cancel that", es: "Cancele eso"},
	{press: outreach.ActionAsk, en: "Is it safe to drive until spring?", es: "¿Es seguro manejar hasta la primavera?"},
	{en: "We sold the car last month", es: "Ya vendimos el carro"},
	{press: outreach.ActionStop},
}

// canceling are what customers say of an order they canceled.
var canceling = []saying{
	{press: outreach.ActionReason, reason: outreach.CanceledPlansChanged},
	{press: outreach.ActionReason, reason: outreach.CanceledForCost},
	{press: outreach.ActionReason, reason: outreach.CanceledMisunderstanding, en: "I thought it was covered", es: "Pensé que estaba cubierto"},
	{press: outreach.ActionReason, reason: outreach.CanceledFoundAnotherWay},
}

// everyNth message is answered; of the answers the newest repliesLeft wait, so
// that whoever looks at the demo finds some.
const (
	everyNth    = 3
	repliesLeft = 2
)

// customers lets some of those who were written to answer in the evening of the
// days between two instants, and advisers deal with it the next morning.
func (s shop) customers(desk *inbound.Desk, from, until time.Time) []simulate.Event {
	var seen int64
	said, canceled, sent := 0, 0, 0
	evening := func(ctx context.Context) error {
		var fresh []store.LogEntry
		err := store.Log{DB: s.db}.Each(ctx, store.LogFilter{States: []outreach.State{outreach.Accepted}, Limit: 200}, func(e store.LogEntry) error {
			if e.ID > seen && e.Direction == string(outreach.Outbound) {
				fresh = append(fresh, e)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i := len(fresh) - 1; i >= 0; i-- { // the log begins with the newest
			seen = fresh[i].ID
			if sent++; sent%everyNth != 0 {
				continue
			}
			next, n := sayings, &said
			if fresh[i].Playbook == "canceled-order" {
				next, n = canceling, &canceled
			}
			if err := s.say(ctx, desk, fresh[i], next[*n%len(next)]); err != nil {
				return err
			}
			*n++
		}
		return nil
	}
	var out []simulate.Event
	for day := from.Add(11 * time.Hour); day.Before(until); day = day.AddDate(0, 0, 1) {
		out = append(out, simulate.Event{At: day, Do: evening}, simulate.Event{At: day.Add(15 * time.Hour), Do: s.answer})
	}
	return out
}

// say lets a customer answer a message.
func (s shop) say(ctx context.Context, desk *inbound.Desk, e store.LogEntry, what saying) error {
	words := what.en
	if strings.Contains(e.Body, "Hola") {
		words = what.es
	}
	key := fmt.Sprintf("demo-%d", e.ID)
	if what.press != "" {
		return desk.Press(ctx, outreach.Press{
			ContactID: e.ID, Key: key, Action: what.press, Reason: what.reason, Text: words,
			Until: s.clock.Now().AddDate(0, 1, 0), At: s.clock.Now(),
		})
	}
	a := outreach.Arrival{
		Provider: "demo", ProviderID: key, Channel: outreach.Channel(e.Channel), From: e.Address, Answers: e.ID,
		Body: words, At: s.clock.Now(),
	}
	if a.Channel == outreach.Email {
		a.Subject = "Re: " + e.Subject
	}
	return desk.Receive(ctx, a)
}

// answer lets an adviser deal with what waits, but for the newest.
func (s shop) answer(ctx context.Context) error {
	tasks := store.Tasks{DB: s.db}
	waiting, err := tasks.Open(ctx, 100)
	if err != nil {
		return err
	}
	for _, w := range waiting[:max(len(waiting)-repliesLeft, 0)] {
		outcome, note := inbound.Answered, "wrote back"
		switch {
		case !w.ReviewBy.IsZero():
			outcome, note = inbound.NotAnOptOut, "meant the appointment; called to make sure"
		case w.Kind == string(outreach.TaskBooking):
			outcome, note = inbound.Booked, "comes in as asked"
		}
		effects, _ := inbound.EffectsOf(outcome) // the outcomes above are some
		err := tasks.Done(ctx, s.clock.Now(), store.TaskEnd{
			ID: w.ID, Outcome: string(outcome), Note: note, Who: "adviser (sample)",
			EndReason: effects.EndReason, Decided: effects.Decided,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
