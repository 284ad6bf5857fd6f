package sms

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// Bounds of what is read of one answer, in bytes.
const (
	maxAnswer = 64 << 10
	maxList   = 4 << 20
)

// errorPage is where Twilio explains one of its error codes.
const errorPage = "https://www.twilio.com/docs/errors/%d"

// exchange carries one call to Twilio: it brings the caller's context to the
// request and remembers what the library would forget about the answer.
type exchange struct {
	*client.Client
	ctx       context.Context
	base      *url.URL
	transport http.RoundTripper
	limit     int64

	written    atomic.Bool // some of the request may have reached Twilio
	status     int         // of the last answer, 0 without one
	retryAfter string
	date       string // by Twilio's clock
}

func (s *Sender) exchange(ctx context.Context, limit int64) *exchange {
	x := &exchange{ctx: ctx, base: s.base, transport: s.transport, limit: limit}
	x.Client = &client.Client{Credentials: s.credentials, HTTPClient: &http.Client{
		Transport: x,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}
	x.SetAccountSid(s.config.AccountSID)
	return x
}

func (s *Sender) service(x *exchange) *api.ApiService { return api.NewApiServiceWithClient(x) }

// SendRequest sends the library's request to our base URL in place of its own.
func (x *exchange) SendRequest(method, rawURL string, data url.Values, headers map[string]any, body ...byte) (*http.Response, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	u.Scheme, u.Host = x.base.Scheme, x.base.Host
	u.Path = strings.TrimRight(x.base.Path, "/") + u.Path
	return x.Client.SendRequest(method, u.String(), data, headers, body...)
}

// RoundTrip implements http.RoundTripper. The answer's body is read here, up to
// the limit, and closed.
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	trace := &httptrace.ClientTrace{
		// net/http takes another connection for a POST only if nothing of it went
		// over the one before.
		GetConn: func(string) { x.written.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { x.written.Store(true) },
	}
	res, err := x.transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(x.ctx, trace)))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	x.status, x.retryAfter, x.date = res.StatusCode, res.Header.Get("Retry-After"), res.Header.Get("Date")
	// A body that breaks off is not valid JSON; the library will say so.
	body, _ := io.ReadAll(io.LimitReader(res.Body, x.limit))
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// wait is what the answer's Retry-After asks for (RFC 9110 10.2.3), at most a day.
func (x *exchange) wait(now time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(x.retryAfter); err == nil {
		wait = time.Duration(min(max(seconds, 0), 24*60*60)) * time.Second
	} else if at, err := http.ParseTime(x.retryAfter); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), 24*time.Hour)
}

// problem turns the end of a reading call into an error that holds no secret and
// says what to do.
func (x *exchange) problem(err error) error {
	var refusal *client.TwilioRestError
	switch {
	case err == nil && x.status/100 == 2:
		return nil
	case x.status == 0:
		return errors.New("cannot reach Twilio: check network, proxy and base URL")
	case x.status == http.StatusUnauthorized:
		return errors.New("credentials are not accepted by Twilio: check account SID and auth token or API key")
	case errors.As(err, &refusal) && refusal.Code != 0:
		return fmt.Errorf("error %d from Twilio: see "+errorPage, refusal.Code, refusal.Code)
	}
	return fmt.Errorf("cannot read Twilio's answer (status %d): check the base URL", x.status)
}
