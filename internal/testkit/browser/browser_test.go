package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
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

// What is wrong with a page is found, and nothing is found on one that is well.
func TestReading(t *testing.T) {
	const well = `<!doctype html><html lang="en"><title>Test</title><style>
		a { display: inline-block; min-height: 3rem; min-width: 3rem } :focus-visible { outline: 3px solid }</style>
		<main><h1>Well</h1><a href="/">there</a> <a href="/">and back</a></main>`
	for name, c := range map[string]struct{ page, problem, unreached string }{
		"well":           {well, "", ""},
		"wide":           {well + `<p style="width: 500px">x`, "wide in a window", ""},
		"no label":       {well + `<input style="height: 3rem">`, "no label", ""},
		"small":          {well + `<p><a style="min-height: 0" href="/">x</a>`, "small for a finger", ""},
		"a sentence":     {well + `<p>Go <a style="display: inline" href="/">there</a>.`, "", ""},
		"pale":           {well + `<p style="color: #aaa">x`, "contrast 2.32", ""},
		"headings":       {well + `<h3>x</h3>`, "a heading of level 3 after level 1", ""},
		"no keyboard":    {well + `<a tabindex="-1" href="/">x</a>`, "", "does not lead there"},
		"focus not seen": {well + `<a style="outline: none" href="/">x</a>`, "", "nobody sees"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, c.page)
		}))
		tab := Page(t, 360, 740)
		tab.Open(server.URL)
		for _, found := range []struct {
			what string
			got  []string
			want string
		}{{"problems", tab.Problems(), c.problem}, {"unreached", tab.Unreached(), c.unreached}} {
			if all := strings.Join(found.got, "; "); !strings.Contains(all, found.want) || (all == "") != (found.want == "") {
				t.Errorf("%s: %s %q, expected %q", name, found.what, all, found.want)
			}
		}
		server.Close()
	}
}

// axe-core finds what is wrong, also where a page allows no scripts.
func TestAxe(t *testing.T) {
	const well = `<!doctype html><html lang="en"><title>Test</title><main><h1>Well</h1>
		<p>This is well.</p><label>Name <input></label></main>`
	for name, c := range map[string]struct {
		page string
		want []string // parts of findings, none when nothing is to be found
	}{
		"well":     {well, nil},
		"no label": {well + `<input id="nameless">`, []string{"light, 360 wide: critical: ", "(label): #nameless"}},
		"pale in the dark": {
			well + `<style>@media (prefers-color-scheme: dark) { p { color: #aaa } }</style>`,
			[]string{"dark, 360 wide: serious: ", "(color-contrast): p"},
		},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
			fmt.Fprint(w, c.page)
		}))
		tab := Page(t, 360, 740)
		tab.Open(server.URL)
		all := strings.Join(tab.Axe(360), "\n")
		for _, want := range c.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: found %q, expected %q", name, all, want)
			}
		}
		if c.want == nil && all != "" {
			t.Errorf("%s: found %q", name, all)
		}
		server.Close()
	}
}
