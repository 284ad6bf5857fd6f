package staff

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
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
		for _, path := range []string{"/password", "/users", "/nowhere-of-ours/999"} {
			status, page, _ := manager.get(path)
			if status == http.StatusOK {
				expect(t, page, []string{"All sending is stopped", `action="/resume"`})
			}
		}
		if status, _, _ := manager.post("/stop", "why", "another reason"); status != http.StatusSeeOther {
			t.Errorf("stop twice: %d", status)
		}
		expect(t, manager.today(), []string{"Everything was stopped already, by adviser on Tue Jun 2, 12:00 PM.", "wrong prices"}, "another reason")
		if status, _, _ := adviser.post("/resume"); status != http.StatusForbidden || stopped() != 1 {
			t.Errorf("resumed by an adviser: %d", status)
		}
		if status, _, _ := manager.post("/resume"); status != http.StatusSeeOther || stopped() != 0 {
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

func TestStopAtTheSameTime(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		if got := o.together("/stop"); !slices.Equal(got, []int{http.StatusSeeOther, http.StatusSeeOther}) {
			t.Errorf("answers %v", got)
		}
		expect(t, o.signedIn(outreach.RoleAdviser).today(), []string{"All sending is stopped", "no reason was given"})
	})
}
