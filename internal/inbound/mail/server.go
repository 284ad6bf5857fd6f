package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/courtesyd/courtesyd/notify/email"
)

// Server says where the mailbox is. Zero values take the defaults noted beside
// them.
type Server struct {
	Host     string
	Port     int           // 993, for StartTLS and NoTLS 143
	TLS      email.TLSMode // ImplicitTLS; NoTLS only on this machine
	CAFile   string        // PEM; the system's authorities when empty
	Username string
	// Password is asked at every login, so that a renewed one is used.
	Password func() (string, error)
	Folder   string        // INBOX
	Timeout  time.Duration // 1 min for the login and for each command
}

func (s Server) withDefaults() Server {
	s.TLS = cmp.Or(s.TLS, email.ImplicitTLS)
	if s.Port == 0 {
		s.Port = 993
		if s.TLS != email.ImplicitTLS {
			s.Port = 143
		}
	}
	s.Folder = cmp.Or(s.Folder, "INBOX")
	s.Timeout = cmp.Or(s.Timeout, time.Minute)
	return s
}

func (s Server) check() error {
	switch {
	case s.Host == "":
		return errors.New("mailbox has no server: set imap.host")
	case s.Username == "" || s.Password == nil:
		return errors.New("mailbox has no login: set imap.username and imap.password")
	case s.TLS != email.ImplicitTLS && s.TLS != email.StartTLS && s.TLS != email.NoTLS:
		return fmt.Errorf("mailbox: unknown TLS mode %q: use implicit, starttls or none", s.TLS)
	case s.TLS == email.NoTLS && !email.IsLoopback(s.Host):
		return fmt.Errorf("mailbox at %s: the password would cross the network in the clear: use implicit or starttls", s.Host)
	}
	return nil
}

func (s Server) tlsConfig() (*tls.Config, error) {
	config, err := email.TLSConfig(s.Host, s.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read imap.ca_file: %w", err)
	}
	return config, nil
}

func (s Server) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

var (
	errPassword = errors.New("the password for the mailbox cannot be read: check imap.password_file")
	errNoLogin  = errors.New("the mail server takes no password without encryption: set imap.tls")
)

// explain makes of err a sentence that says what to do. The server's own words
// are left out: they may repeat what was typed.
func (s Server) explain(step string, err error) error {
	var reply *imap.Error
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var name *net.DNSError
	var network net.Error
	problem := "the connection to the mail server broke off: if it stays so, check imap.port and imap.tls"
	switch {
	case errors.Is(err, errPassword), errors.Is(err, errNoLogin):
		return err
	case errors.As(err, &reply) && step == stepLogin && retryLogin[reply.Code]:
		problem = "the mail server does not let us in for now"
	case errors.As(err, &reply) && step == stepLogin:
		problem = "the mail server refused the login: check imap.username and imap.password, and whether this mailbox may be read by IMAP"
	case errors.As(err, &reply) && step == stepFolder:
		problem = fmt.Sprintf("there is no folder %q that we may read: check imap.folder", s.Folder)
	case errors.As(err, &reply):
		problem = "the mail server refused to " + step
	case errors.As(err, &verification):
		problem = "the mail server's certificate is not valid for it: check imap.host and imap.ca_file"
	case errors.As(err, &record):
		problem = "the mail server does not speak TLS on this port: check imap.port and imap.tls"
	case errors.As(err, &name):
		problem = "the mail server's name is not known: check imap.host"
	case errors.Is(err, syscall.ECONNREFUSED):
		problem = "the mail server refused the connection: check imap.host and imap.port"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		problem = "the mail server did not answer in time: check imap.host, imap.port and the firewall"
	case errors.Is(err, context.Canceled):
		return err
	}
	return fmt.Errorf("read the mailbox at %s: %s", s.address(), problem)
}

// Steps of a look into the mailbox.
const (
	stepConnect = "connect"
	stepLogin   = "log in"
	stepFolder  = "open the folder"
	stepSearch  = "list the messages"
	stepFetch   = "show a message"
)

// retryLogin are the codes of RFC 5530 that say nothing about the password.
var retryLogin = map[imap.ResponseCode]bool{
	imap.ResponseCodeUnavailable: true, imap.ResponseCodeInUse: true,
	imap.ResponseCodeLimit: true, imap.ResponseCodeServerBug: true,
}
