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
	if errors.Is(err, errAddress) {
		o.Effect = notify.InvalidateAddress
	}
	return o
}

// loginFailure says what an error before the dialogue means. Nothing was sent. The
// server's own words are left out: they may repeat what was typed.
func loginFailure(err error) notify.Outcome {
	var reply *textproto.Error
	var verification *tls.CertificateVerificationError
	var network net.Error
	var malformed textproto.ProtocolError
	setup := false
	o := outcome(notify.Retry, "", "")
	switch {
	case errors.As(err, &reply):
		o.Code = replyCode(reply)
		setup = reply.Code >= 500
		o.Detail = fmt.Sprintf("The mail server did not let us in (%s).", o.Code)
		if setup {
			o.Detail = fmt.Sprintf(
				"The mail server refused the connection or the login (%s): check user name, password and login mechanism.", o.Code)
		}
	case errors.As(err, &verification):
		setup = true
		o.Detail = "The mail server's certificate is not valid for it: check host name and CA file."
	case errors.Is(err, errPassword):
		setup = true
		o.Detail = "The password for the mail server cannot be read: check its file."
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		o.Detail = "The mail server did not answer in time."
	case errors.As(err, &network) && network.Timeout():
		o.Detail = "The mail server did not answer in time."
	case errors.As(err, &network), errors.As(err, &malformed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		o.Detail = "The mail server cannot be reached or broke off before the login."
	default:
		setup = true
		o.Detail = "The mail server does not offer the encryption or the login mechanism that is configured."
	}
	if setup {
		o.Effect = notify.StopChannel
	}
	return o
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
