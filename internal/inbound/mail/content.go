package mail

import (
	"net/mail"
	"strings"
)

// content is what a message holds that anything here asks for.
type content struct {
	entity
	plain, html strings.Builder
	report      []byte // the part for machines of RFC 3464 or RFC 5965
	reportMedia string
	original    mail.Header // of the message that a report returns, nil without
	parts       int
}

func readContent(raw []byte) *content {
	c := &content{entity: parseEntity(raw)}
	c.walk(c.entity, 0)
	return c
}

// walk collects texts and reports. A returned message is not walked through: its
// words are not the sender's.
func (c *content) walk(e entity, depth int) {
	if c.parts++; c.parts > maxParts || depth > maxDepth {
		return
	}
	switch {
	case strings.HasPrefix(e.media, "multipart/"):
		parts := e.parts(maxParts)
		for _, part := range parts {
			c.walk(parseEntity(part), depth+1)
		}
		if len(parts) == 0 { // no boundary: whatever it is, it may hold words
			c.add(&c.plain, e.text())
		}
	case e.media == "message/rfc822", e.media == "message/global",
		e.media == "text/rfc822-headers", e.media == "message/global-headers", e.media == "message/rfc822-headers":
		if c.original == nil {
			c.original, _ = splitHeader(e.decoded())
		}
	case e.media == "message/delivery-status", e.media == "message/global-delivery-status",
		e.media == "message/feedback-report":
		if c.report == nil {
			c.report, c.reportMedia = e.decoded(), strings.Replace(e.media, "global-", "", 1)
		}
	case strings.HasPrefix(strings.ToLower(e.header.Get("Content-Disposition")), "attachment"):
	case e.media == "text/plain":
		c.add(&c.plain, e.text())
	case e.media == "text/html":
		c.add(&c.html, e.text())
	}
}

func (c *content) add(to *strings.Builder, text string) {
	text = cut(text, max(0, maxTextBytes-to.Len()))
	if to.Len() > 0 {
		to.WriteByte('\n')
	}
	to.WriteString(text)
}

// text is what a reader sees: the plain text where there is one with words in it.
func (c *content) text() string {
	if strings.TrimSpace(c.plain.String()) != "" {
		return c.plain.String()
	}
	return textOf(c.html.String())
}
