package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strings"
	"syscall"

	"github.com/courtesyd/courtesyd/notify"
)

const (
	provider       = "smtp"
	serviceClosing = 421 // RFC 5321 4.2.3: the connection is over after this reply
)

// errPassword marks a password that could not be read.
var errPassword = errors.New("read password")

func outcome(result notify.Result, code, detail string) notify.Outcome {
	return notify.Outcome{Result: result, Provider: provider, Code: code, Detail: detail}
}

func composeFailure(err error) notify.Outcome {
	o := outcome(notify.Refused, "", "The mail was not sent: "+notify.Scrub(err.Error())+".")
	if errors.Is(err, ErrAddress) {
		o.Effect = notify.InvalidateAddress
	}
	return o
}

// diagnosis is what an error before the dialogue means.
type diagnosis struct {
	problem string
	code    string
	setUp   bool // nothing will pass until a person mends the set-up
}

// loginFailure is the outcome of a mail for which no connection was to be had.
func loginFailure(err error) notify.Outcome {
	d := diagnose(err)
	o := outcome(notify.Retry, d.code, "Not sent: "+d.problem+".")
	if d.setUp {
		o.Effect = notify.StopChannel
	}
	return o
}

// diagnose finds out why there is no connection. The server's own words are left
// out: they may repeat what was typed.
func diagnose(err error) diagnosis {
	var reply *textproto.Error
	var verification *tls.CertificateVerificationError
	var network net.Error
	var malformed textproto.ProtocolError
	var name *net.DNSError
	switch {
	case errors.As(err, &reply) && reply.Code < 500:
		code := replyCode(reply)
		return diagnosis{problem: "the mail server did not let us in for now (" + code + ")", code: code}
	case errors.As(err, &reply):
		code := replyCode(reply)
		return diagnosis{
			problem: "the mail server refused the connection or the login (" + code + "): check user name, password and login mechanism",
			code:    code, setUp: true,
		}
	case errors.As(err, &verification):
		return diagnosis{problem: "the mail server's certificate is not valid for it: check host name and CA file", setUp: true}
	case errors.Is(err, errPassword):
		return diagnosis{problem: "the password for the mail server cannot be read: check its file", setUp: true}
	case errors.As(err, &name) && name.IsNotFound:
		return diagnosis{problem: "the mail server cannot be reached: its host name is not known, check smtp.host"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return diagnosis{problem: "the mail server cannot be reached: the connection was refused, check smtp.host and smtp.port"}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &network) && network.Timeout():
		return diagnosis{problem: "the mail server did not answer in time: check smtp.host, smtp.port and the firewall"}
	case errors.As(err, &network), errors.As(err, &malformed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return diagnosis{problem: "the mail server cannot be reached or broke off before the login: check smtp.host, smtp.port and smtp.tls"}
	}
	return diagnosis{problem: "the mail server does not offer the encryption or the login mechanism that is configured", setUp: true}
}

// outcome says what the end of a dialogue means.
func (r report) outcome() notify.Outcome {
	if r.err == nil {
		return r.accepted(250, r.reply)
	}
	var reply *textproto.Error
	if !errors.As(r.err, &reply) {
		if r.stage < atDot {
			return outcome(notify.Retry, "", "The connection to the mail server broke before the mail was complete.")
		}
		return outcome(notify.Unknown, "", "The mail went out whole but the mail server's answer did not come.")
	}
	if r.stage == atDot && reply.Code/100 == 2 {
		return r.accepted(reply.Code, reply.Msg)
	}
	if class := reply.Code / 100; class != 4 && class != 5 {
		// Not an answer to our question. Before the dot that is a nuisance, after it doubt.
		if r.stage < atDot {
			return outcome(notify.Retry, replyCode(reply), "The mail server answered out of turn.")
		}
		return outcome(notify.Unknown, replyCode(reply), "The mail server answered out of turn to the finished mail.")
	}
	meaning := judge(r.stage, reply.Code, enhancedCode(reply.Msg))
	o := outcome(meaning.result, replyCode(reply), meaning.why+": "+notify.Scrub(reply.Msg))
	o.Effect = meaning.effect
	return o
}

func (r report) accepted(code int, words string) notify.Outcome {
	o := outcome(notify.Accepted, replyCode(&textproto.Error{Code: code, Msg: words}), "The mail server took the mail.")
	o.ProviderID = queueID(words)
	return o
}

var (
	enhanced = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})(\s|$)`)
	queued   = regexp.MustCompile(`(?i)(?:queued as|id=|internalid=)\s*([\w.+/-]+)`)
)

// enhancedCode is the code of RFC 3463 a reply begins with, "" without one.
func enhancedCode(words string) string {
	if match := enhanced.FindStringSubmatch(words); match != nil {
		return match[1]
	}
	return ""
}

func replyCode(reply *textproto.Error) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", reply.Code, enhancedCode(reply.Msg)))
}

// queueID is what the server's own log calls the mail, as far as its words tell.
func queueID(words string) string {
	if match := queued.FindStringSubmatch(words); match != nil {
		return match[1]
	}
	return notify.Scrub(strings.TrimPrefix(words, enhancedCode(words)))
}
