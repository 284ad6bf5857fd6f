package mail

import (
	"net/mail"
	"regexp"
	"strings"
)

// awaySubject are the beginnings by which programs that set no header announce an
// absence. A person's own words rarely have this form.
var awaySubject = regexp.MustCompile(`(?i)^\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response|responder)|autoreply|out of (?:the )?office(?: auto-?reply| reply| message)?|away from (?:the|my) (?:office|desk|mail)|vacation (?:reply|response|message)|respuesta autom[aá]tica|contestaci[oó]n autom[aá]tica|fuera de (?:la )?oficina|ausente de la oficina|ausencia de la oficina|mensaje de ausencia)\s*(?:$|[:;–—(\[-])`)

// isAutomatic reports whether a machine wrote the message (RFC 3834 5, and what
// programs did before it).
func isAutomatic(h mail.Header, from, subject string) bool {
	if v := h.Get("Auto-Submitted"); v != "" && !firstWordIs(v, "no") {
		return true
	}
	for _, field := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder"} {
		if v := h.Get(field); v != "" && !firstWordIs(v, "no") {
			return true
		}
	}
	return firstWordIs(h.Get("Precedence"), "auto_reply", "auto-reply") ||
		hasNullSender(h) || fromMachine(from) || awaySubject.MatchString(subject)
}

// isBulk reports whether the message went to many.
func isBulk(h mail.Header) bool {
	return h.Get("List-Id") != "" || h.Get("List-Post") != "" || h.Get("List-Unsubscribe") != "" ||
		firstWordIs(h.Get("Precedence"), "bulk", "list", "junk") && !awaySubject.MatchString(h.Get("Subject")) ||
		firstWordIs(h.Get("X-Spam-Flag"), "yes")
}

// isReceipt reports whether the message only tells that one of ours was seen
// (RFC 8098) or is on its way.
func isReceipt(c *content) bool { return c.media == "multipart/report" }

// hasNullSender reports whether the envelope's sender was empty, as it must be of
// what nobody shall answer (RFC 5321 4.5.5).
func hasNullSender(h mail.Header) bool {
	v, ok := h["Return-Path"]
	return ok && strings.Trim(v[0], "<> \t") == ""
}

// fromMachine reports whether a mail server is the sender.
func fromMachine(from string) bool {
	local, _, _ := strings.Cut(from, "@")
	switch local {
	case "mailer-daemon", "postmaster", "maildaemon", "mail-daemon", "mdaemon":
		return true
	}
	return false
}

func firstWordIs(value string, words ...string) bool {
	first := strings.ToLower(strings.TrimSpace(value))
	if end := strings.IndexAny(first, "; \t(,"); end >= 0 {
		first = first[:end]
	}
	for _, w := range words {
		if first == w {
			return true
		}
	}
	return false
}
