package sms

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/notify/notifytest"
)

var noon = time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC)

func testConfig(server *twiliofake.Server) Config {
	return Config{
		AccountSID: twiliofake.AccountSID, AuthToken: twiliofake.AuthToken,
		Default: Origin{From: "+12125550100"}, BaseURL: server.URL(),
		PublicURL: "https://maple.example.com/", Now: func() time.Time { return noon },
	}
}

func testMessage(n int64) notify.Message {
	return notify.Message{
		ContactID: n, Attempt: 1, ShopID: "main", Channel: outreach.SMS,
		To: "+1212555" + strconv.FormatInt(1000+n, 10), Segments: 1,
		Text: "Maple Street Auto: your front pads were at 3 mm. Ask us anything. Ref " + strconv.FormatInt(n, 10),
		// Far enough ahead for the longest validity.
		ValidUntil: noon.Add(24 * time.Hour),
	}
}

func startServer(t *testing.T, opts twiliofake.Options) *twiliofake.Server {
	t.Helper()
	server, err := twiliofake.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

func newSender(t *testing.T, config Config) *Sender {
	t.Helper()
	sender, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	return sender
}

func TestContract(t *testing.T) {
	start := func(faults ...twiliofake.Fault) func(*testing.T) notifytest.Partner {
		return func(t *testing.T) notifytest.Partner {
			server := startServer(t, twiliofake.Options{})
			config := testConfig(server)
			for _, f := range faults {
				server.Add(f)
				if f.Hang {
					config.Timeout = time.Second // the case lasts until then
				}
			}
			return notifytest.Partner{
				Sender:   newSender(t, config),
				Accepted: func(m notify.Message) int { return server.Count(m.To, m.Text) },
			}
		}
	}
	badNumber := testMessage(1)
	badNumber.To = "212 555 0123"
	injected := testMessage(1)
	injected.To = "+12125550123\r\nX: y"
	contract := notifytest.Contract{
		Start: start(), StartHanging: start(twiliofake.Fault{Hang: true}), Message: testMessage,
		BadMessages: map[string]notify.Message{"number in local form": badNumber, "line break in number": injected},
		Secrets:     []string{twiliofake.AuthToken, twiliofake.AccountSID},
	}
	html := "<html><body>Bad gateway for +12125551001</body></html>"
	tests := []struct {
		name  string
		fault twiliofake.Fault
		want  notify.Outcome
	}{
		{"429", twiliofake.Fault{Status: 429, Code: 20429}, notify.Outcome{Result: notify.Retry, Code: "20429"}},
		{
			"429 with Retry-After",
			twiliofake.Fault{Status: 429, Code: 20429, RetryAfter: "7"},
			notify.Outcome{Result: notify.Retry, RetryAfter: 7 * time.Second},
		},
		{
			"429 in HTML, until a date",
			twiliofake.Fault{Status: 429, Body: html, RetryAfter: "Mon, 02 Mar 2026 17:02:00 GMT"},
			notify.Outcome{Result: notify.Retry, RetryAfter: 2 * time.Minute},
		},
		{
			"429 with nonsense to wait",
			twiliofake.Fault{Status: 429, Code: 20429, RetryAfter: "-1"},
			notify.Outcome{Result: notify.Retry},
		},
		{"500 before creation", twiliofake.Fault{Status: 500, Code: 20500}, notify.Outcome{Result: notify.Unknown, Code: "20500"}},
		{"500 after creation", twiliofake.Fault{Status: 500, Code: 20500, Accept: true}, notify.Outcome{Result: notify.Unknown, Code: "20500"}},
		{"empty 500", twiliofake.Fault{Status: 500, Accept: true}, notify.Outcome{Result: notify.Unknown, Code: "500"}},
		{"HTML 502", twiliofake.Fault{Status: 502, Body: html}, notify.Outcome{Result: notify.Unknown, Code: "502"}},
		{"503", twiliofake.Fault{Status: 503, Code: 20503, Accept: true}, notify.Outcome{Result: notify.Unknown, Code: "20503"}},
		{"huge 502", twiliofake.Fault{Status: 502, Body: "<" + strings.Repeat("x", 1<<20)}, notify.Outcome{Result: notify.Unknown}},
		{"no answer", twiliofake.Fault{Hang: true}, notify.Outcome{Result: notify.Unknown}},
		{"no answer after creation", twiliofake.Fault{Hang: true, Accept: true}, notify.Outcome{Result: notify.Unknown}},
		{"connection dropped", twiliofake.Fault{Cut: true}, notify.Outcome{Result: notify.Unknown}},
		{"connection dropped after creation", twiliofake.Fault{Cut: true, Accept: true}, notify.Outcome{Result: notify.Unknown}},
		{"201 in HTML", twiliofake.Fault{Status: 201, Body: html, Accept: true}, notify.Outcome{Result: notify.Unknown, Code: "201"}},
		{"200 {}", twiliofake.Fault{Status: 200, Body: "{}", Accept: true}, notify.Outcome{Result: notify.Unknown}},
		{"201 with a strange SID", twiliofake.Fault{Status: 201, Body: `{"sid":"x"}`, Accept: true}, notify.Outcome{Result: notify.Unknown}},
		{"201 null", twiliofake.Fault{Status: 201, Body: "null", Accept: true}, notify.Outcome{Result: notify.Unknown}},
		{
			"302",
			twiliofake.Fault{Status: 302, Location: "https://elsewhere.example.com/"},
			notify.Outcome{Result: notify.Retry, Effect: notify.StopChannel},
		},
		{"HTML 403 of a proxy", twiliofake.Fault{Status: 403, Body: html}, notify.Outcome{Result: notify.Retry, Effect: notify.StopChannel}},
		{"408 of a proxy", twiliofake.Fault{Status: 408, Accept: true}, notify.Outcome{Result: notify.Unknown}},
		{"401", twiliofake.Fault{Status: 401, Code: 20003}, notify.Outcome{Result: notify.Retry, Effect: notify.StopChannel, Code: "20003"}},
		{"404", twiliofake.Fault{Status: 404, Code: 20404}, notify.Outcome{Result: notify.Retry, Effect: notify.StopChannel}},
		{"30034", twiliofake.Fault{Status: 400, Code: 30034}, notify.Outcome{Result: notify.Refused, Effect: notify.StopChannel, Code: "30034"}},
		{"21610", twiliofake.Fault{Status: 400, Code: 21610}, notify.Outcome{Result: notify.Refused, Effect: notify.SuppressAddress}},
		{"21614", twiliofake.Fault{Status: 400, Code: 21614}, notify.Outcome{Result: notify.Refused, Effect: notify.MarkLandline}},
		{"21211", twiliofake.Fault{Status: 400, Code: 21211}, notify.Outcome{Result: notify.Refused, Effect: notify.InvalidateAddress}},
		{"21611", twiliofake.Fault{Status: 400, Code: 21611}, notify.Outcome{Result: notify.Retry}},
		{"a code nobody knows", twiliofake.Fault{Status: 400, Code: 29999}, notify.Outcome{Result: notify.Refused, Code: "29999"}},
		{"20500 under 400", twiliofake.Fault{Status: 400, Code: 20500, Accept: true}, notify.Outcome{Result: notify.Unknown}},
	}
	for _, tt := range tests {
		contract.Cases = append(contract.Cases, notifytest.Case{Name: tt.name, Start: start(tt.fault), Want: tt.want})
	}
	contract.Cases = append(
		contract.Cases,
		notifytest.Case{
			Name: "wrong token",
			Start: func(t *testing.T) notifytest.Partner {
				server := startServer(t, twiliofake.Options{})
				config := testConfig(server)
				config.AuthToken = "fedcba9876543210"
				return notifytest.Partner{Sender: newSender(t, config), Accepted: func(notify.Message) int { return 0 }}
			},
			Want: notify.Outcome{Result: notify.Retry, Effect: notify.StopChannel, Code: "20003"},
		},
		notifytest.Case{
			Name: "nothing listens",
			Start: func(t *testing.T) notifytest.Partner {
				server := startServer(t, twiliofake.Options{})
				config := testConfig(server)
				config.BaseURL = "http://127.0.0.1:1"
				return notifytest.Partner{Sender: newSender(t, config), Accepted: func(notify.Message) int { return 0 }}
			},
			Want: notify.Outcome{Result: notify.Retry},
		},
	)
	contract.Secrets = append(contract.Secrets, "fedcba9876543210")
	notifytest.Run(t, contract)
}
