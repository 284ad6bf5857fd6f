package gate_test

import (
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

func TestConsent(t *testing.T) {
	now := noon(t)
	const (
		given, revoked, unknown    = outreach.ConsentGiven, outreach.ConsentRevoked, outreach.ConsentUnknown
		written, express, implied  = outreach.ConsentWritten, outreach.ConsentExpress, outreach.ConsentImplied
		marketing, informational   = outreach.Marketing, outreach.Informational
		text, email, call, noBasis = outreach.SMS, outreach.Email, outreach.Call, outreach.ConsentNoBasis
	)
	entry := func(id int64, daysAgo int, state outreach.ConsentState, basis outreach.ConsentBasis) outreach.Consent {
		return outreach.Consent{ID: id, State: state, Basis: basis, OccurredAt: now.AddDate(0, 0, -daysAgo)}
	}
	with := func(c outreach.Consent, change func(*outreach.Consent)) outreach.Consent {
		change(&c)
		return c
	}
	type ledger []outreach.Consent
	tests := []struct {
		name    string
		channel outreach.Channel
		class   outreach.Class
		ledger  ledger
		change  func(*gate.Facts)
		ok      bool
		id      int64
	}{
		{"text: nothing", text, marketing, nil, nil, false, 0},
		{"text: written", text, marketing, ledger{entry(1, 9, given, written)}, nil, true, 1},
		{"text: express is not enough", text, marketing, ledger{entry(1, 9, given, express)}, nil, false, 0},
		{"text: class not known is marketing", text, "", ledger{entry(1, 9, given, express)}, nil, false, 0},
		{"text: information by express", text, informational, ledger{entry(1, 9, given, express)}, nil, true, 1},
		{"text: information by implied", text, informational, ledger{entry(1, 9, given, implied)}, nil, false, 0},
		{"text: no basis", text, informational, ledger{entry(1, 9, given, noBasis)}, nil, false, 0},
		{"text: revoked later", text, marketing, ledger{entry(2, 1, revoked, ""), entry(1, 9, given, written)}, nil, false, 0},
		{"text: given again", text, marketing, ledger{entry(1, 9, revoked, ""), entry(2, 1, given, written)}, nil, true, 2},
		{"text: same moment, later entry", text, marketing, ledger{entry(2, 1, revoked, ""), entry(1, 1, given, written)}, nil, false, 0},
		{"text: unknown later", text, marketing, ledger{entry(1, 9, given, written), entry(2, 1, unknown, "")}, nil, false, 0},
		{"text: weaker later", text, marketing, ledger{entry(1, 9, given, written), entry(2, 1, given, express)}, nil, true, 1},
		{"text: weaker after a no", text, marketing, ledger{entry(1, 9, given, written), entry(2, 5, revoked, ""), entry(3, 1, given, express)}, nil, false, 0},
		{"text: future yes", text, marketing, ledger{entry(1, -1, given, written)}, nil, false, 0},
		{"text: future yes does not hide a present one", text, marketing, ledger{entry(1, 9, given, written), entry(2, -1, given, express)}, nil, true, 1},
		{"text: future no", text, marketing, ledger{entry(1, 9, given, written), entry(2, -1, revoked, "")}, nil, false, 0},
		{"text: expired", text, marketing, ledger{with(entry(1, 9, given, written), func(c *outreach.Consent) { c.ExpiresAt = now })}, nil, false, 0},
		{"text: not yet expired", text, marketing, ledger{with(entry(1, 9, given, written), func(c *outreach.Consent) { c.ExpiresAt = now.Add(1) })}, nil, true, 1},
		{"text: other number", text, marketing, ledger{with(entry(1, 9, given, written), func(c *outreach.Consent) { c.Address = "+12125550199" })}, nil, false, 0},
		{"text: this number", text, marketing, ledger{with(entry(1, 9, given, written), func(c *outreach.Consent) { c.Address = number })}, nil, true, 1},
		{"text: for mail", text, marketing, ledger{with(entry(1, 9, given, written), func(c *outreach.Consent) { c.Channel = email })}, nil, false, 0},
		{"text: other class", text, marketing, ledger{with(entry(1, 9, given, written), func(c *outreach.Consent) { c.Class = informational })}, nil, false, 0},
		{"text: other shop", text, marketing, ledger{with(entry(1, 9, given, written), func(c *outreach.Consent) { c.ShopID = "east" })}, nil, false, 0},
		{"text: other shop's no", text, marketing, ledger{entry(1, 9, given, written), with(entry(2, 1, revoked, ""), func(c *outreach.Consent) { c.ShopID = "east" })}, nil, true, 1},

		{"mail: nothing", email, marketing, nil, nil, true, 0},
		{"mail: given", email, marketing, ledger{entry(1, 9, given, implied)}, nil, true, 1},
		{"mail: revoked", email, marketing, ledger{entry(1, 9, given, written), entry(2, 1, revoked, "")}, nil, false, 0},
		{"mail: unknown after a no", email, marketing, ledger{entry(1, 9, revoked, ""), entry(2, 1, unknown, "")}, nil, false, 0},
		{"mail: policy", email, marketing, nil, func(f *gate.Facts) { f.Policy.EmailNeedsConsent = true }, false, 0},
		{"mail: policy, given", email, marketing, ledger{entry(1, 9, given, express)}, func(f *gate.Facts) { f.Policy.EmailNeedsConsent = true }, true, 1},
		{"mail: Canada, no visit", email, marketing, nil, func(f *gate.Facts) { f.Country, f.LastVisit = "CA", time.Time{} }, false, 0},
		{"mail: Canada by province", email, marketing, nil, func(f *gate.Facts) { f.Country, f.Region, f.LastVisit = "", "ON", time.Time{} }, false, 0},
		{"mail: Canada, visit two years ago", email, marketing, nil, func(f *gate.Facts) { f.Country, f.LastVisit = "CA", now.AddDate(-2, 0, 0) }, true, 0},
		{"mail: Canada, visit before", email, marketing, nil, func(f *gate.Facts) { f.Country, f.LastVisit = "CA", now.AddDate(-2, 0, -1) }, false, 0},
		{"mail: Canada, visit to come", email, marketing, nil, func(f *gate.Facts) { f.Country, f.LastVisit = "CA", now.AddDate(0, 0, 1) }, false, 0},
		{"mail: Canada, express", email, marketing, ledger{entry(1, 2000, given, express)}, func(f *gate.Facts) { f.Country, f.LastVisit = "CA", time.Time{} }, true, 1},
		{"mail: Canada, implied fresh", email, marketing, ledger{entry(1, 100, given, implied)}, func(f *gate.Facts) { f.Country, f.LastVisit = "CA", time.Time{} }, true, 1},
		{"mail: Canada, implied stale", email, marketing, ledger{entry(1, 200, given, implied)}, func(f *gate.Facts) { f.Country, f.LastVisit = "CA", time.Time{} }, false, 0},
		{"mail: Canada, revoked beats visit", email, marketing, ledger{entry(1, 1, revoked, "")}, func(f *gate.Facts) { f.Country = "CA" }, false, 0},

		{"call: nothing", call, marketing, nil, nil, true, 0},
		{"call: revoked", call, marketing, ledger{entry(1, 1, revoked, "")}, nil, false, 0},
		{"call: visit 18 months ago", call, marketing, nil, func(f *gate.Facts) { f.LastVisit = now.AddDate(0, -18, 1) }, true, 0},
		{"call: visit before", call, marketing, nil, func(f *gate.Facts) { f.LastVisit = now.AddDate(0, -18, -1) }, false, 0},
		{"call: long ago but asked for", call, marketing, ledger{entry(1, 9, given, express)}, func(f *gate.Facts) { f.LastVisit = now.AddDate(-3, 0, 0) }, true, 1},

		{"unknown channel", "fax", marketing, ledger{entry(1, 9, given, written)}, nil, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := allowed(t)
			if tt.channel == email {
				byMail(&f)
			}
			f.Channel, f.Class, f.Consents = tt.channel, tt.class, tt.ledger
			if tt.change != nil {
				tt.change(&f)
			}
			d := gate.Decide(now, f)
			if slices.Contains(d.Reasons, gate.NoConsent) == tt.ok || d.ConsentID != tt.id {
				t.Errorf("got %+v, want ok %v by %d", d, tt.ok, tt.id)
			}
			if tt.ok != (d.Verdict == gate.Allow) {
				t.Errorf("verdict %s for %v", d.Verdict, d.Reasons)
			}
		})
	}
}

func TestOptOutScope(t *testing.T) {
	now := noon(t)
	tests := []struct {
		name    string
		optOut  outreach.OptOut
		applies bool
	}{
		{"all", outreach.OptOut{Address: number, RecordedAt: now}, true},
		{"texts", outreach.OptOut{Address: number, Channel: outreach.SMS, RecordedAt: now}, true},
		{"calls only", outreach.OptOut{Address: number, Channel: outreach.Call, RecordedAt: now}, false},
		{"this shop", outreach.OptOut{Address: number, ShopID: "main", RecordedAt: now}, true},
		{"other shop", outreach.OptOut{Address: number, ShopID: "east", RecordedAt: now}, false},
		{"other number", outreach.OptOut{Address: "+12125550199", RecordedAt: now}, false},
		{"by a clock that is ahead", outreach.OptOut{Address: number, RecordedAt: now.Add(time.Hour)}, true},
		{"lifted", outreach.OptOut{Address: number, RecordedAt: now.Add(-time.Hour), LiftedAt: now}, false},
		{"to be lifted", outreach.OptOut{Address: number, RecordedAt: now.Add(-time.Hour), LiftedAt: now.Add(1)}, true},
	}
	for _, tt := range tests {
		f := allowed(t)
		f.OptOuts = []outreach.OptOut{tt.optOut}
		if d := gate.Decide(now, f); slices.Contains(d.Reasons, gate.OptedOut) != tt.applies {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
}
