package twiliofake

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Incoming is a text that a customer sends.
type Incoming struct {
	From, To   string
	ServiceSID string // of the messaging service that To belongs to, "" for none
	Body       string
	Media      int // how many pictures come with it
}

// block keeps a sender's messages from a person who said no to it.
type block struct{ sender, person string }

// Text lets a customer send a text. It is in the books, and Twilio has acted on
// its own keywords, before the webhook is called. An error means that the webhook
// did not take it; the text is in the books all the same.
func (s *Server) Text(ctx context.Context, in Incoming) (sid string, err error) {
	s.mu.Lock()
	m := s.enter(Message{
		CreatedAt: s.opts.Now().UTC().Truncate(time.Second), From: in.From, To: in.To, ServiceSID: in.ServiceSID,
		Body: in.Body, Media: in.Media, Direction: "inbound", Status: "received",
	})
	b := block{sender: in.sender(), person: in.From}
	switch {
	case optOutType(in.Body) == "STOP":
		s.blocked[b] = true
	case optOutType(in.Body) == "START" && !(tollFree(in.To) && keyword(in.Body) == "YES"):
		delete(s.blocked, b)
	}
	s.mu.Unlock()
	return m.SID, s.Announce(ctx, m.SID)
}

// Announce calls the webhook for a customer's text that is in the books. Twilio
// may do so more than once.
func (s *Server) Announce(ctx context.Context, sid string) error {
	m, ok := s.find(sid)
	if !ok || !m.inbound() {
		return fmt.Errorf("no customer sent %s", sid)
	}
	if s.opts.InboundURL == "" {
		return nil
	}
	form := url.Values{
		"MessageSid": {m.SID}, "SmsSid": {m.SID}, "SmsMessageSid": {m.SID}, "AccountSid": {AccountSID},
		"From": {m.From}, "To": {m.To}, "Body": {m.Body}, "NumMedia": {strconv.Itoa(m.Media)}, "NumSegments": {"1"},
		"SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"}, "FromCountry": {"US"}, "FromCity": {""},
	}
	if m.ServiceSID != "" {
		form.Set("MessagingServiceSid", m.ServiceSID)
	}
	for i := range m.Media {
		n := strconv.Itoa(i)
		form.Set("MediaContentType"+n, "image/jpeg")
		form.Set("MediaUrl"+n, s.URL()+accountPath+AccountSID+"/Messages/"+m.SID+"/Media/ME"+n)
	}
	if kind := optOutType(m.Body); kind != "" && s.opts.AdvancedOptOut {
		form.Set("OptOutType", kind)
	}
	return s.call(ctx, s.opts.InboundURL, form)
}

func (in Incoming) sender() string {
	if in.ServiceSID != "" {
		return in.ServiceSID
	}
	return in.To
}

// isBlocked reports whether the message is for somebody who said no to its sender.
func (s *Server) isBlocked(m Message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sender := m.From
	if m.ServiceSID != "" {
		sender = m.ServiceSID
	}
	return s.blocked[block{sender, m.To}]
}

// optOutType is how Twilio classes a text that is exactly one of its default
// keywords, "" for any other: https://help.twilio.com/articles/223134027
func optOutType(body string) string {
	switch keyword(body) {
	case "STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL":
		return "STOP"
	case "START", "YES", "UNSTOP":
		return "START"
	case "HELP", "INFO":
		return "HELP"
	}
	return ""
}

func keyword(body string) string { return strings.ToUpper(strings.TrimSpace(body)) }

// tollFree numbers do not know YES: https://help.twilio.com/articles/360058144374
func tollFree(number string) bool {
	for _, code := range []string{"800", "833", "844", "855", "866", "877", "888"} {
		if strings.HasPrefix(number, "+1"+code) {
			return true
		}
	}
	return false
}
