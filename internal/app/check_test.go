package app

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// noon is when these tests happen.
func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

const kindCall = `---
name: note
channel: call
locale: en
class: informational
---
Who: {{customer.name | default "the customer"}}. The part is in.
`

const book = `id: book
name: Book
trigger: declined
priority: 5
schedule: "0 9 * * 1-6"
steps:
  - {day: 3, channels: [call], template: note, at: "10:00", within: 3d}
`

// checked runs all checks and returns the results, a line each.
func checked(t *testing.T, c *config.Config, dns Resolver) string {
	t.Helper()
	var out strings.Builder
	Checker{Config: c, Now: noon, Resolver: dns}.Run(t.Context(), func(r CheckResult) {
		out.WriteString(string(r.Status) + " " + r.Area + ": " + r.Text + "\n")
	})
	return out.String()
}

// expect wants a line that begins with start and contains all words.
func expect(t *testing.T, report, start string, words ...string) {
	t.Helper()
	for line := range strings.Lines(report) {
		if !strings.HasPrefix(line, start) {
			continue
		}
		found := true
		for _, w := range words {
			found = found && strings.Contains(line, w)
		}
		if found {
			return
		}
	}
	t.Errorf("no line begins with %q and has %q in\n%s", start, words, report)
}

func emptyConfig(t *testing.T) *config.Config {
	t.Helper()
	c := config.Default()
	c.Database.URL = testdb.SQLite(t)
	c.Outbox.Dir = filepath.Join(t.TempDir(), "out", "box")
	return c
}

func TestCheckOfNothingYetMakesNothing(t *testing.T) {
	c := emptyConfig(t)
	report := checked(t, c, nil)
	expect(t, report, "warn config:", "no configuration file")
	expect(t, report, "ok database:", "does not exist yet")
	expect(t, report, "ok email:", c.Outbox.Dir)
	path, _ := c.Database.SQLitePath()
	for _, name := range []string{path, filepath.Dir(c.Outbox.Dir)} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("looking has made %s", name)
		}
	}
}

func TestCheckSaysWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("states: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*config.Config)
		start  string
		words  string
	}{
		{"bad state rules", func(c *config.Config) { c.StateRulesFile = file }, "FAIL config:", "state_rules_file"},
		{"no folder for the database", func(c *config.Config) {
			c.Database.URL = "sqlite:" + filepath.Join(t.TempDir(), "no", "courtesy.db")
		}, "FAIL database:", "make the folder"},
		{"not a database", func(c *config.Config) { c.Database.URL = "sqlite:" + file }, "FAIL database:", "check database.url"},
		{"outbox in the way", func(c *config.Config) { c.Outbox.Dir = filepath.Join(file, "box") }, "FAIL email:", "make the folder"},
		{"live into the outbox", func(c *config.Config) { c.Mode = outreach.Live }, "warn sms:", "set transport.sms"},
		{"off", func(c *config.Config) { c.Transport.SMS = config.TransportOff }, "ok sms:", "next channel"},
		{"pilot", func(c *config.Config) { c.Mode = outreach.Pilot }, "ok mode:", "at most 20"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := emptyConfig(t)
			tt.change(c)
			expect(t, checked(t, c, nil), tt.start, tt.words)
		})
	}
}

func TestCheckDatabase(t *testing.T) {
	testdb.EachURL(t, func(t *testing.T, url string) {
		c := emptyConfig(t)
		c.Database.URL = url
		if !strings.HasPrefix(url, "sqlite:") {
			expect(t, checked(t, c, nil), "ok database:", "is empty")
		}
		db := testdb.Open(t, url)
		ctx, documents := t.Context(), store.Documents{DB: db}
		report := checked(t, c, nil)
		expect(t, report, "ok database:", "schema up to date")
		expect(t, report, "warn daemon:", "courtesyd serve")
		expect(t, report, "ok brake:", "off")
		expect(t, report, "ok templates:", "none yet")

		add(t, documents, outreach.Document{Name: "other", Channel: outreach.Call, Locale: "en", Source: strings.Replace(kindCall, "note", "other", 1)})
		addBook(t, documents)
		id, err := store.Daemons{DB: db}.Start(ctx, noon(), "host", 1, "")
		if err != nil {
			t.Fatal(err)
		}
		controls := store.Controls{DB: db}
		if err := controls.StopAll(ctx, noon(), "cli:pat", "wrong prices"); err != nil {
			t.Fatal(err)
		}
		if err := controls.Hold(ctx, noon(), outreach.SMS, "courtesyd", "the account is closed"); err != nil {
			t.Fatal(err)
		}
		report = checked(t, c, nil)
		expect(t, report, "ok daemon:", "1 at work")
		expect(t, report, "warn brake: all outreach is stopped", "cli:pat: wrong prices", "courtesyd resume")
		expect(t, report, "warn brake: sms is stopped", "the account is closed")
		expect(t, report, "FAIL templates:", "playbook book, step 1: there is no template note for call in en", "templates import")

		// The check has not counted as a sign of life, and the words are now there.
		add(t, documents, outreach.Document{Name: "note", Channel: outreach.Call, Locale: "en", Source: kindCall})
		if err := (store.Daemons{DB: db}).Stop(ctx, noon(), id); err != nil {
			t.Fatal(err)
		}
		report = checked(t, c, nil)
		expect(t, report, "warn daemon:", "none is at work")
		expect(t, report, "ok templates:", "templates approved: 2, playbooks: 1")

		add(t, documents, outreach.Document{Name: "note", Channel: outreach.Call, Locale: "en", Source: kindCall + "Last chance!\n"})
		expect(t, checked(t, c, nil), "FAIL templates: template note (call, en), line 8:", "templates export")
	})
}

func add(t *testing.T, documents store.Documents, doc outreach.Document) {
	t.Helper()
	if _, _, err := documents.AddTemplate(t.Context(), noon(), doc, "test", ""); err != nil {
		t.Fatal(err)
	}
}

func addBook(t *testing.T, documents store.Documents) {
	t.Helper()
	if _, _, err := documents.AddPlaybook(t.Context(), noon(), outreach.Document{Name: "book", Source: book}, "test"); err != nil {
		t.Fatal(err)
	}
}

func TestCheckMailLogin(t *testing.T) {
	server, err := smtpfake.Start(smtpfake.Options{TLS: smtpfake.StartTLS, Username: "courtesy", Password: "right-one"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, server.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, password, ca string
		start, words       string
	}{
		{"good", "right-one", ca, "ok email:", "lets us in"},
		{"wrong password", "secret-wrong-one", ca, "FAIL email:", "check user name, password"},
		{"unknown certificate", "right-one", "", "FAIL email:", "certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := emptyConfig(t)
			c.Shops[0].EmailFrom = "service@shop.example.com"
			c.Transport.Email = config.TransportSMTP
			c.SMTP.Host, c.SMTP.CAFile, c.SMTP.Username = host, tt.ca, "courtesy"
			c.SMTP.Port, _ = strconv.Atoi(port)
			c.SMTP.Password = config.NewSecret(tt.password)
			report := checked(t, c, zone{})
			expect(t, report, tt.start, tt.words)
			if strings.Contains(report, tt.password) {
				t.Errorf("the password is shown:\n%s", report)
			}
		})
	}
	if got := server.Accepted(); len(got) != 0 {
		t.Errorf("the check sent %d mails", len(got))
	}
}

func TestCheckTwilio(t *testing.T) {
	server, err := twiliofake.Start(twiliofake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	for _, tt := range []struct{ name, token, start, words string }{
		{"good", twiliofake.AuthToken, "ok sms:", "takes the credentials"},
		{"wrong token", "fedcba9876543210fedcba9876543210", "FAIL sms:", "check account SID"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := emptyConfig(t)
			c.Shops[0].SMSFrom = "+12125550124"
			c.Transport.SMS = config.TransportTwilio
			c.Twilio.BaseURL, c.Twilio.AccountSID = server.URL(), twiliofake.AccountSID
			c.Twilio.AuthToken = config.NewSecret(tt.token)
			report := checked(t, c, nil)
			expect(t, report, tt.start, tt.words)
			if strings.Contains(report, tt.token) {
				t.Errorf("the token is shown:\n%s", report)
			}
		})
	}
	if got := server.Created(); len(got) != 0 {
		t.Errorf("the check sent %d texts", len(got))
	}
}

// zone is a DNS: the TXT records, and "MX" among those of a domain for one
// that takes mail. "?" gives no answer.
type zone map[string][]string

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) { return z.answer(name) }

func (z zone) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	records, err := z.answer(name)
	for _, r := range records {
		if host, ok := strings.CutPrefix(r, "MX "); ok {
			return []*net.MX{{Host: host}}, nil
		}
	}
	return nil, err
}

func (z zone) answer(name string) ([]string, error) {
	records, ok := z[name]
	switch {
	case !ok:
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	case len(records) == 1 && records[0] == "?":
		return nil, &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true}
	}
	return records, nil
}

func TestCheckDNS(t *testing.T) {
	const spf, dmarc = "v=spf1 include:mail.example -all", "v=DMARC1; p=none"
	for _, tt := range []struct {
		name   string
		zone   zone
		change func(*config.Config)
		want   []string
	}{
		{"all there", zone{
			"shop.example.com": {"other=1", spf, "MX mail.example."}, "_dmarc.shop.example.com": {dmarc},
		}, nil, []string{
			"ok dns: shop.example.com has an SPF record", "ok dns: shop.example.com takes mail",
			"ok dns: shop.example.com has a DMARC policy",
		}},
		{"nothing there", zone{}, nil, []string{
			"warn dns: shop.example.com has no SPF record: publish one", "warn dns: shop.example.com takes no mail",
			"warn dns: shop.example.com has no DMARC policy: publish one",
		}},
		{"two SPF records, the policy of the domain above, a null MX", zone{
			"shop.example.com": {spf, "V=SPF1 -all", "MX ."}, "_dmarc.example.com": {dmarc},
		}, nil, []string{
			"warn dns: shop.example.com has 2 SPF records", "warn dns: shop.example.com takes no mail",
			"ok dns: shop.example.com has a DMARC policy",
		}},
		{"no answer", zone{"shop.example.com": {"?"}, "_dmarc.shop.example.com": {"?"}}, nil, []string{
			"warn dns: shop.example.com could not be checked", "warn dns: _dmarc.shop.example.com could not be checked",
		}},
		{"own domain for bounces, and a key", zone{
			"bounce.example.com": {spf, "MX mail.example."}, "shop.example.com": {"MX mail.example."},
		}, func(c *config.Config) {
			c.SMTP.ReturnPathDomain = "bounce.example.com"
			c.SMTP.DKIM.Domain, c.SMTP.DKIM.Selector = "shop.example.com", "c1"
		}, []string{
			"ok dns: bounce.example.com has an SPF record", "ok dns: shop.example.com takes mail",
			"warn dns: c1._domainkey.shop.example.com has no DKIM key",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := emptyConfig(t)
			c.Shops[0].EmailFrom = "service@shop.example.com"
			if tt.change != nil {
				tt.change(c)
			}
			var out strings.Builder
			r := &reporter{report: func(r CheckResult) {
				out.WriteString(string(r.Status) + " " + r.Area + ": " + r.Text + "\n")
			}}
			Checker{Config: c, Now: noon, Resolver: tt.zone}.dns(t.Context(), r)
			for _, want := range tt.want {
				expect(t, out.String(), want)
			}
			if strings.Contains(out.String(), "FAIL") {
				t.Errorf("the DNS fails nothing:\n%s", out.String())
			}
		})
	}
}

// TestCheckOfTheDailyMail: that nobody would get it is told with what to do.
func TestCheckOfTheDailyMail(t *testing.T) {
	c := emptyConfig(t)
	db, err := OpenDatabase(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	users := store.Users{DB: db}
	pat := outreach.User{Login: "pat", Name: "Pat", Role: outreach.RoleManager}
	expect(t, checked(t, c, nil), "ok daily mail: nobody to tell")
	if pat.ID, err = users.Add(t.Context(), noon(), "test", pat, ""); err != nil {
		t.Fatal(err)
	}
	expect(t, checked(t, c, nil), "warn daily mail: nobody has an address", "courtesyd user email")
	pat.Email = "pat@example.com"
	if err := users.Change(t.Context(), noon(), "test", pat); err != nil {
		t.Fatal(err)
	}
	expect(t, checked(t, c, nil), "ok daily mail: at 7:30 to users: 1", "not sent")
	c.Transport.Email = config.TransportOff
	expect(t, checked(t, c, nil), "warn daily mail:", "transport.email is off")
	c.Staff.DailyMail.On = false
	expect(t, checked(t, c, nil), "ok daily mail: off")
}
