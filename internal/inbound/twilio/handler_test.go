package twilio

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

func TestACustomersText(t *testing.T) {
	o := open(t, func(options *twiliofake.Options) { options.AdvancedOptOut = true })
	in := twiliofake.Incoming{From: customer, To: shopLine, Body: "¿Puedo venir mañana? 👍 1+1=2 & más", Media: 2}
	sid, err := o.twilio.Text(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.text("stop"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it may come again
		if err := o.twilio.Announce(t.Context(), sid); err != nil {
			t.Error(err)
		}
	}
	o.expectBodies(in.Body, "stop")
	want := outreach.Arrival{
		Provider: "twilio", ProviderID: sid, Channel: outreach.SMS, From: customer, To: shopLine, ShopID: "maple",
		Subject: "[2 pictures]", Body: in.Body, At: noon,
	}
	if got := o.desk.arrivals[0]; got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := o.desk.arrivals[1]; !got.Confirmed || !got.Unsubscribe {
		t.Errorf("what Twilio took for a refusal arrived as %+v", got)
	}
	if o.heard != 1 {
		t.Errorf("told %d times within a minute that Twilio was heard, want 1", o.heard)
	}
	o.now = noon.Add(time.Minute)
	if err := o.text("hello"); err != nil || o.heard != 2 {
		t.Errorf("a minute later: %v, told %d times", err, o.heard)
	}
}

func TestNewsOfATextOfOurs(t *testing.T) {
	tests := []struct {
		name   string
		course twiliofake.Course
		want   outreach.State
		code   string
		calls  int
	}{
		{"delivered", twiliofake.Course{Statuses: []string{"sending", "sent", "delivered"}}, outreach.Delivered, "", 3},
		{"out of order", twiliofake.Course{
			Statuses: []string{"sent", "delivered"}, Calls: []string{"delivered", "sent", "queued"},
		}, outreach.Delivered, "", 3},
		{"repeated", twiliofake.Course{
			Statuses: []string{"sent", "delivered"}, Calls: []string{"sent", "sent", "delivered", "delivered", "delivered"},
		}, outreach.Delivered, "", 5},
		{"failed", twiliofake.Course{Statuses: []string{"failed"}, ErrorCode: 30006}, outreach.Undelivered, "30006", 1},
		{"only the last", twiliofake.Course{
			Statuses: []string{"sent", "undelivered"}, Calls: []string{"undelivered"}, ErrorCode: 30005,
		}, outreach.Undelivered, "30005", 1},
		{"read", twiliofake.Course{Statuses: []string{"delivered", "read"}}, outreach.Delivered, "", 2},
		{"all lost", twiliofake.Course{Statuses: []string{"sent", "delivered"}, Calls: []string{}}, "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := open(t, nil)
			sid := o.send(42)
			o.run(sid, tt.course)
			if got := o.desk.stateOf(sid); got != tt.want || o.desk.calls != tt.calls {
				t.Errorf("after %d calls the text is %q, want %d and %q", o.desk.calls, got, tt.calls, tt.want)
			}
			if tt.want == "" {
				return
			}
			got := o.desk.news[len(o.desk.news)-1]
			if got.ContactID != 42 || got.Attempt != 1 || got.Provider != "twilio" || got.ErrorCode != tt.code || got.Address != customer {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// post calls the webhook as Twilio would, but for what change does to it.
func (o *office) post(path string, form url.Values, change func(*http.Request)) *http.Response {
	o.t.Helper()
	body := form.Encode()
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.public+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("X-Twilio-Signature", twiliofake.Sign(twiliofake.AuthToken, o.public+path, form))
	if change != nil {
		change(req)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestWhatIsNoCallOfTwilios(t *testing.T) {
	form := url.Values{"MessageSid": {"SM1"}, "From": {customer}, "To": {shopLine}, "Body": {"hello"}}
	tests := []struct {
		name   string
		path   string
		form   url.Values
		change func(*http.Request)
		want   int
	}{
		{"good", PathInbound, form, nil, http.StatusNoContent},
		{"no signature", PathInbound, form, func(r *http.Request) { r.Header.Del("X-Twilio-Signature") }, http.StatusForbidden},
		{"wrong signature", PathInbound, form, func(r *http.Request) { r.Header.Set("X-Twilio-Signature", "AAAA") }, http.StatusForbidden},
		{"signed for another address", PathStatus, form, func(r *http.Request) { r.URL.Path = PathInbound }, http.StatusForbidden},
		{"contact changed", PathStatus + "?m=1&a=1", form, func(r *http.Request) { r.URL.RawQuery = "m=2&a=1" }, http.StatusForbidden},
		{"another host named", PathInbound, form, func(r *http.Request) {
			r.Host = "elsewhere.example"
			r.Header.Set("X-Forwarded-Host", "elsewhere.example")
			r.Header.Set("X-Forwarded-Proto", "ftp")
		}, http.StatusNoContent},
		{"GET", PathInbound, form, func(r *http.Request) { r.Method, r.Body = http.MethodGet, http.NoBody }, http.StatusMethodNotAllowed},
		{"JSON", PathInbound, form, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, http.StatusUnsupportedMediaType},
		{"no type", PathInbound, form, func(r *http.Request) { r.Header.Del("Content-Type") }, http.StatusUnsupportedMediaType},
		{"elsewhere", "/twilio/other", form, nil, http.StatusNotFound},
		{"slash at the end", PathInbound + "/", form, nil, http.StatusNotFound},
		{"huge", PathInbound, url.Values{"Body": {strings.Repeat("x", maxBody)}}, nil, http.StatusRequestEntityTooLarge},
		{"no form", PathInbound, form, func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("MessageSid=%zz")), 14
		}, http.StatusForbidden},
		{"empty", PathInbound, url.Values{}, nil, http.StatusBadRequest},
		{"no SID", PathInbound, url.Values{"From": {customer}}, nil, http.StatusBadRequest},
		{"no sender", PathInbound, url.Values{"MessageSid": {"SM1"}}, nil, http.StatusBadRequest},
		{"no status", PathStatus, url.Values{"MessageSid": {"SM1"}}, nil, http.StatusBadRequest},
		{"old names", PathInbound, url.Values{"SmsMessageSid": {"SM1"}, "From": {customer}}, nil, http.StatusNoContent},
		{"invalid text", PathInbound, url.Values{"MessageSid": {"SM\x001"}, "From": {customer}, "Body": {"\xc3\x28\x00"}}, nil, http.StatusNoContent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := open(t, nil)
			res := o.post(tt.path, tt.form, tt.change)
			if res.StatusCode != tt.want {
				t.Errorf("status %d, want %d", res.StatusCode, tt.want)
			}
			if took := o.desk.calls > 0; took != (tt.want == http.StatusNoContent) {
				t.Errorf("the desk was asked %d times", o.desk.calls)
			}
			if allow := res.Header.Get("Allow"); (tt.want == http.StatusMethodNotAllowed) != (allow == "POST") {
				t.Errorf("Allow: %q", allow)
			}
			if res.Header.Get("Set-Cookie") != "" || res.Header.Get("Location") != "" {
				t.Errorf("header %v", res.Header)
			}
			for _, a := range o.desk.arrivals {
				if strings.ContainsRune(a.ProviderID+a.Body, 0) || a.Body != strings.ToValidUTF8(a.Body, "") {
					t.Errorf("no database can hold %+q", a.ProviderID+a.Body)
				}
			}
		})
	}
}

func TestContactOfACallback(t *testing.T) {
	tests := []struct {
		query   string
		contact int64
		attempt int
	}{
		{"?m=7&a=2", 7, 2},
		{"", 0, 0},
		{"?m=7", 0, 0},
		{"?m=-7&a=1", 0, 0},
		{"?m=7&a=0", 0, 0},
		{"?m=order-7&a=1", 0, 0},
		{"?m=99999999999999999999&a=1", 0, 0},
	}
	for _, tt := range tests {
		o := open(t, nil)
		res := o.post(PathStatus+tt.query, url.Values{"SmsSid": {"SM1"}, "SmsStatus": {"delivered"}, "To": {customer}}, nil)
		if res.StatusCode != http.StatusNoContent || len(o.desk.news) != 1 {
			t.Errorf("%s: status %d, news %+v", tt.query, res.StatusCode, o.desk.news)
			continue
		}
		got := o.desk.news[0]
		if got.ContactID != tt.contact || got.Attempt != tt.attempt || got.ProviderID != "SM1" || got.State != outreach.Delivered {
			t.Errorf("%s: %+v", tt.query, got)
		}
	}
}

func TestStrangersAreLoggedOnceAMinute(t *testing.T) {
	o := open(t, nil)
	form := url.Values{"MessageSid": {"SM1"}, "From": {customer}}
	wrong := func(r *http.Request) { r.Header.Set("X-Twilio-Signature", "AAAA") }
	for range 5 {
		o.post(PathInbound, form, wrong)
	}
	log := o.log.String()
	if n := strings.Count(log, "signature does not fit"); n != 1 {
		t.Errorf("logged %d times, want 1:\n%s", n, log)
	}
	for _, secret := range []string{twiliofake.AuthToken, customer, "AAAA"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log tells %q:\n%s", secret, log)
		}
	}
	o.now = noon.Add(time.Minute)
	o.post(PathInbound, form, wrong)
	if n := strings.Count(o.log.String(), "signature does not fit"); n != 2 {
		t.Errorf("logged %d times after a minute, want 2", n)
	}
}

func TestTheDatabaseIsAway(t *testing.T) {
	o := open(t, nil)
	o.desk.setAway(true)
	if err := o.text("STOP"); err == nil {
		t.Error("Twilio was told that it is recorded")
	}
	res := o.post(PathInbound, url.Values{"MessageSid": {"SM1"}, "From": {customer}}, nil)
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, header %v", res.StatusCode, res.Header)
	}
	if o.heard != 0 || strings.Count(o.log.String(), "cannot record") != 1 {
		t.Errorf("heard %d, log:\n%s", o.heard, o.log)
	}
	o.desk.setAway(false)
	o.poll() // heals what Twilio gave up
	o.expectBodies("STOP")
}

func TestTwilioRepeatsWhatFailed(t *testing.T) {
	o := open(t, nil)
	down, calls := 2, 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls <= down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		o.handler.ServeHTTP(w, r)
	}))
	defer web.Close()
	// It signs the address that a person entered, without what is behind the #.
	var err error
	if o.handler.Verifier, err = NewVerifier(web.URL, "another", twiliofake.AuthToken); err != nil {
		t.Fatal(err)
	}
	fake, err := twiliofake.Start(twiliofake.Options{InboundURL: web.URL + PathInbound + "#rc=3&rp=ct,rt,5xx"})
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	if _, err := fake.Text(t.Context(), twiliofake.Incoming{From: customer, To: shopLine, Body: "hello"}); err != nil || calls != 3 {
		t.Errorf("%v after %d calls, want 3", err, calls)
	}
	o.expectBodies("hello")
}

func TestADeskThatHangsIsNotWaitedFor(t *testing.T) {
	o := open(t, nil)
	stuck := &stuckDesk{desk: o.desk, deadline: make(chan time.Duration, 1)}
	o.handler.Desk = stuck
	o.post(PathInbound, url.Values{"MessageSid": {"SM1"}, "From": {customer}}, nil)
	if left := <-stuck.deadline; left <= 0 || left > answerWithin {
		t.Errorf("the desk is waited for %v, Twilio gives up after 15 s", left)
	}
}

// stuckDesk tells how long it would be waited for.
type stuckDesk struct {
	*desk
	deadline chan time.Duration
}

func (d *stuckDesk) Receive(ctx context.Context, _ outreach.Arrival) error {
	at, _ := ctx.Deadline()
	d.deadline <- time.Until(at)
	return errAway
}
