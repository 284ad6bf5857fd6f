package gate_test

import (
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// answering are the facts of a person's answer, at noon, to a text of the day
// before: without consent on record, and with everything against it that must not
// count.
func answering(t *testing.T) (time.Time, gate.Facts) {
	f, now := allowed(t), noon(t)
	f.Class, f.NotAfter, f.Items, f.TemplateApproved = "", now.Add(time.Hour), nil, false
	f.Consents, f.AskedAt = nil, now.Add(-24*time.Hour)
	f.History = []time.Time{now.Add(-time.Minute)}
	f.FollowUpContacts, f.ShopSentToday = 9, 999
	f.RecoveryOpen, f.ReplyWaiting, f.Booked, f.ControlGroup = true, true, true, true
	return now, f
}

func TestPersonal(t *testing.T) {
	now, f := answering(t)
	if d := gate.Personal(now, f); d.Verdict != gate.Allow || d.ConsentID != 0 || !d.ClosesAt.Equal(f.NotAfter) {
		t.Fatalf("got %+v", d)
	}
	revoked := func(address string, at time.Time) outreach.Consent {
		return outreach.Consent{Channel: outreach.SMS, Address: address, State: outreach.ConsentRevoked, OccurredAt: at}
	}
	evening, sunday := inNewYork(t, "2026-12-08 21:40"), inNewYork(t, "2026-12-06 12:00")
	later := func(at time.Time) func(*gate.Facts) {
		return func(f *gate.Facts) {
			f.AskedAt, f.NotAfter, f.LastTick = at.Add(-time.Hour), at.Add(time.Hour), at
		}
	}
	for name, tc := range map[string]struct {
		at     time.Time
		change func(*gate.Facts)
		want   []gate.Reason
	}{
		"opted out":           {change: func(f *gate.Facts) { f.OptOuts = []outreach.OptOut{{Address: number}} }, want: []gate.Reason{gate.OptedOut}},
		"opted out, perhaps":  {change: func(f *gate.Facts) { f.OptOuts = []outreach.OptOut{{Address: number, Tentative: true}} }, want: []gate.Reason{gate.OptedOut}},
		"another's opt-out":   {change: func(f *gate.Facts) { f.OptOuts = []outreach.OptOut{{Address: "+12125550199"}} }},
		"deceased":            {change: func(f *gate.Facts) { f.Deceased = true }, want: []gate.Reason{gate.Deceased}},
		"no number":           {change: func(f *gate.Facts) { f.Address = nil }, want: []gate.Reason{gate.NoAddress}},
		"invalid":             {change: func(f *gate.Facts) { f.Address.Status = outreach.AddressInvalid }, want: []gate.Reason{gate.AddressInvalid}},
		"bounced":             {change: func(f *gate.Facts) { f.Address.Status = outreach.AddressBounced }, want: []gate.Reason{gate.AddressBounced}},
		"landline":            {change: func(f *gate.Facts) { f.Address.LineType = outreach.Landline }, want: []gate.Reason{gate.LandlineForSMS}},
		"asked long ago":      {change: func(f *gate.Facts) { f.AskedAt = now.Add(-7*24*time.Hour - time.Second) }, want: []gate.Reason{gate.NoConsent}},
		"asked a week ago":    {change: func(f *gate.Facts) { f.AskedAt = now.Add(-7 * 24 * time.Hour) }},
		"did not ask":         {change: func(f *gate.Facts) { f.AskedAt = time.Time{} }, want: []gate.Reason{gate.NoConsent}},
		"did not ask, agreed": {change: func(f *gate.Facts) { f.AskedAt, f.Consents = time.Time{}, agreed(now, outreach.ConsentExpress) }},
		"did not ask, agreed to offers": {change: func(f *gate.Facts) {
			f.AskedAt, f.Consents = time.Time{}, agreed(now, outreach.ConsentWritten)
			f.Consents[0].Class = outreach.Marketing
		}},
		"did not ask, agreed to offers by word of mouth": {change: func(f *gate.Facts) {
			f.AskedAt, f.Consents = time.Time{}, agreed(now, outreach.ConsentExpress)
			f.Consents[0].Class = outreach.Marketing
		}, want: []gate.Reason{gate.NoConsent}},
		"took it back since":  {change: func(f *gate.Facts) { f.Consents = []outreach.Consent{revoked("", now)} }, want: []gate.Reason{gate.NoConsent}},
		"took it back before": {change: func(f *gate.Facts) { f.Consents = []outreach.Consent{revoked("", now.AddDate(0, 0, -2))} }},
		"took back another's": {change: func(f *gate.Facts) { f.Consents = []outreach.Consent{revoked("+12125550199", now)} }},
		"too long":            {change: func(f *gate.Facts) { f.Segments = 4 }, want: []gate.Reason{gate.TooLong}},
		"its time is over":    {change: func(f *gate.Facts) { f.NotAfter = now }, want: []gate.Reason{gate.PastNotAfter}},
		"evening":             {at: evening, change: later(evening), want: []gate.Reason{gate.QuietHours}},
		"Sunday":              {at: sunday, change: later(sunday), want: []gate.Reason{gate.ClosedDay}},
		"evening, of both":    {at: evening, change: func(f *gate.Facts) { later(evening)(f); f.Deceased = true }, want: []gate.Reason{gate.Deceased, gate.QuietHours}},
		"evening, on purpose": {at: evening, change: func(f *gate.Facts) { later(evening)(f); f.AnyHour = true }},
		"an opt-out at any hour": {at: evening, change: func(f *gate.Facts) {
			later(evening)(f)
			f.AnyHour, f.OptOuts = true, []outreach.OptOut{{Address: number}}
		}, want: []gate.Reason{gate.OptedOut}},
	} {
		t.Run(name, func(t *testing.T) {
			now, f := answering(t)
			if !tc.at.IsZero() {
				now = tc.at
			}
			tc.change(&f)
			want := gate.Refuse
			if len(tc.want) == 0 {
				want = gate.Allow
			}
			if d := gate.Personal(now, f); d.Verdict != want || !slices.Equal(d.Reasons, tc.want) {
				t.Errorf("got %+v, want %s %v", d, want, tc.want)
			}
		})
	}
}

func agreed(now time.Time, basis outreach.ConsentBasis) []outreach.Consent {
	return []outreach.Consent{{ID: 7, Channel: outreach.SMS, State: outreach.ConsentGiven, Basis: basis, OccurredAt: now.AddDate(-1, 0, 0)}}
}

// TestPersonalWaits a little for what passes, and not for long.
func TestPersonalWaits(t *testing.T) {
	for name, change := range map[string]func(*gate.Facts){
		"brake": func(f *gate.Facts) { f.StopAll = true },
		"hold":  func(f *gate.Facts) { f.ChannelHold = "30034" },
		"clock": func(f *gate.Facts) { f.LastTick = f.LastTick.Add(-time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			now, f := answering(t)
			change(&f)
			if d := gate.Personal(now, f); d.Verdict != gate.Wait || !d.NotBefore.After(now) || d.NotBefore.After(f.NotAfter) {
				t.Errorf("got %+v", d)
			}
			f.NotAfter = now.Add(time.Minute)
			if d := gate.Personal(now, f); d.Verdict != gate.Refuse || !slices.Contains(d.Reasons, gate.PastNotAfter) {
				t.Errorf("at its end: %+v", d)
			}
		})
	}
	now, f := answering(t)
	f.Policy.Mode, f.PilotSent = outreach.Pilot, f.Policy.PilotPerDay
	if d := gate.Personal(now, f); d.Verdict != gate.Refuse || !slices.Equal(d.Reasons, []gate.Reason{gate.PilotLimit, gate.PastNotAfter}) {
		t.Errorf("the pilot's limit, until tomorrow: %+v", d)
	}
}

func TestPersonalByMail(t *testing.T) {
	now, f := answering(t)
	byMail(&f)
	f.AskedAt = time.Time{}
	if d := gate.Personal(now, f); d.Verdict != gate.Allow {
		t.Errorf("a mail: %+v", d)
	}
	f.Policy.EmailNeedsConsent = true
	if d := gate.Personal(now, f); !slices.Equal(d.Reasons, []gate.Reason{gate.NoConsent}) {
		t.Errorf("unasked where consent is wanted: %+v", d)
	}
	f.AskedAt = now.Add(-time.Hour)
	if d := gate.Personal(now, f); d.Verdict != gate.Allow {
		t.Errorf("asked by mail: %+v", d)
	}
}
