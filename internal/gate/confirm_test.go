package gate_test

import (
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// confirming are the facts of a confirmation four minutes before its end, late in
// the evening: with everything against it that must not count.
func confirming(t *testing.T) (time.Time, gate.Facts) {
	f := allowed(t)
	now := inNewYork(t, "2026-12-06 22:00") // a Sunday
	f.Class, f.NotAfter, f.Items, f.LastTick = outreach.Informational, now.Add(4*time.Minute), nil, now.Add(-time.Minute)
	f.OptOuts = []outreach.OptOut{{Address: number, Reason: "stop"}}
	f.Consents = []outreach.Consent{{Channel: outreach.SMS, State: outreach.ConsentRevoked, OccurredAt: now}}
	f.History = []time.Time{now.Add(-time.Hour)}
	f.FollowUpContacts, f.ReplyWaiting, f.Booked, f.ControlGroup = 9, true, true, true
	f.Policy.Mode, f.PilotSent, f.ShopSentToday = outreach.Pilot, 1000, 1000
	f.Closed = func(time.Time) bool { return true }
	return now, f
}

func TestConfirm(t *testing.T) {
	now, f := confirming(t)
	if d := gate.Confirm(now, f); d.Verdict != gate.Allow || !d.ClosesAt.Equal(f.NotAfter) {
		t.Fatalf("got %+v", d)
	}
	for name, tc := range map[string]struct {
		change func(*gate.Facts)
		want   gate.Reason
	}{
		"brake":           {func(f *gate.Facts) { f.StopAll = true }, gate.StopAll},
		"channel on hold": {func(f *gate.Facts) { f.ChannelHold = "30034" }, gate.ChannelHold},
		"clock":           {func(f *gate.Facts) { f.LastTick = now.Add(-time.Hour) }, gate.ClockJumped},
		"sender's limit":  {func(f *gate.Facts) { f.SenderLeft = 0 }, gate.SenderLimit},
		"recovery":        {func(f *gate.Facts) { f.RecoveryOpen = true }, gate.RecoveryOpen},
		"deceased":        {func(f *gate.Facts) { f.Deceased = true }, gate.Deceased},
		"other number":    {func(f *gate.Facts) { f.Address = nil }, gate.NoAddress},
		"invalid number":  {func(f *gate.Facts) { f.Address.Status = outreach.AddressInvalid }, gate.AddressInvalid},
		"landline":        {func(f *gate.Facts) { f.Address.LineType = outreach.Landline }, gate.LandlineForSMS},
		"not approved":    {func(f *gate.Facts) { f.TemplateApproved, f.Class = false, "" }, gate.TemplateMissing},
		"bad words":       {func(f *gate.Facts) { f.RenderError = "x" }, gate.TemplateBad},
		"advertising":     {func(f *gate.Facts) { f.Class = outreach.Marketing }, gate.TemplateBad},
		"too late":        {func(f *gate.Facts) { f.NotAfter = now }, gate.PastNotAfter},
	} {
		t.Run(name, func(t *testing.T) {
			_, f := confirming(t)
			tc.change(&f)
			if d := gate.Confirm(now, f); d.Verdict != gate.Refuse || !slices.Equal(d.Reasons, []gate.Reason{tc.want}) {
				t.Errorf("got %+v, want only %s", d, tc.want)
			}
		})
	}
}
