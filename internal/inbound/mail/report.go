package mail

import (
	"net/mail"
	"net/url"
	"strings"
)

// evidence says which message of ours a message is about.
type evidence struct {
	contact int64 // 0 when it is about none
	attempt int   // 0 when not known
	// proven says that the sender has had that message: it shows a signature of ours.
	proven bool
}

// returned finds which message of ours is answered or reported.
func (r Reader) returned(c *content) evidence {
	places := recipients(c.header)
	for _, value := range c.original["Return-Path"] {
		places = append(places, firstAddress(value))
	}
	for _, address := range places {
		if id, attempt, ok := r.ReturnPath.Contact(address); ok {
			return evidence{contact: id, attempt: attempt, proven: true}
		}
	}
	for _, value := range c.original["List-Unsubscribe"] {
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		if id, ok := r.tokenIn(value); ok {
			return evidence{contact: id, proven: true}
		}
	}
	if id := r.contactOf(c.original.Get("Message-Id")); id != 0 {
		return evidence{contact: id}
	}
	for _, field := range []string{"In-Reply-To", "References"} {
		if id := r.contactOf(strings.Join(c.header[field], " ")); id != 0 {
			return evidence{contact: id}
		}
	}
	return evidence{}
}

// report reads the messages that machines write about ours; ok is false when it
// is none.
func (r Reader) report(c *content) (letter Letter, ok bool) {
	switch c.reportMedia {
	case "message/delivery-status":
		return r.bounce(c), true
	case "message/feedback-report":
		return r.complaint(c), true
	}
	return r.plainBounce(c)
}

// maxBlocks bounds the recipients of one delivery report.
const maxBlocks = 100

// blocks reads the groups of fields, separated by empty lines, that reports
// consist of.
func blocks(report []byte) []mail.Header {
	var all []mail.Header
	for len(report) > 0 && len(all) < maxBlocks {
		var h mail.Header
		h, report = splitHeader(report)
		if len(h) > 0 {
			all = append(all, h)
		}
	}
	return all
}
