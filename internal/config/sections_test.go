package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// liveYAML is an installation that may send by both transports.
const liveYAML = `mode: live
shops:
  - {id: main, name: A, time_zone: America/Chicago, phone: 2125550123, postal_address: 1 Sample St,
     email_from: a@shop.test, sms_from: 2125550124}
transport: {email: smtp, sms: twilio}
smtp: {host: mail.test, username: u, password: hunter2}
twilio: {account_sid: AC00000000000000000000000000000000, auth_token: hunter2}
unsubscribe_mail: stop@shop.test
`

func TestLiveConfigurationLoads(t *testing.T) {
	cfg := parse(t, liveYAML)
	if cfg.SMTP.Password.Reveal() != "hunter2" || cfg.Twilio.AuthToken.Reveal() != "hunter2" {
		t.Error("the secrets written into the file are not known")
	}
}

// TestWhatIsMissing takes one thing at a time away from a good configuration.
func TestWhatIsMissing(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"phone: 2125550123, ", "", "c.yaml:3:5: shops[0].phone: is missing: every message names the shop's phone number"},
		{"postal_address: 1 Sample St,", "", "shops[0].postal_address: is missing: the law wants"},
		{"email_from: a@shop.test, ", "", "shops[0].email_from: is missing"},
		{", sms_from: 2125550124", "", "shops[0].sms_from: texts need a sender"},
		{"sms_from: 2125550124", "sms_from: 2125550124, sms_messaging_service_sid: MG00000000000000000000000000000000", "give either sms_from or"},
		{"host: mail.test, ", "", "c.yaml:6:1: smtp.host: is missing"},
		{", password: hunter2", "", "smtp.password: is missing: smtp.username is set"},
		{"host: mail.test", "host: mail.test, tls: none", "smtp.tls: none would send the password in the clear"},
		{"account_sid: AC00000000000000000000000000000000, ", "", "twilio.account_sid: is missing"},
		{", auth_token: hunter2", "", "twilio.auth_token: is missing"},
		{", auth_token: hunter2", ", api_key_sid: SK00000000000000000000000000000000", "twilio.api_key_sid: give both"},
		{"unsubscribe_mail: stop@shop.test", "", "c.yaml: unsubscribe_mail: is missing: every mail must offer a way to say no"},
		{"unsubscribe_mail: stop@shop.test", "public_url: https://shop.test\nhttp: {listen: 'localhost:8417'}", "link_key: is missing: public_url is set"},
		{"unsubscribe_mail: stop@shop.test", "public_url: https://shop.test\nhttp: {listen: 'localhost:8417'}\nlink_key_file: /nowhere/key", "link_key_file: stat /nowhere/key"},
		{"unsubscribe_mail: stop@shop.test", "public_url: https://shop.test\nlink_key: 0123456789abcdef0123456789abcdef", "http.listen: is missing: public_url is set"},
		{"unsubscribe_mail:", "inbound: {sms: webhook}\nunsubscribe_mail:", "public_url: is missing: inbound.sms is webhook"},
	} {
		source := strings.Replace(liveYAML, tt.old, tt.new, 1)
		if source == liveYAML {
			t.Fatalf("%q is not in the configuration", tt.old)
		}
		_, err := Parse([]byte(source), Options{File: "c.yaml"})
		if problems, ok := err.(Problems); !ok || len(problems) != 1 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("without %q:\n got %v\nwant one problem with %q", tt.old, err, tt.want)
		}
	}
}

// TestChecks gives one doubtful value at a time.
func TestChecks(t *testing.T) {
	for _, tt := range []struct{ source, want string }{
		{"database: {url: 'mysql://h/d'}", "database.url: expected postgres://"},
		{"database: {url: 'sqlite:'}", "the path of the SQLite file is missing"},
		{"database: {url: 'postgres://h'}", "the name of the database is missing"},
		{"database: {url: 'postgres://h/d?password=x'}", "move the password out of the query"},
		{"database: {max_connections: 1}", "1 is out of range; expected 2 to 1000"},
		{"pilot: {per_day: 0}", "pilot.per_day: 0 is out of range"},
		{"shops: []", "shops: at least one shop is needed"},
		{"shops: [{}]", "shops[0].id: is missing"},
		{"shops: [{id: Main St, name: A, time_zone: UTC}]", `shops[0].id: "Main St": use 1 to 32 small letters`},
		{"shops: [{id: a, time_zone: UTC}]", "shops[0].name: is missing"},
		{"shops: [{id: a, name: A}]", "shops[0].time_zone: is missing"},
		{"shops: [{id: a, name: A, time_zone: Local}]", `"Local" is not a time zone; expected a name such as`},
		{"shops: [{id: a, name: A, time_zone: UTC}, {id: a, name: B, time_zone: UTC}]", `shops[1].id: "a" is also the id of shops[0]`},
		{"shops: [{id: a, name: A, time_zone: UTC, country: MX}]", `"MX" is not one of US, CA`},
		{"shops: [{id: a, name: A, time_zone: UTC, region: ny}]", "shops[0].region"},
		{"shops: [{id: a, name: A, time_zone: UTC, postal_code: 1234}]", `"1234" is not a postal code of US, for example 10001`},
		{"shops: [{id: a, name: A, time_zone: UTC, country: CA, postal_code: 12345}]", "for example K1A 0B1"},
		{`shops: [{id: a, name: A, time_zone: UTC, postal_address: "a\nb"}]`, "must be on one line"},
		{"shops: [{id: a, name: A, time_zone: UTC, email: a at b}]", "is not an e-mail address"},
		{"shops: [{id: a, name: A, time_zone: UTC, email: 'A <a@shop.test>'}]", "is not an e-mail address"},
		{"shops: [{id: a, name: A, time_zone: UTC, email: a@localhost}]", "is not an e-mail address"},
		{"shops: [{id: a, name: A, time_zone: UTC, locale: fr}]", `"fr" is not one of en, es`},
		{"shops: [{id: a, name: A, time_zone: UTC, sms_messaging_service_sid: MG1}]", "expected MG followed by"},
		{"shops: [{id: a, name: A, time_zone: UTC, playbooks: [A B]}]", "shops[0].playbooks[0]"},
		{"window: {open: '19:00', close: '9:00'}", "window.close: 9:00 is not after open, 19:00"},
		{"window: {open: 25:00}", `window.open: "25:00" is not a time of day`},
		{"window: {margin: 10h}", "window.margin: 10h leaves nothing of the window from 9:00 to 19:00"},
		{"window: {days: []}", "window.days: at least one day is needed"},
		{"caps: {per_follow_up: 0}", "caps.per_follow_up: 0 is out of range"},
		{"caps: {min_gap: 400d}", "caps.min_gap: 400d is out of range; expected 0s to 365d"},
		{"caps: {min_gap: -1h}", `"-1h" is not a length of time`},
		{"max_segments: 11", "max_segments: 11 is out of range"},
		{"state_rules_file: gone.yaml", "state_rules_file: stat gone.yaml: no such file or directory; check the path"},
		{"state_rules_file: testdata/..", "is not a file"},
		{"transport: {email: twilio}", `transport.email: "twilio" is not one of outbox, smtp, off`},
		{"outbox: {dir: ''}", "outbox.dir: is missing"},
		{"smtp: {host: 'mail.test/x'}", "smtp.host"},
		{"smtp: {port: 0}", "smtp.port: 0 is out of range"},
		{"smtp: {tls: ssl}", "smtp.tls"},
		{"smtp: {auth: plane}", `did you mean "plain"?`},
		{"smtp: {helo: 'a b'}", "smtp.helo"},
		{"smtp: {per_second: -1}", "smtp.per_second: -1 is out of range"},
		{"smtp: {per_second: .nan}", "smtp.per_second: \".nan\" is not a number"},
		{"smtp: {data_timeout: 1h}", "smtp.data_timeout: 1h is out of range"},
		{"smtp: {return_path_domain: 'not a domain'}", "is not a domain name"},
		{"smtp: {password_file: testdata/secret}", "smtp.username: is missing: smtp.password_file is set"},
		{"smtp: {dkim: {selector: s}}", "smtp.dkim.domain: is missing"},
		{"smtp: {dkim: {domain: shop.test, key_file: testdata/secret}}", "smtp.dkim.selector: is missing"},
		{"smtp: {dkim: {domain: shop.test, selector: s}}", "smtp.dkim.key_file: is missing"},
		{"twilio: {account_sid: AC1}", "expected AC followed by"},
		{"twilio: {base_url: 'http://api.twilio.test'}", "would travel unencrypted; use https"},
		{"twilio: {base_url: 'https://u:hunter2@api.twilio.test'}", "must not hold a user name or a password"},
		{"twilio: {segments_per_second: 0}", "twilio.segments_per_second: 0 is out of range"},
		{"public_url: shop.test", "public_url: expected an address such as"},
		{"link_key: short", "link_key: is too short to be safe: 5 characters"},
		{"dispatch: {backoff_first: 2h}", "dispatch.backoff_max: 1h is out of range; expected 2h to 7d"},
		{"dispatch: {heartbeat: 30s}", "dispatch.dead_after: 1m is out of range; expected 1m30s to 1h"},
		{"pilot: {max_complaints: -1}", "pilot.max_complaints: -1 is out of range"},
		{"shops: [{id: a, name: A, time_zone: UTC, open_hours: {to: '7:30'}}]", "shops[0].open_hours.to: 7:30 is not after from, 8:00"},
		{"shops: [{id: a, name: A, time_zone: UTC, open_hours: {from: eight}}]", `"eight" is not a time of day`},
		{"twilio: {previous_auth_token_file: testdata/secret}", "twilio.auth_token: is missing: twilio.previous_auth_token_file is set"},
		{"inbound: {sms: webhok}", `did you mean "webhook"?`},
		{"inbound: {sms: poll}", "twilio.account_sid: is missing"},
		{"inbound: {sms: webhook}", "twilio.auth_token: is missing"},
		{"inbound: {poll_every: 1s}", "inbound.poll_every: 1s is out of range; expected 10s to 1h"},
		{"imap: {username: u}", "imap.host: is missing: the mailbox's user name or password is set"},
		{"imap: {password_file: testdata/secret}", "imap.host: is missing"},
		{"imap: {host: mail.test, password: hunter2}", "imap.username: is missing"},
		{"imap: {host: mail.test, username: u}", "imap.password: is missing: name a file"},
		{"imap: {host: mail.test/x, username: u, password: hunter2}", "imap.host"},
		{"imap: {host: mail.test, username: u, password: hunter2, tls: none}", "imap.tls: none would send the password in the clear"},
		{"imap: {tls: ssl}", "imap.tls"},
		{"imap: {port: 70000}", "imap.port: 70000 is out of range"},
		{"imap: {folder: ''}", "imap.folder: is missing"},
		{"imap: {poll_every: 2h}", "imap.poll_every: 2h is out of range"},
		{"replies: {answer_within: 0}", "replies.answer_within: 0s is out of range"},
		{"replies: {review_within_days: 11}", "replies.review_within_days: 11 is out of range; expected 1 to 10"},
		{"http: {listen: 8417}", `http.listen: "8417" is not an address and a port such as 127.0.0.1:8417`},
		{"http: {listen: 'localhost:0'}", "http.listen"},
		{"http: {listen: 'shop.test:8417'}", "http.listen"},
		{"http: {listen: '127.0.0.1:http'}", "http.listen"},
		{"http: {photos_dir: gone}", "http.photos_dir: stat gone: no such file or directory"},
		{"http: {photos_dir: testdata/secret}", "testdata/secret is not a folder"},
		{"log: {level: loud}", `log.level: "loud" is not a log level`},
		{"log: {format: xml}", "log.format"},
		{"imports: {x: {base: tekmetrik}}", "imports.x: no built-in import profile"},
		{"imports: {x: {source: s, shop: other}}", `imports.x.shop: there is no shop "other" in shops`},
		{"imports: {x: {source: s, columms: {}}}", `imports.x.columms: unknown key; did you mean "columns"?`},
	} {
		_, err := Parse([]byte(tt.source), Options{File: "c.yaml"})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s:\n got %v\nwant %s", tt.source, err, tt.want)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the message shows a secret: %v", tt.source, err)
		}
	}
}

func TestShopList(t *testing.T) {
	cfg := parse(t, `shops:
  - {id: north, name: North Auto, phone: (212) 555-0123, time_zone: America/Toronto, country: CA, postal_code: K1A 0B1}
`)
	want := []outreach.Shop{{
		ID: "north", Name: "North Auto", LegalName: "North Auto", Phone: "+12125550123",
		PostalCode: "K1A 0B1", Country: "CA", TimeZone: "America/Toronto", Locale: "en", Currency: "CAD",
	}}
	if got := cfg.ShopList(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if _, ok := cfg.Shop("south"); ok {
		t.Error("found a shop that is not there")
	}
}

func TestClosed(t *testing.T) {
	cfg := parse(t, `shops:
  - {id: a, name: A, time_zone: America/New_York, open_days: [fri, mon, fri], closures: [2026-12-25, 2026-12-28..2027-01-01]}
`)
	shop := cfg.Shops[0]
	if want := []time.Weekday{time.Monday, time.Friday}; !reflect.DeepEqual(shop.OpenDays, want) {
		t.Errorf("open days %v, want %v", shop.OpenDays, want)
	}
	zone, err := time.LoadLocation(shop.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		day  string
		want bool
	}{
		{"2026-12-21", false}, // Monday
		{"2026-12-22", true},  // Tuesday
		{"2026-12-25", true},
		{"2026-12-28", true},
		{"2027-01-01", true},
		{"2027-01-04", false},
	} {
		day, err := time.ParseInLocation(time.DateOnly, tt.day, zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []time.Time{day, day.Add(23*time.Hour + 59*time.Minute)} {
			if got := shop.Closed(at); got != tt.want {
				t.Errorf("Closed(%s) = %v, want %v", at, got, tt.want)
			}
		}
	}
}

func TestImportsOfTheOnlyShop(t *testing.T) {
	cfg := parse(t, shopYAML+"imports: {x: {source: s, columns: {order_id: ['RO #']}}}\n")
	if p := cfg.Imports["x"]; p.Shop != "main" || p.Columns["order_id"][0] != "RO #" {
		t.Errorf("profile %+v", p)
	}
}

func TestWindowForTheGate(t *testing.T) {
	if got, want := Default().Window.Hours(), hours.DefaultWindow(); got != want {
		t.Errorf("the default window is %+v, the gate's %+v", got, want)
	}
	got := parse(t, "window: {open: 10:30, close: 17:00, days: [fri], margin: 5m}").Window.Hours()
	want := hours.Window{Days: hours.DaysOf(time.Friday), Open: 630, Close: 1020, Margin: 5 * time.Minute}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCapsForTheGate(t *testing.T) {
	want := outreach.Caps{PerFollowUp: 2, MinGap: 14 * 24 * time.Hour}
	if got := parse(t, "caps: {min_gap: 14d, per_follow_up: 2}").Caps.Outreach(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestDailyMail: a time in the morning, or never.
func TestDailyMail(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  DailyTime
		wrong string
	}{
		{"6:15", DailyTime{true, 6*60 + 15}, ""},
		{`"11:00"`, DailyTime{true, 11 * 60}, ""},
		{`""`, DailyTime{}, ""},
		{"", DailyTime{true, 7*60 + 30}, ""},
		{"11:01", DailyTime{}, "staff.daily_mail: 11:01 is too late"},
		{"early", DailyTime{}, `staff.daily_mail: "early" is not a time of day such as 7:30, or "" for never`},
	} {
		cfg, err := Parse([]byte("staff:\n  daily_mail: "+tt.value+"\n"), Options{File: "c.yaml"})
		switch {
		case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)):
			t.Errorf("%q: %v", tt.value, err)
		case tt.wrong == "" && err != nil:
			t.Errorf("%q: %v", tt.value, err)
		case tt.wrong == "" && cfg.Staff.DailyMail != tt.want:
			t.Errorf("%q: %+v", tt.value, cfg.Staff.DailyMail)
		}
	}
}

// TestStaffURL: the pages have an address of their own, not a corner of another.
func TestStaffURL(t *testing.T) {
	for _, tt := range []struct{ value, want, wrong string }{
		{"https://courtesy.shop.example.com", "https://courtesy.shop.example.com", ""},
		{"https://courtesy.shop.example.com/", "https://courtesy.shop.example.com", ""},
		{"https://shop.example.com:8443", "https://shop.example.com:8443", ""},
		{"https://shop.example.com/staff", "", `staff.url: must not have a path such as "/staff"`},
		{"https://shop.example.com/staff/", "", `staff.url: must not have a path such as "/staff"`},
		{"http://shop.example.com", "", "would travel unencrypted"},
	} {
		cfg, err := Parse([]byte("staff:\n  url: "+tt.value+"\n"), Options{File: "c.yaml"})
		switch {
		case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)):
			t.Errorf("%q: %v", tt.value, err)
		case tt.wrong == "" && err != nil:
			t.Errorf("%q: %v", tt.value, err)
		case tt.wrong == "" && cfg.Staff.URL != tt.want:
			t.Errorf("%q: %q", tt.value, cfg.Staff.URL)
		}
	}
}
