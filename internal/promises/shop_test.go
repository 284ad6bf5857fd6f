package promises

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/logging"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// shop is an installation under test: its configuration, its database, its
// customers, and the servers it sends through.
type shop struct {
	t      testing.TB
	place  place
	dir    string
	url    string
	mail   *smtpfake.Server
	texts  *twiliofake.Server
	db     *sql.DB // another program's connection to the shop's database
	config string  // file
	set    map[string]string
}

// openShop sets up a shop whose database has the present schema and whose
// servers behave. Settings replace those of the configuration, key by key.
func openShop(t testing.TB, url string, settings ...string) *shop {
	t.Helper()
	s := &shop{t: t, place: hereAndNow(t), dir: t.TempDir(), url: url}
	s.mail = startMail(t, smtpfake.Options{})
	var err error
	if s.texts, err = twiliofake.Start(twiliofake.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.texts.Close() })
	s.set = defaults(s)
	s.configure(settings...)
	if said, ok := courtesyd(t, s.config, "migrate"); !ok {
		t.Fatal(said)
	}
	s.db = connect(t, url)
	return s
}

func startMail(t testing.TB, o smtpfake.Options) *smtpfake.Server {
	t.Helper()
	mail, err := smtpfake.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mail.Close() })
	return mail
}

func connect(t testing.TB, url string) *sql.DB {
	t.Helper()
	driver, dsn := "postgres", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(20000)&_pragma=foreign_keys(1)&_txlock=immediate"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxIdleConns(32) // a new one reads the whole schema, and many ask at once
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func defaults(s *shop) map[string]string {
	return map[string]string{
		"mode": "live", "unsubscribe_mail": "unsubscribe@shop.example.com",
		"database.url": s.url,
		"window.open":  "0:00", "window.close": "24:00", "window.margin": "0s",
		"window.days":     "[mon, tue, wed, thu, fri, sat, sun]",
		"transport.email": "smtp", "transport.sms": "twilio",
		"smtp.tls": "none", "smtp.per_second": "0", "smtp.max_connections": "8",
		"twilio.account_sid": twiliofake.AccountSID, "twilio.auth_token": `"` + twiliofake.AuthToken + `"`,
		"twilio.base_url": s.texts.URL(), "twilio.segments_per_second": "10000",
		"dispatch.batch": "8", "dispatch.heartbeat": "50ms", "dispatch.dead_after": "1s",
		"dispatch.backoff_first": "1ms", "dispatch.backoff_max": "1ms",
		"dispatch.unconfirmed_ask_after": "0s", "log.format": "json",
	}
}

// configure writes the configuration with some keys ("smtp.tls") set anew.
func (s *shop) configure(settings ...string) {
	s.t.Helper()
	if _, ok := s.set["smtp.host"]; !ok {
		s.sendThrough(s.mail.Addr())
	}
	for i := 0; i+1 < len(settings); i += 2 {
		s.set[settings[i]] = settings[i+1]
	}
	s.config = filepath.Join(s.dir, "courtesy.yaml")
	if err := os.WriteFile(s.config, []byte(s.yaml()), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// sendThrough names the mail server; configure makes it count.
func (s *shop) sendThrough(addr string) {
	s.t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.set["smtp.host"], s.set["smtp.port"] = host, port
}

func (s *shop) yaml() string {
	sections, b := map[string][]string{}, &strings.Builder{}
	for key, value := range s.set {
		section, name, nested := strings.Cut(key, ".")
		if !nested {
			fmt.Fprintf(b, "%s: %s\n", key, value)
			continue
		}
		sections[section] = append(sections[section], fmt.Sprintf("  %s: %s\n", name, value))
	}
	for section, lines := range sections {
		fmt.Fprintf(b, "%s:\n%s", section, strings.Join(lines, ""))
	}
	fmt.Fprintf(b, `shops:
  - id: main
    name: Sample Auto Care
    phone: +1 212 555 0123
    postal_address: 1 Sample Street, New York, NY 10001
    country: %s
    time_zone: %s
    email_from: service@shop.example.com
    sms_from: +1 212 555 0124
    playbooks: [declined-safety]
`, s.place.country, s.place.zone)
	return b.String()
}

// plan lets the scan find what there is to follow up, in this process.
func (s *shop) plan() {
	s.t.Helper()
	db, err := store.Open(context.Background(), store.Options{URL: s.url, MaxConnections: 4})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	cfg, err := config.Load(s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	scan(s.t, db, cfg)
}

func scan(t testing.TB, db *store.DB, cfg *config.Config) {
	t.Helper()
	ctx, now := context.Background(), time.Now()
	log := logging.New(testLog{t}, cfg.Log.Level, "text")
	installation, err := app.Prepare(ctx, db, cfg, now, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := (store.Controls{DB: db}).SetMode(ctx, now, outreach.Live, "tester"); err != nil {
		t.Fatal(err)
	}
	settings, err := app.Settings(cfg, installation)
	if err != nil {
		t.Fatal(err)
	}
	id, err := store.Daemons{DB: db}.Start(ctx, now, "test", os.Getpid(), "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := app.NewScheduler(db, settings, nil, id, time.Now, log).ScanNow(ctx); err != nil {
		t.Fatal(err)
	}
	if err := (store.Daemons{DB: db}).Stop(ctx, time.Now(), id); err != nil {
		t.Fatal(err)
	}
}

// testLog passes a log on to the test's own.
type testLog struct{ t testing.TB }

// Write implements io.Writer.
func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// now is the present instant, for the tests and the program alike.
func (s *shop) now() time.Time { return time.Now() }
