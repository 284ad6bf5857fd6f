// Package browser lets tests look at pages with a real Chromium, one for the
// test process. Each test gets a window of its own that shares nothing with
// another's.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Step is something done in a browser, such as [chromedp.Click].
type Step = chromedp.Action[chromedp.Void]

// Tab is a window with one page.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	requests   []string
	complaints []string
}

// patience is how long a test may take in its window.
const patience = 3 * time.Minute

// Page opens an empty window of so many CSS pixels until the test ends. Where
// Chromium is not installed the test is skipped, unless
// COURTESY_REQUIRE_CHROMIUM is set.
func Page(t testing.TB, width, height int) *Tab {
	t.Helper()
	chromium, err := shared()
	if err != nil {
		if os.Getenv("COURTESY_REQUIRE_CHROMIUM") != "" {
			t.Fatal(err)
		}
		t.Skipf("no Chromium for this test: %v", err)
	}
	ctx, closeTab := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	tab := &Tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, tab.note); err != nil {
		t.Fatalf("open a window: %v", err)
	}
	tab.Do(chromedp.EmulateViewport(int64(width), int64(height)))
	return tab
}

// shared starts Chromium at its first call. It dies with the test process.
var shared = sync.OnceValues(func() (context.Context, error) {
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, errors.New("it is not installed; deploy/test-deps.sh installs it")
	}
	sweep()
	profile, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", profilePrefix, os.Getpid()))
	if err != nil {
		return nil, err
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox, // it does not start as root otherwise
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
	)
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		return nil, err
	}
	return ctx, nil
})

const profilePrefix = "courtesy-chromium-"

// sweep removes what the Chromiums of earlier test processes left behind.
func sweep() {
	profiles, _ := filepath.Glob(filepath.Join(os.TempDir(), profilePrefix+"*")) // the pattern is well formed
	for _, dir := range profiles {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), profilePrefix), "-")
		if n, err := strconv.Atoi(pid); err == nil && syscall.Kill(n, 0) == syscall.ESRCH {
			_ = os.RemoveAll(dir) // the next process tries again
		}
	}
}

// note keeps what the page asks the network for, and what Chromium says about it.
func (tab *Tab) note(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		tab.requests = append(tab.requests, event.Request.URL)
	case *log.EventEntryAdded:
		if event.Entry.Level == "error" || event.Entry.Level == "warning" {
			tab.complaints = append(tab.complaints, event.Entry.URL+" "+event.Entry.Text)
		}
	}
}

// Complaints returns the errors and warnings in Chromium's console so far.
func (tab *Tab) Complaints() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.complaints)
}

// Requests returns the addresses the page has asked for so far.
func (tab *Tab) Requests() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.requests)
}

// Do does one thing after another.
func (tab *Tab) Do(steps ...Step) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, steps...); err != nil {
		tab.t.Fatalf("browser: %v", err)
	}
}

// Open goes to an address.
func (tab *Tab) Open(url string) {
	tab.t.Helper()
	tab.Do(chromedp.Navigate(url))
}

// Lead does something that leads to another page, and waits for that.
func (tab *Tab) Lead(step Step) {
	tab.t.Helper()
	loaded := func(page.EventLoadEventFired) bool { return true }
	if _, err := chromedp.Run(tab.ctx, chromedp.WaitEvent(page.LoadEventFired, loaded, step)); err != nil {
		tab.t.Fatalf("browser: no other page came: %v", err)
	}
}

// Text returns what a reader sees of the first element that matches selector.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	text, err := chromedp.Run(tab.ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		tab.t.Fatalf("browser: read %s: %v", selector, err)
	}
	return text
}

// Eval returns the value of a JavaScript expression; it works where the page's
// own scripts are switched off, too.
func Eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	value, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		tab.t.Fatalf("browser: evaluate %s: %v", expression, err)
	}
	return value
}

// WithoutScripts switches the scripts of pages off.
func (tab *Tab) WithoutScripts() {
	tab.t.Helper()
	if _, err := chromedp.Call(tab.ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		tab.t.Fatalf("browser: switch scripts off: %v", err)
	}
}

// Prefer sets what the reader prefers, such as the feature
// "prefers-color-scheme" with the value "dark".
func (tab *Tab) Prefer(feature, value string) {
	tab.t.Helper()
	if _, err := chromedp.Call(tab.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	}); err != nil {
		tab.t.Fatalf("browser: prefer %s %s: %v", feature, value, err)
	}
}

// Screenshot keeps a picture of the whole page among the test's artifacts, see
// the flag -artifacts of go test.
func (tab *Tab) Screenshot(name string) {
	tab.t.Helper()
	const png = 100
	picture, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(png))
	if err != nil {
		tab.t.Fatalf("browser: take a picture: %v", err)
	}
	if err := os.WriteFile(filepath.Join(tab.t.ArtifactDir(), name+".png"), picture, 0o600); err != nil {
		tab.t.Fatal(err)
	}
}
