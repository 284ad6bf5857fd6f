package staff

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// The first answer counts; whoever is second is told who was first, and when.
func TestAnswerAReply(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		const anas = "+13125550101"
		b.AddCustomer(fixture.Customer{Name: "Ana Example", Phone: anas})
		path := fmt.Sprint("/replies/", o.writes(anas, hostile[:40], outreach.Task{Kind: outreach.TaskQuestion, DueAt: noon.Add(time.Hour)}))
		adviser, manager := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)
		expect(t, adviser.today(), []string{"&lt;script&gt;alert(1)", "asks something", "Ana Example", "(312) 555-0101"}, "<script>", "Not asking to be left alone")
		for name, fields := range map[string][]string{
			"nothing": nil, "no outcome of ours": {"outcome", "maybe"}, "too long a note": {"outcome", "answered", "note", strings.Repeat("ä", 10_001)},
		} {
			if status, _, _ := adviser.post(path, fields...); status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", name, status)
			}
		}
		if status, _, _ := adviser.post("/replies/999999", "outcome", "answered"); status != http.StatusNotFound {
			t.Errorf("no such reply: %d", status)
		}
		if status, _, to := adviser.post(path, "outcome", "answered", "note", hostile); status != http.StatusSeeOther || to != "/" {
			t.Fatalf("answered: %d %s", status, to)
		}
		expect(t, adviser.today(), []string{"The customer has an answer.", "Nobody is waiting"}, "Ana Example")
		expect(t, adviser.today(), nil, "The customer has an answer.")
		o.now = noon.Add(5 * time.Minute)
		status, body, _ := manager.post(path, "outcome", "booked")
		if status != http.StatusConflict {
			t.Errorf("answered twice: %d", status)
		}
		expect(t, body, []string{"adviser dealt with this on Tue Jun 2, 12:00 PM: answered already. Nothing was changed."})
		got := b.Strings(`select done_by, outcome from tasks`)
		if !slices.Equal(got, []string{"adviser answered"}) {
			t.Errorf("tasks %q", got)
		}
		if n := b.Count(`select count(*) from contact_events where by_whom = 'adviser' and why like '%<script>alert(1)</script>%'`); n != 1 {
			t.Errorf("the note is in %d entries", n)
		}
	})
}

// Whether somebody wants to be left alone has to be decided first.
func TestDecideAReply(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		const anas = "+13125550101"
		b.AddCustomer(fixture.Customer{Name: "Ana Example", Phone: anas})
		path := fmt.Sprint("/replies/", o.writes(anas, "hm", outreach.Task{Kind: outreach.TaskReview, DueAt: noon, ReviewBy: noon.Add(48 * time.Hour)}))
		adviser := o.signedIn(outreach.RoleAdviser)
		expect(t, adviser.today(), []string{
			"is left alone until somebody decides. If nobody does by Thu Jun 4, 12:00 PM, that holds for good.",
			`value="not_opt_out"`, `value="opt_out"`, `value="wrong_number"`,
		}, `value="answered"`)
		if status, _, _ := adviser.post(path, "outcome", "answered"); status != http.StatusUnprocessableEntity {
			t.Errorf("answered: %d", status)
		}
		if status, _, _ := adviser.post(path, "outcome", "not_opt_out"); status != http.StatusSeeOther {
			t.Errorf("not an opt-out: %d", status)
		}
		if n := b.Count(`select count(*) from opt_outs where lifted_at is null`); n != 0 {
			t.Errorf("%d opt-outs in force", n)
		}
	})
}

// Whoever deals with a reply whose customer was entered twice is led to where it waits.
func TestReplyOfMergedCustomer(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		const anas, hers = "+13125550101", "+13125550102"
		b.AddCustomer(fixture.Customer{Name: "Ana Example", Phone: anas})
		kept := b.AddCustomer(fixture.Customer{Name: "Ana Example", Phone: hers})
		old := o.writes(anas, "hello", outreach.Task{Kind: outreach.TaskReply, DueAt: noon})
		waits := o.writes(hers, "hello?", outreach.Task{Kind: outreach.TaskReply, DueAt: noon})
		b.Exec(`update tasks set done_at = $2, done_by = 'import', outcome = 'customer_merged', customer_id = $3 where id = $1`, old, noon, kept)
		adviser := o.signedIn(outreach.RoleAdviser)
		status, body, _ := adviser.post(path("/replies/%d", old), "outcome", "answered")
		answers(t, "waits", status, http.StatusConflict, body, "entered twice", path(`href="/#reply-%d"`, waits))
		adviser.post(path("/replies/%d", waits), "outcome", "answered")
		status, body, _ = adviser.post(path("/replies/%d", old), "outcome", "answered")
		answers(t, "answered since", status, http.StatusConflict, body, "has been answered there", path(`href="/customers/%d"`, kept))
	})
}

// Of two who answer at the same time one has, and both are told the truth.
func TestAnswerAtTheSameTime(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		const anas = "+13125550101"
		b.AddCustomer(fixture.Customer{Phone: anas})
		path := fmt.Sprint("/replies/", o.writes(anas, "hello", outreach.Task{Kind: outreach.TaskReply, DueAt: noon}))
		got := o.together(path, "outcome", "answered")
		if !slices.Equal(got, []int{http.StatusSeeOther, http.StatusConflict}) {
			t.Errorf("answers %v", got)
		}
	})
}

// together has an adviser and a manager send the same form at once and returns the
// answers, sorted.
func (o *office) together(path string, fields ...string) []int {
	o.t.Helper()
	people := []*person{o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)}
	answers := make(chan int, len(people))
	for _, p := range people {
		go func() {
			status, _, _ := p.post(path, fields...)
			answers <- status
		}()
	}
	out := []int{<-answers, <-answers}
	slices.Sort(out)
	return out
}
