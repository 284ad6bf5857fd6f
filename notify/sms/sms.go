// Package sms sends text messages through Twilio and reads what Twilio tells of them.
//
// Twilio's library builds the requests and reads the answers. It goes through an
// exchange of ours, because by itself it knows no context, hides the status of
// answers it cannot read, and leaves their bodies open.
package sms

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/courtesyd/courtesyd/notify"
)

// Origin is what a shop's texts come from: one of the two.
type Origin struct {
	MessagingServiceSID string
	From                string // E.164 or short code
}

// Config says which Twilio account to use and how. Zero values take the defaults
// noted beside them.
type Config struct {
	AccountSID string
	AuthToken  string // or, better, a key:
	APIKeySID  string
	APISecret  string

	Default Origin            // of all other shops; none when empty
	Shops   map[string]Origin // by shop id, where it differs from Default

	// PublicURL is where Twilio can reach us with news of a message, "" when it
	// cannot.
	PublicURL      string
	BaseURL        string        // https://api.twilio.com
	MaxConnections int           // 16
	Timeout        time.Duration // 30 s for one request
	Now            func() time.Time
}

// Sender sends texts through Twilio. It implements notify.Sender and notify.Finder.
type Sender struct {
	config      Config
	base        *url.URL
	credentials *client.Credentials
	transport   *http.Transport
}

// ValidityPeriod's range (Twilio refuses more and advises against less), and what
// is taken off so that a text queued to the last second is not late.
const (
	minValidity    = 6 * time.Second
	maxValidity    = 10 * time.Hour
	validityMargin = time.Minute
)

var (
	accountSID   = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	serviceSID   = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
	messageSID   = regexp.MustCompile(`^(SM|MM)[0-9a-fA-F]{32}$`)
	alphanumeric = regexp.MustCompile(`^[0-9a-zA-Z]+$`)
	e164         = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// New checks config and returns a Sender. It does not connect yet.
func New(config Config) (*Sender, error) {
	if config.BaseURL == "" {
		config.BaseURL = "https://api.twilio.com"
	}
	if config.MaxConnections == 0 {
		config.MaxConnections = 16
	}
	if config.Timeout == 0 {
		config.Timeout = 30 * time.Second
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	credentials, err := config.credentials()
	if err != nil {
		return nil, err
	}
	for shop, origin := range config.Shops {
		if err := origin.check(); err != nil {
			return nil, fmt.Errorf("sender of texts for shop %s: %w", shop, err)
		}
	}
	if config.Default != (Origin{}) || len(config.Shops) == 0 {
		if err := config.Default.check(); err != nil {
			return nil, fmt.Errorf("sender of texts: %w", err)
		}
	}
	base, err := secureURL(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("address of Twilio's API: %w", err)
	}
	if config.PublicURL != "" {
		if _, err := secureURL(config.PublicURL); err != nil {
			return nil, fmt.Errorf("public address for Twilio's news: %w", err)
		}
	}
	return &Sender{
		config: config, base: base, credentials: credentials,
		transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConns:        config.MaxConnections,
			MaxIdleConnsPerHost: config.MaxConnections,
			MaxConnsPerHost:     config.MaxConnections,
			IdleConnTimeout:     90 * time.Second,
		},
	}, nil
}

// credentials returns what to log in with. Twilio's library takes nothing but
// letters and digits, and an empty one would be sent as no login at all.
func (c Config) credentials() (*client.Credentials, error) {
	if !accountSID.MatchString(c.AccountSID) {
		return nil, errors.New("account SID of Twilio must be AC and 32 hexadecimal digits")
	}
	user, password := c.AccountSID, c.AuthToken
	if c.APIKeySID != "" {
		user, password = c.APIKeySID, c.APISecret
	}
	if !alphanumeric.MatchString(user) || !alphanumeric.MatchString(password) {
		return nil, errors.New("auth token of Twilio, or API key and secret, must be set and hold only letters and digits")
	}
	return client.NewCredentials(user, password), nil
}

func (o Origin) check() error {
	switch {
	case o.From == "" && o.MessagingServiceSID == "":
		return errors.New("set a number or a messaging service")
	case o.From != "" && o.MessagingServiceSID != "":
		return errors.New("set a number or a messaging service, not both")
	case o.MessagingServiceSID != "" && !serviceSID.MatchString(o.MessagingServiceSID):
		return errors.New("messaging service must be MG and 32 hexadecimal digits")
	}
	return nil
}

// secureURL lets plain http pass on this machine only: the requests carry the
// credentials.
func secureURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil, errors.New("not a URL")
	}
	local := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return nil, errors.New("must begin with https://")
	}
	return u, nil
}

// Send asks Twilio to create the message, once. A text that could not leave within
// the customer's window is not sent.
func (s *Sender) Send(ctx context.Context, m notify.Message) notify.Outcome {
	if !e164.MatchString(m.To) {
		o := outcome(notify.Refused, "", "The number is not in international form.")
		o.Effect = notify.InvalidateAddress
		return o
	}
	validity := s.validity(m)
	if validity < minValidity {
		return outcome(notify.Retry, "", "Too little of the customer's window is left for a text.")
	}
	origin := s.origin(m.ShopID)
	if origin == (Origin{}) {
		return outcome(notify.Refused, "", "No number or messaging service is set for the shop.")
	}
	params := new(api.CreateMessageParams).SetTo(m.To).SetBody(m.Text).SetValidityPeriod(int(validity / time.Second))
	if origin.MessagingServiceSID != "" {
		params.SetMessagingServiceSid(origin.MessagingServiceSID)
	} else {
		params.SetFrom(origin.From)
	}
	if s.config.PublicURL != "" {
		params.SetStatusCallback(fmt.Sprintf("%s/twilio/status?m=%d&a=%d",
			strings.TrimRight(s.config.PublicURL, "/"), m.ContactID, m.Attempt))
	}

	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	x := s.exchange(ctx, maxAnswer)
	message, err := s.service(x).CreateMessage(params)
	return s.judge(x, message, err)
}

// validity is how long Twilio may keep the text queued.
func (s *Sender) validity(m notify.Message) time.Duration {
	if m.ValidUntil.IsZero() {
		return maxValidity
	}
	return min(m.ValidUntil.Sub(s.config.Now())-validityMargin, maxValidity)
}

func (s *Sender) origin(shop string) Origin {
	if origin, ok := s.config.Shops[shop]; ok {
		return origin
	}
	return s.config.Default
}

// Check logs in with a call that changes nothing. Its error says what to do.
func (s *Sender) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	x := s.exchange(ctx, maxAnswer)
	if s.config.APIKeySID != "" { // a standard key may not read the account itself
		_, err := s.service(x).PageMessage(new(api.ListMessageParams).SetPageSize(1), "", "")
		return x.problem(err)
	}
	account, err := s.service(x).FetchAccount(s.config.AccountSID)
	if err := x.problem(err); err != nil {
		return err
	}
	if account.Status == nil || *account.Status != "active" {
		return errors.New("account is not active at Twilio: look at it in Twilio's console")
	}
	return nil
}

// Close gives up the kept connections.
func (s *Sender) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}
