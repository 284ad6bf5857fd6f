package staff

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// Anybody can stop everything; every page says so until a manager lets it go on.
func TestStopAndResume(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		adviser, manager := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)
		stopped := func() int { return b.Count(`select count(*) from controls where name = 'stop_all'`) }
		if status, _, _ := adviser.post("/stop", "why", strings.Repeat("a", 10_001)); status != http.StatusUnprocessableEntity || stopped() != 0 {
			t.Errorf("a reason too long: %d", status)
		}
		if status, _, to := adviser.post("/stop", "why", "wrong prices "+hostile); status != http.StatusSeeOther || to != "/" || stopped() != 1 {
			t.Fatalf("stop: %d %s", status, to)
		}
		expect(t, adviser.today(), []string{"Nothing goes out any more.", "All sending is stopped", "by adviser: wrong prices &lt;script&gt;", "A manager can let it go on."},
			`action="/resume"`, `action="/stop"`, "<script>")
		for _, path := range []string{"/password", "/users", "/ahead/2026-06-02", "/ahead/never"} {
			_, page, _ := manager.get(path)
			expect(t, page, []string{"All sending is stopped", `action="/resume"`})
		}
		if status, _, _ := manager.post("/stop", "why", "another reason"); status != http.StatusSeeOther {
			t.Errorf("stop twice: %d", status)
		}
		expect(t, manager.today(), []string{"Everything was stopped already, by adviser on Tue Jun 2, 12:00 PM.", "wrong prices"}, "another reason")
		if status, _, _ := adviser.post("/resume"); status != http.StatusForbidden || stopped() != 1 {
			t.Errorf("resumed by an adviser: %d", status)
		}
		status, body, _ := manager.post("/resume")
		if status != http.StatusConflict || stopped() != 1 {
			t.Errorf("resumed by somebody who had not seen it stopped: %d", status)
		}
		expect(t, body, []string{"adviser stopped it on Tue Jun 2, 12:00 PM: wrong prices", "Settle that first"})
		if status, _, _ := manager.post("/resume", manager.stop("")...); status != http.StatusSeeOther || stopped() != 0 {
			t.Errorf("resume: %d", status)
		}
		expect(t, manager.today(), []string{"Sending goes on."}, "All sending is stopped")
		if status, _, _ := manager.post("/resume"); status != http.StatusConflict {
			t.Errorf("resume twice: %d", status)
		}
		got := b.Strings(`select who, what from audit_log where what in ('set stop_all', 'resume') order by id`)
		if !slices.Equal(got, []string{"adviser set stop_all", "manager resume"}) {
			t.Errorf("audit log %q", got)
		}
	})
}

// stop is what the button sends that lets everything (channel "") or one held
// channel go on, as Today shows it now.
func (p *person) stop(channel string) []string {
	p.o.t.Helper()
	before := `action="/resume"><input type="hidden" name="seen" value="`
	if channel != "" {
		before = `name="channel" value="` + channel + `"><input type="hidden" name="seen" value="`
	}
	_, mark, found := strings.Cut(p.today(), before)
	if !found {
		p.o.t.Fatal("the page shows no stop")
	}
	mark, _, _ = strings.Cut(mark, `"`)
	return []string{"channel", channel, "seen", mark}
}

// A channel that its provider refused goes on when a manager says that it is
// mended; what somebody else stopped meanwhile, or stopped again, does not.
func TestResumeAChannel(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		manager := o.signedIn(outreach.RoleManager)
		controls := store.Controls{DB: b.DB}
		hold := func(at time.Time, why string) {
			if err := controls.Hold(t.Context(), at, outreach.SMS, "courtesyd", why); err != nil {
				t.Fatal(err)
			}
		}
		left := func(want ...string) {
			t.Helper()
			if got := b.Strings(`select name from controls where name in ('stop_all', 'hold:sms') order by name`); !slices.Equal(got, want) {
				t.Errorf("stopped: %q, want %q", got, want)
			}
		}
		hold(noon, "Twilio refuses")
		expect(t, o.signedIn(outreach.RoleAdviser).today(), []string{"a manager can let them go on"}, `action="/resume"`)
		old := manager.stop("sms")
		hold(noon.Add(time.Minute), "Twilio refuses: number not registered")
		status, body, _ := manager.post("/resume", old...)
		if status != http.StatusConflict {
			t.Errorf("from the page before it was held again: %d", status)
		}
		expect(t, body, []string{"courtesyd stopped it", "number not registered"})
		if err := controls.StopAll(t.Context(), noon, "robin", "wrong prices"); err != nil {
			t.Fatal(err)
		}
		left("hold:sms", "stop_all")
		if status, _, _ := manager.post("/resume", manager.stop("sms")...); status != http.StatusSeeOther {
			t.Errorf("resume texts: %d", status)
		}
		left("stop_all")
		expect(t, manager.today(), []string{"Texts go on.", "All sending is stopped"})
		hold(noon, "Twilio refuses")
		if status, _, _ := manager.post("/resume", manager.stop("")...); status != http.StatusSeeOther {
			t.Errorf("resume: %d", status)
		}
		left("hold:sms")
	})
}

func TestStopAtTheSameTime(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		if got := o.together("/stop"); !slices.Equal(got, []int{http.StatusSeeOther, http.StatusSeeOther}) {
			t.Errorf("answers %v", got)
		}
		expect(t, o.signedIn(outreach.RoleAdviser).today(), []string{"All sending is stopped", "no reason was given"})
	})
}
