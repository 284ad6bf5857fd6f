package twiliofake

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// webhookClient waits 5 s for a connection and 15 s for all of a call:
// https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
func webhookClient() *http.Client {
	return &http.Client{
		Timeout:   15 * time.Second,
		Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// Sign makes the X-Twilio-Signature of a form posted to the address:
// https://www.twilio.com/docs/usage/security#validating-requests
func Sign(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	text := address
	for _, name := range slices.Sorted(maps.Keys(form)) {
		text += name + form.Get(name)
	}
	mac.Write([]byte(text)) // never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// overrides say how often and after what a call is repeated.
type overrides struct {
	retries int
	after   []string // "ct", "rt", "4xx", "5xx", "all"
}

func readOverrides(fragment string) (overrides, error) {
	o := overrides{retries: 1, after: []string{"ct"}}
	values, err := url.ParseQuery(fragment)
	if err != nil {
		return o, fmt.Errorf("read connection overrides: %w", err)
	}
	if text := values.Get("rc"); text != "" {
		if o.retries, err = strconv.Atoi(text); err != nil || o.retries < 0 || o.retries > 5 {
			return o, fmt.Errorf("retry count %q is not one of 0 to 5", text)
		}
	}
	if text := values.Get("rp"); text != "" {
		o.after = strings.Split(text, ",")
	}
	return o, nil
}

// call posts the form to a webhook, again after what its address says, else once
// more where no connection came about.
func (s *Server) call(ctx context.Context, address string, form url.Values) error {
	address, fragment, _ := strings.Cut(address, "#")
	o, err := readOverrides(fragment)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		failure, err := s.post(ctx, address, form)
		if err == nil || try >= o.retries || !slices.Contains(o.after, failure) && !slices.Contains(o.after, "all") {
			return err
		}
	}
}

// post makes one call. failure names its kind as connection overrides do.
func (s *Server) post(ctx context.Context, address string, form url.Values) (failure string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("call webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("X-Twilio-Signature", Sign(AuthToken, address, form))
	// The same on every try of one event.
	req.Header.Set("I-Twilio-Idempotency-Token", Sign("event", address, form))
	res, err := s.opts.Client.Do(req)
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return "ct", fmt.Errorf("call webhook: %w", err)
	case err != nil:
		return "rt", fmt.Errorf("call webhook: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // what it says is of no account
	if res.StatusCode/100 != 2 {
		return strconv.Itoa(res.StatusCode/100) + "xx", fmt.Errorf("call webhook: status %d", res.StatusCode)
	}
	return "", nil
}
