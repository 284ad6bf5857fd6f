package demo

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/app"
)

var link = regexp.MustCompile(`http://127\.0\.0\.1:\d+/[pu]/[\w-]+`)

// checkLinks serves the demo as the command does, and opens every link of its
// messages.
func checkLinks(t *testing.T, month Result) {
	t.Helper()
	cfg := *month.Config
	if cfg.PublicURL != "http://"+cfg.HTTP.Listen {
		t.Errorf("links lead to %s, and the customers' pages are at %s", cfg.PublicURL, cfg.HTTP.Listen)
	}
	// The ports were given back; somebody else may have taken them since.
	cfg.HTTP.Listen, cfg.Staff.Listen = "127.0.0.1:0", "127.0.0.1:0"
	ctx, stop := context.WithCancel(t.Context())
	started, ended := make(chan [2]string, 1), make(chan error, 1)
	daemon := app.Daemon{
		Config: &cfg, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return month.Until },
		Started: func(customers, staff string) { started <- [2]string{customers, staff} },
	}
	go func() { ended <- daemon.Run(ctx, nil) }()
	select {
	case at := <-started:
		openLinks(t, month, at[0])
		if status, body := open(t, "http://"+at[1]+"/signin"); status != http.StatusOK || !strings.Contains(body, "Sign in") {
			t.Errorf("the staff's pages answer %d: %s", status, body)
		}
	case err := <-ended:
		t.Fatalf("the demo is not served: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// openLinks opens the links of all messages at the address of the customers' pages.
func openLinks(t *testing.T, month Result, customers string) {
	t.Helper()
	entries, err := os.ReadDir(month.Config.Outbox.Dir)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, entry := range entries {
		message, err := os.ReadFile(filepath.Join(month.Config.Outbox.Dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		whole := strings.NewReplacer("=\r\n", "", "=\n", "").Replace(string(message)) // lines that quoted-printable broke
		links := link.FindAllString(whole, -1)
		found += len(links)
		for _, l := range links {
			u, err := url.Parse(l)
			if err != nil {
				t.Fatal(err)
			}
			if "http://"+u.Host != month.Config.PublicURL {
				t.Errorf("%s: %s does not lead to the demo", entry.Name(), l)
			}
			if status, body := open(t, "http://"+customers+u.Path); status != http.StatusOK || !strings.Contains(body, "Maple Street Auto") {
				t.Errorf("%s: %s answers %d: %s", entry.Name(), l, status, body)
			}
		}
	}
	if found < len(entries) { // a confirmation of a refusal has none, a mail several
		t.Errorf("%d links in %d messages", found, len(entries))
	}
}

func open(t *testing.T, address string) (status int, body string) {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}
