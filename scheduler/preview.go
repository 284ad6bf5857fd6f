package scheduler

import (
	"context"
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Facts reads what planned contacts would be judged by, and changes nothing.
type Facts interface {
	Facts(ctx context.Context, r outreach.HandOver, contacts []int64) (outreach.Installation, []outreach.Due, error)
}

// Forecast shows what a scheduler would do, and does nothing.
type Forecast struct {
	Scheduler *Scheduler
	Facts     Facts
}

// Preview says for planned contacts how each would be ruled on at its time, with
// its words, by what is known now. The brake, held channels and daily limits are
// left out: they pass. What goes to a customer first counts for what is to follow.
// Contacts that cannot be judged now are missing.
func (f Forecast) Preview(ctx context.Context, contacts []int64) (map[int64]outreach.Ruling, error) {
	s := f.Scheduler
	now, settings, lib := s.Now(), s.settings.Load(), s.shelf.get()
	r := s.request("", len(contacts), now, settings, lib)
	r.ShopDay, r.PilotDay, r.SenderDay = nil, time.Time{}, time.Time{}
	inst, due, err := f.Facts.Facts(ctx, r, contacts)
	if err != nil {
		return nil, err
	}
	if inst.Documents != nil {
		lib = newLibrary(*inst.Documents, inst.Revision)
		s.shelf.put(lib)
	}
	slices.SortStableFunc(due, func(a, b outreach.Due) int { return a.Contact.NextAt.Compare(b.Contact.NextAt) })
	out := make(map[int64]outreach.Ruling, len(due))
	before := map[int64][]time.Time{} // what goes out until then, by customer
	for _, d := range due {
		when := now
		if d.Contact.NextAt.After(now) {
			when = d.Contact.NextAt
		}
		d.History = append(slices.Clip(d.History), before[d.Customer.ID]...)
		j := newJudge(when, d.Contact.Channel, settings, lib, outreach.Installation{})
		r := s.ruled(func() outreach.Ruling { return j.foresee(d) }, d)
		if r.Goes() {
			before[d.Customer.ID] = append(before[d.Customer.ID], when)
		}
		out[d.Contact.ID] = r
	}
	return out, nil
}

// foresee is rule without channels that wait for permits: the first that may be
// used, now or later, is the one. What waits has its words, too.
func (j *judge) foresee(d outreach.Due) outreach.Ruling {
	step, pb := j.library.step(d.Contact)
	var refused []verdict
	for _, ch := range fromChannel(step.Channels, d.Contact.Channel) {
		v := j.ask(d, pb, step, ch)
		switch v.Verdict {
		case gate.Allow:
			return j.allow(d, v, refused)
		case gate.Wait:
			r := wait(d, v)
			r.Contact.Channel, r.Address, r.Subject, r.Body = ch, v.address, v.words.Subject, v.words.Text
			return r
		}
		refused = append(refused, v)
		if !channelOnly(v.Reasons) {
			break
		}
	}
	return refuse(d, refused)
}

// DocumentProblems says which documents in force cannot be used, and why.
func (f Forecast) DocumentProblems(ctx context.Context) ([]error, error) {
	if err := f.Scheduler.LoadDocuments(ctx); err != nil {
		return nil, err
	}
	return f.Scheduler.shelf.get().problems, nil
}
