package customer

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/browser"
)

// axe-core finds nothing on any page, nor on what is said to a press that could
// not be recorded.
func TestPagesWithAxe(t *testing.T) {
	tab := browser.Page(t, 320, 640)
	look := func(name string) {
		t.Helper()
		for _, finding := range tab.Axe(320, 1100) {
			t.Errorf("%s, %s", name, finding)
		}
	}
	for name, address := range scenes(t) {
		tab.Open(address)
		tab.Unfold()
		look(name)
	}
	s := serve(t, aPage(brakes()))
	tab.Open(s.URL + s.page + "x")
	look("broken link")
	s.desk.writing = errAway
	tab.Open(s.URL + s.page)
	tab.Do(chromedp.Click(opener(outreach.ActionAsk)), chromedp.SendKeys(chromedp.CSS("#text-ask"), "How long?"))
	tab.Lead(chromedp.Click(button(outreach.ActionAsk)))
	look("not recorded")
	tab.Open(s.URL + s.page)
	tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("input[value=not_this]").value = "dance"`))
	tab.Lead(chromedp.Click(button("dance")))
	look("unclear")
}
