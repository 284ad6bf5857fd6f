package sms

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

func TestMessagesPageByPage(t *testing.T) {
	server := startServer(t, twiliofake.Options{Now: func() time.Time { return noon }})
	put := func(n int, at time.Time) {
		server.Put(twiliofake.Message{
			CreatedAt: at, From: "+12125550123", To: "+12125550100", Body: fmt.Sprint(n), Direction: "inbound", Status: "received",
		})
	}
	put(-1, noon.AddDate(0, 0, -2))
	for n := range 2*listPage + 1 {
		put(n, noon)
	}
	sender := newSender(t, testConfig(server))
	page, seen := "", 0
	for pages := 1; ; pages++ {
		list, err := sender.Messages(t.Context(), noon.AddDate(0, 0, -1), time.Time{}, page)
		if err != nil {
			t.Fatal(err)
		}
		if !list.Now.Equal(noon) {
			t.Errorf("Twilio's clock shows %v, want %v", list.Now, noon)
		}
		for _, r := range list.Records {
			if want := fmt.Sprint(2*listPage - seen); r.Body != want {
				t.Fatalf("message %s, want %s: none twice, none left out, the newest first", r.Body, want)
			}
			seen++
		}
		put(1000+pages, noon) // comes in meanwhile
		if page = list.Next; page == "" {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
	}
	if seen != 2*listPage+1 {
		t.Errorf("%d messages listed, want %d", seen, 2*listPage+1)
	}
	past, err := sender.Messages(t.Context(), noon.AddDate(0, 0, -3), noon.AddDate(0, 0, -1), "")
	if err != nil || len(past.Records) != 1 || past.Records[0].Body != "-1" {
		t.Errorf("past days: %+v, %v", past, err)
	}
}

func TestMessage(t *testing.T) {
	server := startServer(t, twiliofake.Options{})
	put := twiliofake.Message{
		CreatedAt: noon, From: "+12125550100", To: "+12125550123", ServiceSID: "MG00000000000000000000000000000001",
		Body: "words", Media: 2, Status: "undelivered", ErrorCode: 30003,
	}
	sid := server.Put(put)
	sender := newSender(t, testConfig(server))
	want := Record{
		SID: sid, Direction: "outbound-api", From: put.From, To: put.To, ServiceSID: put.ServiceSID, Body: put.Body,
		Media: 2, Status: put.Status, ErrorCode: 30003, At: noon,
	}
	if got, err := sender.Message(t.Context(), sid); err != nil || got != want {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	for _, sid := range []string{"SM000000000000000000000000000000ff", "../Calls/CA1", ""} {
		if _, err := sender.Message(t.Context(), sid); !errors.Is(err, ErrNoMessage) {
			t.Errorf("%q: %v, want ErrNoMessage", sid, err)
		}
	}
	failures := map[string]twiliofake.Fault{
		"credentials are not accepted": {Status: 401, Code: 20003},
		"status 502":                   {Status: 502, Body: "<html>"},
		"status 404":                   {Status: 404, Body: "<html>"}, // of something else that answers
		"cannot reach":                 {Cut: true},
	}
	for want, fault := range failures {
		fault.Reads = true
		server.Add(fault)
		_, err := sender.Message(t.Context(), sid)
		if err == nil || errors.Is(err, ErrNoMessage) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), sid) {
			t.Errorf("%v, want %q in it", err, want)
		}
		server.ClearFaults()
	}
}

func TestOneBadMessageSpoilsNoPage(t *testing.T) {
	const entry = `{"sid":"SM0000000000000000000000000000000%d","direction":"inbound","from":"+12125550123","to":"+12125550100","body":null,` +
		`"num_media":%s,"status":"received","error_code":%s,"date_created":"%s","date_sent":null}`
	const date = "Mon, 02 Mar 2026 17:00:00 +0000"
	entries := []string{
		fmt.Sprintf(entry, 1, `"0"`, "null", date),
		fmt.Sprintf(entry, 2, `"0"`, `"30003"`, date),
		fmt.Sprintf(entry, 3, `"0"`, "null", "yesterday"),
		`{"sid":"SM1","direction":"inbound"}`,
		`{"sid":"SM00000000000000000000000000000004","direction":"inbound"}`,
		`{"sid":"SM00000000000000000000000000000005"}`,
		`null`, `[]`, `7`,
		fmt.Sprintf(entry, 6, `"many"`, "null", date),
	}
	server := startServer(t, twiliofake.Options{})
	server.Add(twiliofake.Fault{Reads: true, Status: http.StatusOK, Body: `{"messages":[` + strings.Join(entries, ",") + `]}`})
	list, err := newSender(t, testConfig(server)).Messages(t.Context(), noon, noon, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Records) != 2 || !list.Records[0].At.Equal(noon) || list.Records[1].SID != "SM00000000000000000000000000000006" {
		t.Errorf("read: %+v", list.Records)
	}
	keys := map[string]bool{}
	for _, bad := range list.Bad {
		keys[bad.Key] = true
		if bad.Why == "" || len(bad.Key) > 40 {
			t.Errorf("%+v", bad)
		}
	}
	if len(keys) != 8 || !keys["SM00000000000000000000000000000002"] || !keys["SM00000000000000000000000000000003"] {
		t.Errorf("set aside: %v", keys)
	}
}
