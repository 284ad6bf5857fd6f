package staff

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// menu is what a page's menu says to somebody who hears it.
func menu(body string) []string {
	_, nav, _ := strings.Cut(body, `<nav aria-label="Pages">`)
	nav, _, _ = strings.Cut(nav, "</nav>")
	nav = regexp.MustCompile(`<span class="count" aria-hidden="true">\d+</span>|<[^>]*>`).ReplaceAllString(nav, "")
	var out []string
	for line := range strings.Lines(nav) {
		if words := strings.TrimSpace(line); words != "" {
			out = append(out, words)
		}
	}
	return out
}

// The menu says what waits for whoever looks at it, and for nobody else.
func TestNumbersInTheMenu(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana, gus, gwen := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager), o.signedIn(outreach.RoleGeneralManager)
		says := func(when string, p *person, want ...string) {
			t.Helper()
			_, body, _ := p.get("/customers")
			if got := menu(body); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
		says("nothing waits", ana, "Today", "Log", "Customers", "Calls", "Recovery")
		for i, adviser := range []string{"", "ADVISER", "Somebody Else"} { // nobody's, her own, another's
			phone := "+1212555010" + string(rune('1'+i))
			b.AddCustomer(fixture.Customer{Name: "Kim Example", Phone: phone})
			task := o.writes(phone, "How much is it?", outreach.Task{Kind: outreach.TaskQuestion, DueAt: noon.Add(time.Hour)})
			b.Exec(`update tasks set adviser = $1 where id = $2`, adviser, task)
		}
		opened := o.caseFor(ana)
		says("a case to decide", ana, "Today, 2 replies wait for you", "Log", "Customers", "Calls", "Recovery")
		says("a case to decide", gus, "Today, 3 replies wait for you", "Log", "Customers", "Calls", "Recovery", "Users")
		says("a case to decide", gwen, "Today, 3 replies wait for you", "Log", "Customers", "Calls", "Recovery, 1 case waits for you", "Users")
		gwen.post(opened, "version", "0", "happened", "Oil was left out.", "next_step", "Ana calls.", "next_by", "2026-06-04")
		gwen.post(opened+"/decision", "version", "1", "decision", "We pay for it.")
		b.Exec(`update tasks set done_at = $1`, noon)
		says("a step ahead", ana, "Today", "Log", "Customers", "Calls", "Recovery, 1 case waits for you")
		says("a step ahead", gwen, "Today", "Log", "Customers", "Calls", "Recovery", "Users")
		b.Exec(`update recovery_cases set next_at = $1`, noon.Add(-time.Hour))
		says("a step that is late", gwen, "Today", "Log", "Customers", "Calls", "Recovery, 1 case waits for you", "Users")
		gwen.post(opened+"/close", "version", "2", "lesson", "Two people look.")
		says("closed", ana, "Today", "Log", "Customers", "Calls", "Recovery")
	})
}
