package staff

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/browser"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// seat is somebody in front of a window, with scripts switched off.
type seat struct {
	*browser.Tab
	t     *testing.T
	width int64
}

func (o *office) seat(role outreach.Role, width int64) *seat {
	o.t.Helper()
	tab := browser.Page(o.t, int(width), 800)
	tab.WithoutScripts()
	o.signIn(tab, role)
	return &seat{Tab: tab, t: o.t, width: width}
}

// follow goes where a link or a button leads.
func (s *seat) follow(selector string) {
	s.t.Helper()
	s.Lead(chromedp.Click(chromedp.CSS(selector)))
}

func (s *seat) click(selector string) {
	s.t.Helper()
	s.Do(chromedp.Click(chromedp.CSS(selector)))
}

func (s *seat) write(selector, words string) {
	s.t.Helper()
	s.Do(chromedp.SendKeys(chromedp.CSS(selector), words))
}

// reads fails unless what a reader sees there contains all of some parts.
func (s *seat) reads(selector string, parts ...string) {
	s.t.Helper()
	text := strings.Join(strings.Fields(s.Text(selector)), " ")
	for _, part := range parts {
		if !strings.Contains(text, part) {
			s.t.Errorf("nothing says %q: %s", part, text)
		}
	}
}

// leave signs out.
func (s *seat) leave() {
	s.t.Helper()
	s.click(".me summary")
	s.follow(`form[action="/signout"] button`)
	s.reads("h1", "Sign in")
}

// picture is for people to look at, on a phone and on a desk, see the flag
// -artifacts of go test.
func (s *seat) picture(name string) {
	s.t.Helper()
	if wanted := flag.Lookup("test.artifacts"); wanted == nil || wanted.Value.String() != "true" {
		return
	}
	for _, width := range []int64{narrow, wide} {
		s.Do(chromedp.EmulateViewport(width, 800))
		s.Screenshot(fmt.Sprint(name, "-", width))
	}
	s.Do(chromedp.EmulateViewport(s.width, 800))
}

// kept fails unless a query finds what is expected in the database.
func (o *office) kept(query string, want ...string) {
	o.t.Helper()
	if got := o.Strings(query); !slices.Equal(got, want) {
		o.t.Errorf("%s: %q, want %q", query, got, want)
	}
}

// An adviser's morning: an answer, a question on the phone about last week's text,
// a call, and somebody who should not hear from the shop today.
func TestMorningOfAnAdviser(t *testing.T) {
	const kims, said = "+13125550101", "Your front brake pads are at 2 mm. Shall we book a day?"
	o := open(t, fixture.Open(t, testdb.SQLite(t)))
	o.seed()
	o.atWork()
	o.add(outreach.RoleAdviser)
	kim := o.AddCustomer(fixture.Customer{Name: "Kim Example", Phone: kims, Texts: true})
	text, _ := o.AddSent(fixture.Sent{
		Customer: kim, Channel: outreach.SMS, To: kims, At: noon.AddDate(0, 0, -7), Body: said,
		Lines: o.Lines(o.Declines(kim, noon.AddDate(0, 0, -9), "Front brake pads")),
	})
	reply := o.writes(kims, "What would it cost?", outreach.Task{Kind: outreach.TaskQuestion, DueAt: noon.Add(time.Hour)})
	call, _ := o.callFor("Pat Example")
	rae := o.AddCustomer(fixture.Customer{Name: "Rae Example", Email: "rae@example.com"})
	ahead, _ := o.AddPlanned(fixture.Planned{
		Customer: rae, Channel: outreach.Email, Due: noon.Add(time.Hour),
		Line: o.Lines(o.Declines(rae, noon.AddDate(0, 0, -9), "Rear rotors"))[0],
	})

	ana := o.seat(outreach.RoleAdviser, narrow)
	waiting := path("#reply-%d ", reply)
	ana.reads("main", "No problems", "Kim Example", "What would it cost?", "in 1 hour", "Rae Example", "To the call")
	ana.picture("today")
	ana.follow(waiting + "h3 a")
	ana.reads("h1", "Kim Example")
	ana.reads("#timeline ~ ol", said, "What would it cost?")
	ana.follow(`nav a[href="/"]`)
	ana.write(waiting+"textarea", "Told her $420.")
	ana.follow(waiting + `button[value="answered"]`)
	ana.reads("main", "The customer has an answer.", "Nobody is waiting")
	o.kept(`select done_by, outcome from tasks`, "adviser answered")

	// On the phone: "You sent me something last week."
	ana.follow(`nav a[href="/customers"]`)
	ana.write("#q", "(312) 555-0101")
	ana.follow("main form button")
	ana.reads("main", "1 found.", "Kim Example")
	ana.follow("main li a")
	ana.reads("#timeline ~ ol", said, "Told her $420.")
	ana.follow(`nav a[href="/log"]`)
	ana.write("#q", "312-555-0101")
	ana.follow("main form button.go")
	ana.click(path("#contact-%d summary", text))
	ana.follow(path(`#contact-%d a[href="/contacts/%d"]`, text, text))
	ana.reads("main", said, "to (312) 555-0101", "Tue May 26, 12:00 PM")
	ana.picture("contact")

	ana.follow(`nav a[href="/calls"]`)
	theirs := path("#call-%d ", call)
	ana.reads(theirs, "Pat Example", "Front brake pads", "(212) 555-0101")
	ana.follow(theirs + `form[action$="/claim"] button`)
	ana.reads(theirs, "You are making this call.", "Say what was measured.")
	ana.picture("calls")
	ana.write(theirs+"textarea", "Left a message with the garage's number.")
	ana.follow(theirs + `button[value="voicemail"]`)
	ana.reads("main", "No calls to make")
	ana.reads(".done", "Pat Example", "oicemail", "adviser", "Left a message")
	ana.reads(".done s", "Pat Example")
	o.kept(`select state from contacts where channel = 'call'`, "voicemail")

	ana.follow(`nav a[href="/"]`)
	row := path("#contact-%d ", ahead)
	ana.click(row + "summary")
	ana.reads(row, "Rear rotors", "to rae@example.com")
	ana.follow(row + `form[action$="/hold"] button`)
	ana.reads(row, "held back")
	o.kept(`select held_by, state from contacts where channel = 'email'`, "adviser planned")
	ana.leave()
	o.kept(`select what from audit_log where who = 'adviser' order by id`, "deal with reply", "take on call", "record call", "held back")
}

// The general manager's case: an adviser writes down what happened, the general
// manager decides, and until the lesson is written nothing automatic goes out.
func TestCaseOfTheGeneralManager(t *testing.T) {
	o, mail := open(t, fixture.Open(t, testdb.SQLite(t))), &tray{}
	s := o.daemon(mail)
	goesOut := func(want ...string) {
		t.Helper()
		if err := s.Beat(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(mail.to, want) {
			t.Errorf("mails went to %q, want %q", mail.to, want)
		}
	}
	kim := o.AddCustomer(fixture.Customer{Name: "Kim Example", Email: "kim@example.com"})
	owed := func(job string) {
		line := o.Lines(o.Declines(kim, o.now.AddDate(0, 0, -9), job))[0]
		o.AddPlanned(fixture.Planned{Customer: kim, Channel: outreach.Email, Due: o.now.Add(-time.Minute), Line: line})
	}
	o.add(outreach.RoleAdviser)
	o.add(outreach.RoleGeneralManager)

	ana := o.seat(outreach.RoleAdviser, wide)
	ana.Open(o.url + path("/customers/%d", kim))
	ana.follow(path(`a[href="/recovery?customer_id=%d"]`, kim))
	ana.write("#happened", "The oil ran out.")
	ana.follow(`form[action="/recovery"] button.main`)
	ana.reads("main", "nothing automatic goes to Kim Example", "No excuses", "no lawyer’s letter")
	ana.write("#value", "$12,000")
	ana.write("#repair", "5000.50")
	ana.write("#insured", "4000")
	ana.write("#asked", "A new engine.")
	ana.follow("form:has(#happened) button.main")
	ana.reads("main", "$6,999.50", "expected to cover $4,000", "$2,999.50 of the estimate is left", "The general manager decides")
	ana.picture("case")
	if browser.Eval[int](ana.Tab, `document.querySelectorAll("#decision, #lesson").length`) > 0 {
		t.Error("an adviser can decide")
	}
	ana.Open(o.url + path("/customers/%d", kim))
	ana.reads(".problem", "A recovery case is open.")
	owed("Rear shocks")
	goesOut()

	gm := o.seat(outreach.RoleGeneralManager, wide)
	gm.follow(`nav a[href="/recovery"]`)
	gm.follow("#open-cases ~ article a")
	gm.reads("main", "$6,999.50")
	if got := browser.Eval[string](gm.Tab, `document.querySelector("#happened").value`); got != "The oil ran out." {
		t.Errorf("what happened reads %q", got)
	}
	gm.write("#decision", "We pay for the engine.")
	gm.follow(`form[action$="/decision"] button`)
	gm.reads("main", "We pay for the engine.")
	goesOut()
	gm.write("#lesson", "Two people look at the plug.")
	gm.follow(`form[action$="/close"] button`)
	gm.reads("main", "What the shop learned: Two people look at the plug.")
	o.kept(`select value_minor, repair_minor, insured_minor, decided_by, closed_by, lesson from recovery_cases`,
		"1200000 500050 400000 general_manager general_manager Two people look at the plug.")
	o.Exec(`update follow_ups set state = 'ended'`)
	owed("Cabin air filter")
	goesOut("kim@example.com")
}
