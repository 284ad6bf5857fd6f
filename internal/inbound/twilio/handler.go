package twilio

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/notify/sms"
)

// The paths below the public address that Twilio calls. PathStatus is given with
// each text that is sent, with the contact as m and the attempt as a; PathInbound
// is entered at Twilio by a person.
const (
	PathInbound = "/twilio/inbound"
	PathStatus  = "/twilio/status"
)

const (
	maxBody = 64 << 10 // bytes of one call
	// Twilio waits for 15 s and takes no answer for a no.
	answerWithin = 10 * time.Second
	retryAfter   = "30" // seconds
)

// Handler answers Twilio's calls. It serves PathInbound and PathStatus.
type Handler struct {
	Verifier *Verifier
	Desk     Desk
	Shops    Shops
	Now      func() time.Time
	Log      *slog.Logger
	// Heard is told, at most once a minute, that Twilio's calls reach us.
	Heard func(ctx context.Context, now time.Time)

	heard, doubted, failed minutely
}

// ServeHTTP implements http.Handler. It never redirects: what Twilio posted would
// be lost.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var take func(context.Context, url.Values, call) error
	switch r.URL.Path {
	case PathInbound:
		take = h.inbound
	case PathStatus:
		take = h.status
	default:
		http.NotFound(w, r)
		return
	}
	now := h.Now()
	form, status := h.read(w, r, now)
	if status != 0 {
		http.Error(w, http.StatusText(status), status)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	err := take(ctx, r.URL.Query(), call{form: form, at: now})
	switch {
	case errors.Is(err, errUnreadable):
		h.Log.Warn("Twilio called with something that cannot be read", "path", r.URL.Path)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	case err != nil:
		if h.failed.due(now) {
			h.Log.Error("cannot record what Twilio told; it is asked for again later", "path", r.URL.Path, "error", err)
		}
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "not recorded, try again", http.StatusServiceUnavailable)
		return
	}
	if h.heard.due(now) {
		h.Heard(ctx, now)
	}
	w.WriteHeader(http.StatusNoContent)
}

// call is a call of Twilio's whose signature is good.
type call struct {
	form url.Values
	at   time.Time
}

// errUnreadable means that a call lacks what it should say.
var errUnreadable = errors.New("the call names no message")

// read returns the form of a call of Twilio's, or the status to refuse it with.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, now time.Time) (url.Values, int) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, http.StatusMethodNotAllowed
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, http.StatusRequestEntityTooLarge
	case err != nil:
		return nil, http.StatusBadRequest
	}
	if !h.Verifier.Verify(r.URL, body, r.Header.Get("X-Twilio-Signature")) {
		if h.doubted.due(now) {
			h.Log.Warn("refused a call that claims to be Twilio's: its signature does not fit. "+
				"If it was Twilio, check that public_url is, to the letter, what the address entered at Twilio begins with, "+
				"and that twilio.auth_token is the account's present one", "path", r.URL.Path)
		}
		return nil, http.StatusForbidden
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, http.StatusBadRequest
	}
	return form, 0
}

// inbound takes a customer's text.
func (h *Handler) inbound(ctx context.Context, _ url.Values, c call) error {
	r := c.record()
	if r.SID == "" || r.From == "" {
		return errUnreadable
	}
	return h.Desk.Receive(ctx, h.Shops.arrival(r, c.form.Get("OptOutType")))
}

// status takes news of a text of ours. Contact and attempt are in the address,
// which is signed; without them the SID finds the contact.
func (h *Handler) status(ctx context.Context, query url.Values, c call) error {
	r := c.record()
	if r.SID == "" || r.Status == "" {
		return errUnreadable
	}
	news := r.News(c.at)
	contact, err := strconv.ParseInt(query.Get("m"), 10, 64)
	attempt, err2 := strconv.Atoi(query.Get("a"))
	if err == nil && err2 == nil && contact > 0 && attempt > 0 {
		news.ContactID, news.Attempt = contact, attempt
	}
	return h.Desk.News(ctx, news)
}

// record reads the form of either call.
func (c call) record() sms.Record {
	r := sms.Record{
		SID: c.first("MessageSid", "SmsSid", "SmsMessageSid"), Status: c.first("MessageStatus", "SmsStatus"),
		From: number(c.form.Get("From")), To: number(c.form.Get("To")),
		ServiceSID: clean(c.form.Get("MessagingServiceSid")), Body: c.form.Get("Body"), At: c.at,
	}
	// Both say nothing where they are no numbers.
	r.Media, _ = strconv.Atoi(c.form.Get("NumMedia"))
	r.ErrorCode, _ = strconv.Atoi(c.form.Get("ErrorCode"))
	return r
}

// first returns the first of the values that is given, fit for the database.
func (c call) first(names ...string) string {
	for _, name := range names {
		if v := clean(c.form.Get(name)); v != "" {
			return v
		}
	}
	return ""
}

// minutely keeps something from happening more than once a minute.
type minutely struct {
	mu   sync.Mutex
	last time.Time
}

func (m *minutely) due(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.last.IsZero() && now.Sub(m.last).Abs() < time.Minute {
		return false
	}
	m.last = now
	return true
}
