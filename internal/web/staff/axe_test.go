package staff

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/browser"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// axe-core finds nothing on any page: without content, on a busy day, and after
// something went wrong.
func TestPagesWithAxe(t *testing.T) {
	o := open(t, fixture.Open(t, testdb.SQLite(t)))
	o.add(outreach.RoleGeneralManager)
	seat := func(t *testing.T) *examined {
		tab := browser.Page(t, narrow, 740)
		o.signIn(tab, outreach.RoleGeneralManager)
		return &examined{Tab: tab, t: t, url: o.url}
	}
	t.Run("signed out", func(t *testing.T) {
		x := &examined{Tab: browser.Page(t, narrow, 740), t: t, url: o.url}
		x.visit("/signin")
		x.mistake("/signin", "/signin")
	})
	t.Run("empty", func(t *testing.T) {
		x := seat(t)
		x.visit("/", "/log", "/log?q=Nobody", "/calls", "/recovery", "/customers", "/users", "/password")
		x.Do(chromedp.Click(chromedp.CSS(".me summary")))
		x.look("the menu", narrow, wide)
	})
	addresses := o.busyDay()
	t.Run("busy", func(t *testing.T) {
		x := seat(t)
		for pattern, some := range addresses {
			if pattern != "/signin" {
				x.visit(some...)
			}
		}
	})
	t.Run("mistakes", func(t *testing.T) {
		x, kim := seat(t), addresses["/customers/{id}"][0]
		x.visit("/log?from=yesterday", "/log?customer_id=some", missing)
		x.mistake("/password", "/password")
		x.mistake("/recovery", "/recovery")
		x.mistake(addresses["/recovery/{id}"][0], "/decision")
		x.mistake("/users", "/users")
		for _, form := range []string{"/reply", "/note", "/call", "/consent", "/optout"} {
			x.mistake(kim, form)
		}
		x.Open(o.url)
		x.send("/stop")
		x.look("everything stopped", narrow)
	})
}

// examined is a window whose pages axe-core looks at.
type examined struct {
	*browser.Tab
	t   *testing.T
	url string
}

func (x *examined) visit(addresses ...string) {
	x.t.Helper()
	for _, address := range addresses {
		x.Open(x.url + address)
		x.Unfold()
		// The open menu lies on a part of the page.
		x.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector(".me")?.removeAttribute("open")`))
		x.look(address, narrow, wide)
	}
}

func (x *examined) look(name string, widths ...int64) {
	x.t.Helper()
	for _, finding := range x.Axe(widths...) {
		x.t.Errorf("%s, %s", name, finding)
	}
}

// send sends a form with nothing in it, whatever the browser thinks of that.
func (x *examined) send(action string) {
	x.t.Helper()
	x.Lead(chromedp.Evaluate[chromedp.Void](`{
		const form = document.querySelector('form[action$="` + action + `"]');
		form.noValidate = true;
		form.requestSubmit();
	}`))
}

// mistake looks at what the page says to an empty form.
func (x *examined) mistake(address, action string) {
	x.t.Helper()
	x.Open(x.url + address)
	x.send(action)
	if !browser.Eval[bool](x.Tab, `document.querySelector("[role=alert]") !== null`) {
		x.t.Errorf("%s: nothing is wrong with an empty form to %s", address, action)
	}
	x.look(address+" after an empty form to "+action, narrow)
}
