package outbox

import (
	"cmp"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/notify/email"
	"github.com/courtesyd/courtesyd/notify/notifytest"
)

func newSender(t *testing.T, dir string) *Sender {
	t.Helper()
	composer, err := email.NewComposer(email.ComposerConfig{
		Installation: "demo", Default: email.Identity{Name: "Maple Street Auto", Address: "service@maple.example.com"},
		Now: func() time.Time { return time.Date(2026, 3, 2, 15, 4, 5, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := New(dir, composer)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func textMessage(n int64) notify.Message {
	return notify.Message{
		ContactID: n, Attempt: 1, ShopID: "main", Channel: outreach.SMS, To: "+12125550123", Segments: 2,
		Text: "Maple Street Auto: your front pads were at 3 mm.",
	}
}

func mailMessage(n int64) notify.Message {
	m := textMessage(n)
	m.Channel, m.To, m.ToName, m.Subject = outreach.Email, "pat@example.com", "Pat Doe", "Your front brakes"
	m.HTML = "<p>" + m.Text + "</p>"
	return m
}

func TestContract(t *testing.T) {
	kinds := map[string]struct {
		message func(int64) notify.Message
		suffix  string
	}{"mail": {mailMessage, "email.eml"}, "text": {textMessage, "sms.txt"}}
	for kind, k := range kinds {
		in := func(dir string) func(*testing.T) notifytest.Partner {
			return func(t *testing.T) notifytest.Partner {
				sender := newSender(t, cmp.Or(dir, t.TempDir()))
				return notifytest.Partner{Sender: sender, Accepted: func(m notify.Message) int {
					found, _ := filepath.Glob(filepath.Join(sender.dir, fmt.Sprintf("%06d-%d-*", m.ContactID, m.Attempt)))
					return len(found)
				}}
			}
		}
		call := k.message(1)
		call.Channel = outreach.Call
		bad := map[string]notify.Message{"call": call}
		if kind == "mail" {
			nowhere := mailMessage(1)
			nowhere.To = "pat"
			bad["bad address"] = nowhere
		}
		t.Run(kind, func(t *testing.T) {
			notifytest.Run(t, notifytest.Contract{
				Start: in(""), Message: k.message, BadMessages: bad,
				Cases: []notifytest.Case{{
					Name: "folder gone",
					Start: func(t *testing.T) notifytest.Partner {
						p := in(filepath.Join(t.TempDir(), "gone"))(t)
						if err := os.RemoveAll(p.Sender.(*Sender).dir); err != nil {
							t.Fatal(err)
						}
						return p
					},
					Want: notify.Outcome{Result: notify.Retry},
				}},
			})
		})
	}
}

func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "when", "missing")
	sender := newSender(t, dir)
	text, letter := sender.Send(t.Context(), textMessage(123)), sender.Send(t.Context(), mailMessage(7))
	if text.ProviderID != "000123-1-sms.txt" || letter.ProviderID != "000007-1-email.eml" {
		t.Errorf("files %q and %q", text.ProviderID, letter.ProviderID)
	}
	content, err := os.ReadFile(filepath.Join(dir, text.ProviderID))
	if err != nil {
		t.Fatal(err)
	}
	want := "To: +12125550123\nShop: main\nContact: 123, attempt 1\nSegments: 2\n\nMaple Street Auto: your front pads were at 3 mm.\n"
	if string(content) != want {
		t.Errorf("text file %q, want %q", content, want)
	}
	content, err = os.ReadFile(filepath.Join(dir, letter.ProviderID))
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(string(content)))
	if err != nil || m.Header.Get("Subject") != "Your front brakes" || m.Header.Get("Message-ID") != "<c7.demo@maple.example.com>" {
		t.Errorf("mail file: %v, %v", m, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".draft*"))
	if err != nil || len(left) != 0 {
		t.Errorf("drafts left: %v, %v", left, err)
	}
}

func TestAFileIsNeverReplaced(t *testing.T) {
	sender := newSender(t, t.TempDir())
	first := textMessage(1)
	sender.Send(t.Context(), first)
	again := first
	again.Text = "other words"
	if got := sender.Send(t.Context(), again); got.Result != notify.Accepted || got.ProviderID != "000001-1-sms.txt" {
		t.Errorf("%+v", got)
	}
	content, err := os.ReadFile(filepath.Join(sender.dir, "000001-1-sms.txt"))
	if err != nil || !strings.Contains(string(content), first.Text) {
		t.Errorf("file holds %q, %v", content, err)
	}
	again.Attempt = 2
	if got := sender.Send(t.Context(), again); got.ProviderID != "000001-2-sms.txt" {
		t.Errorf("second attempt: %+v", got)
	}
}
