package staff

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/templates"
)

// hostile is what somebody who means ill writes into every field.
const hostile = "<script>alert(1)</script> \"'><b>' or 1=1 -- \x00\xff {{.}}"

// writes has somebody send a text that asks for a task, and returns the task's number.
func (o *office) writes(from, words string, task outreach.Task) int64 {
	o.t.Helper()
	a := outreach.Arrival{Provider: "twilio", ProviderID: rand.Text(), Channel: outreach.SMS, From: from, Body: words, At: o.now.Add(-time.Hour)}
	_, err := store.Inbox{DB: o.DB}.Take(o.t.Context(), a.At, a, func(outreach.Sender) outreach.Consequence {
		c := outreach.Consequence{Reason: "question", Class: "none", Detail: "question", Task: &task}
		if !task.ReviewBy.IsZero() {
			c.OptOut = &outreach.OptOut{Address: from, Person: true, Tentative: true, Reason: "unclear", Source: "twilio"}
		}
		return c
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return int64(o.Count(`select max(id) from tasks`))
}

// atWork has a daemon show that it lives.
func (o *office) atWork() {
	o.t.Helper()
	if _, err := (store.Daemons{DB: o.DB}).Start(o.t.Context(), o.now, "host", 1, ""); err != nil {
		o.t.Fatal(err)
	}
}

// seed writes the shipped templates and playbooks.
func (o *office) seed() {
	o.t.Helper()
	shipped, err := templates.Shipped()
	if err != nil {
		o.t.Fatal(err)
	}
	var messages, playbooks []outreach.Document
	for _, s := range shipped.Templates {
		messages = append(messages, outreach.Document{Name: s.Name, Channel: s.Channel, Locale: string(s.Locale), Source: s.Text})
	}
	for _, p := range shipped.Playbooks {
		playbooks = append(playbooks, outreach.Document{Name: p.ID, Source: p.Text})
	}
	if _, err := (store.Documents{DB: o.DB}).Seed(o.t.Context(), o.now, messages, playbooks); err != nil {
		o.t.Fatal(err)
	}
}

// today returns the page as somebody sees it.
func (p *person) today() string {
	p.o.t.Helper()
	status, body, _ := p.get("/")
	if status != http.StatusOK {
		p.o.t.Fatalf("today: %d", status)
	}
	return body
}

// expect complains about words that a page lacks, or has.
func expect(t *testing.T, page string, with []string, without ...string) {
	t.Helper()
	page = strings.Join(strings.Fields(page), " ")
	for _, w := range with {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
	for _, w := range without {
		if strings.Contains(page, w) {
			t.Errorf("the page says %q", w)
		}
	}
	if t.Failed() {
		t.Logf("%s", page)
	}
}

// On the first day there is nothing, and the page says what to do.
func TestTodayOfAnEmptyShop(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		adviser := o.signedIn(outreach.RoleAdviser)
		expect(t, adviser.today(), []string{"is not at work", "There are no orders yet", "Nobody is waiting", "No calls to make today", "Stop all sending"}, "No problems")
		o.atWork()
		expect(t, adviser.today(), []string{"No problems. The program is at work."}, `role="alert"`, "Let it go on")
		adviser.post("/stop", "why", "wrong prices")
		expect(t, adviser.today(), []string{"Nothing goes out while sending is stopped."}, "No problems")
	})
}

// What goes out next is shown in its own words.
func TestTodayShowsTheWords(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.seed()
		ana := b.AddCustomer(fixture.Customer{Name: "Ana <i>Example", Email: "ana@example.com"})
		pads := b.Lines(b.Declines(ana, noon.AddDate(0, 0, -3), "Front brake pads"))[0]
		first, _ := b.AddPlanned(fixture.Planned{Customer: ana, Channel: outreach.Email, Due: noon.Add(time.Hour), Line: pads})
		ben := b.AddCustomer(fixture.Customer{Name: "Ben Example", Email: "ben@example.com"})
		rotors := b.Lines(b.Declines(ben, noon.AddDate(0, 0, -3), "Rear rotors"))[0]
		b.AddPlanned(fixture.Planned{Customer: ben, Channel: outreach.Email, Due: noon.Add(25 * time.Hour), Line: rotors})
		if _, err := (store.Consents{DB: b.DB}).OptOut(t.Context(), outreach.OptOut{Address: "ben@example.com", Reason: "keyword", Source: "test", RecordedAt: noon}); err != nil {
			t.Fatal(err)
		}
		page := o.signedIn(outreach.RoleAdviser).today()
		expect(t, page, []string{
			"Ana &lt;i&gt;Example", "Front brake pads", "2 mm left", "to ana@example.com", "Required repairs left for later, step 1",
			"Today, Tue Jun 2, 2026", "Tomorrow, Wed Jun 3, 2026", "1:00 PM", "will not go",
			"The customer asked not to be contacted at this number or address.",
			fmt.Sprintf(`action="/contacts/%d/hold"`, first), fmt.Sprintf(`href="/customers/%d"`, ana),
		}, "<i>Example")
		if n := b.Count(`select count(*) from contacts where state = 'planned'`); n != 2 {
			t.Errorf("looking changed something: %d planned", n)
		}
	})
}

// A day that holds more than fits leads to a page of its own, which can be read to
// its end.
func TestTodayOfABusyShop(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		for i := range aheadShown + 5 {
			c := b.AddCustomer(fixture.Customer{Name: fmt.Sprintf("Person N%03d", i), Email: fmt.Sprintf("p%d@example.com", i)})
			b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon.Add(time.Duration(i) * time.Minute)})
		}
		c := b.AddCustomer(fixture.Customer{Name: "Person Later", Email: "later@example.com"})
		b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon.Add(24 * time.Hour)})
		for i := range repliesShown + 2 {
			from := fmt.Sprintf("+1312555%04d", 101+i)
			b.AddCustomer(fixture.Customer{Phone: from})
			o.writes(from, "hello", outreach.Task{Kind: outreach.TaskReply, DueAt: noon.Add(time.Hour)})
		}
		adviser := o.signedIn(outreach.RoleAdviser)
		page := adviser.today()
		expect(t, page, []string{`<span class="count">55</span>`, `href="/ahead/2026-06-02"`, `href="/ahead/2026-06-03"`, "2 more wait"}, "Person N050", "Person Later")
		_, page, _ = adviser.get("/ahead/2026-06-02")
		expect(t, page, []string{"Person N000", "More of this day"}, "Person N050")
		_, next, found := strings.Cut(page, `href="/ahead/2026-06-02?after=`)
		if !found {
			t.Fatal("the day cannot be read on")
		}
		next, _, _ = strings.Cut(next, `"`)
		_, page, _ = adviser.get("/ahead/2026-06-02?after=" + next)
		expect(t, page, []string{"Person N050", "Person N054"}, "Person N049", "More of this day", "Person Later")
		for _, path := range []string{"/ahead/yesterday", "/ahead/2026-02-30", "/ahead/2026-06-02?after=x"} {
			if status, _, _ := adviser.get(path); status != http.StatusNotFound {
				t.Errorf("%s: %d", path, status)
			}
		}
	})
}

// What is wrong is told in words.
func TestTodayTellsOfProblems(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.atWork()
		c := b.AddCustomer(fixture.Customer{Name: "Ana Example", Phone: "+13125550101"})
		id, _ := b.AddSent(fixture.Sent{Customer: c, Channel: outreach.SMS, To: "+13125550101", At: noon.Add(-3 * time.Hour)})
		b.Exec(`update contacts set state = 'unconfirmed' where id = $1`, id)
		b.Exec(`insert into contact_events (contact_id, at, from_state, to_state, by_whom) values ($1, $2, 'accepted', 'unconfirmed', 'test')`, id, noon)
		feed := store.Feed{DB: b.DB, Name: store.FeedMail, Every: time.Minute}
		_, _, err := feed.Claim(t.Context(), noon)
		for _, e := range []error{
			err, feed.Failed(t.Context(), noon, "the password was refused"),
			store.Controls{DB: b.DB}.Hold(t.Context(), noon, outreach.SMS, "courtesyd", "Twilio refuses: campaign not registered"),
		} {
			if e != nil {
				t.Fatal(e)
			}
		}
		if _, _, err := (store.Documents{DB: b.DB}).AddTemplate(t.Context(), noon, outreach.Document{Name: "broken", Channel: outreach.SMS, Locale: "en", Source: "{{"}, "test", ""); err != nil {
			t.Fatal(err)
		}
		b.Exec(`insert into recovery_cases (shop_id, customer_id, opened_at, next_at) values ('main', $1, $2, $2)`, c, noon.AddDate(0, 0, -1))
		expect(t, o.signedIn(outreach.RoleAdviser).today(), []string{
			"A recovery case is overdue", `href="/recovery"`,
			"Texts are on hold since Tue Jun 2, 12:00 PM: Twilio refuses: campaign not registered.",
			"The mailbox for replies cannot be read since Tue Jun 2, 12:00 PM: the password was refused.",
			"A document cannot be used until it is mended: read template broken (sms, en) version 1",
			fmt.Sprintf(`<a href="/contacts/%d">text to Ana Example, Tue Jun 2, 9:00 AM</a>`, id),
			"a manager can let them go on",
		}, "No problems", `action="/resume"`)
		expect(t, o.signedIn(outreach.RoleManager).today(), []string{`action="/resume"`})
	})
}

// Calls are counted for today, and the first few are named.
func TestTodayNamesCalls(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		for i := range callsShown + 2 {
			c := b.AddCustomer(fixture.Customer{Name: fmt.Sprintf("Person C%d", i), Phone: "+13125550101"})
			id, _ := b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Call, Due: noon.Add(time.Duration(i) * time.Hour)})
			b.Exec(`update contacts set state = 'open' where id = $1`, id)
			b.Exec(`insert into contact_events (contact_id, at, from_state, to_state, by_whom) values ($1, $2, 'planned', 'open', 'test')`, id, noon)
		}
		tomorrow := b.Count(`select max(id) from contacts`)
		b.Exec(`update contacts set due_at = $2 where id = $1`, tomorrow, noon.AddDate(0, 0, 1))
		expect(t, o.signedIn(outreach.RoleAdviser).today(), []string{`<span class="count">6</span>`, "To all 6 calls", "Person C0", "Person C4"}, "Person C5", "Person C6")
	})
}

// Own replies come first for an adviser; a manager sees all of them as own, those
// overdue first.
func TestWhoseReplies(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.add(outreach.RoleManager)
		user := o.add(outreach.RoleAdviser)
		user.Adviser = "Robin Wren"
		if err := (store.Users{DB: b.DB}).Change(t.Context(), noon, "test", user); err != nil {
			t.Fatal(err)
		}
		for i, adviser := range []string{"Someone Else", "ROBIN WREN", ""} {
			from := fmt.Sprintf("+1312555010%d", i)
			b.AddCustomer(fixture.Customer{Name: "Customer" + fmt.Sprint(i) + " Example", Phone: from})
			id := o.writes(from, "hello", outreach.Task{Kind: outreach.TaskReply, DueAt: noon.Add(time.Duration(i-1)*time.Hour + time.Minute)})
			b.Exec(`update tasks set adviser = $2 where id = $1`, id, adviser)
		}
		order := func(role outreach.Role) (names []string) {
			own, others, found := strings.Cut(o.signedIn(role).today(), "For others")
			for _, part := range []string{own, others} {
				for i := range 3 {
					if name := "Customer" + fmt.Sprint(i); strings.Contains(part, name) {
						names = append(names, name)
					}
				}
				if found {
					names = append(names, "/")
				}
			}
			return names
		}
		if got := order(outreach.RoleAdviser); !slices.Equal(got, []string{"Customer1", "Customer2", "/", "Customer0", "/"}) {
			t.Errorf("for an adviser %v", got)
		}
		if got := order(outreach.RoleManager); !slices.Equal(got, []string{"Customer0", "Customer1", "Customer2"}) {
			t.Errorf("for a manager %v", got)
		}
		expect(t, o.signedIn(outreach.RoleManager).today(), []string{"Overdue by 59 minutes:", "in 1 hour"})
	})
}
