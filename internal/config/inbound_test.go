package config

import (
	"strings"
	"testing"
	"time"
)

func TestInboundSMS(t *testing.T) {
	const webhook = "public_url: https://shop.test\nlink_key: 0123456789abcdef0123456789abcdef\nhttp: {listen: '127.0.0.1:8417'}\ninbound: {sms: webhook}\n"
	for _, tt := range []struct {
		name, source string
		want         InboundMode
	}{
		{"nothing sent", "mode: rehearsal\n", InboundOff},
		{"Twilio sends", liveYAML, InboundPoll},
		{"not wanted", liveYAML + "inbound: {sms: off}\n", InboundOff},
		{"called", liveYAML + webhook, InboundWebhook},
		{"asked without sending", "twilio: {account_sid: AC00000000000000000000000000000000, auth_token: x}\ninbound: {sms: poll}\n", InboundPoll},
	} {
		if got := parse(t, tt.source).InboundSMS(); got != tt.want {
			t.Errorf("%s: texts come in by %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestWebhookNeedsTheToken gives an API key alone, with which one can send but
// not check what Twilio has signed.
func TestWebhookNeedsTheToken(t *testing.T) {
	const source = `public_url: https://shop.test
link_key: 0123456789abcdef0123456789abcdef
http: {listen: '[::1]:8417'}
inbound: {sms: webhook}
twilio: {account_sid: AC00000000000000000000000000000000, api_key_sid: SK00000000000000000000000000000000, api_key_secret: x}
`
	_, err := Parse([]byte(source), Options{File: "c.yaml"})
	if err == nil || !strings.Contains(err.Error(), "twilio.auth_token: is missing: inbound.sms is webhook, and Twilio signs") {
		t.Errorf("got %v", err)
	}
	parse(t, strings.Replace(source, "api_key_sid", "auth_token: x, previous_auth_token: y, api_key_sid", 1))
}

func TestMailboxOnThisMachine(t *testing.T) {
	cfg := parse(t, "imap: {host: 127.0.0.1, port: 10143, tls: none, username: u, password: x}\n")
	want := IMAP{
		Host: "127.0.0.1", Port: 10143, TLS: TLSNone, Username: "u", Password: NewSecret("x"),
		Folder: "INBOX", PollEvery: time.Minute,
	}
	if cfg.IMAP != want {
		t.Errorf("got %+v, want %+v", cfg.IMAP, want)
	}
}

func TestLoopback(t *testing.T) {
	for listen, want := range map[string]bool{
		"127.0.0.1:8417": true, "[::1]:8417": true, "localhost:8417": true,
		":8417": false, "0.0.0.0:8417": false, "192.0.2.1:8417": false, "": false,
	} {
		if got := Loopback(listen); got != want {
			t.Errorf("%q is for this machine alone: %v, want %v", listen, got, want)
		}
		if listen != "" && !isListenAddress(listen) {
			t.Errorf("%q is refused", listen)
		}
	}
}

func TestOpenHoursOfAShop(t *testing.T) {
	cfg := parse(t, `shops:
  - {id: a, name: A, time_zone: America/New_York, open_days: [mon, tue], closures: [2026-12-08]}
  - {id: b, name: B, time_zone: America/New_York, open_hours: {to: "17:30"}}
  - {id: c, name: C, time_zone: America/New_York, open_hours: {from: "0:00", to: "24:00"}}
`)
	want := []OpenHours{{480, 1080}, {480, 1050}, {0, 1440}}
	for i, s := range cfg.Shops {
		if s.OpenHours != want[i] {
			t.Errorf("shop %s is open %+v, want %+v", s.ID, s.OpenHours, want[i])
		}
	}
	office := cfg.Shops[0].Office(cfg.ShopList()[0].Location())
	monday := time.Date(2026, 12, 7, 17, 0, 0, 0, office.Location)
	if got, want := office.After(monday, 2*time.Hour), time.Date(2026, 12, 14, 9, 0, 0, 0, office.Location); !got.Equal(want) {
		t.Errorf("two open hours after %s is %s, want %s", monday, got, want)
	}
	// The Monday between is Martin Luther King Day.
	if got, want := office.EndOfDay(time.Date(2027, 1, 14, 9, 0, 0, 0, office.Location), 1), time.Date(2027, 1, 19, 18, 0, 0, 0, office.Location); !got.Equal(want) {
		t.Errorf("the next business day ends %s, want %s", got, want)
	}
}
