package stories

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/courtesyd/courtesyd/internal/testkit/browser"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// Pat asks to be left alone on the page, with the keyboard alone and scripts
// switched off, goes back, and asks again where the page was still open. Once is
// enough, and twice does no harm.
func TestPleaseStopByKeyboard(t *testing.T) {
	t.Parallel()
	each(t, setup{}, func(s *shop) {
		pat := s.customer(fixture.Customer{Name: "Pat Sample", Phone: "+12125550123", Email: "pat@customer.test", Texts: true})
		s.AddOrder(fixture.Order{Number: "50010", Customer: pat.id, Closed: s.clock.Now(), Lines: []fixture.Line{{Name: "Front brake pads", Finding: "2 mm left", Price: 42_000}}})
		s.until("Feb 5 18:00")
		link := pat.reads()
		phone, computer := pat.opens(link), pat.opens(link)
		stops := func(page *browser.Tab) {
			t.Helper()
			page.WithoutScripts()
			tabTo(t, page, "Please stop writing to me")
			page.Lead(chromedp.KeyEvent(kb.Enter))
		}
		stopped := func(page *browser.Tab) {
			t.Helper()
			if got := page.Text("h1"); got != "We will not write to you again" {
				t.Errorf("the page reads %q", got)
			}
		}
		stops(phone)
		stopped(phone)
		phone.Screenshot("stopped")
		phone.Do(chromedp.NavigateBack())
		stopped(phone)
		stops(computer)
		stopped(computer)

		s.nobodyWaits()
		s.until("Apr 20 12:00")
		pat.hearsNothing()
		s.explains("50010", "it ended early: the customer asked to be left alone")
		s.logs(
			"out sms delivered declined-safety/1",
			"out call canceled asked_to_stop declined-safety/2",
			"out sms canceled asked_to_stop declined-safety/3",
			"in sms received stop",
			"in sms received stop",
		)
	})
}
