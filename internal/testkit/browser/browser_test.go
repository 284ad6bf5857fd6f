package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestTab(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Test</title><p>this is %s</p>
			<script>document.body.append("with scripts")</script><a href="/there">there</a>`, r.URL.Path)
	}))
	defer server.Close()

	tab := Page(t, 360, 740)
	tab.WithoutScripts()
	tab.Open(server.URL + "/here")
	if got := tab.Text("body"); got != "this is /here\n\nthere" {
		t.Errorf("without scripts the page reads %q", got)
	}
	if got := Eval[int](tab, "innerWidth"); got != 360 {
		t.Errorf("the window is %d wide", got)
	}
	tab.Prefer("prefers-color-scheme", "dark")
	if !Eval[bool](tab, `matchMedia("(prefers-color-scheme: dark)").matches`) {
		t.Error("the reader's preference is not known to the page")
	}
	tab.Lead(chromedp.Click(chromedp.CSS("a")))
	if got := tab.Text("p"); got != "this is /there" {
		t.Errorf("after the link the page reads %q", got)
	}
	if !slices.Contains(tab.Requests(), server.URL+"/there") {
		t.Errorf("requests = %v", tab.Requests())
	}
	tab.Screenshot("there")
}
