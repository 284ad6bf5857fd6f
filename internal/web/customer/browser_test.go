package customer

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/courtesyd/courtesyd/internal/testkit/browser"
)

func TestLook(t *testing.T) {
	one := serve(t, aPage(brakes()))
	one.shoot(t, "brakes.jpg", 1600, 1000)
	several := serve(t, aPage(brakes(), battery()))
	order := serve(t, aPage(canceled()))
	for _, size := range []struct {
		name string
		w, h int
	}{{"phone", 360, 740}, {"desk", 1100, 800}} {
		for _, scheme := range []string{"light", "dark"} {
			for _, locale := range []string{"en", "es"} {
				tab := browser.Page(t, size.w, size.h)
				tab.WithoutScripts()
				tab.Prefer("prefers-color-scheme", scheme)
				for name, s := range map[string]*site{"one": one, "several": several, "canceled": order} {
					s.desk.page.Locale = locale
					tab.Open(s.URL + s.page)
					if name == "one" {
						tab.Do(chromedp.Click(chromedp.CSS("summary")))
					}
					tab.Screenshot(name + "-" + size.name + "-" + scheme + "-" + locale)
				}
			}
		}
	}
}
