package staff

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

const (
	calleePhone = "+12125550101"
	nasty       = `<script>alert("x")</script> & 'quoted' %s {{.}}`
)

// callFor puts a call to a customer with a finding on the list.
func (o *office) callFor(name string) (call, customer int64) {
	o.t.Helper()
	customer = o.AddCustomer(fixture.Customer{Name: name, Phone: calleePhone})
	order := o.AddOrder(fixture.Order{
		Customer: customer, Vehicle: o.AddVehicle(customer, "2018 Subaru Outback"), Number: "7001", Closed: noon.AddDate(0, 0, -9),
		Lines: []fixture.Line{{Name: "Front brake pads", Finding: "2 mm left " + nasty, Severity: outreach.SeveritySafety, Price: 42_000}},
	})
	call, _ = o.AddOpenCall(fixture.OpenCall{
		Customer: customer, Number: calleePhone, Since: noon.Add(-time.Hour), Lines: o.Lines(order), Words: "Say what was measured. " + nasty,
	})
	return call, customer
}

func path(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// answers fails unless a page has a status and contains all of some parts.
func answers(t *testing.T, what string, status, wantStatus int, body string, parts ...string) {
	t.Helper()
	if status != wantStatus {
		t.Errorf("%s: status %d, want %d", what, status, wantStatus)
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("%s: the page does not say %q", what, part)
		}
	}
	if strings.Contains(body, "<script>") {
		t.Errorf("%s: a script got into the page", what)
	}
}

// getAt reads a page as it is at another time, though nobody stays signed in so long.
func (p *person) getAt(now time.Time, path string) (status int, body string) {
	p.o.t.Helper()
	p.o.now = now
	p.o.Exec(`update sessions set expires_at = $1`, time.Now().AddDate(9, 0, 0))
	status, body, _ = p.get(path)
	return status, body
}

func TestListOfCalls(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana := o.signedIn(outreach.RoleAdviser)
		status, body, _ := ana.get("/calls")
		answers(t, "no calls", status, http.StatusOK, body, "No calls to make")
		call, customer := o.callFor("Pat <b>Example</b>")
		status, body, _ = ana.get("/calls")
		answers(t, "one call", status, http.StatusOK, body,
			path(`href="/customers/%d"`, customer), "Pat &lt;b&gt;Example&lt;/b&gt;", `href="tel:&#43;12125550101"`, "(212) 555-0101",
			"Front brake pads", "2 mm left", "$420", "2018 Subaru Outback", "order 7001", "Safety", "Say what was measured.",
			"No contact before this", "I am calling now", path(`action="/calls/%d/claim"`, call))
		for _, outcome := range outreach.CallOutcomes() {
			if !strings.Contains(body, path(`value="%s"`, outcome)) {
				t.Errorf("there is no button for %s", outcome)
			}
		}
		b.Exec(`update customers set time_zone = 'America/Los_Angeles'`)
		o.now = time.Date(2026, 6, 2, 14, 30, 0, 0, time.UTC)
		_, body, _ = ana.get("/calls")
		answers(t, "an early hour", status, http.StatusOK, body, "It is 7:30 AM where they may be", "from 8 AM to 9 PM")
	})
}

func TestWhatToSay(t *testing.T) {
	words := "Who: Pat Example,\norder 7001.\n\nWhy we call:\n\n- Brakes: 2 mm\n  left\n- Wipers\n\nBegin with:\n\"Hello\"\n"
	want := "Who: Pat Example, order 7001.\n\nWhy we call:\n\n- Brakes: 2 mm left\n- Wipers\n\nBegin with: \"Hello\""
	if got := say(words); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Each outcome does what it says, once; the call stays struck through for the day.
func TestOutcomesOfCalls(t *testing.T) {
	effects := map[outreach.State][]string{ // follow-up, opt-outs, the number's status
		outreach.CallReached: {"ended reached_by_call", "0", "ok"}, outreach.CallBooked: {"ended booked", "0", "ok"},
		outreach.CallNotNeeded: {"ended not_needed", "0", "ok"}, outreach.CallRefused: {"ended asked_to_stop", "1", "ok"},
		outreach.CallWrong: {"ended completed", "0", "invalid"}, outreach.CallVoicemail: {"ended completed", "0", "ok"},
		outreach.CallNoAnswer: {"ended completed", "0", "ok"},
	}
	for _, outcome := range outreach.CallOutcomes() {
		t.Run(string(outcome), func(t *testing.T) {
			fixture.Each(t, func(t *testing.T, b *fixture.Books) {
				o := open(t, b)
				ana, gus := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)
				call, _ := o.callFor("Pat Example")
				status, _, to := ana.post(path("/calls/%d", call), "outcome", string(outcome), "note", nasty+"\x00\xff")
				if status != http.StatusSeeOther {
					t.Fatalf("status %d", status)
				}
				status, body, _ := ana.get(strings.Split(to, "#")[0])
				answers(t, "done", status, http.StatusOK, body, "No calls to make", "Done today", "<s>", "adviser, ", callLabels[outcome], "&lt;script&gt;")
				got := append(b.Strings(`select state, end_reason from follow_ups`),
					b.Strings(`select count(*) from opt_outs`)[0], b.Strings(`select status from addresses`)[0])
				if !slices.Equal(got, effects[outcome]) {
					t.Errorf("it came to %q, want %q", got, effects[outcome])
				}
				status, body, _ = gus.post(path("/calls/%d", call), "outcome", "reached", "note", "my own words")
				answers(t, "the second", status, http.StatusConflict, body, "adviser recorded this call to Pat Example before you, Tue Jun 2, 12:00 PM", "my own words")
				if n := b.Count(`select count(*) from audit_log where what = 'record call' and detail = $1`, "from open to "+string(outcome)); n != 1 {
					t.Errorf("%d entries in the audit log", n)
				}
				if status, body := ana.getAt(o.now.AddDate(0, 0, 1), "/calls"); status != http.StatusOK || strings.Contains(body, "Done today") {
					t.Errorf("it is shown the next day, too: %d", status)
				}
			})
		})
	}
}

func TestCallsPutOff(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana := o.signedIn(outreach.RoleAdviser)
		call, _ := o.callFor("Pat Example") // until June 9
		for name, c := range map[string]struct {
			outcome, day, says string
		}{
			"no outcome":          {"", "", "Say how the call went"},
			"an unknown outcome":  {"delivered", "", "Say how the call went"},
			"a day gone by":       {"voicemail", "2026-06-01", "has passed"},
			"too late a day":      {"voicemail", "2026-06-10", "may not wait that long"},
			"no day":              {"no_answer", "next week", "as year, month and day"},
			"nothing to call for": {"booked", "2026-06-04", "does not go with “Booked a visit”"},
			"a year out of bound": {"no_answer", "9999-12-31", "as year, month and day"},
		} {
			status, body, _ := ana.post(path("/calls/%d", call), "outcome", c.outcome, "day", c.day, "note", "typed words")
			answers(t, name, status, http.StatusUnprocessableEntity, body, c.says, "typed words")
		}
		status, _, to := ana.post(path("/calls/%d", call), "outcome", "no_answer", "day", "2026-06-04", "note", "rang out")
		if status != http.StatusSeeOther {
			t.Fatalf("status %d", status)
		}
		status, body, _ := ana.get(strings.Split(to, "#")[0])
		answers(t, "put off", status, http.StatusOK, body, "due again Thu Jun 4, 2026", "Later: 1 customer", "No calls to make", "Called Tue Jun 2, 12:00 PM by adviser:</span> No answer. rang out")
		status, body = ana.getAt(time.Date(2026, 6, 4, 15, 0, 0, 0, time.UTC), "/calls")
		answers(t, "on its day", status, http.StatusOK, body, "I am calling now", "Called Tue Jun 2")
		if strings.Contains(body, "Later:") || strings.Contains(body, "No calls to make") {
			t.Error("it is not among today's calls")
		}
		if got := b.Strings(`select to_state from contact_events order by id`); !slices.Equal(got, []string{"planned", "open", "open"}) {
			t.Errorf("history %q", got)
		}
	})
}

// Whoever is spoken with and wants to be called again is, on that day; and where the
// call cannot wait so long, what it is about is put off as on the customer's page.
func TestSpokenWithAndCalledAgain(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana := o.signedIn(outreach.RoleAdviser)
		call, pat := o.callFor("Pat Example") // until June 9
		o.writes(calleePhone, "Call me next week", outreach.Task{Kind: outreach.TaskReply, DueAt: noon.Add(time.Hour)})
		reply := b.Strings(`select id from tasks`)[0]
		record := func(day string) string {
			t.Helper()
			status, body, to := ana.post(path("/calls/%d", call), "outcome", "reached", "day", day, "reply", reply, "note", "Wants to think it over")
			if status != http.StatusSeeOther {
				t.Fatalf("%s: status %d %s", day, status, body)
			}
			_, body, _ = ana.get(to)
			return body
		}
		answers(t, "within its time", http.StatusOK, http.StatusOK, record("2026-06-08"), "The call stays on the list and is due again Mon Jun 8, 2026.",
			"Later: 1 customer", "Spoke with them. Wants to think it over")
		got := append(b.Strings(`select state, end_reason from follow_ups`), b.Strings(`select outcome from tasks`)...)
		if !slices.Equal(got, []string{"active ", "answered"}) {
			t.Errorf("put off: %q", got)
		}
		answers(t, "beyond its time", http.StatusOK, http.StatusOK, record("2026-06-20"), "It is put off to Sat Jun 20, 2026", "Done today", "Spoke with them")
		got = append(b.Strings(`select state, end_reason from follow_ups`), b.Strings(`select answer from order_lines`)...)
		if !slices.Equal(got, []string{"ended customer_later", "later"}) {
			t.Errorf("put off beyond its time: %q", got)
		}
		if n := b.Count(`select count(*) from follow_up_items where released_at is null and not rehearsal`); n != 0 {
			t.Error("nothing may raise it again then")
		}
		_, body, _ := ana.get(path("/customers/%d", pat))
		answers(t, "the customer's page", http.StatusOK, http.StatusOK, body, "They said: not before Sat Jun 20, 2026")
	})
}

// A canceled order cannot be put off beyond the time of its call, and nothing happens.
func TestCanceledOrderIsNotPutOff(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana := o.signedIn(outreach.RoleAdviser)
		c := b.AddCustomer(fixture.Customer{Name: "Pat Example", Phone: calleePhone})
		call, _ := b.AddOpenCall(fixture.OpenCall{Customer: c, Number: calleePhone, Since: noon})
		status, body, _ := ana.post(path("/calls/%d", call), "outcome", "reached", "day", "2026-06-20", "note", "typed words")
		answers(t, "too late", status, http.StatusUnprocessableEntity, body, "may not wait that long", "typed words")
		if got := b.Strings(`select state from contacts`); !slices.Equal(got, []string{"open"}) {
			t.Errorf("the call is %q", got)
		}
	})
}

func TestCallsOfOthers(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana, gus := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)
		call, _ := o.callFor("Pat Example")
		if status, _, _ := ana.post(path("/calls/%d/claim", call)); status != http.StatusSeeOther {
			t.Fatalf("claim: %d", status)
		}
		status, body, _ := ana.get("/calls")
		answers(t, "hers", status, http.StatusOK, body, "You are making this call", "Give it back")
		status, body, _ = gus.get("/calls")
		answers(t, "not his", status, http.StatusOK, body, "adviser has been making this call since Tue Jun 2, 12:00 PM")
		if strings.Contains(body, "tel:") || strings.Contains(body, `name="outcome"`) || strings.Contains(body, "I am calling now") {
			t.Error("somebody else's call has buttons")
		}
		for _, deed := range []string{"/claim", ""} {
			status, body, _ = gus.post(path("/calls/%d%s", call, deed), "outcome", "voicemail")
			answers(t, "his"+deed, status, http.StatusConflict, body, "adviser has been making this call since")
		}
		o.now = o.now.Add(store.ClaimLapses)
		if status, _, _ := gus.post(path("/calls/%d/claim", call)); status != http.StatusSeeOther {
			t.Errorf("a claim does not lapse: %d", status)
		}
		if status, _, _ := gus.post(path("/calls/%d/release", call)); status != http.StatusSeeOther {
			t.Errorf("give back: %d", status)
		}
		_, body, _ = ana.get("/calls")
		answers(t, "given back", http.StatusOK, http.StatusOK, body, "I am calling now")
		got := b.Strings(`select who, what from audit_log where object = $1 order by id`, path("call %d", call))
		if want := []string{"adviser take on call", "manager take on call", "manager give call back"}; !slices.Equal(got, want) {
			t.Errorf("audit log %q", got)
		}
		status, _, _ = ana.post("/calls/none/claim")
		answers(t, "no number", status, http.StatusNotFound, "")
	})
}

// Two calls to one customer and what the customer wrote are one conversation, with
// one outcome.
func TestOneConversation(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana, gus := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)
		first, pat := o.callFor("Pat Example")
		b.Exec(`update follow_ups set playbook_id = 'another'`)
		second, _ := b.AddOpenCall(fixture.OpenCall{Customer: pat, Number: calleePhone, Since: noon, Words: "Ask about the wipers."})
		reply := o.writes(calleePhone, "Can I come on Monday?", outreach.Task{Kind: outreach.TaskBooking, DueAt: noon.Add(time.Hour)})
		_, body, _ := gus.get("/calls")
		answers(t, "one entry", http.StatusOK, http.StatusOK, body, "Front brake pads", "Say what was measured.", "Ask about the wipers.",
			"Can I come on Monday?", path(`name="with" value="%d"`, second), path(`name="reply" value="%d"`, reply))
		if n := strings.Count(body, `class="sheet call"`); n != 1 {
			t.Errorf("%d entries", n)
		}
		if n := strings.Count(body, `class="tel"`); n != 1 {
			t.Errorf("the number stands there %d times", n)
		}
		_, body, _ = gus.get("/")
		answers(t, "today", http.StatusOK, http.StatusOK, body, "1 to call", "To the call", "Can I come on Monday?")
		if strings.Contains(body, "What we wrote") {
			t.Error("what an adviser is to say is taken for a message")
		}
		ana.post(path("/calls/%d/claim", first))
		status, body, _ := gus.post(path("/calls/%d/claim", second))
		answers(t, "the other call", status, http.StatusConflict, body, "adviser has been making this call")
		status, body, _ = ana.post(path("/calls/%d", first), "with", "none", "outcome", "booked")
		answers(t, "a broken form", status, http.StatusUnprocessableEntity, body, "not whole")
		status, _, to := ana.post(path("/calls/%d", first), "with", path("%d", second), "reply", path("%d", reply), "outcome", "booked", "note", "Monday at nine.")
		if status != http.StatusSeeOther {
			t.Fatalf("status %d", status)
		}
		_, body, _ = ana.get(strings.Split(to, "#")[0])
		answers(t, "done", http.StatusOK, http.StatusOK, body, "No calls to make", "Monday at nine.")
		if n := strings.Count(body, "<s>"); n != 1 {
			t.Errorf("%d lines for one conversation", n)
		}
		got := append(b.Strings(`select state from contacts where channel = 'call' order by id`), b.Strings(`select done_by, outcome from tasks`)...)
		if want := []string{"booked", "booked", "adviser answered"}; !slices.Equal(got, want) {
			t.Errorf("it came to %q", got)
		}
	})
}

// The number on Today is how many customers the page of calls lists for today:
// neither those put off, nor for others those that somebody took on ahead of time.
func TestNumberOfCalls(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana, gus := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)
		o.callFor("Pat Example")
		evening, _ := o.callFor("Kim Example")
		b.Exec(`update contacts set due_at = $2 where id = $1`, evening, time.Date(2026, 6, 3, 4, 30, 0, 0, time.UTC)) // 11:30 PM at the shop
		tomorrow, _ := o.callFor("Rae Example")
		b.Exec(`update contacts set due_at = $2 where id = $1`, tomorrow, time.Date(2026, 6, 3, 5, 30, 0, 0, time.UTC))
		ana.post(path("/calls/%d/claim", tomorrow))
		agree := func(p *person, want int) {
			t.Helper()
			_, today, _ := p.get("/")
			_, calls, _ := p.get("/calls")
			shown, _, _ := strings.Cut(calls, `class="later"`)
			if n := strings.Count(shown, `class="sheet call"`); n != want || !strings.Contains(today, path("%d to call", want)) {
				t.Errorf("%d are listed, want %d; Today says otherwise: %v", n, want, !strings.Contains(today, path("%d to call", want)))
			}
		}
		agree(ana, 3)
		agree(gus, 2)
		o.now = o.now.Add(store.ClaimLapses)
		agree(ana, 2)
	})
}
