package mail

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/courtesyd/courtesyd/notify/email"
)

func password() (string, error) { return "correct-horse-battery", nil }

// TestRunWaits has the database away for an hour and then back: the looks become
// rarer, the log tells of it once, and of the end.
func TestRunWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		o := &office{away: true}
		p, err := NewPoller(Config{
			Server: Server{Host: "mail.example.com", Username: "u", Password: password},
			Desk:   o, People: o, Feed: o, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		begun := time.Now()
		go p.Run(ctx)
		time.Sleep(time.Hour)
		synctest.Wait()
		var minutes []int
		for _, at := range o.claims {
			minutes = append(minutes, int(at.Sub(begun).Minutes()))
		}
		if want := []int{0, 2, 6, 14, 29, 44, 59}; !slices.Equal(minutes, want) {
			t.Errorf("looks after %v minutes, want %v", minutes, want)
		}
		if n := strings.Count(log.String(), "\n"); n != 1 {
			t.Errorf("%d lines in the log:\n%s", n, &log)
		}

		o.mu.Lock()
		o.away, o.other, o.claims = false, true, nil
		o.mu.Unlock()
		time.Sleep(18 * time.Minute)
		synctest.Wait()
		if n := len(o.claims); n < 3 {
			t.Errorf("%d looks in the quarter of an hour after the outage", n)
		}
		if !strings.Contains(log.String(), "read again") || strings.Count(log.String(), "\n") != 2 {
			t.Errorf("log:\n%s", &log)
		}
		cancel()
	})
}

func TestPlace(t *testing.T) {
	want := place{validity: 1700000000, uid: 4294967295, folder: "Shop:Answers/Été"}
	if got := parsePlace(want.String()); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, cursor := range []string{"", "1", "1:2", "x:2:INBOX", "1:x:INBOX", "-1:2:INBOX", "99999999999:1:INBOX"} {
		if got := parsePlace(cursor); got != (place{}) {
			t.Errorf("%q: got %+v", cursor, got)
		}
	}
}

// TestDeliver has strangers write: only what is certainly for us is taken.
func TestDeliver(t *testing.T) {
	for name, want := range map[string]bool{
		"reply-unasked": false, "unsubscribe-bad-token": false, "reply-gmail": true, "unsubscribe-no-token": true,
		"foreign-newsletter": false, "unsubscribe-token": true, "bounce-postfix-unknown": true,
	} {
		o := &office{strangers: []string{"pat.sample@customer.example"}}
		p := newPoller(t, Server{Host: "127.0.0.1", Username: "u", Password: password}, testReader(), o)
		letter, err := p.Reader.Read(message(t, name), noon, noon)
		if err != nil {
			t.Fatal(err)
		}
		took, err := p.deliver(t.Context(), letter)
		if recorded := len(o.arrivals)+len(o.news)+len(o.unsubscribed) == 1; err != nil || took != want || recorded != want {
			t.Errorf("%s: taken %v, recorded %v, %v", name, took, recorded, err)
		}
		o.down = true
		if _, err = p.deliver(t.Context(), letter); want && !errors.Is(err, errAway) {
			t.Errorf("%s: got %v from a desk that takes nothing", name, err)
		}
	}
}

func TestServerIsChecked(t *testing.T) {
	good := Server{Host: "mail.example.com", Username: "u", Password: password}
	for want, change := range map[string]func(*Server){
		"":                            func(*Server) {},
		"imap.host":                   func(s *Server) { s.Host = "" },
		"imap.username":               func(s *Server) { s.Password = nil },
		"unknown TLS mode":            func(s *Server) { s.TLS = "some" },
		"would cross the network":     func(s *Server) { s.TLS = email.NoTLS },
		"read imap.ca_file":           func(s *Server) { s.CAFile = "testdata/absent.pem" },
		"holds no certificate in PEM": func(s *Server) { s.CAFile = "testdata/reply-gmail.eml" },
	} {
		server := good
		change(&server)
		_, err := NewPoller(Config{Server: server})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
