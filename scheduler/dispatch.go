package scheduler

import (
	"context"
	"fmt"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/templates"
)

// historyDays is how far back contacts with a person are read at least.
const historyDays = 35

// staleAfter is how long after its hand-over a message may still be sent. A
// process that slept in between must not speak with yesterday's judgement.
const staleAfter = 30 * time.Second

// parcel is a contact that was handed over, ready to be sent.
type parcel struct {
	contact outreach.Contact
	message notify.Message
}

// handOver judges up to n due contacts of a lane in one transaction and returns
// those that may be sent now, and how many were judged. After an error nothing
// may be sent: what is returned then goes to notSent. While the clock is not
// steady nothing is judged by it.
func (s *Scheduler) handOver(ctx context.Context, l Lane, n int) (out []parcel, judged int, err error) {
	if !s.watch.steady(s.Now()) {
		return nil, 0, nil
	}
	now := s.Now().Truncate(time.Microsecond)
	settings := s.settings.Load()
	lib := s.shelf.get()
	var j *judge
	rulings, err := s.Queue.HandOver(ctx, s.request(l.Channel, n, now, settings, lib),
		s.decide(now, l.Channel, settings, lib, (*judge).rule, &j))
	for _, r := range rulings {
		if r.Contact.State == outreach.Handed {
			r.Contact.HandedBy, r.Contact.HandedAt = s.DaemonID, now
			out = append(out, parcel{contact: r.Contact, message: s.message(r, j, settings)})
		}
	}
	return out, len(rulings), err
}

// decide makes a group's judge, puts it where into says, and has each contact
// ruled on.
func (s *Scheduler) decide(
	now time.Time, ch outreach.Channel, settings *Settings, lib *library,
	rule func(*judge, outreach.Due) outreach.Ruling, into **judge,
) outreach.Decide {
	return func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
		if inst.Documents != nil {
			lib = newLibrary(*inst.Documents, inst.Revision)
			s.shelf.put(lib)
		}
		inst.LastTick = s.watch.last()
		j := newJudge(now, ch, settings, lib, inst)
		if into != nil {
			*into = j
		}
		rulings := make([]outreach.Ruling, len(due))
		for i, d := range due {
			rulings[i] = s.ruled(func() outreach.Ruling { return rule(j, d) }, d)
		}
		return rulings
	}
}

// ruled keeps one contact that cannot be judged from stopping all others: it is
// refused.
func (s *Scheduler) ruled(rule func() outreach.Ruling, d outreach.Due) (r outreach.Ruling) {
	defer func() {
		if cause := recover(); cause != nil {
			s.Log.Error("judging failed unexpectedly; the contact is not sent", "contact", d.Contact.ID, "cause", cause)
			v := verdict{channel: d.Contact.Channel, problem: "the program failed while judging it"}
			v.Reasons = []gate.Reason{gate.TemplateBad}
			r = refuse(d, []verdict{v})
		}
	}()
	return rule()
}

// notSent is the result of parcels whose hand-over ended in an error: it may
// have been committed all the same, and then they must not stay handed. Where it
// was not, the result finds no such hand-over and changes nothing, also when the
// contact has been handed over anew since.
func (s *Scheduler) notSent(p parcel) outreach.Result {
	return untried(p.contact, s.Now(), s.settings.Load().Backoff, "not sent: the database did not confirm the hand-over")
}

func (s *Scheduler) request(ch outreach.Channel, n int, now time.Time, settings *Settings, lib *library) outreach.HandOver {
	r := outreach.HandOver{
		Now: now, Channel: ch, Limit: n, Daemon: s.DaemonID, Rehearsal: settings.rehearsal(), Shops: settings.shopIDs(),
		Known:        lib.revision,
		HistorySince: now.Add(-max(settings.Policy.Caps.MinGap, lib.longestGap(), historyDays*24*time.Hour)),
		ShopDay:      map[string]time.Time{},
	}
	for _, h := range settings.Shops {
		if h.PerDay > 0 {
			r.ShopDay[h.ID] = startOfDay(now, h.Location())
		}
	}
	r.PilotDay, r.SenderDay = settings.countedFrom(now, ch)
	return r
}

func (s *Scheduler) message(r outreach.Ruling, j *judge, settings *Settings) notify.Message {
	c := r.Contact
	links := settings.Links(c.ID)
	if c.WrittenBy != "" {
		links = templates.Links{} // whoever wrote it is told by an answer
	}
	return notify.Message{
		ContactID: c.ID, Attempt: c.Attempts, ShopID: c.ShopID, Channel: c.Channel,
		To: r.Address, Subject: r.Subject, Text: r.Body, HTML: j.html[c.ID],
		Segments: c.Segments, Unsubscribe: links.Unsubscribe, UnsubscribeMail: links.UnsubscribeMail,
		ValidUntil: j.until[c.ID], ByPerson: c.WrittenBy != "", Answers: j.thread[c.ID],
	}
}

// send carries one parcel to the provider. Whatever happens in there, an answer
// comes back: what cannot be known is unknown.
func (s *Scheduler) send(ctx context.Context, l Lane, p parcel) (r outreach.Result) {
	settings := s.settings.Load()
	defer func() {
		if cause := recover(); cause != nil {
			s.Log.Error("sending failed unexpectedly; the contact is in doubt", "contact", p.contact.ID, "cause", cause)
			o := notify.Outcome{Result: notify.Unknown, Detail: "the sender failed unexpectedly"}
			r = resultOf(p.contact, p.message.To, o, s.Now(), settings.Backoff)
		}
	}()
	if slept := s.Now().Sub(p.contact.HandedAt); slept > staleAfter {
		return untried(p.contact, s.Now(), settings.Backoff, fmt.Sprintf("not sent: %s passed since it was handed over", slept.Round(time.Second)))
	}
	return resultOf(p.contact, p.message.To, l.Sender.Send(ctx, p.message), s.Now(), settings.Backoff)
}

// Drain judges and sends everything that is due now on all lanes, one group
// after the other, and returns how many contacts it judged. Simulations use it
// in place of Run.
func (s *Scheduler) Drain(ctx context.Context) (int, error) {
	total := 0
	for again := true; again; {
		again = false
		for _, l := range s.Lanes {
			parcels, judged, err := s.handOver(ctx, l, l.Batch)
			if err != nil {
				return total, err
			}
			var results []outreach.Result
			for _, p := range parcels {
				results = append(results, s.send(ctx, l, p))
			}
			if len(results) > 0 {
				if _, err := s.Queue.Record(ctx, s.Now(), s.name, results); err != nil {
					return total, err
				}
			}
			total += judged
			again = again || judged > 0
		}
	}
	return total, nil
}
