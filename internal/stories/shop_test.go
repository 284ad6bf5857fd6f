package stories

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/inbound/twilio"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/mailhost"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// patience is how long a test waits for what another program does.
const patience = time.Minute

// pace is how often it is looked whether it has come about.
const pace = 20 * time.Millisecond

// textsFrom is the shop's number for texts.
const textsFrom = "+13125550143"

// setup is what a story's shop is like. The zero value sends texts through Twilio,
// which brings the answers, and writes mails into a folder.
type setup struct {
	mails  *mailhost.Host // sends mails, and reads the answers
	secure bool           // has an https address, as one-click unsubscribing needs
	asks   bool           // has no public address, and asks Twilio for answers
	mode   outreach.Mode  // live when empty
}

// shop is a shop at work, from nine on a Monday in February on.
type shop struct {
	*fixture.Books
	t       *testing.T
	clock   *clock
	texts   *twiliofake.Server
	carried int // texts that Twilio has delivered
	mails   *mailhost.Host
	config  *config.Config
	web     *httptest.Server
	answers atomic.Pointer[http.Handler]
	log     *slog.Logger
	*daemon
}

// each tells a story on both engines, beside other tests.
func each(t *testing.T, o setup, story func(s *shop)) {
	t.Helper()
	fixture.Each(t, func(t *testing.T, b *fixture.Books) { story(open(t, b, o)) })
}

func open(t *testing.T, b *fixture.Books, o setup) *shop {
	t.Helper()
	s := &shop{
		Books: b, t: t, mails: o.mails, clock: &clock{now: time.Date(2026, 2, 2, 15, 0, 0, 0, time.UTC)},
		log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	s.web = httptest.NewUnstartedServer(http.HandlerFunc(s.answer))
	if o.secure {
		s.web.StartTLS()
	} else {
		s.web.Start()
	}
	t.Cleanup(s.web.Close)
	var err error
	if s.texts, err = twiliofake.Start(twiliofake.Options{Now: s.clock.Now, InboundURL: s.web.URL + twilio.PathInbound + "#rc=3&rp=ct,rt,5xx"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.texts.Close() })
	s.configure(o)
	s.start()
	t.Cleanup(s.stop)
	return s
}

// answer is what the shop's web server does; nobody is there while no daemon runs.
func (s *shop) answer(w http.ResponseWriter, r *http.Request) {
	if h := s.answers.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	http.Error(w, "nobody is here", http.StatusBadGateway)
}

// configure sets the shop up as a file of these lines would, but for the pace at
// which it asks for answers, which no file could set.
func (s *shop) configure(o setup) {
	s.t.Helper()
	lines := []string{
		"mode: " + string(outreach.Live), "transport: {email: outbox, sms: twilio}", "inbound: {sms: webhook}",
		"public_url: " + s.web.URL, "http: {listen: 127.0.0.1:8417}", "link_key: " + rand.Text() + rand.Text(),
		fmt.Sprintf("twilio: {account_sid: %s, auth_token: %q, base_url: %q, segments_per_second: 10000}",
			twiliofake.AccountSID, twiliofake.AuthToken, s.texts.URL()),
		"unsubscribe_mail: " + mailhost.Stop,
		`shops:
  - {id: main, name: Example Auto Care, legal_name: Example Auto Care LLC, phone: +1 312 555 0100, email: ` + mailhost.Shop + `,
     email_from: ` + mailhost.Shop + `, postal_address: "1 Sample Street, Springfield, IL 62701", postal_code: "62701", region: IL,
     time_zone: ` + fixture.Zone + `, sms_from: ` + textsFrom + `, open_days: [mon, tue, wed, thu, fri, sat]}`,
	}
	replace := func(key, line string) {
		for i := range lines {
			if strings.HasPrefix(lines[i], key+":") {
				lines[i] = key + ": " + line
			}
		}
	}
	if o.mode != "" {
		replace("mode", string(o.mode))
	}
	if o.asks {
		replace("inbound", "{sms: poll}")
		replace("public_url", `""`)
	}
	if o.mails != nil {
		replace("transport", "{email: smtp, sms: twilio}")
		lines = append(lines,
			fmt.Sprintf("smtp: {host: 127.0.0.1, port: %s, tls: none, per_second: 0, return_path_domain: %s}",
				port(s.t, o.mails.SMTP), mailhost.ShopDomain),
			fmt.Sprintf("imap: {host: 127.0.0.1, port: %s, tls: starttls, username: %s, password: %s, ca_file: %s}",
				port(s.t, o.mails.IMAP), mailhost.Shop, mailhost.Password, o.mails.CA))
	}
	c, err := config.Parse([]byte(strings.Join(lines, "\n")), config.Options{File: config.FileName})
	if err != nil {
		s.t.Fatal(err)
	}
	c.Outbox.Dir = filepath.Join(s.t.TempDir(), "outbox")
	c.Inbound.PollEvery, c.IMAP.PollEvery = pace, 10*pace
	if s.config != nil {
		c.LinkKey = s.config.LinkKey // as long as it stands, links work
	}
	s.config = c
}

func port(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// imports a file of the shop's own program.
func (s *shop) imports(kind importer.Kind, file string) {
	s.t.Helper()
	report, err := importer.Run(s.t.Context(), strings.NewReader(strings.TrimSpace(file)), importer.Options{
		Profile: importer.Profile{Source: "counter", Shop: "main", Kind: kind}, Shop: s.config.ShopList()[0],
		Name: string(kind) + ".csv", Now: s.clock.Now,
	}, store.Imports{DB: s.DB})
	if err != nil || report.Rejected > 0 {
		s.t.Fatalf("import: %v, %+v", err, report)
	}
}

// must ends the test if something that cannot fail did.
func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// await waits for what another program brings about. Meanwhile the clock runs: by
// it the daemon knows when to ask for news again.
func (s *shop) await(what string, happened func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(pace) {
		s.clock.set(s.clock.Now().Add(pace))
		if time.Now().After(deadline) {
			s.t.Fatalf("in vain: waited for %s; the log:\n%s", what, strings.Join(s.logged(), "\n"))
		}
	}
}
