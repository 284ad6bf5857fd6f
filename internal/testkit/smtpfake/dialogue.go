package smtpfake

import (
	"bufio"
	"bytes"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"strings"
	"time"
)

// dialogue is one client's conversation with the server (RFC 5321).
type dialogue struct {
	server *Server
	raw    net.Conn // the TCP connection
	conn   net.Conn // raw, or TLS over it
	in     *bufio.Reader
	out    *bufio.Writer

	encrypted bool
	loggedIn  bool
	from      string
	to        string
	hasFrom   bool
}

// errHangUp ends a dialogue on purpose.
var errHangUp = errors.New("hang up")

func (d *dialogue) run() {
	if d.obey(OnConnect, func() error { d.say("220 mail.example.test ESMTP"); return nil }) != nil {
		return
	}
	for {
		if d.in.Buffered() == 0 {
			if err := d.out.Flush(); err != nil {
				return
			}
		}
		line, err := d.in.ReadString('\n')
		if err != nil {
			return
		}
		if err := d.command(strings.TrimRight(line, "\r\n")); err != nil {
			_ = d.out.Flush() // a farewell; the client may be gone already
			return
		}
	}
}

// obey lets a rule act at stage, or else does what is usual.
func (d *dialogue) obey(stage Stage, usual func() error) error {
	switch d.misbehave(stage) {
	case hangUp:
		return errHangUp
	case answered:
		return nil
	}
	return usual()
}

func (d *dialogue) command(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		return d.obey(OnEhlo, d.ehlo)
	case "STARTTLS":
		return d.obey(OnStartTLS, d.startTLS)
	case "AUTH":
		return d.obey(OnAuth, func() error { return d.auth(rest) })
	case "MAIL":
		return d.obey(OnMail, func() error { return d.mail(rest) })
	case "RCPT":
		d.to = strings.ToLower(address(rest))
		return d.obey(OnRcpt, d.rcpt)
	case "DATA":
		return d.obey(OnData, d.data)
	case "RSET":
		d.forget()
		return d.obey(OnRset, func() error { d.say("250 2.0.0 ok"); return nil })
	case "NOOP":
		d.say("250 2.0.0 ok")
	case "QUIT":
		return d.obey(OnQuit, func() error { d.say("221 2.0.0 bye"); return errHangUp })
	default:
		d.say("500 5.5.2 not understood")
	}
	return nil
}

func (d *dialogue) ehlo() error {
	d.forget()
	lines := []string{"mail.example.test", "PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"}
	if d.server.opts.TLS == StartTLS && !d.encrypted {
		lines = append(lines, "STARTTLS")
	}
	if d.server.opts.Username != "" {
		lines = append(lines, "AUTH PLAIN LOGIN")
	}
	for i, line := range lines {
		separator := "-"
		if i == len(lines)-1 {
			separator = " "
		}
		d.say("250" + separator + line)
	}
	return nil
}

func (d *dialogue) startTLS() error {
	if d.server.opts.TLS != StartTLS || d.encrypted {
		d.say("502 5.5.1 not offered")
		return nil
	}
	d.say("220 2.0.0 go ahead")
	if err := d.out.Flush(); err != nil {
		return err
	}
	if d.misbehave(OnTLS) != proceed {
		return errHangUp
	}
	secured := tls.Server(d.raw, d.server.cert.config())
	if err := secured.Handshake(); err != nil {
		return err
	}
	d.use(secured)
	d.encrypted = true
	return nil
}

func (d *dialogue) auth(args string) error {
	mechanism, initial, _ := strings.Cut(args, " ")
	var user, password string
	switch strings.ToUpper(mechanism) {
	case "PLAIN":
		if initial == "" {
			initial = d.ask("334 ")
		}
		parts := strings.Split(decode(initial), "\x00")
		if len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		user = decode(d.ask("334 VXNlcm5hbWU6"))
		password = decode(d.ask("334 UGFzc3dvcmQ6"))
	default:
		d.say("504 5.5.4 unknown mechanism")
		return nil
	}
	if !same(user, d.server.opts.Username) || !same(password, d.server.opts.Password) {
		// It echoes the secret on purpose: no sender may repeat it.
		d.say("535 5.7.8 authentication failed for " + user + " with " + password)
		return nil
	}
	d.loggedIn = true
	d.say("235 2.7.0 welcome")
	return nil
}

func (d *dialogue) mail(args string) error {
	switch {
	case d.server.opts.Username != "" && !d.loggedIn:
		d.say("530 5.7.0 authentication required")
	case d.hasFrom:
		d.say("503 5.5.1 a message is open already")
	case !strings.HasPrefix(strings.ToUpper(args), "FROM:"):
		d.say("501 5.5.4 syntax: MAIL FROM:<address>")
	default:
		d.from, d.hasFrom = address(args), true
		d.say("250 2.1.0 ok")
	}
	return nil
}

func (d *dialogue) rcpt() error {
	if !d.hasFrom {
		d.to = ""
		d.say("503 5.5.1 MAIL first")
		return nil
	}
	d.say("250 2.1.5 ok")
	return nil
}

func (d *dialogue) data() error {
	if d.to == "" || !d.hasFrom {
		d.say("503 5.5.1 RCPT first")
		return nil
	}
	d.say("354 go ahead")
	if err := d.out.Flush(); err != nil {
		return err
	}
	if d.misbehave(OnBody) != proceed {
		return errHangUp
	}
	body, err := d.readBody()
	if err != nil {
		return err
	}
	defer d.forget()
	return d.obey(OnDot, func() error { return d.accept(body) })
}

func (d *dialogue) accept(body []byte) error {
	m := Message{At: time.Now(), MessageID: messageID(body), From: d.from, To: d.to, Size: len(body)}
	if d.server.opts.KeepData {
		m.Data = body
	}
	if err := d.server.record(m); err != nil {
		d.say("451 4.3.0 cannot write the ledger")
		return nil
	}
	return d.obey(OnAccepted, func() error { d.say("250 2.0.0 queued as " + queueID(m.MessageID)); return nil })
}

// readBody reads up to the final dot and undoes dot-stuffing (RFC 5321 4.5.2).
func (d *dialogue) readBody() ([]byte, error) {
	var body bytes.Buffer
	for atLineStart := true; ; {
		part, err := d.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, io.ErrUnexpectedEOF
		}
		if atLineStart && len(part) > 0 && part[0] == '.' {
			if string(part) == ".\r\n" {
				return body.Bytes(), nil
			}
			part = part[1:]
		}
		body.Write(part)
		atLineStart = err == nil
	}
}

func (d *dialogue) forget() { d.from, d.to, d.hasFrom = "", "", false }

func (d *dialogue) say(line string) {
	_, _ = d.out.WriteString(line + "\r\n") // a bufio.Writer keeps the error for Flush
}

func (d *dialogue) ask(prompt string) string {
	d.say(prompt)
	if d.out.Flush() != nil {
		return ""
	}
	line, _ := d.in.ReadString('\n') // an error shows at the next command
	return strings.TrimRight(line, "\r\n")
}

func address(args string) string {
	_, rest, _ := strings.Cut(args, "<")
	inner, _, _ := strings.Cut(rest, ">")
	return inner
}

func decode(s string) string {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(raw)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// messageID finds the header's value in a message, without angle brackets.
func messageID(body []byte) string {
	head, _, _ := bytes.Cut(body, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok && strings.EqualFold(string(name), "Message-ID") {
			return string(bytes.Trim(value, " <>"))
		}
	}
	return ""
}

func queueID(messageID string) string {
	local, _, _ := strings.Cut(messageID, "@")
	return "q-" + local
}
