package customer

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/browser"
)

// axe-core finds nothing on any page, nor on what is said to a press that could
// not be recorded.
func TestPagesWithAxe(t *testing.T) {
	tab := browser.Page(t, 320, 640)
	look := func(name string, widths ...int64) {
		t.Helper()
		for _, finding := range tab.Axe(widths...) {
			t.Errorf("%s, %s", name, finding)
		}
	}
	for name, address := range scenes(t) {
		tab.Open(address)
		tab.Unfold()
		look(name, 320)
		if strings.HasSuffix(name, "-en") { // on a desk, Spanish is English in other words
			look(name, 1100)
		}
	}
	s := serve(t, aPage(brakes()))
	tab.Open(s.URL + s.page + "x")
	look("broken link", 320)
	s.desk.writing = errAway
	tab.Open(s.URL + s.page)
	tab.Do(chromedp.Click(opener(outreach.ActionAsk)), chromedp.SendKeys(chromedp.CSS("#text-ask"), "How long?"))
	tab.Lead(chromedp.Click(button(outreach.ActionAsk)))
	look("not recorded", 320)
	tab.Open(s.URL + s.page)
	tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("input[value=not_this]").value = "dance"`))
	tab.Lead(chromedp.Click(button("dance")))
	look("unclear", 320)
}
