// Package email sends mail by SMTP.
//
// go-mail writes the mails, connects and logs in. The dialogue itself is held
// here, on kept connections, because two things must be known exactly that
// go-mail's own Send hides: whether the final dot may have been written, and what
// the server answered to it.
package email

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/courtesyd/courtesyd/notify"
)

// AuthMethod is an SMTP login mechanism.
type AuthMethod string

// Login mechanisms. AuthAuto takes the best of the first four that is offered.
const (
	AuthAuto    AuthMethod = "auto"
	AuthPlain   AuthMethod = "plain"
	AuthLogin   AuthMethod = "login"
	AuthCramMD5 AuthMethod = "cram-md5"
	AuthXOAuth2 AuthMethod = "xoauth2" // the password is the access token
)

// Config says which mail server to use and how. Zero values take the defaults
// noted beside them.
type Config struct {
	Host string
	Port int     // 587, for implicit TLS 465
	TLS  TLSMode // StartTLS
	// AllowPlaintext permits NoTLS to a server beyond this machine.
	AllowPlaintext bool
	CAFile         string // PEM; the system's authorities when empty
	HELO           string // the machine's host name

	Auth     AuthMethod // AuthAuto
	Username string     // no login when empty
	// Password is asked at every login, so that a renewed one is used.
	Password func() (string, error)

	MaxConnections        int           // 4
	MessagesPerConnection int           // 100
	IdleTimeout           time.Duration // 30 s until an unused connection is closed

	ConnectTimeout time.Duration // 30 s for TCP and implicit TLS
	CommandTimeout time.Duration // 5 min for the login, and for each command (RFC 5321 4.5.3.2)
	FinalTimeout   time.Duration // 10 min for the reply to the final dot (RFC 5321 4.5.3.2.6)

	// Dial opens TCP connections; a net.Dialer does when nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Sender sends mail by SMTP. It implements notify.Sender.
type Sender struct {
	config   Config
	tls      *tls.Config
	composer *Composer
	pool     *pool
}

// New checks config and returns a Sender. It does not connect yet.
func New(config Config, composer *Composer) (*Sender, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	secure, err := TLSConfig(config.Host, config.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read CA file of the mail server: %w", err)
	}
	return &Sender{
		config: config, tls: secure, composer: composer,
		pool: newPool(config.MaxConnections, config.IdleTimeout),
	}, nil
}

func (c Config) withDefaults() Config {
	c.TLS = cmp.Or(c.TLS, StartTLS)
	c.Auth = cmp.Or(c.Auth, AuthAuto)
	if c.Port == 0 {
		c.Port = 587
		if c.TLS == ImplicitTLS {
			c.Port = 465
		}
	}
	if c.HELO == "" {
		if name, err := os.Hostname(); err == nil {
			c.HELO = name
		}
		c.HELO = cmp.Or(c.HELO, "localhost")
	}
	c.MaxConnections = cmp.Or(c.MaxConnections, 4)
	c.MessagesPerConnection = cmp.Or(c.MessagesPerConnection, 100)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 30*time.Second)
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 30*time.Second)
	c.CommandTimeout = cmp.Or(c.CommandTimeout, 5*time.Minute)
	c.FinalTimeout = cmp.Or(c.FinalTimeout, 10*time.Minute)
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	return c
}

func (c Config) check() error {
	switch {
	case c.Host == "":
		return errors.New("mail server has no host")
	case c.TLS != StartTLS && c.TLS != ImplicitTLS && c.TLS != NoTLS:
		return fmt.Errorf("mail server: unknown TLS mode %q: use starttls, implicit or none", c.TLS)
	case c.TLS == NoTLS && !c.AllowPlaintext && !IsLoopback(c.Host):
		return fmt.Errorf("mail server %s: mail would cross the network unencrypted: use starttls or implicit", c.Host)
	case c.Username != "" && c.Password == nil:
		return fmt.Errorf("mail server %s: user name without a password", c.Host)
	}
	if _, ok := authTypes[c.Auth]; !ok && c.Auth != AuthAuto {
		return fmt.Errorf("mail server: unknown login mechanism %q: use auto, plain, login, cram-md5 or xoauth2", c.Auth)
	}
	if _, err := gomail.NewClient(c.Host, gomail.WithPort(c.Port), gomail.WithHELO(c.HELO)); err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	return nil
}

// Send writes m and hands it to the mail server, over a kept connection where
// there is one. When ctx ends before the final dot is written nothing was sent;
// afterwards the outcome is Unknown unless the server's answer has come.
func (s *Sender) Send(ctx context.Context, m notify.Message) notify.Outcome {
	letter, err := s.composer.Compose(m)
	if err != nil {
		return composeFailure(err)
	}
	if err := s.pool.acquire(ctx); err != nil {
		return outcome(notify.Retry, "", "No connection to the mail server became free in time.")
	}
	defer s.pool.release()
	if letter.late() {
		return outcome(notify.Retry, "", "The customer's window closed while the mail waited for a connection.")
	}

	if kept := s.pool.take(); kept != nil {
		report := s.deliver(ctx, kept, letter)
		if !report.stale() || ctx.Err() != nil {
			return report.outcome()
		}
		// The server gave the connection up while it lay unused. Nothing of the
		// mail has left, so a fresh one is safe.
	}
	fresh, err := s.login(ctx)
	if err != nil {
		return loginFailure(err)
	}
	return s.deliver(ctx, fresh, letter).outcome()
}

// deliver holds one dialogue and keeps the connection if it is fit for another.
func (s *Sender) deliver(ctx context.Context, c *session, letter Letter) report {
	r := c.deliver(ctx, letter)
	if r.broken || c.sent >= s.config.MessagesPerConnection {
		go c.quit(r.broken)
		return r
	}
	s.pool.put(c)
	return r
}

// Check logs in and out again. Its error says what to do.
func (s *Sender) Check(ctx context.Context) error {
	c, err := s.login(ctx)
	if err != nil {
		return errors.New(diagnose(err).problem)
	}
	c.quit(false)
	return nil
}

// Close closes the unused connections politely, and those in use when their
// dialogue ends.
func (s *Sender) Close() error {
	s.pool.close()
	return nil
}
