package sms

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// ErrNoMessage means that Twilio has no message with the SID asked for, no more,
// or none that can be read.
var ErrNoMessage = errors.New("there is no such message at Twilio")

// Record is one message as Twilio tells of it, in either direction.
type Record struct {
	SID        string
	Direction  string // "inbound", or how it left: "outbound-api", "outbound-reply", …
	From, To   string // as Twilio writes them
	ServiceSID string // of the messaging service, "" without
	Body       string
	Media      int // how many pictures or other files came with it
	Status     string
	ErrorCode  int       // 0 when nothing went wrong
	At         time.Time // sent, or created where it was not sent yet; UTC
}

// BadRecord is what Twilio listed and nobody can read.
type BadRecord struct {
	Key string // the SID, or a digest where even that is missing
	Why string
}

// Page is one page of an account's messages, the newest first.
type Page struct {
	Records []Record
	Bad     []BadRecord
	Next    string    // names the next page; "" when there is none
	Now     time.Time // by Twilio's clock when it was made; ours where it does not say
}

// Messages lists the account's messages that were sent on the days from first to
// last, both included and in GMT; a zero last leaves the end open. page is "" for
// the first page and Next of the one before for others. The error says what to do.
func (s *Sender) Messages(ctx context.Context, first, last time.Time, page string) (Page, error) {
	if page == "" {
		query := url.Values{"PageSize": {strconv.Itoa(listPage)}, "DateSent>": {gmtDay(first)}}
		if !last.IsZero() {
			query.Set("DateSent<", gmtDay(last))
		}
		page = query.Encode()
	}
	var list struct {
		Messages []json.RawMessage `json:"messages"`
		Next     string            `json:"next_page_uri"`
	}
	x, err := s.read(ctx, "Messages.json?"+page, maxList, &list)
	if err := x.problem(err); err != nil {
		return Page{}, fmt.Errorf("list messages: %w", err)
	}
	if list.Messages == nil { // some other JSON
		return Page{}, errors.New("list messages: Twilio's answer holds none: check the base URL")
	}
	next, err := url.Parse(list.Next)
	if err != nil {
		return Page{}, errors.New("list messages: Twilio's answer names no next page that can be read")
	}
	p := Page{Next: next.RawQuery, Now: x.clock(s.config.Now())}
	for _, text := range list.Messages {
		if r, err := readRecord(text); err != nil {
			p.Bad = append(p.Bad, BadRecord{Key: keyOf(text), Why: err.Error()})
		} else {
			p.Records = append(p.Records, r)
		}
	}
	return p, nil
}

// Message asks about one message. The error is ErrNoMessage when Twilio has none.
func (s *Sender) Message(ctx context.Context, sid string) (Record, error) {
	if !messageSID.MatchString(sid) {
		return Record{}, fmt.Errorf("ask about message: %w", ErrNoMessage)
	}
	var text json.RawMessage
	x, err := s.read(ctx, "Messages/"+sid+".json", maxAnswer, &text)
	var refusal *client.TwilioRestError
	if x.status == http.StatusNotFound && errors.As(err, &refusal) && refusal.Code == 20404 {
		return Record{}, fmt.Errorf("ask about message: %w", ErrNoMessage)
	}
	if err := x.problem(err); err != nil {
		return Record{}, fmt.Errorf("ask about message: %w", err)
	}
	r, err := readRecord(text)
	if err != nil {
		return Record{}, fmt.Errorf("ask about message: %w: %w", ErrNoMessage, err)
	}
	return r, nil
}

// read fetches a resource of the account. Twilio's library would give up a whole
// page for one message that it cannot decode, so only its client is used.
func (s *Sender) read(ctx context.Context, resource string, limit int64, into any) (*exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	x := s.exchange(ctx, limit)
	address := "https://api.twilio.com/2010-04-01/Accounts/" + s.config.AccountSID + "/" + resource
	res, err := client.NewRequestHandler(x).Get(address, nil, map[string]any{}, "")
	if err != nil {
		return x, err
	}
	return x, json.NewDecoder(res.Body).Decode(into)
}

// clock is what Twilio's clock showed when it answered.
func (x *exchange) clock(otherwise time.Time) time.Time {
	if at, err := http.ParseTime(x.date); err == nil {
		return at.UTC()
	}
	return otherwise.UTC()
}

// gmtDay writes the day as Twilio's library does; the hour is of no account.
func gmtDay(t time.Time) string {
	return t.UTC().Truncate(24 * time.Hour).Format(time.RFC3339)
}

func readRecord(text []byte) (Record, error) {
	var m api.ApiV2010Message
	if err := json.Unmarshal(text, &m); err != nil {
		return Record{}, errors.New("a field of the message holds what Twilio does not document")
	}
	r := Record{
		SID: value(m.Sid), Direction: value(m.Direction), From: value(m.From), To: value(m.To),
		ServiceSID: value(m.MessagingServiceSid), Body: value(m.Body), Status: value(m.Status), ErrorCode: value(m.ErrorCode),
	}
	if !messageSID.MatchString(r.SID) {
		return Record{}, errors.New("the message has no SID")
	}
	if r.Direction == "" || r.From == "" && r.Direction == "inbound" {
		return Record{}, errors.New("the message does not say who sent it")
	}
	r.Media, _ = strconv.Atoi(value(m.NumMedia)) // says nothing where it is no number
	var err error
	if r.At, err = time.Parse(time.RFC1123Z, value(m.DateSent)); err != nil {
		if r.At, err = time.Parse(time.RFC1123Z, value(m.DateCreated)); err != nil {
			return Record{}, errors.New("the message has no date")
		}
	}
	r.At = r.At.UTC()
	return r, nil
}

// keyOf names what cannot be read, the same each time it is listed.
func keyOf(text []byte) string {
	var m struct {
		SID any `json:"sid"`
	}
	if err := json.Unmarshal(text, &m); err == nil {
		if sid, ok := m.SID.(string); ok && messageSID.MatchString(sid) {
			return sid
		}
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

func value[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}
