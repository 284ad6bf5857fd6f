package email

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/notify"
)

// piped starts a server reached over in-memory connections, so that time can be
// synctest's.
func piped(t *testing.T, change func(*Config)) (*Sender, *smtpfake.Server) {
	t.Helper()
	server, err := smtpfake.New(smtpfake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	config := Config{Host: "127.0.0.1", TLS: NoTLS, HELO: "client.example.test"}
	config.Dial = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go server.ServeConn(theirs)
		return ours, nil
	}
	if change != nil {
		change(&config)
	}
	sender, err := New(config, testComposer(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		sender.Close()
		server.Close()
	})
	return sender, server
}

func TestTimeoutOfEachCommand(t *testing.T) {
	tests := []struct {
		stage smtpfake.Stage
		took  time.Duration
		want  notify.Result
	}{
		{smtpfake.OnConnect, 5 * time.Minute, notify.Retry},
		{smtpfake.OnEhlo, 5 * time.Minute, notify.Retry},
		{smtpfake.OnMail, 5 * time.Minute, notify.Retry},
		{smtpfake.OnRcpt, 5 * time.Minute, notify.Retry},
		{smtpfake.OnData, 5 * time.Minute, notify.Retry},
		{smtpfake.OnDot, 10 * time.Minute, notify.Unknown},
		{smtpfake.OnAccepted, 10 * time.Minute, notify.Unknown},
	}
	for _, tt := range tests {
		t.Run(string(tt.stage), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sender, server := piped(t, nil)
				server.Add(smtpfake.Rule{Stage: tt.stage, Hang: true})
				start := time.Now()
				got := sender.Send(t.Context(), testMessage(1))
				if took := time.Since(start); got.Result != tt.want || took != tt.took {
					t.Errorf("%+v after %v, want %s after %v", got, took, tt.want, tt.took)
				}
			})
		})
	}
}

func TestASlowServerIsNotBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sender, server := piped(t, nil)
		for _, stage := range []smtpfake.Stage{smtpfake.OnMail, smtpfake.OnRcpt, smtpfake.OnData} {
			server.Add(smtpfake.Rule{Stage: stage, Delay: 4 * time.Minute})
		}
		server.Add(smtpfake.Rule{Stage: smtpfake.OnDot, Delay: 9 * time.Minute})
		if got := sender.Send(t.Context(), testMessage(1)); got.Result != notify.Accepted {
			t.Errorf("%+v", got)
		}
	})
}

func TestContextEndsAtAnyStage(t *testing.T) {
	tests := map[smtpfake.Stage]notify.Result{
		smtpfake.OnConnect: notify.Retry, smtpfake.OnMail: notify.Retry, smtpfake.OnData: notify.Retry,
		smtpfake.OnDot: notify.Unknown, smtpfake.OnAccepted: notify.Unknown,
	}
	for stage, want := range tests {
		synctest.Test(t, func(t *testing.T) {
			sender, server := piped(t, nil)
			server.Add(smtpfake.Rule{Stage: stage, Times: 1, Hang: true})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			got := sender.Send(ctx, testMessage(1))
			if took := time.Since(start); got.Result != want || took != time.Second {
				t.Errorf("%s: %+v after %v, want %s after 1s", stage, got, took, want)
			}
			if got := sender.Send(t.Context(), testMessage(2)); got.Result != notify.Accepted {
				t.Errorf("%s: the next mail: %+v", stage, got)
			}
		})
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sender, server := piped(t, func(c *Config) { c.IdleTimeout = 30 * time.Second })
		for n := int64(1); n <= 6; n++ { // 20 s apart: kept
			if got := sender.Send(t.Context(), testMessage(n)); got.Result != notify.Accepted {
				t.Fatalf("%+v", got)
			}
			time.Sleep(20 * time.Second)
		}
		if got := server.Connections(); got != 1 {
			t.Errorf("%d connections for mails 20s apart, want 1", got)
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		sender.Send(t.Context(), testMessage(7))
		if got := server.Connections(); got != 2 {
			t.Errorf("%d connections after a rest, want 2", got)
		}
	})
}

func TestMessagesPerConnection(t *testing.T) {
	server := startServer(t, smtpfake.Options{})
	config := configFor(t, server)
	config.MessagesPerConnection = 3
	sender := newSender(t, config)
	for n := int64(1); n <= 7; n++ {
		if got := sender.Send(t.Context(), testMessage(n)); got.Result != notify.Accepted {
			t.Fatalf("%+v", got)
		}
	}
	if got := server.Connections(); got != 3 {
		t.Errorf("%d connections for 7 mails, 3 on each", got)
	}
}

func TestMaxConnections(t *testing.T) {
	server := startServer(t, smtpfake.Options{})
	config := configFor(t, server)
	config.MaxConnections = 3
	sender := newSender(t, config)
	var sending sync.WaitGroup
	for n := range int64(100) {
		sending.Go(func() {
			if got := sender.Send(t.Context(), testMessage(n+1)); got.Result != notify.Accepted {
				t.Errorf("%+v", got)
			}
		})
	}
	sending.Wait()
	if got := server.Connections(); got > 3 {
		t.Errorf("%d connections, at most 3 allowed", got)
	}
	if got := len(server.Accepted()); got != 100 {
		t.Errorf("%d mails accepted, want 100", got)
	}
}

func TestARefusalKeepsTheConnection(t *testing.T) {
	server := startServer(t, smtpfake.Options{})
	sender := newSender(t, configFor(t, server))
	server.Add(smtpfake.Rule{Stage: smtpfake.OnRcpt, To: "pat1@example.com", Reply: "550 5.1.1 unknown"})
	server.Add(smtpfake.Rule{Stage: smtpfake.OnDot, To: "pat2@example.com", Reply: "554 5.6.0 no"})
	server.Add(smtpfake.Rule{Stage: smtpfake.OnMail, Nth: 3, Times: 1, Reply: "451 4.3.0 later"})
	want := []notify.Result{notify.Refused, notify.Refused, notify.Retry, notify.Accepted}
	for i, result := range want {
		if got := sender.Send(t.Context(), testMessage(int64(i+1))); got.Result != result {
			t.Errorf("mail %d: %+v, want %s", i+1, got, result)
		}
	}
	if got := server.Connections(); got != 1 {
		t.Errorf("%d connections, want 1", got)
	}
}

func TestARestartedServerCostsNothing(t *testing.T) {
	server := startServer(t, smtpfake.Options{})
	sender := newSender(t, configFor(t, server))
	for n := int64(1); n <= 3; n++ {
		if got := sender.Send(t.Context(), testMessage(n)); got.Result != notify.Accepted {
			t.Errorf("mail %d: %+v", n, got)
		}
		server.DropConnections()
	}
}

func TestClosedSender(t *testing.T) {
	server := startServer(t, smtpfake.Options{})
	sender := newSender(t, configFor(t, server))
	sender.Send(t.Context(), testMessage(1))
	sender.Close()
	sender.Close() // twice is harmless
	if got := sender.Send(t.Context(), testMessage(2)); got.Result != notify.Retry {
		t.Errorf("%+v, want retry", got)
	}
}

// strict is a backend for a server that is not ours, as a second opinion.
type strict struct {
	mu    sync.Mutex
	mails []string
}

func (s *strict) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return s, nil }
func (s *strict) Mail(string, *gosmtp.MailOptions) error          { return nil }
func (s *strict) Rcpt(string, *gosmtp.RcptOptions) error          { return nil }
func (s *strict) Reset()                                          {}
func (s *strict) Logout() error                                   { return nil }

func (s *strict) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, string(data))
	return err
}

func TestAgainstAnotherServer(t *testing.T) {
	backend := &strict{}
	server := gosmtp.NewServer(backend)
	server.Domain = "mail.example.test"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	config := Config{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: NoTLS}
	sender := newSender(t, config)
	for n := int64(1); n <= 3; n++ {
		m := testMessage(n)
		m.Text += ".\n.."
		if got := sender.Send(t.Context(), m); got.Result != notify.Accepted {
			t.Errorf("%+v", got)
		}
	}
	sender.Close()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil && !errors.Is(err, gosmtp.ErrServerClosed) {
		t.Error(err)
	}
	if len(backend.mails) != 3 || !strings.Contains(backend.mails[2], "Message-ID: <c3.test@maple.example.com>") {
		t.Errorf("%d mails arrived: %.500q", len(backend.mails), backend.mails)
	}
}

func TestNewRefusesBadConfig(t *testing.T) {
	for name, config := range map[string]Config{
		"no host":            {},
		"unknown TLS mode":   {Host: "mail.example.com", TLS: "maybe"},
		"plaintext":          {Host: "mail.example.com", TLS: NoTLS},
		"login, no password": {Host: "mail.example.com", Username: "x"},
		"unknown mechanism":  {Host: "mail.example.com", Auth: "ntlm"},
		"bad port":           {Host: "mail.example.com", Port: 70000},
		"CA file not there":  {Host: "mail.example.com", CAFile: "nowhere"},
		"CA file, no PEM":    {Host: "mail.example.com", CAFile: "pool_test.go"},
	} {
		if _, err := New(config, testComposer(t, nil)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New(Config{Host: "mail.example.com", TLS: NoTLS, AllowPlaintext: true}, testComposer(t, nil)); err != nil {
		t.Errorf("plaintext that is allowed: %v", err)
	}
}

func TestAnInterruptedWireStaysInterrupted(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	w := &wire{Conn: ours}
	defer w.Close()
	w.interrupt()
	if err := w.SetDeadline(time.Now().Add(time.Hour)); err == nil {
		t.Error("an interrupted connection took a new deadline")
	}
	if _, err := w.Read(make([]byte, 1)); err == nil {
		t.Error("an interrupted connection can be read")
	}
}

func BenchmarkSend(b *testing.B) {
	server, err := smtpfake.Start(smtpfake.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	composer, err := NewComposer(ComposerConfig{Installation: "bench", Default: Identity{Name: "Maple Street Auto", Address: "service@maple.example.com"}})
	if err != nil {
		b.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(server.Addr())
	number, _ := strconv.Atoi(port)
	sender, err := New(Config{Host: "127.0.0.1", Port: number, TLS: NoTLS, MaxConnections: 16, MessagesPerConnection: 1 << 20}, composer)
	if err != nil {
		b.Fatal(err)
	}
	defer sender.Close()
	b.SetParallelism(16)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if got := sender.Send(b.Context(), testMessage(1)); got.Result != notify.Accepted {
				b.Errorf("%+v", got)
				return
			}
		}
	})
}
