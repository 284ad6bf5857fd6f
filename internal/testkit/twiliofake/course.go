package twiliofake

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
)

// Course is what becomes of a message after it was created.
type Course struct {
	// Statuses are gone through one after the other, and each is called back.
	Statuses []string
	// Calls, when not nil, are called back in place of Statuses, once the last of
	// those is reached: leave out, repeat and reorder as Twilio may.
	Calls     []string
	ErrorCode int // with "failed" and "undelivered"
}

// Run takes a message through its course. The error tells of callbacks that were
// not taken; the message's status changes all the same.
func (s *Server) Run(ctx context.Context, sid string, c Course) error {
	var lost []error
	for _, status := range c.Statuses {
		m, err := s.advance(sid, status, c.ErrorCode)
		if err != nil {
			return err
		}
		if c.Calls == nil {
			lost = append(lost, s.callBack(ctx, m))
		}
	}
	for _, status := range c.Calls {
		m, ok := s.find(sid)
		if !ok {
			return fmt.Errorf("there is no message %s", sid)
		}
		m.Status, m.ErrorCode = status, errorCode(status, c.ErrorCode)
		lost = append(lost, s.callBack(ctx, m))
	}
	return errors.Join(lost...)
}

// advance changes the status of a message in the books.
func (s *Server) advance(sid, status string, code int) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.messages, func(m Message) bool { return m.SID == sid })
	if i < 0 {
		return Message{}, fmt.Errorf("there is no message %s", sid)
	}
	s.messages[i].Status, s.messages[i].ErrorCode = status, errorCode(status, code)
	return s.messages[i], nil
}

func errorCode(status string, code int) int {
	if status == "failed" || status == "undelivered" {
		return code
	}
	return 0
}

// callBack tells whoever created the message what its status is now.
func (s *Server) callBack(ctx context.Context, m Message) error {
	if m.StatusCallback == "" {
		return nil
	}
	form := url.Values{
		"MessageSid": {m.SID}, "SmsSid": {m.SID}, "AccountSid": {AccountSID}, "To": {m.To}, "From": {m.From},
		"MessageStatus": {m.Status}, "SmsStatus": {m.Status}, "ApiVersion": {"2010-04-01"},
	}
	if m.ServiceSID != "" {
		form.Set("MessagingServiceSid", m.ServiceSID)
	}
	if m.ErrorCode != 0 {
		form.Set("ErrorCode", strconv.Itoa(m.ErrorCode))
	}
	return s.call(ctx, m.StatusCallback, form)
}

// find returns the message with the SID.
func (s *Server) find(sid string) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if m.SID == sid {
			return m, true
		}
	}
	return Message{}, false
}
