package customer

import (
	"flag"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/browser"
)

// button returns the selector of the button that sends an action.
func button(do outreach.Action) chromedp.CSS {
	return chromedp.CSS(`form:has(input[name=do][value=` + string(do) + `]) button`)
}

// opener returns the selector of what opens the form of an action.
func opener(do outreach.Action) chromedp.CSS {
	return chromedp.CSS(`details:has(input[name=do][value=` + string(do) + `]) summary`)
}

// Every button does what it says, on a small phone with scripts switched off.
func TestButtonsInABrowser(t *testing.T) {
	tab := browser.Page(t, 360, 740)
	tab.WithoutScripts()
	for name, c := range map[string]struct {
		item   outreach.PageItem
		before []browser.Step // what opens and fills in the form
		press  chromedp.CSS
		want   outreach.Press
		reads  string
	}{
		"book": {brakes(), []browser.Step{
			chromedp.Click(opener(outreach.ActionBook)), chromedp.SendKeys(chromedp.CSS("#text-book"), "Friday, after four"),
		}, button(outreach.ActionBook), outreach.Press{Action: outreach.ActionBook, Text: "Friday, after four"}, "We have your message."},
		"ask": {brakes(), []browser.Step{
			chromedp.Click(opener(outreach.ActionAsk)), chromedp.SendKeys(chromedp.CSS("#text-ask"), "¿2.5 mm?"),
		}, button(outreach.ActionAsk), outreach.Press{Action: outreach.ActionAsk, Text: "¿2.5 mm?"}, "We have your message."},
		"later": {
			brakes(),
			[]browser.Step{chromedp.Click(opener(outreach.ActionLater))},
			`button[value="3m"]`,
			outreach.Press{Action: outreach.ActionLater, Item: 12},
			"to remind you on September 3.",
		},
		"not this one": {
			brakes(), nil, button(outreach.ActionNotThis),
			outreach.Press{Action: outreach.ActionNotThis, Item: 12},
			"You told us on June 3: not this one.",
		},
		"elsewhere": {
			brakes(), nil, button(outreach.ActionElsewhere),
			outreach.Press{Action: outreach.ActionElsewhere, Item: 12},
			"You told us on June 3: already done elsewhere.",
		},
		"sold": {
			brakes(), nil, button(outreach.ActionSold),
			outreach.Press{Action: outreach.ActionSold},
			"that you no longer have this car.",
		},
		"stop": {
			brakes(), nil, button(outreach.ActionStop),
			outreach.Press{Action: outreach.ActionStop},
			english.StoppedHeading,
		},
		"reason": {
			canceled(),
			[]browser.Step{chromedp.SendKeys(chromedp.CSS("#words-21"), "It rained.")},
			`button[value="plans_changed"]`,
			outreach.Press{Action: outreach.ActionReason, Item: 21, Reason: outreach.CanceledPlansChanged, Text: "It rained."},
			"You told us on June 3: My plans changed.",
		},
	} {
		s := serve(t, aPage(c.item))
		tab.Open(s.URL + s.page)
		tab.Do(c.before...)
		if presses, _ := s.desk.heard(); len(presses) > 0 {
			t.Fatalf("%s: pressed before the button: %+v", name, presses)
		}
		tab.Lead(chromedp.Click(c.press))
		presses, _ := s.desk.heard()
		if len(presses) != 1 {
			t.Fatalf("%s: recorded %+v", name, presses)
		}
		got := presses[0]
		c.want.ContactID, c.want.Key, c.want.At, c.want.Until = contact, got.Key, got.At, got.Until
		if got != c.want {
			t.Errorf("%s: recorded %+v, expected %+v", name, got, c.want)
		}
		if text := tab.Text("main"); !strings.Contains(text, c.reads) {
			t.Errorf("%s: afterwards the page reads %s", name, text)
		}
	}
}

// tabTo presses the tabulator until something with these words has the focus.
func tabTo(t *testing.T, tab *browser.Tab, words string) {
	t.Helper()
	for range 30 {
		tab.Do(chromedp.KeyEvent(kb.Tab))
		focused := browser.Eval[string](tab, `document.activeElement.innerText || document.activeElement.labels?.[0]?.innerText || ""`)
		if focused == words {
			if !browser.Eval[bool](tab, `getComputedStyle(document.activeElement).outlineStyle === "solid"`) {
				t.Errorf("nobody sees that %q has the focus", words)
			}
			return
		}
	}
	t.Fatalf("the tabulator does not lead to %q", words)
}

// The page needs no pointer.
func TestKeyboardInABrowser(t *testing.T) {
	s := serve(t, aPage(brakes(), battery()))
	tab := browser.Page(t, 1024, 768)
	tab.WithoutScripts()
	tab.Open(s.URL + s.page)
	tabTo(t, tab, english.Ask)
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tabTo(t, tab, english.AskField)
	tab.Do(chromedp.KeyEvent("One" + kb.Enter + "two"))
	tabTo(t, tab, english.Send)
	tab.Lead(chromedp.KeyEvent(kb.Enter))

	tabTo(t, tab, english.NotThis)
	tab.Lead(chromedp.KeyEvent(" "))
	tabTo(t, tab, english.Stop)
	tab.Lead(chromedp.KeyEvent(kb.Enter))
	presses, _ := s.desk.heard()
	var got []string
	for _, press := range presses {
		got = append(got, string(press.Action)+" "+press.Text)
	}
	if want := []string{"ask One\ntwo", "not_this ", "stop "}; !slices.Equal(got, want) {
		t.Errorf("recorded %q, expected %q", got, want)
	}
}

// A copy of the page that "back" brings up again is as good as a new one.
func TestBackInABrowser(t *testing.T) {
	s := serve(t, aPage(brakes()))
	tab := browser.Page(t, 360, 740)
	tab.Open(s.URL + s.page)
	tab.Lead(chromedp.Click(button(outreach.ActionNotThis)))
	tab.Do(chromedp.NavigateBack())
	tab.Lead(chromedp.Click(button(outreach.ActionElsewhere)))
	if presses, _ := s.desk.heard(); len(presses) != 2 || presses[0].Key == presses[1].Key {
		t.Errorf("recorded %+v", presses)
	}
}

func TestUnsubscribeInABrowser(t *testing.T) {
	s := serve(t, aPage(brakes()))
	tab := browser.Page(t, 360, 740)
	tab.WithoutScripts()
	tab.Open(s.URL + s.stop)
	tab.Lead(chromedp.Click(chromedp.CSS("button")))
	if _, stops := s.desk.heard(); !slices.Equal(stops, []string{"page"}) {
		t.Errorf("recorded %v", stops)
	}
	if got := tab.Text("h1"); got != english.StoppedHeading {
		t.Errorf("the page reads %q", got)
	}
}

// What was written comes back when the database was away, and goes out again.
func TestSendAgainInABrowser(t *testing.T) {
	s := serve(t, aPage(brakes()))
	s.desk.writing = errAway
	tab := browser.Page(t, 360, 740)
	tab.WithoutScripts()
	tab.Open(s.URL + s.page)
	tab.Do(chromedp.Click(opener(outreach.ActionAsk)), chromedp.SendKeys(chromedp.CSS("#text-ask"), "How long?"))
	tab.Lead(chromedp.Click(button(outreach.ActionAsk)))
	if got := tab.Text("h1"); got != english.NotRecordedHeading {
		t.Fatalf("the page reads %q", got)
	}
	s.desk.writing = nil
	tab.Lead(chromedp.Click(chromedp.CSS("button")))
	if presses, _ := s.desk.heard(); len(presses) != 1 || presses[0].Text != "How long?" {
		t.Errorf("recorded %+v", presses)
	}
}

// No answer is made to look better than another.
func TestButtonsWeighTheSame(t *testing.T) {
	s := serve(t, aPage(brakes()))
	tab := browser.Page(t, 360, 740)
	tab.Open(s.URL + s.page)
	looks := browser.Eval[[]string](tab, `[...document.querySelectorAll(".answers .choices .choice")].filter((e) => e.checkVisibility()).map((e) => {
		const look = getComputedStyle(e), box = e.getBoundingClientRect();
		return [box.width, box.height, look.color, look.backgroundColor, look.border, look.font].join(" ");
	})`)
	if len(looks) != 6 {
		t.Errorf("%d buttons", len(looks))
	}
	if all := slices.Compact(slices.Clone(looks)); len(all) != 1 {
		t.Errorf("they look different: %q", all)
	}
}

// scenes are the pages in their states.
func scenes(t *testing.T) map[string]string {
	t.Helper()
	addresses := map[string]string{}
	scene := func(name string, locale string, page outreach.Page, path func(*site) string, change func(*desk)) {
		page.Locale = locale
		s := serve(t, page)
		s.shoot(t, "brakes.jpg", 600, 400)
		change(s.desk)
		addresses[name+"-"+locale] = s.URL + path(s)
	}
	page, stop := func(s *site) string { return s.page }, func(s *site) string { return s.stop }
	as := func(*desk) {}
	for _, locale := range []string{"en", "es"} {
		scene("one", locale, aPage(brakes()), page, as)
		scene("several", locale, aPage(brakes(), battery()), page, as)
		scene("canceled", locale, aPage(canceled()), page, as)
		scene("answered", locale, aPage(brakes(), battery()), page, func(d *desk) {
			d.page.Waiting = true
			d.page.Items[0].Answer, d.page.Items[0].AnsweredAt = outreach.ActionElsewhere, now.AddDate(0, -1, 0)
			d.page.Items[1].Closed = true
		})
		scene("stopped", locale, aPage(brakes()), page, func(d *desk) { d.page.Stopped = true })
		scene("unsubscribe", locale, aPage(brakes()), stop, as)
		scene("forgotten", locale, aPage(brakes()), page, func(d *desk) { d.page.ContactID++ })
	}
	return addresses
}

// Whoever reads the pages on a small screen, in large letters, in the dark or
// with a screen reader can, and nobody else hears of it.
func TestPagesInABrowser(t *testing.T) {
	tab := browser.Page(t, 320, 640)
	for name, address := range scenes(t) {
		tab.Open(address)
		tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach((d) => d.open = true)`))
		for _, scheme := range []string{"light", "dark"} {
			tab.Prefer("prefers-color-scheme", scheme)
			for _, size := range []string{"100%", "200%"} {
				tab.Do(chromedp.Evaluate[chromedp.Void](`document.documentElement.style.fontSize = "` + size + `"`))
				for _, problem := range tab.Problems() {
					t.Errorf("%s, %s, letters of %s: %s", name, scheme, size, problem)
				}
			}
		}
		if browser.Eval[int](tab, `document.cookie.length + localStorage.length + document.scripts.length`) > 0 {
			t.Errorf("%s keeps something or runs something", name)
		}
	}
	for _, asked := range tab.Requests() {
		if u, err := url.Parse(asked); err != nil || u.Hostname() != "127.0.0.1" {
			t.Errorf("a page asks %s", asked)
		}
	}
}

// The pictures are for people to look at, see the flag -artifacts of go test.
func TestPictures(t *testing.T) {
	if wanted := flag.Lookup("test.artifacts"); wanted == nil || wanted.Value.String() != "true" {
		t.Skip("nobody wants to look: -artifacts is not set")
	}
	addresses := scenes(t)
	for _, screen := range []struct {
		name, scheme, locale string
		width, height        int
	}{{"phone-light", "light", "en", 360, 740}, {"phone-dark", "dark", "es", 360, 740}, {"desk-light", "light", "es", 1100, 800}} {
		tab := browser.Page(t, screen.width, screen.height)
		tab.WithoutScripts()
		tab.Prefer("prefers-color-scheme", screen.scheme)
		for name, address := range addresses {
			if strings.HasSuffix(name, screen.locale) {
				tab.Open(address)
				tab.Screenshot(name + "-" + screen.name)
			}
		}
	}
}
