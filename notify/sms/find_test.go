package sms

import (
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
	"github.com/courtesyd/courtesyd/notify"
)

func TestFind(t *testing.T) {
	const to, words = "+12125550123", "Maple: your brakes’ pads – 3 mm. Ref 7"
	handed := time.Date(2026, 3, 3, 0, 5, 0, 0, time.UTC) // just after midnight GMT
	base := twiliofake.Message{CreatedAt: handed.Add(time.Second), To: to, From: "+12125550100", Body: words, Status: "delivered"}
	with := func(change func(*twiliofake.Message)) twiliofake.Message {
		m := base
		change(&m)
		return m
	}
	tests := []struct {
		name    string
		books   []twiliofake.Message
		want    notify.Result // "" when nothing is to be found
		effect  notify.Effect
		wantErr string
	}{
		{name: "nothing"},
		{name: "sent", books: []twiliofake.Message{base}, want: notify.Accepted},
		{name: "still queued", books: []twiliofake.Message{with(func(m *twiliofake.Message) { m.Status = "queued" })}, want: notify.Accepted},
		{
			name: "created yesterday by GMT, clock behind",
			books: []twiliofake.Message{with(func(m *twiliofake.Message) {
				m.CreatedAt = handed.Add(-90 * time.Second)
			})},
			want: notify.Accepted,
		},
		{
			name: "smart encoding and trial line",
			books: []twiliofake.Message{with(func(m *twiliofake.Message) {
				m.Body = "Sent from your Twilio trial account - Maple: your brakes' pads - 3 mm. Ref 7"
			})},
			want: notify.Accepted,
		},
		{
			name: "failed", books: []twiliofake.Message{with(func(m *twiliofake.Message) { m.Status, m.ErrorCode = "undelivered", 30005 })},
			want: notify.Refused, effect: notify.InvalidateAddress,
		},
		{name: "other words", books: []twiliofake.Message{with(func(m *twiliofake.Message) { m.Body = "Maple: hello. Ref 8" })}},
		{name: "other number", books: []twiliofake.Message{with(func(m *twiliofake.Message) { m.To = "+12125550124" })}},
		{name: "other sender", books: []twiliofake.Message{with(func(m *twiliofake.Message) { m.From = "+12125550199" })}},
		{name: "inbound", books: []twiliofake.Message{with(func(m *twiliofake.Message) { m.Direction = "inbound" })}},
		{name: "an earlier one", books: []twiliofake.Message{with(func(m *twiliofake.Message) { m.CreatedAt = handed.Add(-time.Hour) })}},
		{name: "a later one", books: []twiliofake.Message{with(func(m *twiliofake.Message) { m.CreatedAt = handed.Add(time.Hour) })}},
		{name: "two that fit", books: []twiliofake.Message{base, base}, wantErr: "settle it by hand"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := startServer(t, twiliofake.Options{})
			for _, m := range tt.books {
				server.Put(m)
			}
			attempt := notify.Attempt{ShopID: "main", To: to, Text: words, HandedAt: handed}
			got, found, err := newSender(t, testConfig(server)).Find(t.Context(), attempt)
			if (err != nil) != (tt.wantErr != "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
				t.Fatalf("error %v, want %q", err, tt.wantErr)
			}
			if found != (tt.want != "") || got.Result != tt.want || got.Effect != tt.effect {
				t.Errorf("Find = %+v, %v; want %q %q", got, found, tt.want, tt.effect)
			}
			if found && got.ProviderID != server.Created()[0].SID {
				t.Errorf("provider id %q", got.ProviderID)
			}
		})
	}
}

func TestFindLooksThroughAllPages(t *testing.T) {
	server := startServer(t, twiliofake.Options{})
	m := twiliofake.Message{CreatedAt: noon, To: "+12125550123", From: "+12125550100", Body: "the one", Status: "sent"}
	sid := server.Put(m)
	m.Body = strings.Repeat("another ", 100)
	for range 3 * listPage {
		server.Put(m)
	}
	attempt := notify.Attempt{ShopID: "main", To: m.To, Text: "the one", HandedAt: noon}
	got, found, err := newSender(t, testConfig(server)).Find(t.Context(), attempt)
	if err != nil || !found || got.ProviderID != sid {
		t.Errorf("Find = %+v, %v, %v", got, found, err)
	}
}

func TestFindAfterALostAnswer(t *testing.T) {
	server := startServer(t, twiliofake.Options{Now: func() time.Time { return noon }})
	server.Add(twiliofake.Fault{Cut: true, Accept: true})
	sender := newSender(t, testConfig(server))
	m := testMessage(1)
	if got := sender.Send(t.Context(), m); got.Result != notify.Unknown {
		t.Fatalf("Send = %+v, want unknown", got)
	}
	got, found, err := sender.Find(t.Context(), notify.Attempt{ShopID: m.ShopID, To: m.To, Text: m.Text, HandedAt: noon})
	if err != nil || !found || got.Result != notify.Accepted || got.ProviderID != server.Created()[0].SID {
		t.Errorf("Find = %+v, %v, %v", got, found, err)
	}
}

func TestFindSaysWhenItCannotLook(t *testing.T) {
	server := startServer(t, twiliofake.Options{})
	config := testConfig(server)
	config.AuthToken = "wr0ng"
	_, found, err := newSender(t, config).Find(t.Context(), notify.Attempt{To: "+12125550123", Text: "x", HandedAt: noon})
	if err == nil || found || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("Find = %v, %v", found, err)
	}
}
