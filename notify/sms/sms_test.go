package sms

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
	"github.com/courtesyd/courtesyd/notify"
)

// specPath finds Twilio's OpenAPI document, which is not part of this repository.
func specPath(t *testing.T) string {
	t.Helper()
	path := os.Getenv("COURTESY_TWILIO_SPEC")
	if path == "" {
		path = filepath.Join("..", "..", "..", "shared", "twilio", "messages-openapi.json")
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no OpenAPI document of Twilio's at %s: set COURTESY_TWILIO_SPEC to one", path)
	}
	return path
}

func TestTrafficKeepsToTwiliosDescription(t *testing.T) {
	server := startServer(t, twiliofake.Options{Spec: specPath(t), Now: func() time.Time { return noon }})
	for range listPage + 1 { // more than one page
		server.Put(twiliofake.Message{
			CreatedAt: noon, From: "+12125550123", To: "+12125550100", Body: "hello", Direction: "inbound", Status: "received",
		})
	}
	for name, origin := range map[string]Origin{
		"number":  {From: "+12125550100"},
		"service": {MessagingServiceSID: "MG00000000000000000000000000000001"},
	} {
		config := testConfig(server)
		config.Default = origin
		sender := newSender(t, config)
		m := testMessage(int64(len(name)))
		if got := sender.Send(t.Context(), m); got.Result != notify.Accepted {
			t.Errorf("%s: %+v", name, got)
		}
		if err := sender.Check(t.Context()); err != nil {
			t.Errorf("%s: Check: %v", name, err)
		}
		attempt := notify.Attempt{ShopID: "main", To: m.To, Text: m.Text, HandedAt: noon}
		if _, found, err := sender.Find(t.Context(), attempt); err != nil || !found {
			t.Errorf("%s: Find = %v, %v", name, found, err)
		}
		page, err := sender.Messages(t.Context(), noon, noon, "")
		if err != nil || page.Next == "" {
			t.Errorf("%s: Messages: next %q, %v", name, page.Next, err)
		}
		if _, err := sender.Messages(t.Context(), noon, noon, page.Next); err != nil {
			t.Errorf("%s: Messages: %v", name, err)
		}
		for _, r := range page.Records[:3] {
			if _, err := sender.Message(t.Context(), r.SID); err != nil {
				t.Errorf("%s: Message: %v", name, err)
			}
		}
	}
	for _, violation := range server.Violations() {
		t.Error(violation)
	}
}

func TestSendAsksForWhatItShould(t *testing.T) {
	server := startServer(t, twiliofake.Options{})
	config := testConfig(server)
	config.Shops = map[string]Origin{"north": {MessagingServiceSID: "MG00000000000000000000000000000002"}}
	sender := newSender(t, config)

	m := testMessage(42)
	m.Attempt, m.ValidUntil = 3, noon.Add(10*time.Minute)
	if got := sender.Send(t.Context(), m); got.Result != notify.Accepted {
		t.Fatalf("%+v", got)
	}
	m = testMessage(43)
	m.ShopID = "north"
	if got := sender.Send(t.Context(), m); got.Result != notify.Accepted {
		t.Fatalf("%+v", got)
	}
	created := server.Created()
	first, second := created[0], created[1]
	if first.From != "+12125550100" || first.ServiceSID != "" || first.ValidityPeriod != 9*60 ||
		first.StatusCallback != "https://maple.example.com/twilio/status?m=42&a=3" {
		t.Errorf("first message %+v", first)
	}
	if second.From != "" || second.ServiceSID != "MG00000000000000000000000000000002" || second.ValidityPeriod != 36000 {
		t.Errorf("second message %+v", second)
	}
}

func TestNoCallbackWithoutAPublicURL(t *testing.T) {
	server := startServer(t, twiliofake.Options{})
	config := testConfig(server)
	config.PublicURL = ""
	newSender(t, config).Send(t.Context(), testMessage(1))
	if got := server.Created()[0].StatusCallback; got != "" {
		t.Errorf("status callback %q", got)
	}
}

func TestValidity(t *testing.T) {
	tests := []struct {
		left time.Duration // of the window
		want int           // seconds, 0 when nothing must be sent
	}{
		{-time.Hour, 0},
		{validityMargin, 0},
		{validityMargin + 5*time.Second, 0},
		{validityMargin + 6*time.Second, 6},
		{validityMargin + 90*time.Second, 90},
		{10 * time.Hour, 36000 - 60},
		{20 * time.Hour, 36000},
	}
	for _, tt := range tests {
		server := startServer(t, twiliofake.Options{})
		m := testMessage(1)
		m.ValidUntil = noon.Add(tt.left)
		got := newSender(t, testConfig(server)).Send(t.Context(), m)
		created := server.Created()
		switch {
		case tt.want == 0 && (got.Result != notify.Retry || len(created) != 0):
			t.Errorf("%v left: %+v, %d created, want retry and none", tt.left, got, len(created))
		case tt.want > 0 && (len(created) != 1 || created[0].ValidityPeriod != tt.want):
			t.Errorf("%v left: %+v, created %+v, want %d s", tt.left, got, created, tt.want)
		}
	}
}

// net/http repeats a POST with one of these headers when a connection breaks.
func TestNoHeaderInvitesNetHTTPToRepeat(t *testing.T) {
	server := startServer(t, twiliofake.Options{})
	newSender(t, testConfig(server)).Send(t.Context(), testMessage(1))
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key", "I-Twilio-Idempotency-Token"} {
		if _, ok := server.LastRequest().Header[http.CanonicalHeaderKey(name)]; ok {
			t.Errorf("request has header %s", name)
		}
	}
}

func TestMagicNumbers(t *testing.T) {
	server := startServer(t, twiliofake.Options{})
	sender := newSender(t, testConfig(server))
	for to, want := range map[string]string{
		"+15005550001": "21211", "+15005550002": "21612", "+15005550003": "21408",
		"+15005550004": "21610", "+15005550009": "21614", "+15005550006": "",
	} {
		m := testMessage(1)
		m.To = to
		if got := sender.Send(t.Context(), m); got.Code != want {
			t.Errorf("to %s: %+v, want code %q", to, got, want)
		}
	}
	for from, want := range map[string]string{"+15005550001": "21212", "+15005550007": "21606", "+15005550008": "21611"} {
		config := testConfig(server)
		config.Default.From = from
		if got := newSender(t, config).Send(t.Context(), testMessage(1)); got.Code != want {
			t.Errorf("from %s: %+v, want code %q", from, got, want)
		}
	}
}

func TestBrokenAnswersLeaveNothingBehind(t *testing.T) {
	present := goleak.IgnoreCurrent()
	server := startServer(t, twiliofake.Options{})
	server.Add(twiliofake.Fault{Status: 502, Body: "<" + strings.Repeat("x", 200<<10)})
	sender := newSender(t, testConfig(server))
	for range 50 {
		sender.Send(t.Context(), testMessage(1))
	}
	sender.Close()
	// The server keeps its own end until the test is over: only ours counts.
	goleak.VerifyNone(t, present, goleak.IgnoreAnyFunction("net/http.(*Server).Serve"),
		goleak.IgnoreAnyFunction("net/http.(*conn).serve"), goleak.IgnoreAnyFunction("net/http.(*connReader).backgroundRead"))
}

func TestCheck(t *testing.T) {
	key := func(c *Config) {
		c.AuthToken, c.APIKeySID, c.APISecret = "", "SK00000000000000000000000000000001", "s3cr3tOfTheKey"
	}
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"token", func(*Config) {}, ""},
		{"key", key, ""},
		{"wrong token", func(c *Config) { c.AuthToken = "wr0ng" }, "credentials are not accepted"},
		{"wrong key", func(c *Config) { key(c); c.APISecret = "wr0ng" }, "credentials are not accepted"},
		{"unreachable", func(c *Config) { c.BaseURL = "http://127.0.0.1:1" }, "cannot reach"},
		{"wrong path", func(c *Config) { c.BaseURL += "/v2" }, "error 20404"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := startServer(t, twiliofake.Options{
				APIKeySID: "SK00000000000000000000000000000001", APISecret: "s3cr3tOfTheKey",
			})
			config := testConfig(server)
			tt.change(&config)
			err := newSender(t, config).Check(t.Context())
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check = %v, want %q in it", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "wr0ng") {
				t.Errorf("Check tells the secret: %v", err)
			}
		})
	}
}

func TestNewRefusesBadConfig(t *testing.T) {
	good := Config{AccountSID: twiliofake.AccountSID, AuthToken: "abc", Default: Origin{From: "+12125550100"}}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(*Config){
		"no account":          func(c *Config) { c.AccountSID = "" },
		"no token":            func(c *Config) { c.AuthToken = "" },
		"token with a space":  func(c *Config) { c.AuthToken = "a b" },
		"key without secret":  func(c *Config) { c.APIKeySID = "SK1" },
		"no sender":           func(c *Config) { c.Default = Origin{} },
		"two senders":         func(c *Config) { c.Default.MessagingServiceSID = "MG00000000000000000000000000000001" },
		"bad service":         func(c *Config) { c.Default = Origin{MessagingServiceSID: "MG1"} },
		"shop without sender": func(c *Config) { c.Shops = map[string]Origin{"x": {}} },
		"plain http":          func(c *Config) { c.BaseURL = "http://api.example.com" },
		"public plain http":   func(c *Config) { c.PublicURL = "http://maple.example.com" },
		"no URL":              func(c *Config) { c.BaseURL = "api.twilio.com" },
	}
	for name, change := range tests {
		config := good
		change(&config)
		if _, err := New(config); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
