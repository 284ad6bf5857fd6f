package staff

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// agree records what Ana agreed to for texts and returns what the next page says.
func (p *person) agree(path string, when ...string) (status int, said string) {
	p.o.t.Helper()
	fields := append([]string{"channel", "sms", "class", "informational", "basis", "express", "how", "in person", "wording", "You may text me."}, when...)
	status, body, _ := p.post(path+"/consent", fields...)
	if status == http.StatusSeeOther {
		_, body, _ = p.get(path)
	}
	_, said, _ = strings.Cut(body, `id="main"`)
	return status, said
}

// mayText asks the gate whether Ana may be texted about her own vehicle, for all
// that she has agreed to and refused.
func (o *office) mayText(ana int64) bool {
	o.t.Helper()
	file, err := store.Customers{DB: o.DB}.File(o.t.Context(), o.now, ana)
	if err != nil {
		o.t.Fatal(err)
	}
	f := gate.Facts{
		Channel: outreach.SMS, Class: outreach.Informational, Address: &file.Addresses[0].Address,
		Consents: file.Consents, OptOuts: file.Addresses[0].OptOuts,
	}
	reasons := gate.Decide(o.now, f).Reasons
	return !slices.Contains(reasons, gate.NoConsent) && !slices.Contains(reasons, gate.OptedOut)
}

// TestConsentOnTheDayOfARefusal: what is agreed to after it counts at once, what
// was agreed to before it never does, and a day alone does not say which it was.
func TestConsentOnTheDayOfARefusal(t *testing.T) {
	const noEffect, refused = "has no effect", "They refused on that day"
	type step func(o *office, meg *person, path string)
	refuse := func(o *office, _ *person, _ string) {
		_, err := store.Consents{DB: o.DB}.OptOut(o.t.Context(), outreach.OptOut{Address: anasPhone, Reason: "keyword", Source: "twilio", RecordedAt: o.now})
		if err != nil {
			o.t.Fatal(err)
		}
	}
	lift := func(o *office, _ *person, _ string) {
		if _, err := (store.Consents{DB: o.DB}).Lift(o.t.Context(), o.now, anasPhone, "meg", "asked"); err != nil {
			o.t.Fatal(err)
		}
	}
	later := func(d time.Duration) step { return func(o *office, _ *person, _ string) { o.now = o.now.Add(d) } }
	agreed := func(o *office, meg *person, path string) { meg.agree(path, "when", "now") }
	for name, tc := range map[string]struct {
		before []step // from noon, June 2
		when   []string
		status int
		says   string
		may    bool
	}{
		"nothing stands against it":               {nil, []string{"when", "now"}, 303, "Recorded: Agreed to texts", true},
		"just now, after the lift":                {[]step{agreed, later(time.Minute), refuse, later(time.Second), lift, later(time.Second)}, []string{"when", "now"}, 303, "Recorded: Agreed to texts", true},
		"at a time after it":                      {[]step{agreed, refuse, later(time.Minute), lift, later(time.Hour)}, []string{"when", "earlier", "day", "2026-06-02", "time", "12:30"}, 303, "Recorded: Agreed to texts", true},
		"this morning, before it":                 {[]step{agreed, refuse, later(time.Minute), lift}, []string{"when", "earlier", "day", "2026-06-02", "time", "09:00"}, 303, noEffect, false},
		"before it, and nothing was on file then": {[]step{refuse, later(time.Minute), lift}, []string{"when", "earlier", "day", "2026-06-02", "time", "09:00"}, 303, noEffect, false},
		"an earlier day":                          {[]step{agreed, refuse, later(time.Minute), lift}, []string{"when", "earlier", "day", "2026-06-01"}, 303, noEffect, false},
		"today, nobody knows when":                {[]step{refuse, lift}, []string{"when", "earlier", "day", "2026-06-02"}, 422, "Give the time, too", false},
		"that day, nobody knows when":             {[]step{later(-48 * time.Hour), refuse, lift, later(48 * time.Hour)}, []string{"when", "earlier", "day", "2026-05-31"}, 422, refused, false},
		"the day after it":                        {[]step{later(-48 * time.Hour), refuse, lift, later(48 * time.Hour)}, []string{"when", "earlier", "day", "2026-06-01"}, 303, "Recorded: Agreed to texts", true},
		"an hour that is to come":                 {nil, []string{"when", "earlier", "day", "2026-06-02", "time", "23:30"}, 422, "lies ahead", false},
		"no hour":                                 {nil, []string{"when", "earlier", "day", "2026-06-02", "time", "noon"}, 422, "for example 14:30", false},
		"while the refusal stands":                {[]step{refuse, later(time.Minute)}, []string{"when", "now"}, 303, noEffect, false},
		"while somebody has yet to read": {[]step{func(o *office, _ *person, _ string) {
			o.Exec(`insert into opt_outs (address, reason, source, recorded_at, tentative) values ($1, 'unclear', 'twilio', $2, $3)`, anasPhone, o.now, true)
		}}, []string{"when", "now"}, 303, "somebody has yet to read", false},
	} {
		t.Run(name, func(t *testing.T) {
			fixture.Each(t, func(t *testing.T, b *fixture.Books) {
				o := open(t, b)
				meg := o.signedIn(outreach.RoleManager)
				ana, path := o.client()
				for _, happens := range tc.before {
					happens(o, meg, path)
				}
				status, said := meg.agree(path, tc.when...)
				if status != tc.status || !strings.Contains(said, tc.says) {
					said, _, _ = strings.Cut(said, "<nav")
					t.Errorf("%d: %s", status, said)
				}
				if strings.Contains(said, noEffect) && strings.Contains(said, "Recorded: ") {
					t.Error("it says both")
				}
				o.now = o.now.Add(time.Minute)
				if got := o.mayText(ana); got != tc.may {
					t.Errorf("a text may go: %v, the ledger: %q", got, b.Strings(`select state, occurred_at, recorded_at from consents order by id`))
				}
			})
		})
	}
}

// TestConsentBeforeTheLift counts when the refusal is lifted after it.
func TestConsentBeforeTheLift(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		meg := o.signedIn(outreach.RoleManager)
		ana, path := o.client()
		meg.post(path+"/optout", "channel", "all", "how", "by phone")
		o.now = o.now.Add(time.Minute)
		if _, said := meg.agree(path, "when", "now"); !strings.Contains(said, "(312) 555-0141 is left alone") || strings.Contains(said, `class="note"`) {
			t.Error("it does not say plainly that it has no effect")
		}
		if o.mayText(ana) {
			t.Error("it counts before the lift")
		}
		meg.post(path+"/lift", "asked", "yes", "address", anasPhone)
		if !o.mayText(ana) {
			t.Error("it does not count after the lift")
		}
	})
}

// TestSpokenOffers are no written consent to texts, whatever is on file.
func TestSpokenOffers(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		meg := o.signedIn(outreach.RoleManager)
		_, path := o.client()
		meg.post(path+"/consent", "channel", "sms", "class", "marketing", "basis", "express", "how", "by phone", "wording", "Text me.", "when", "now")
		if _, body, _ := meg.get(path); !strings.Contains(body, "has no effect") || !strings.Contains(body, "signed") {
			t.Error("it does not say that offers by text want a signature")
		}
	})
}
