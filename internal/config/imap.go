package config

import "time"

// IMAP is the mailbox that answers, bounces and complaints arrive in. An empty
// host switches it off.
type IMAP struct {
	Host         string        `yaml:"host"`
	Port         int           `yaml:"port"`
	TLS          TLSMode       `yaml:"tls"`
	Username     string        `yaml:"username"`
	Password     Secret        `yaml:"password"`
	PasswordFile string        `yaml:"password_file"`
	CAFile       string        `yaml:"ca_file"` // "" for the machine's own authorities
	Folder       string        `yaml:"folder"`
	PollEvery    time.Duration `yaml:"poll_every"`
}

func defaultIMAP() IMAP {
	return IMAP{Port: 993, TLS: TLSImplicit, Folder: "INBOX", PollEvery: time.Minute}
}

func (m *IMAP) check(c *checker) {
	c.secret("imap.password", &m.Password, &m.PasswordFile)
	m.checkLogin(c)
	if m.Host != "" && !hostPattern.MatchString(m.Host) {
		c.errorf("imap.host", "%q is not the name of a mail server; give the port in imap.port", m.Host)
	}
	c.within("imap.port", m.Port, 1, 65535)
	oneOf(c, "imap.tls", m.TLS, TLSImplicit, TLSStartTLS, TLSNone)
	if m.TLS == TLSNone && m.Host != "" && !isLoopback(m.Host) {
		c.errorf("imap.tls", "none would send the password in the clear; use implicit or starttls")
	}
	c.readable("imap.ca_file", &m.CAFile)
	c.required("imap.folder", m.Folder, "leave the key out to read INBOX")
	c.lasting("imap.poll_every", m.PollEvery, 10*time.Second, time.Hour)
}

// checkLogin tests that host, user name and password are there together. A
// password that systemd passes alone says nothing: its file may lie ready for
// another day.
func (m *IMAP) checkLogin(c *checker) {
	if m.Host == "" {
		if m.Username != "" || m.PasswordFile != "" {
			c.errorf("imap.host", "is missing: the mailbox's user name or password is set")
		}
		return
	}
	c.required("imap.username", m.Username, "the name to log in to the mailbox with")
	if !m.Password.IsSet() {
		c.errorf("imap.password", "is missing: name a file with the password in imap.password_file")
	}
}
