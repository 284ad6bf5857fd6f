package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// axeFile is where deploy/test-deps.sh puts axe-core, from the top of the repository.
const axeFile = "bin/tools/axe.min.js"

// Axe returns what axe-core finds wrong with the page as it is now, in light and in
// dark, in windows of some widths: how grave it is, the rule, and the elements. It
// cannot look where scripts are switched off. Where axe-core is not installed the
// test is skipped, unless COURTESY_REQUIRE_AXE is set.
func (tab *Tab) Axe(widths ...int64) (findings []string) {
	tab.t.Helper()
	script, err := axe()
	if err != nil {
		if os.Getenv("COURTESY_REQUIRE_AXE") != "" {
			tab.t.Fatal(err)
		}
		tab.t.Skipf("no axe-core for this test: %v", err)
	}
	// What the debugger runs is not bound by the page's own policy.
	if !Eval[bool](tab, `"axe" in window`) {
		tab.Do(chromedp.Evaluate[chromedp.Void](script))
	}
	for _, width := range widths {
		tab.Do(chromedp.EmulateViewport(width, 740))
		for _, scheme := range []string{"light", "dark"} {
			tab.Prefer("prefers-color-scheme", scheme)
			found, err := chromedp.Run(tab.ctx, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise))
			if err != nil {
				tab.t.Fatalf("browser: run axe-core: %v", err)
			}
			for _, f := range found {
				findings = append(findings, fmt.Sprintf("%s, %d wide: %s", scheme, width, f))
			}
		}
	}
	return findings
}

// violations tells of each rule that the page breaks. A selector is a list where
// it leads through frames.
const violations = `axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.map((v) =>
	v.impact + ": " + v.help + " (" + v.id + "): " + v.nodes.map((node) => node.target.join(" ")).join("; ")))`

// axe reads axe-core.
func axe() (string, error) {
	top, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(top, "go.mod")); err == nil {
			break
		}
		if top == filepath.Dir(top) {
			return "", errors.New("the test does not run in the repository")
		}
		top = filepath.Dir(top)
	}
	script, err := os.ReadFile(filepath.Join(top, axeFile))
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s is not there; deploy/test-deps.sh gets it", axeFile)
	}
	return string(script), err
}
