package staff

import (
	"net/http"
	"slices"
	"strings"
	"testing"

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
		expect(t, body, []string{"adviser stopped all sending on Tue Jun 2, 12:00 PM: wrong prices", "Settle that first"})
		if status, _, _ := manager.post("/resume", "seen", manager.seen()); status != http.StatusSeeOther || stopped() != 0 {
			t.Errorf("resume: %d", status)
		}
		expect(t, manager.today(), []string{"Sending goes on, on all channels."}, "All sending is stopped")
		if status, _, _ := manager.post("/resume"); status != http.StatusConflict {
			t.Errorf("resume twice: %d", status)
		}
		got := b.Strings(`select who, what from audit_log where what in ('set stop_all', 'resume') order by id`)
		if !slices.Equal(got, []string{"adviser set stop_all", "manager resume"}) {
			t.Errorf("audit log %q", got)
		}
	})
}

// seen is the mark of the stop that a page shows.
func (p *person) seen() string {
	p.o.t.Helper()
	_, mark, found := strings.Cut(p.today(), `name="seen" value="`)
	if !found {
		p.o.t.Fatal("the page shows no stop")
	}
	mark, _, _ = strings.Cut(mark, `"`)
	return mark
}

// A channel that its provider refused goes on when a manager says that it is
// mended, but not while everything is stopped.
func TestResumeAChannel(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		manager := o.signedIn(outreach.RoleManager)
		controls := store.Controls{DB: b.DB}
		if err := controls.Hold(t.Context(), noon, outreach.SMS, "courtesyd", "Twilio refuses"); err != nil {
			t.Fatal(err)
		}
		expect(t, manager.today(), []string{"let them go on"})
		if err := controls.StopAll(t.Context(), noon, "robin", "wrong prices"); err != nil {
			t.Fatal(err)
		}
		expect(t, manager.today(), []string{"They go on when all sending does."}, "let them go on")
		if status, _, _ := manager.post("/resume"); status != http.StatusConflict {
			t.Errorf("from the page before the stop: %d", status)
		}
		if status, _, _ := manager.post("/resume", "seen", manager.seen()); status != http.StatusSeeOther {
			t.Errorf("resume: %d", status)
		}
		if n := b.Count(`select count(*) from controls where name in ('stop_all', 'hold:sms')`); n != 0 {
			t.Errorf("%d still stopped", n)
		}
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
