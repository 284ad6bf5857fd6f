package stories

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/courtesyd/courtesyd/internal/testkit/browser"
)

// labeled finds a button by its words, among those of the section about a thing
// where one is named.
func labeled(thing, words string) chromedp.Search {
	where := ""
	if thing != "" {
		where = fmt.Sprintf("//section[.//h2[normalize-space()=%q]]", thing)
	}
	return chromedp.Search(fmt.Sprintf(`%s//*[self::button or self::summary][normalize-space()=%q]`, where, words))
}

// press touches a button that sends an answer, and waits for what the page says to
// it.
func press(page *browser.Tab, thing, words string) {
	page.Lead(chromedp.Click(labeled(thing, words)))
}

// shows fails unless the page has all the words.
func shows(t *testing.T, page *browser.Tab, words ...string) {
	t.Helper()
	all := page.Text("main")
	for _, w := range words {
		if !strings.Contains(all, w) {
			t.Errorf("the page does not show %q:\n%s", w, all)
		}
	}
}

// tabTo presses the tabulator until what has these words has the focus.
func tabTo(t *testing.T, page *browser.Tab, words string) {
	t.Helper()
	for range 40 {
		page.Do(chromedp.KeyEvent(kb.Tab))
		if browser.Eval[string](page, `document.activeElement.innerText`) == words {
			return
		}
	}
	t.Fatalf("the tabulator does not lead to %q", words)
}
