package config

import (
	"net/netip"
	"time"
)

// SMTP is the mail server that sends the mails.
type SMTP struct {
	Host           string        `yaml:"host"`
	Port           int           `yaml:"port"`
	TLS            TLSMode       `yaml:"tls"`
	Auth           SMTPAuth      `yaml:"auth"`
	Username       string        `yaml:"username"`
	Password       Secret        `yaml:"password"`
	PasswordFile   string        `yaml:"password_file"`
	CAFile         string        `yaml:"ca_file"` // "" for the machine's own authorities
	Helo           string        `yaml:"helo"`    // "" for the machine's name
	MaxConnections int           `yaml:"max_connections"`
	PerSecond      float64       `yaml:"per_second"` // 0: no limit
	PerDay         int           `yaml:"per_day"`    // 0: no limit
	ConnectTimeout time.Duration `yaml:"connect_timeout"`
	CommandTimeout time.Duration `yaml:"command_timeout"`
	DataTimeout    time.Duration `yaml:"data_timeout"`

	MessageIDDomain  string `yaml:"message_id_domain"`  // "" for the sender's
	ReturnPathDomain string `yaml:"return_path_domain"` // "" to use the sender's address itself
	DKIM             DKIM   `yaml:"dkim"`
}

// TLSMode is how the connection to the mail server is protected.
type TLSMode string

// The modes of RFC 3207 and RFC 8314. TLSNone is for a relay on the same machine.
const (
	TLSStartTLS TLSMode = "starttls"
	TLSImplicit TLSMode = "implicit"
	TLSNone     TLSMode = "none"
)

// SMTPAuth is how to log in to the mail server.
type SMTPAuth string

// Ways to log in. AuthAuto takes the best the server offers.
const (
	AuthAuto  SMTPAuth = "auto"
	AuthPlain SMTPAuth = "plain"
	AuthLogin SMTPAuth = "login"
	AuthCRAM  SMTPAuth = "cram-md5"
	AuthSCRAM SMTPAuth = "scram-sha-256"
	AuthNone  SMTPAuth = "none"
)

// DKIM signs outgoing mails where the mail server does not. An empty domain
// switches it off.
type DKIM struct {
	Domain   string `yaml:"domain"`
	Selector string `yaml:"selector"`
	Key      Secret `yaml:"-"` // PEM, RSA or Ed25519
	KeyFile  string `yaml:"key_file"`
}

func defaultSMTP() SMTP {
	return SMTP{
		Port:           587,
		TLS:            TLSStartTLS,
		Auth:           AuthAuto,
		MaxConnections: 4,
		PerSecond:      5,
		ConnectTimeout: 30 * time.Second,
		// RFC 5321, 4.5.3.2 asks for five minutes a command, ten after the final dot.
		CommandTimeout: 5 * time.Minute,
		DataTimeout:    10 * time.Minute,
	}
}

func (s *SMTP) check(c *checker, used bool) {
	c.secret("smtp.password", &s.Password, &s.PasswordFile)
	if used {
		c.required("smtp.host", s.Host, "the mail server to send through, for example smtp.example.com")
	}
	if s.Host != "" && !hostPattern.MatchString(s.Host) {
		c.errorf("smtp.host", "%q is not the name of a mail server; give the port in smtp.port", s.Host)
	}
	c.within("smtp.port", s.Port, 1, 65535)
	oneOf(c, "smtp.tls", s.TLS, TLSStartTLS, TLSImplicit, TLSNone)
	s.checkLogin(c)
	c.readable("smtp.ca_file", &s.CAFile)
	if s.Helo != "" && !hostPattern.MatchString(s.Helo) {
		c.errorf("smtp.helo", "%q is not a host name", s.Helo)
	}
	c.within("smtp.max_connections", s.MaxConnections, 1, 100)
	if s.PerSecond < 0 || s.PerSecond > 100_000 {
		c.errorf("smtp.per_second", "%g is out of range; expected 0 (no limit) to 100000", s.PerSecond)
	}
	c.within("smtp.per_day", s.PerDay, 0, 10_000_000)
	c.lasting("smtp.connect_timeout", s.ConnectTimeout, 100*time.Millisecond, 10*time.Minute)
	c.lasting("smtp.command_timeout", s.CommandTimeout, 100*time.Millisecond, 30*time.Minute)
	c.lasting("smtp.data_timeout", s.DataTimeout, 100*time.Millisecond, 30*time.Minute)
	c.domain("smtp.message_id_domain", s.MessageIDDomain)
	c.domain("smtp.return_path_domain", s.ReturnPathDomain)
	s.DKIM.check(c)
}

func (s *SMTP) checkLogin(c *checker) {
	oneOf(c, "smtp.auth", s.Auth, AuthAuto, AuthPlain, AuthLogin, AuthCRAM, AuthSCRAM, AuthNone)
	switch {
	case s.Username != "" && !s.Password.IsSet():
		c.errorf("smtp.password", "is missing: smtp.username is set; name a file with the password in smtp.password_file")
	case s.Username == "" && s.PasswordFile != "":
		c.errorf("smtp.username", "is missing: smtp.password_file is set")
	case s.Username != "" && s.TLS == TLSNone && !isLoopback(s.Host):
		c.errorf("smtp.tls", "none would send the password in the clear; use starttls or implicit")
	}
}

func (d *DKIM) check(c *checker) {
	if d.Domain == "" {
		if d.Selector != "" || d.KeyFile != "" {
			c.errorf("smtp.dkim.domain", "is missing: the other keys of dkim are set")
		}
		return
	}
	c.domain("smtp.dkim.domain", d.Domain)
	c.required("smtp.dkim.selector", d.Selector, "the name under which the public key is published in the DNS")
	c.secret("smtp.dkim.key", &d.Key, &d.KeyFile)
	if !d.Key.IsSet() {
		c.errorf("smtp.dkim.key_file", "is missing: the file with the private key in PEM form")
	}
}

// isLoopback reports whether host is this machine.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
