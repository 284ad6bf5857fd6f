package app

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/web"
)

// freeAddress is one at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// answering serves what a daemon with no pages does, until the test ends.
func answering(t *testing.T, listen string) (address string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	h, err := web.Handler(web.Config{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends when it is closed
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return listener.Addr().String()
}

func TestCheckOfThePages(t *testing.T) {
	c := emptyConfig(t)
	report := checked(t, c, nil)
	expect(t, report, "ok customer page: off", "messages have no links")
	expect(t, report, "ok staff pages: off", "set staff.listen")

	// Where there is no database yet, there is nobody to count.
	c.Staff.Listen = freeAddress(t)
	expect(t, checked(t, c, nil), "warn staff pages: nobody answers at http://"+c.Staff.Listen, "is the daemon at work")

	db, err := OpenDatabase(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	expect(t, checked(t, c, nil), "warn staff pages: nobody can sign in yet", `courtesyd user add pat --name "Pat Sample" --role manager`)
	users := store.Users{DB: db}
	if _, err := users.Add(t.Context(), noon(), "test", outreach.User{Login: "pat", Name: "Pat", Role: outreach.RoleManager}, ""); err != nil {
		t.Fatal(err)
	}
	c.Staff.Listen = answering(t, "127.0.0.1:0")
	report = checked(t, c, nil)
	expect(t, report, "ok staff pages: at http://"+c.Staff.Listen)
	if strings.Contains(report, "warn staff pages") {
		t.Errorf("a warning for nothing:\n%s", report)
	}

	// Others can reach all addresses of the machine, and nothing is encrypted there.
	_, port, err := net.SplitHostPort(answering(t, ":0"))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"", "0.0.0.0", "[::]"} {
		c.Staff.Listen, c.Staff.URL = host+":"+port, "https://courtesy.shop.example.com"
		report = checked(t, c, nil)
		expect(t, report, "warn staff pages: staff.listen "+c.Staff.Listen, "without encryption (TLS)")
		expect(t, report, "ok staff pages: at https://courtesy.shop.example.com")
	}
}

func TestCheckOfTheCustomerPage(t *testing.T) {
	c := emptyConfig(t)
	c.HTTP.Listen = answering(t, "127.0.0.1:0")
	c.PublicURL = "http://" + c.HTTP.Listen
	expect(t, checked(t, c, nil), "ok customer page:", "leads to the daemon")
	c.PublicURL = "http://" + freeAddress(t)
	expect(t, checked(t, c, nil), "warn customer page:", "does not lead to the daemon")
}
