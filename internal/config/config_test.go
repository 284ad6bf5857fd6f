package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// shopYAML is the least a file needs that replaces the default shop.
const shopYAML = "shops: [{id: main, name: Sample Auto Care, time_zone: America/New_York}]\n"

// parse reads source as the file c.yaml, which only its owner can read.
func parse(t *testing.T, source string) *Config {
	t.Helper()
	cfg, err := Parse([]byte(source), Options{File: "c.yaml"})
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return cfg
}

// problemsOf returns what is wrong with source, one line each.
func problemsOf(source string) []string {
	_, err := Parse([]byte(source), Options{File: "c.yaml", WorldReadable: true})
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func TestAllProblemsAreReportedTogether(t *testing.T) {
	got := problemsOf(`mode: liv
shops:
  - id: main
    name: Sample Auto Care
    phone: 12
    time_zon: America/New_York
    time_zone: Amerika/New_York
    closures: [2026-12-24, 2026-12-31..2026-01-02, Xmas]
window:
  days: [mon, someday]
  margin: 10
database: {url: "postgres://courtesy:hunter2@db.test/courtesy", max_connections: many}
smtp:
  port: 25
  port: 26
  pasword: hunter2
twilio: [a]
email_needs_consent: perhaps
`)
	want := []string{
		`c.yaml:1:1: mode: "liv" is not one of rehearsal, pilot, live; did you mean "live"?`,
		`c.yaml:5:5: shops[0].phone: "12": not a complete, valid phone number; write it for example as +1 212 555 0123`,
		`c.yaml:6:5: shops[0].time_zon: unknown key; did you mean "time_zone"?`,
		`c.yaml:7:5: shops[0].time_zone: "Amerika/New_York" is not a time zone; did you mean "America/New_York"?`,
		`c.yaml:8:28: shops[0].closures[1]: "2026-12-31..2026-01-02" ends before it begins`,
		`c.yaml:8:52: shops[0].closures[2]: "Xmas" is not a date such as 2026-12-24, or two such as 2026-12-24..2027-01-01`,
		`c.yaml:10:15: window.days[1]: "someday" is not a day of the week: mon, tue, wed, thu, fri, sat or sun`,
		`c.yaml:11:3: window.margin: "10" has no unit; write for example 10s, 10m, 10h or 10d`,
		`c.yaml:12:1: database.password: everybody on this machine can read this secret; run chmod 640 c.yaml, or move it into a file and name that in password_file`,
		`c.yaml:12:65: database.max_connections: "many" is not a whole number`,
		`c.yaml:15:3: smtp.port: given twice, first at line 14; remove one`,
		`c.yaml:16:3: smtp.pasword: unknown key; did you mean "password"?`,
		`c.yaml:17:1: twilio: expected keys with values below it, found a list`,
		`c.yaml:18:1: email_needs_consent: "perhaps" is not true or false`,
	}
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("missing: %s", want[i])
		case i >= len(want):
			t.Errorf("unexpected: %s", got[i])
		case got[i] != want[i]:
			t.Errorf("line %d:\n got %s\nwant %s", i, got[i], want[i])
		}
	}
}

func TestSyntax(t *testing.T) {
	for name, tt := range map[string]struct{ source, want string }{
		"empty":           {"", "c.yaml: the file is empty; start from config.example.yaml, or remove it to run with the defaults"},
		"comments only":   {"# nothing\n\n", "c.yaml: the file is empty; start from config.example.yaml, or remove it to run with the defaults"},
		"tab":             {"smtp:\n\thost: a.test\n", "c.yaml:2:1: a tab at the beginning of the line; YAML wants spaces"},
		"second document": {"mode: live\n---\nmode: pilot\n", "c.yaml:2:1: a second document begins here; keep everything in one, without a line of ---"},
		"indentation":     {"smtp:\n  host: a.test\n  port: 25\n helo: b.test\n", "c.yaml:4: the line does not fit the ones above it; check its indentation, its colon and its quotes"},
		"colon":           {"shops:\n  - name: Sample: Auto\n", `c.yaml:2: a colon where none can be; check the indentation, and put text that holds ": " in quotes`},
		"open quote":      {"mode: live\nsmtp:\n  host: \"a.test\n  port: 25\n", "c.yaml:3: a quote or bracket that begins here is never closed"},
		"at sign":         {"smtp:\n  password: @hunter2\n", "c.yaml:2: a value that begins with @, % or ` must be put in quotes"},
		"alias":           {"smtp:\n  password: *hunter2\n", "c.yaml:2: a value that begins with * or & must be put in quotes"},
		"anchor":          {"smtp:\n  username: &hunter2\n", "c.yaml:2:3: smtp.username: a value that begins with & must be put in quotes"},
		"YAML tag":        {"smtp:\n  username: !hunter2\n", "c.yaml:2:3: smtp.username: a value that begins with ! must be put in quotes"},
		"merge":           {"smtp:\n  <<: {port: 25}\n", "c.yaml:2:3: smtp: merging with << is not supported; write the keys out"},
		"list for all":    {"[mode]\n", "c.yaml: expected keys with values below it, found a list"},
		"text for list":   {"shops: main\n", "c.yaml:1:1: shops: expected a list such as [one, two], found a single value"},
		"list for text":   {"mode: [live]\n", "c.yaml:1:1: mode: expected a single value, found a list"},
		"odd key":         {"? [a]\n: b\n", "c.yaml:1:3: expected a key, found a list"},
		"not UTF-8":       {"mode: \xff\n", "c.yaml:1: characters that are no text; save the file as UTF-8"},
		"too large":       {strings.Repeat("#\n", 1<<19) + "#", "c.yaml: the file is larger than 1048576 bytes; is it the right one?"},
		"aliases": {
			"twilio:\n  timeout: 1s\nshops:\n  - closures: &c [" + strings.Repeat("2026-12-24,", 1000) + "]\n" + strings.Repeat("  - closures: *c\n", 200),
			"the file holds more than 100000 values; remove repeated aliases",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := problemsOf(tt.source)
			if name == "aliases" {
				if !strings.Contains(strings.Join(got, "\n"), tt.want) {
					t.Errorf("no bound on the work of aliases: %d problems", len(got))
				}
				return
			}
			if len(got) != 1 || got[0] != tt.want {
				t.Errorf("got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestTextStaysAsWritten(t *testing.T) {
	cfg := parse(t, `
shops:
  - id: 007
    name: On
    phone: +12125550123
    postal_code: 02134
    region: NO
    sms_from: 12345
    time_zone: America/New_York
    closures: 
`)
	s := cfg.Shops[0]
	got := []string{s.ID, s.Name, s.Phone, s.PostalCode, s.Region, s.SMSFrom}
	want := []string{"007", "On", "+12125550123", "02134", "NO", "12345"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKeysWithoutValueKeepTheirDefault(t *testing.T) {
	got := parse(t, "mode:\nsmtp:\npilot: {per_day: }\nshops: ~\nwindow: {days: }\n")
	want := Default()
	want.File = "c.yaml"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestAliasesSaveWriting(t *testing.T) {
	cfg := parse(t, `
shops:
  - {id: north, name: North, time_zone: America/New_York, closures: &days [2026-12-24]}
  - {id: south, name: South, time_zone: America/Chicago, closures: *days}
`)
	if !cfg.Shops[1].Closed(time.Date(2026, 12, 24, 23, 0, 0, 0, time.UTC)) {
		t.Error("the closure given by an alias is not known")
	}
}

func TestDefaultIsValidAndSendsNothing(t *testing.T) {
	cfg := Default()
	k := &checker{report: newReport("")}
	cfg.check(k)
	if err := k.err(); err != nil {
		t.Errorf("the defaults have problems: %v", err)
	}
	if cfg.Mode != outreach.Rehearsal || cfg.Transport != (Transport{Email: TransportOutbox, SMS: TransportOutbox}) {
		t.Errorf("a new installation is in mode %s with transport %+v", cfg.Mode, cfg.Transport)
	}
	if !reflect.DeepEqual(cfg, Default()) {
		t.Error("checking the defaults changes them")
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	write(t, path, 0o644, shopYAML+"database: {url: sqlite:data/c.db}\noutbox: {dir: /var/out}\n")
	cfg, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := cfg.Database.SQLitePath(); got != filepath.Join(dir, "data/c.db") {
		t.Errorf("the database path %q is not relative to the file", got)
	}
	if cfg.Outbox.Dir != "/var/out" || cfg.File != path {
		t.Errorf("outbox %q, file %q", cfg.Outbox.Dir, cfg.File)
	}
}

func TestLoadWithoutFile(t *testing.T) {
	cfg, err := Load("")
	if err != nil || !reflect.DeepEqual(cfg, Default()) {
		t.Errorf("Load of no file: %+v, %v, want the defaults", cfg, err)
	}
	if _, err := Load(filepath.Join(t.TempDir(), "gone.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Load of a missing file: %v", err)
	}
}

func TestLoadReturnsProblems(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	write(t, path, 0o600, "mode: loud\n")
	var problems Problems
	if _, err := Load(path); !errors.As(err, &problems) || len(problems) != 1 || problems[0].Key != "mode" {
		t.Errorf("Load: %v", err)
	}
}

func TestFind(t *testing.T) {
	empty, first, second := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, filepath.Join(first, FileName), 0o600, "")
	write(t, filepath.Join(second, FileName), 0o600, "")
	if got, want := Find(empty, first, second), filepath.Join(first, FileName); got != want {
		t.Errorf("Find = %q, want %q", got, want)
	}
	if got := Find(empty); got != "" {
		t.Errorf("Find in an empty folder = %q", got)
	}
}

func TestRestartNeeded(t *testing.T) {
	base := "smtp: {host: a.test}\n"
	for name, tt := range map[string]struct {
		source string
		want   []string
	}{
		"nothing":  {base, nil},
		"live":     {base + "mode: live\nhttp: {listen: 'localhost:8417'}\npublic_url: https://shop.test\nlink_key: " + strings.Repeat("k", 32) + "\nshops: [{id: a, name: A, time_zone: America/Chicago, phone: 2125550123, postal_address: x}]\n", []string{"http.listen"}},
		"photos":   {base + "http: {photos_dir: testdata}\nimap: {poll_every: 5m}\n", nil},
		"database": {"database: {url: sqlite:other.db, max_connections: 7}\n", []string{"database.url", "database.max_connections"}},
		"password": {"database: {url: 'postgres://u:new@h.test/c'}\n", []string{"database.url", "database.password"}},
		"log":      {"dispatch: {batch: 2, max_attempts: 2}\nlog: {format: json, level: debug}\n", []string{"log.format"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := RestartNeeded(parse(t, base), parse(t, tt.source)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func write(t *testing.T, path string, mode os.FileMode, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}
