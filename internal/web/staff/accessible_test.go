package staff

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/browser"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// missing is the address of something that is not there.
const missing = "/contacts/999999"

// signIn has somebody with a role sign in, on the page for that.
func (o *office) signIn(tab *browser.Tab, role outreach.Role) {
	o.t.Helper()
	tab.Open(o.url)
	tab.Do(chromedp.SendKeys(chromedp.CSS("#login"), string(role)), chromedp.SendKeys(chromedp.CSS("#password"), secret))
	tab.Lead(chromedp.Click(chromedp.CSS("main button")))
}

// busyDay fills the books so that every page has something of everything, and
// returns an address for each pattern of pages() that shows a page.
func (o *office) busyDay() map[string][]string {
	o.t.Helper()
	const kims = "+13125550101"
	o.seed()
	o.atWork()
	call, pat := o.callFor("Pat Example")
	o.AddAddress(pat, outreach.EmailAddress, "pat@example.com", outreach.UnknownLine)
	kim := o.AddCustomer(fixture.Customer{Name: "Kim Example", Phone: kims, Email: "kim.with-a-long-address-that-never-ends@service.example.com", Texts: true})
	pads := o.Lines(o.Declines(kim, noon.AddDate(0, 0, -9), "Front brake pads and a name that is long enough to break"))
	sent, _ := o.AddSent(fixture.Sent{
		Customer: kim, Channel: outreach.SMS, To: kims, At: noon.AddDate(0, 0, -7), Body: "Your front pads are at 2 mm. " + nasty, Lines: pads,
	})
	rae := o.AddCustomer(fixture.Customer{Name: "Rae Example", Email: "rae@example.com"})
	o.AddPlanned(fixture.Planned{
		Customer: rae, Channel: outreach.Email, Due: noon.Add(time.Hour), Line: o.Lines(o.Declines(rae, noon.AddDate(0, 0, -9), "Rear rotors"))[0],
	})
	o.writes(kims, "How much is it? "+nasty, outreach.Task{Kind: outreach.TaskQuestion, DueAt: noon.Add(-time.Hour)})
	lou := o.AddCustomer(fixture.Customer{Name: "Lou Example", Phone: "+13125550102"})
	o.writes("+13125550102", "hm", outreach.Task{Kind: outreach.TaskReview, DueAt: noon.Add(time.Hour), ReviewBy: noon.Add(48 * time.Hour)})
	o.AddOpenCall(fixture.OpenCall{Customer: lou, Number: "+13125550102", Since: noon.AddDate(0, 0, 2), Words: "Say hello."})
	if err := (store.Controls{DB: o.DB}).Hold(o.t.Context(), noon, outreach.SMS, "courtesyd", "Twilio refuses: campaign not registered"); err != nil {
		o.t.Fatal(err)
	}
	ana := o.signedIn(outreach.RoleAdviser)
	ana.post(path("/customers/%d/note", kim), "words", "Prefers mornings.")
	ana.post(path("/calls/%d/claim", call))
	voicemail, _ := o.callFor("Ann Example")
	ana.post(path("/calls/%d", voicemail), "outcome", "voicemail", "note", "Left a message.")
	o.callFor("Sam Example")
	kase := o.caseFor(ana)
	ana.post(kase, "version", "0", "happened", "The drain plug was loose.", "value", "12000", "repair", "5000", "insured", "4000", "next_step", "Ana calls.")
	closed := o.caseFor(ana)
	gm := o.signedIn(outreach.RoleGeneralManager)
	gm.post(closed+"/decision", "version", "0", "decision", "We pay for the engine.")
	gm.post(closed+"/close", "version", "1", "lesson", "Two people look at the plug.")
	return map[string][]string{
		"/signin":         {"/signin"},
		"/password":       {"/password"},
		"/{$}":            {"/"},
		"/ahead/{day}":    {"/ahead/2026-06-02"},
		"/log":            {"/log?channel=sms", "/log"},
		"/contacts/{id}":  {path("/contacts/%d", sent), missing},
		"/calls":          {"/calls"},
		"/recovery":       {"/recovery", path("/recovery?customer_id=%d", kim)},
		"/recovery/{id}":  {kase, closed},
		"/customers":      {"/customers?q=Example", "/customers?q=Nobody"},
		"/customers/{id}": {path("/customers/%d", kim), path("/customers/%d", lou)},
		"/users":          {"/users"},
	}
}

// Whoever reads the pages on a small screen, in large letters, in the dark, without
// a mouse or with a screen reader can, and nobody else hears of it.
func TestPagesInABrowser(t *testing.T) {
	o := open(t, fixture.Open(t, testdb.SQLite(t)))
	addresses := o.busyDay()
	tab := browser.Page(t, narrow, 740)
	for _, p := range o.site.pages() {
		method, pattern, _ := strings.Cut(p.pattern, " ")
		if method != "GET" || pattern == "/log.csv" {
			continue
		}
		if len(addresses[pattern]) == 0 {
			t.Errorf("nobody looks at %s", pattern)
		}
		for _, address := range addresses[pattern] {
			tab.Open(o.url + address)
			looksWell(t, tab, address)
		}
		if pattern == "/signin" {
			o.signIn(tab, outreach.RoleGeneralManager)
		}
	}
	for _, asked := range tab.Requests() {
		// Chromium draws the fields of forms with pictures of its own, data:.
		if u, err := url.Parse(asked); err != nil || u.Scheme != "data" && u.Hostname() != "127.0.0.1" {
			t.Errorf("a page asks %s", asked)
		}
	}
	for _, complaint := range tab.Complaints() {
		if !strings.Contains(complaint, missing) {
			t.Errorf("Chromium says: %s", complaint)
		}
	}
}

// The widths of a small phone and of a desk, in CSS pixels.
const (
	narrow = 360
	wide   = 1280
)

// looksWell complains about what somebody stumbles over on the page in the window.
func looksWell(t *testing.T, tab *browser.Tab, name string) {
	t.Helper()
	tab.Do(chromedp.EmulateViewport(narrow, 740))
	tab.Unfold()
	for _, problem := range tab.Unreached() {
		t.Errorf("%s: %s", name, problem)
	}
	for _, width := range []int64{narrow, wide} {
		tab.Do(chromedp.EmulateViewport(width, 740))
		for _, scheme := range []string{"light", "dark"} {
			tab.Prefer("prefers-color-scheme", scheme)
			for _, size := range []string{"100%", "200%"} {
				tab.Do(chromedp.Evaluate[chromedp.Void](`document.documentElement.style.fontSize = "` + size + `"`))
				for _, problem := range tab.Problems() {
					t.Errorf("%s, %s, %d wide, letters of %s: %s", name, scheme, width, size, problem)
				}
			}
		}
	}
}
