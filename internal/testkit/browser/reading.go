package browser

import (
	_ "embed"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed checks.js
var checks string

// Problems returns what somebody with a small screen, a finger, bad eyes or a
// screen reader would stumble over on the page as it is now, a sentence each.
func (tab *Tab) Problems() []string {
	tab.t.Helper()
	return Eval[[]string](tab, checks)
}

// Unfold opens everything on the page that can be opened.
func (tab *Tab) Unfold() {
	tab.t.Helper()
	tab.Do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach((d) => d.open = true)`))
}

//go:embed keyboard.js
var keyboard string

// mostStops is more than any page has stops for the tabulator; it is pressed some
// times before anybody asks where it is.
const (
	mostStops = 640
	atOnce    = 8
)

// Unreached presses the tabulator until it has been around the page, and returns
// what cannot be got at or is not seen to have the focus, a sentence each. Where scripts are switched off it cannot watch.
func (tab *Tab) Unreached() []string {
	tab.t.Helper()
	tab.Do(chromedp.Evaluate[chromedp.Void](keyboard))
	for range mostStops / atOnce {
		tab.Do(chromedp.KeyEvent(strings.Repeat(kb.Tab, atOnce)))
		if Eval[bool](tab, `courtesyStops.around()`) {
			return Eval[[]string](tab, `courtesyStops.problems()`)
		}
	}
	tab.t.Fatalf("browser: the tabulator does not come around the page")
	return nil
}
