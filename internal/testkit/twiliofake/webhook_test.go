package twiliofake

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// hook is a webhook that answers with the statuses in turn, then with 204.
type hook struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	calls    []url.Values
	headers  []http.Header
}

func startHook(t *testing.T, statuses ...int) *hook {
	h := &hook{statuses: statuses}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		h.calls, h.headers = append(h.calls, r.PostForm), append(h.headers, r.Header)
		status := http.StatusNoContent
		if len(h.statuses) > 0 {
			status, h.statuses = h.statuses[0], h.statuses[1:]
		}
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(h.Close)
	return h
}

// told returns the values that a parameter had in the calls so far.
func (h *hook) told(name string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, call := range h.calls {
		out = append(out, call.Get(name))
	}
	return out
}

func start(t *testing.T, opts Options) *Server {
	t.Helper()
	server, err := Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// The example of Twilio's documentation.
func TestSign(t *testing.T) {
	form := url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"},
	}
	if got := Sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form); got != "RSOYDt4T1cUTdK1PDd93/VVr8B8=" {
		t.Errorf("got %s", got)
	}
}

func TestACustomersTextIsAnnounced(t *testing.T) {
	h := startHook(t)
	server := start(t, Options{InboundURL: h.URL + "/in?shop=1", AdvancedOptOut: true})
	sid, err := server.Text(t.Context(), Incoming{From: "+12125550123", To: "+12125550100", Body: " stop ", Media: 1})
	if err != nil || !strings.HasPrefix(sid, "MM") {
		t.Fatalf("%q, %v", sid, err)
	}
	form := h.calls[0]
	for name, want := range map[string]string{
		"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": AccountSID, "From": "+12125550123",
		"To": "+12125550100", "Body": " stop ", "NumMedia": "1", "OptOutType": "STOP", "MediaContentType0": "image/jpeg",
	} {
		if got := form.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := h.headers[0].Get("X-Twilio-Signature"); got != Sign(AuthToken, h.URL+"/in?shop=1", form) {
		t.Errorf("signature %q", got)
	}
	_, list := call(t, server, http.MethodGet, messages, nil)
	if found, _ := list["messages"].([]any); len(found) != 1 || found[0].(map[string]any)["direction"] != "inbound" {
		t.Errorf("listed: %v", found)
	}
	if n := len(server.Created()); n != 0 {
		t.Errorf("%d messages count as sent", n)
	}
}

func TestARefusalBlocksTheSender(t *testing.T) {
	const person, local, free = "+12125550123", "+12125550100", "+18005550100"
	const service = "MG00000000000000000000000000000001"
	tests := []struct {
		name    string
		in      Incoming
		words   []string
		sender  url.Values
		blocked bool
	}{
		{"no", Incoming{To: local}, []string{"STOP"}, url.Values{"From": {local}}, true},
		{"no, from another number", Incoming{To: local}, []string{"STOP"}, url.Values{"From": {free}}, false},
		{"no to a service", Incoming{To: local, ServiceSID: service}, []string{"Quit"}, url.Values{"MessagingServiceSid": {service}}, true},
		{"no and yes", Incoming{To: local}, []string{"STOP", "yes"}, url.Values{"From": {local}}, false},
		{"no and start", Incoming{To: free}, []string{"STOP", "START"}, url.Values{"From": {free}}, false},
		{"yes means nothing to toll-free", Incoming{To: free}, []string{"STOP", "YES"}, url.Values{"From": {free}}, true},
		{"more than the word", Incoming{To: local}, []string{"STOP it"}, url.Values{"From": {local}}, false},
		{"help", Incoming{To: local}, []string{"HELP"}, url.Values{"From": {local}}, false},
	}
	for _, tt := range tests {
		server := start(t, Options{})
		for _, word := range tt.words {
			tt.in.From, tt.in.Body = person, word
			if _, err := server.Text(t.Context(), tt.in); err != nil {
				t.Fatal(err)
			}
		}
		tt.sender.Set("To", person)
		tt.sender.Set("Body", "hello")
		status, body := call(t, server, http.MethodPost, messages, tt.sender)
		if blocked := status == http.StatusBadRequest && body["code"] == 21610.0; blocked != tt.blocked {
			t.Errorf("%s: %d %v", tt.name, status, body)
		}
	}
}

func TestCallsAreRepeatedAsTheAddressSays(t *testing.T) {
	tests := []struct {
		name     string
		fragment string
		answers  []int // 0 drops the connection
		calls    int
		lost     bool
	}{
		{"good at once", "", nil, 1, false},
		{"500 is not repeated", "", []int{500}, 1, true},
		{"500 is repeated", "#rc=2&rp=ct,5xx", []int{500, 503}, 3, false},
		{"not too often", "#rc=2&rp=5xx", []int{500, 500, 500}, 3, true},
		{"403 is not 5xx", "#rc=2&rp=5xx", []int{403}, 1, true},
		{"all", "#rc=5&rp=all", []int{403, 500, 0}, 4, false},
		{"dropped", "#rc=1&rp=rt", []int{0}, 2, false},
		{"a redirect is not followed", "#rc=1&rp=ct", []int{302}, 1, true},
		{"nonsense", "#rc=9", nil, 0, true},
	}
	for _, tt := range tests {
		h := startHook(t, tt.answers...)
		server := start(t, Options{InboundURL: h.URL + tt.fragment})
		_, err := server.Text(t.Context(), Incoming{From: "+12125550123", To: "+12125550100", Body: "hello"})
		if (err != nil) != tt.lost || len(h.calls) != tt.calls {
			t.Errorf("%s: %d calls, %v; want %d, lost %v", tt.name, len(h.calls), err, tt.calls, tt.lost)
		}
		for _, header := range h.headers {
			if token := header.Get("I-Twilio-Idempotency-Token"); token == "" || token != h.headers[0].Get("I-Twilio-Idempotency-Token") {
				t.Errorf("%s: idempotency token %q", tt.name, token)
			}
		}
	}
	// Nobody listens: once more, then no more.
	var dials int
	count := &http.Client{Transport: &http.Transport{Proxy: func(*http.Request) (*url.URL, error) {
		dials++
		return nil, nil
	}}}
	server := start(t, Options{InboundURL: "http://127.0.0.1:1/", Client: count})
	if _, err := server.Text(t.Context(), Incoming{From: "+12125550123", To: "+12125550100"}); err == nil || dials != 2 {
		t.Errorf("%v after %d dials, want 2", err, dials)
	}
}

func TestCourse(t *testing.T) {
	h := startHook(t)
	server := start(t, Options{})
	form := url.Values{"To": {"+12125550123"}, "From": {"+12125550100"}, "Body": {"hello"}, "StatusCallback": {h.URL + "/status?m=1&a=1"}}
	_, created := call(t, server, http.MethodPost, messages, form)
	sid, _ := created["sid"].(string)
	if err := server.Run(t.Context(), sid, Course{Statuses: []string{"sent", "undelivered"}, ErrorCode: 30003}); err != nil {
		t.Fatal(err)
	}
	if err := server.Run(t.Context(), sid, Course{Calls: []string{"undelivered", "sent", "sent"}, ErrorCode: 30003}); err != nil {
		t.Fatal(err)
	}
	if got := h.told("MessageStatus"); !slices.Equal(got, []string{"sent", "undelivered", "undelivered", "sent", "sent"}) {
		t.Errorf("told %v", got)
	}
	if got := h.told("ErrorCode"); !slices.Equal(got, []string{"", "30003", "30003", "", ""}) {
		t.Errorf("told codes %v", got)
	}
	_, fetched := call(t, server, http.MethodGet, accountPath+AccountSID+"/Messages/"+sid+".json", nil)
	if fetched["status"] != "undelivered" || fetched["error_code"] != 30003.0 {
		t.Errorf("fetched %v", fetched)
	}
	if err := server.Run(t.Context(), "SM1", Course{Statuses: []string{"sent"}}); err == nil {
		t.Error("a message that does not exist ran a course")
	}
}

func TestEveryMessageRunsItsCourse(t *testing.T) {
	h := startHook(t)
	server := start(t, Options{Course: Course{Statuses: []string{"sent", "delivered"}}})
	form := url.Values{"To": {"+12125550123"}, "From": {"+12125550100"}, "Body": {"hello"}, "StatusCallback": {h.URL}}
	call(t, server, http.MethodPost, messages, form)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !slices.Equal(h.told("MessageStatus"), []string{"sent", "delivered"}) {
		select {
		case <-ctx.Done():
			t.Fatalf("told %v", h.told("MessageStatus"))
		case <-time.After(time.Millisecond):
		}
	}
}

func TestFaultsOfReading(t *testing.T) {
	server := start(t, Options{})
	server.Add(Fault{Reads: true, Status: http.StatusServiceUnavailable, Code: 20503, Times: 2})
	form := url.Values{"To": {"+12125550123"}, "From": {"+12125550100"}, "Body": {"hello"}}
	if status, _ := call(t, server, http.MethodPost, messages, form); status != http.StatusCreated {
		t.Errorf("creating answered %d", status)
	}
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusOK} {
		if status, _ := call(t, server, http.MethodGet, messages, nil); status != want {
			t.Errorf("listing answered %d, want %d", status, want)
		}
	}
}

func TestATokenHoldsThePlaceOfAPage(t *testing.T) {
	server := start(t, Options{})
	day := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	put := func() string { return server.Put(Message{CreatedAt: day, To: "+12125550123", Status: "sent"}) }
	oldest := put()
	put()
	_, list := call(t, server, http.MethodGet, messages+"?PageSize=1", nil)
	put()
	next, _ := list["next_page_uri"].(string)
	_, list = call(t, server, http.MethodGet, next, nil)
	found, _ := list["messages"].([]any)
	if len(found) != 1 || found[0].(map[string]any)["sid"] != oldest || list["next_page_uri"] != nil {
		t.Errorf("second page: %v", list)
	}
}
