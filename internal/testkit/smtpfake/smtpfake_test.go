package smtpfake

import (
	"net/smtp"
	"path/filepath"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/testkit/ledger"
)

const mail = "From: a@example.com\r\nMessage-ID: <m1@example.com>\r\n\r\nHello\r\n.dot\r\n"

func send(addr, to string) error {
	return smtp.SendMail(addr, nil, "a@example.com", []string{to}, []byte(mail))
}

func TestBooks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	for run := range 2 { // the ledger goes on after a restart
		server, err := Start(Options{Ledger: path, KeepData: true})
		if err != nil {
			t.Fatal(err)
		}
		server.Add(Rule{Stage: OnRcpt, To: "no@example.com", Reply: "550 5.1.1 unknown"})
		if err := send(server.Addr(), "Pat@example.com"); err != nil {
			t.Error(err)
		}
		if err := send(server.Addr(), "no@example.com"); err == nil {
			t.Error("refused recipient was accepted")
		}
		accepted := server.Accepted()
		if len(accepted) != 1 || server.Count("m1@example.com") != 1 || accepted[0].To != "pat@example.com" ||
			accepted[0].From != "a@example.com" || string(accepted[0].Data) != mail {
			t.Errorf("books: %+v", accepted)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		entries, err := ledger.Read[Message](path)
		if err != nil || len(entries) != run+1 || entries[run].MessageID != "m1@example.com" {
			t.Errorf("ledger: %+v, %v", entries, err)
		}
	}
}

func TestAcceptedAndNotTold(t *testing.T) {
	server, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.Add(Rule{Stage: OnAccepted, Nth: 2, Times: 1, Cut: true})
	for i, wantErr := range []bool{false, true, false} {
		if err := send(server.Addr(), "pat@example.com"); (err != nil) != wantErr {
			t.Errorf("mail %d: %v", i+1, err)
		}
	}
	if got := server.Count("m1@example.com"); got != 3 {
		t.Errorf("%d accepted, want 3", got)
	}
}

func TestNotAcceptedWithoutTheDot(t *testing.T) {
	server, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client, err := smtp.Dial(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Mail("a@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := client.Rcpt("pat@example.com"); err != nil {
		t.Fatal(err)
	}
	body, err := client.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := body.Write([]byte(strings.Repeat(mail, 1000))); err != nil {
		t.Fatal(err)
	}
	client.Close() // no dot
	if err := send(server.Addr(), "pat@example.com"); err != nil {
		t.Fatal(err)
	}
	if got := len(server.Accepted()); got != 1 {
		t.Errorf("%d accepted, want only the whole one", got)
	}
}
