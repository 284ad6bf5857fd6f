package email

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/notify"
)

const testPassword = "correct-horse-battery"

func testComposer(t *testing.T, change func(*ComposerConfig)) *Composer {
	t.Helper()
	config := ComposerConfig{
		Installation: "test",
		Default:      Identity{Name: "Maple Street Auto", Address: "service@maple.example.com"},
		Now:          func() time.Time { return time.Date(2026, 3, 2, 15, 4, 5, 0, time.UTC) },
	}
	if change != nil {
		change(&config)
	}
	c, err := NewComposer(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func testMessage(contact int64) notify.Message {
	return notify.Message{
		ContactID: contact, Attempt: 1, ShopID: "main", Channel: outreach.Email,
		To: "pat" + strconv.FormatInt(contact, 10) + "@example.com", ToName: "Pat Doe",
		Subject: "Your front brakes", Text: "Hello Pat,\n\nyour front pads were at 3 mm.\n",
		HTML:        "<p>Hello Pat,</p><p>your front pads were at 3&nbsp;mm.</p>",
		Unsubscribe: "https://maple.example.com/u/abc123", UnsubscribeMail: "mailto:stop@maple.example.com?subject=abc123",
	}
}

func startServer(t *testing.T, opts smtpfake.Options) *smtpfake.Server {
	t.Helper()
	opts.KeepData = true
	server, err := smtpfake.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

func configFor(t *testing.T, server *smtpfake.Server) Config {
	t.Helper()
	host, port, err := net.SplitHostPort(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return Config{Host: host, Port: number, TLS: NoTLS, HELO: "client.example.test"}
}

func withCA(t *testing.T, config Config, server *smtpfake.Server, mode TLSMode) Config {
	t.Helper()
	config.TLS = mode
	config.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(config.CAFile, server.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

func withLogin(config Config, method AuthMethod) Config {
	config.Auth, config.Username = method, "courtesy"
	config.Password = func() (string, error) { return testPassword, nil }
	return config
}

func newSender(t *testing.T, config Config) *Sender {
	t.Helper()
	sender, err := New(config, testComposer(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	return sender
}

func TestSendOverEveryKindOfConnection(t *testing.T) {
	tests := []struct {
		name   string
		server smtpfake.TLSMode
		client TLSMode
		auth   AuthMethod
	}{
		{"plain", smtpfake.Plain, NoTLS, ""},
		{"plain with login on loopback", smtpfake.Plain, NoTLS, AuthPlain},
		{"STARTTLS", smtpfake.StartTLS, StartTLS, ""},
		{"STARTTLS, any login", smtpfake.StartTLS, StartTLS, AuthAuto},
		{"STARTTLS, PLAIN", smtpfake.StartTLS, StartTLS, AuthPlain},
		{"implicit TLS, LOGIN", smtpfake.ImplicitTLS, ImplicitTLS, AuthLogin},
		{"implicit TLS, any login", smtpfake.ImplicitTLS, ImplicitTLS, AuthAuto},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts := smtpfake.Options{TLS: tt.server}
			if tt.auth != "" {
				opts.Username, opts.Password = "courtesy", testPassword
			}
			server := startServer(t, opts)
			config := configFor(t, server)
			if tt.client != NoTLS {
				config = withCA(t, config, server, tt.client)
			}
			if tt.auth != "" {
				config = withLogin(config, tt.auth)
			}
			sender := newSender(t, config)
			if err := sender.Check(t.Context()); err != nil {
				t.Fatalf("Check: %v", err)
			}
			for i := range int64(3) {
				got := sender.Send(t.Context(), testMessage(i+1))
				want := notify.Outcome{
					Result: notify.Accepted, Provider: "smtp", Code: "250 2.0.0",
					ProviderID: "q-c" + strconv.FormatInt(i+1, 10) + ".test", Detail: got.Detail,
				}
				if got != want {
					t.Errorf("outcome %+v, want %+v", got, want)
				}
			}
			if n := len(server.Accepted()); n != 3 {
				t.Errorf("server accepted %d mails, want 3", n)
			}
			if n := server.Connections(); n != 2 {
				t.Errorf("%d connections, want one for Check and one for three mails", n)
			}
		})
	}
}

func TestCheckTellsWhatToDo(t *testing.T) {
	tests := []struct {
		name    string
		opts    smtpfake.Options
		rule    smtpfake.Rule
		change  func(*testing.T, *Config, *smtpfake.Server)
		want    string
		stopped bool
	}{
		{
			name: "wrong password", opts: smtpfake.Options{Username: "courtesy", Password: "other"},
			change: func(_ *testing.T, c *Config, _ *smtpfake.Server) { *c = withLogin(*c, AuthPlain) },
			want:   "check user name, password", stopped: true,
		},
		{
			name: "unknown authority", opts: smtpfake.Options{TLS: smtpfake.StartTLS},
			change: func(_ *testing.T, c *Config, _ *smtpfake.Server) { c.TLS = StartTLS },
			want:   "certificate is not valid", stopped: true,
		},
		{
			name:   "STARTTLS not offered",
			change: func(_ *testing.T, c *Config, _ *smtpfake.Server) { c.TLS = StartTLS },
			want:   "does not offer the encryption", stopped: true,
		},
		{
			name: "handshake broken off", opts: smtpfake.Options{TLS: smtpfake.StartTLS},
			rule: smtpfake.Rule{Stage: smtpfake.OnTLS, Cut: true},
			change: func(t *testing.T, c *Config, s *smtpfake.Server) {
				*c = withCA(t, *c, s, StartTLS)
			},
			want: "cannot be reached or broke off",
		},
		{
			name: "busy", rule: smtpfake.Rule{Stage: smtpfake.OnConnect, Reply: "421 4.3.2 too busy"},
			want: "did not let us in for now (421 4.3.2)",
		},
		{
			name: "blocked", rule: smtpfake.Rule{Stage: smtpfake.OnConnect, Reply: "554 5.7.1 go away"},
			want: "refused the connection", stopped: true,
		},
		{
			name: "login out of order", opts: smtpfake.Options{Username: "courtesy", Password: testPassword},
			rule:   smtpfake.Rule{Stage: smtpfake.OnAuth, Reply: "454 4.7.0 temporary failure"},
			change: func(_ *testing.T, c *Config, _ *smtpfake.Server) { *c = withLogin(*c, AuthLogin) },
			want:   "did not let us in for now (454 4.7.0)",
		},
		{
			name:   "nothing listens",
			change: func(_ *testing.T, _ *Config, s *smtpfake.Server) { s.Close() },
			want:   "cannot be reached",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, err := smtpfake.Start(tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			config := configFor(t, server)
			if tt.rule.Stage != "" {
				server.Add(tt.rule)
			}
			if tt.change != nil {
				tt.change(t, &config, server)
			}
			if tt.name != "nothing listens" {
				defer server.Close()
			}
			sender := newSender(t, config)
			err = sender.Check(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check = %v, want %q in it", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), testPassword) {
				t.Error("Check tells the password")
			}
			got := sender.Send(t.Context(), testMessage(1))
			if got.Result != notify.Retry || (got.Effect == notify.StopChannel) != tt.stopped {
				t.Errorf("Send = %+v, want retry, channel stopped: %v", got, tt.stopped)
			}
		})
	}
}

func TestSendWaitsForAFreeConnectionNoLongerThanItsContext(t *testing.T) {
	server := startServer(t, smtpfake.Options{})
	server.Add(smtpfake.Rule{Stage: smtpfake.OnMail, Hang: true})
	config := configFor(t, server)
	config.MaxConnections = 1
	sender := newSender(t, config)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	results := make(chan notify.Outcome, 2)
	for i := range int64(2) {
		go func() { results <- sender.Send(ctx, testMessage(i+1)) }()
	}
	for range 2 {
		if got := <-results; got.Result != notify.Retry {
			t.Errorf("Send = %+v, want retry", got)
		}
	}
}

func TestNothingLeavesAfterItsWindow(t *testing.T) {
	server := startServer(t, smtpfake.Options{})
	sender, err := New(configFor(t, server), testComposer(t, func(c *ComposerConfig) { c.Now = time.Now }))
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	m := testMessage(1)
	m.ValidUntil = time.Now().Add(-time.Second)
	if got := sender.Send(t.Context(), m); got.Result != notify.Retry {
		t.Errorf("a mail handed over too late: %+v, want retry", got)
	}
	server.Add(smtpfake.Rule{Stage: smtpfake.OnRcpt, Delay: 300 * time.Millisecond, Times: 1})
	m.ValidUntil = time.Now().Add(150 * time.Millisecond)
	if got := sender.Send(t.Context(), m); got.Result != notify.Retry || got.Effect != notify.NoEffect {
		t.Errorf("a mail that a slow server kept too long: %+v, want retry", got)
	}
	if n := len(server.Accepted()); n != 0 {
		t.Errorf("server accepted %d mails after the window", n)
	}
	m.ValidUntil = time.Now().Add(time.Minute)
	if got := sender.Send(t.Context(), m); got.Result != notify.Accepted {
		t.Errorf("a mail within its window: %+v", got)
	}
}
