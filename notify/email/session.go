package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// authTypes maps our names to go-mail's. LOGIN and PLAIN may go unencrypted only
// where Config.check has let NoTLS pass.
var authTypes = map[AuthMethod]struct{ encrypted, plaintext gomail.SMTPAuthType }{
	AuthPlain:   {gomail.SMTPAuthPlain, gomail.SMTPAuthPlainNoEnc},
	AuthLogin:   {gomail.SMTPAuthLogin, gomail.SMTPAuthLoginNoEnc},
	AuthCramMD5: {gomail.SMTPAuthCramMD5, gomail.SMTPAuthCramMD5},
	AuthXOAuth2: {gomail.SMTPAuthXOAUTH2, gomail.SMTPAuthXOAUTH2},
}

// farewellTimeout bounds RSET and QUIT, on which nothing depends.
const farewellTimeout = 5 * time.Second

// session is one logged-in connection. One dialogue at a time uses it.
type session struct {
	client    *smtp.Client
	wire      *wire
	command   time.Duration
	final     time.Duration
	sent      int // dialogues so far
	idleSince time.Time
}

// login connects, encrypts and logs in, all bounded by ctx.
func (s *Sender) login(ctx context.Context) (*session, error) {
	var w *wire
	var stop func() bool
	options, err := s.loginOptions()
	if err != nil {
		return nil, err
	}
	dial := func(dialCtx context.Context, network, address string) (net.Conn, error) {
		raw, err := s.connect(dialCtx, network, address)
		if err != nil {
			return nil, err
		}
		w = &wire{Conn: raw}
		stop = context.AfterFunc(ctx, w.interrupt) // dialCtx ends with the login, also with a good one
		if s.config.TLS != ImplicitTLS {
			return w, nil
		}
		secured := tls.Client(w, s.tls)
		return secured, secured.HandshakeContext(dialCtx)
	}
	client, err := gomail.NewClient(s.config.Host, append(options, gomail.WithDialContextFunc(dial))...)
	if err != nil {
		return nil, err
	}
	conversation, err := client.DialToSMTPClientWithContext(ctx)
	interrupted := stop != nil && !stop()
	if err == nil && interrupted {
		err = ctx.Err()
	}
	if err != nil {
		if w != nil {
			w.Close()
		}
		return nil, err
	}
	return &session{
		client: conversation, wire: w,
		command: s.config.CommandTimeout, final: s.config.FinalTimeout,
	}, nil
}

func (s *Sender) connect(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.ConnectTimeout)
	defer cancel()
	return s.config.Dial(ctx, network, address)
}

func (s *Sender) loginOptions() ([]gomail.Option, error) {
	options := []gomail.Option{
		gomail.WithPort(s.config.Port),
		gomail.WithHELO(s.config.HELO),
		gomail.WithTimeout(s.config.CommandTimeout),
		gomail.WithTLSConfig(s.tls),
		gomail.WithTLSPolicy(gomail.NoTLS),
		gomail.WithoutSMTPUTF8(), // every address is ASCII by now
	}
	if s.config.TLS == StartTLS {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.config.Username == "" {
		return options, nil
	}
	password, err := s.config.Password()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPassword, err)
	}
	options = append(options, gomail.WithUsername(s.config.Username), gomail.WithPassword(password))
	if s.config.Auth == AuthAuto {
		preferred := []gomail.SMTPAuthType{
			gomail.SMTPAuthSCRAMSHA256, s.authType(AuthPlain), s.authType(AuthLogin), s.authType(AuthCramMD5),
		}
		return append(options, gomail.WithOpportunisticSMTPAuth(preferred...)), nil
	}
	return append(options, gomail.WithSMTPAuth(s.authType(s.config.Auth))), nil
}

func (s *Sender) authType(method AuthMethod) gomail.SMTPAuthType {
	if s.config.TLS == NoTLS {
		return authTypes[method].plaintext
	}
	return authTypes[method].encrypted
}

// stage is how far a dialogue got.
type stage int

const (
	atMail stage = iota
	atRcpt
	atData
	atBody
	atDot // the final dot may have been written
)

// report is how a dialogue ended.
type report struct {
	stage  stage
	err    error  // nil when the server took the mail
	reply  string // the server's words when it took the mail
	broken bool   // the connection is not fit for another dialogue
}

// stale reports whether the connection was given up by the server before it took
// notice of the mail.
func (r report) stale() bool {
	var reply *textproto.Error
	if errors.As(r.err, &reply) {
		return r.stage < atBody && reply.Code == serviceClosing
	}
	return r.err != nil && r.stage < atBody
}

// deliver holds the dialogue of RFC 5321 3.3 for one mail.
func (c *session) deliver(ctx context.Context, letter Letter) report {
	c.sent++
	stop := context.AfterFunc(ctx, c.wire.interrupt)
	r := c.converse(ctx, letter)
	if !stop() {
		r.broken = true // its deadlines are spent
	}
	var reply *textproto.Error
	switch {
	case r.err == nil:
	case !errors.As(r.err, &reply) || reply.Code == serviceClosing:
		r.broken = true
	case r.stage == atRcpt || r.stage == atData:
		r.broken = r.broken || c.reset() != nil
	}
	return r
}

func (c *session) converse(ctx context.Context, letter Letter) report {
	commands := []struct {
		stage stage
		run   func() error
	}{
		{atMail, func() error { return c.client.Mail("<" + letter.From + ">") }},
		{atRcpt, func() error { return c.client.Rcpt("<" + letter.To + ">") }},
	}
	for _, command := range commands {
		if err := c.within(c.command, command.run); err != nil {
			return report{stage: command.stage, err: err}
		}
	}
	if err := c.client.UpdateDeadline(c.command); err != nil {
		return report{stage: atData, err: err}
	}
	body, err := c.client.Data()
	if err != nil {
		return report{stage: atData, err: err}
	}
	// A write that fails leaves the dot unwritten: the server must not deliver.
	if err := c.within(c.command, func() error { _, err := body.Write(letter.Data); return err }); err != nil {
		return report{stage: atBody, err: err, broken: true}
	}
	if err := ctx.Err(); err != nil {
		return report{stage: atBody, err: err, broken: true}
	}
	if letter.late() {
		return report{stage: atBody, err: errLate, broken: true}
	}
	if err := c.within(c.final, body.Close); err != nil {
		return report{stage: atDot, err: err}
	}
	r := report{stage: atDot}
	if closer, ok := body.(*smtp.DataCloser); ok {
		r.reply = closer.ServerResponse()
	}
	return r
}

// within runs one step under a deadline of its own.
func (c *session) within(limit time.Duration, step func() error) error {
	if err := c.client.UpdateDeadline(limit); err != nil {
		return err
	}
	return step()
}

func (c *session) reset() error { return c.within(farewellTimeout, c.client.Reset) }

// quit closes the connection, with a QUIT unless it is broken.
func (c *session) quit(broken bool) {
	if !broken {
		_ = c.within(farewellTimeout, c.client.Quit) // the mail is long settled
	}
	c.wire.Close()
}

// wire is a connection that can be interrupted for good: once it was, deadlines
// set later no longer extend its life.
type wire struct {
	net.Conn
	mu          sync.Mutex
	interrupted bool
}

// interrupt makes all reads and writes fail, the present ones too.
func (w *wire) interrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.interrupted = true
	_ = w.Conn.SetDeadline(time.Unix(1, 0)) // fails only on a closed connection
}

// SetDeadline sets the deadline unless the connection was interrupted.
func (w *wire) SetDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.interrupted {
		return errInterrupted
	}
	return w.Conn.SetDeadline(t)
}

// errLate means that a slow server kept a mail beyond its window. Without the
// final dot it must not deliver it.
var errLate = errors.New("the customer's window closed before the mail could leave")

var errInterrupted = fmt.Errorf("connection was interrupted: %w", context.Canceled)
