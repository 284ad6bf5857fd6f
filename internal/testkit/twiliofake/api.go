package twiliofake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const accountPath = "/2010-04-01/Accounts/"

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+accountPath+"{account}/Messages.json", s.postMessage)
	mux.HandleFunc("GET "+accountPath+"{account}/Messages.json", s.listMessages)
	mux.HandleFunc("GET "+accountPath+"{account}/Messages/{sid}", s.getMessage)
	mux.HandleFunc("GET "+accountPath+"{account}", s.getAccount)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound(w) })
	return s.serverDate(s.authenticate(s.spec.hold(mux, s.violation)))
}

func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		byToken := user == AccountSID && password == AuthToken
		byKey := s.opts.APIKeySID != "" && user == s.opts.APIKeySID && password == s.opts.APISecret
		account, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, accountPath), "/")
		switch {
		case !byToken && !byKey:
			// It echoes the secret on purpose: no sender may repeat it.
			refuse(w, http.StatusUnauthorized, 20003, "Authentication Error - invalid username "+user+" "+password)
		case strings.TrimSuffix(account, ".json") != AccountSID:
			notFound(w)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (s *Server) postMessage(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, 20001, "unreadable form")
		return
	}
	s.mu.Lock()
	s.last = r
	s.mu.Unlock()
	m := Message{
		CreatedAt: s.opts.Now().UTC().Truncate(time.Second),
		To:        r.PostForm.Get("To"), From: r.PostForm.Get("From"), ServiceSID: r.PostForm.Get("MessagingServiceSid"),
		Body: r.PostForm.Get("Body"), StatusCallback: r.PostForm.Get("StatusCallback"), Status: "queued",
	}
	if m.ServiceSID != "" {
		m.Status = "accepted"
	}
	m.ValidityPeriod, _ = strconv.Atoi(r.PostForm.Get("ValidityPeriod")) // checked against the form below
	if fault, ok := s.match(false, m.To); ok {
		s.misbehave(w, r, fault, m)
		return
	}
	if code := s.refusal(m, r.PostForm); code != 0 {
		refuse(w, http.StatusBadRequest, code, "The request for "+m.To+" was refused")
		return
	}
	created, err := s.create(m)
	if err != nil {
		s.violation(err)
		refuse(w, http.StatusInternalServerError, 20500, "cannot write the ledger")
		return
	}
	answer(w, http.StatusCreated, resource(created))
}

// refusal returns the error code Twilio documents for a request, 0 for a good one.
func (s *Server) refusal(m Message, form url.Values) int {
	validity := form.Get("ValidityPeriod")
	switch {
	case m.To == "":
		return 21604
	case magicTo[m.To] != 0:
		return magicTo[m.To]
	case m.From == "" && m.ServiceSID == "":
		return 21603
	case magicFrom[m.From] != 0:
		return magicFrom[m.From]
	case s.isBlocked(m):
		return 21610
	case m.Body == "":
		return 21602
	case utf8.RuneCountInString(m.Body) > 1600:
		return 21617
	case validity != "" && (m.ValidityPeriod < 1 || m.ValidityPeriod > 36000):
		return 20001
	}
	return 0
}

func (s *Server) getMessage(w http.ResponseWriter, r *http.Request) {
	if fault, ok := s.match(true, ""); ok {
		s.misbehave(w, r, fault, Message{})
		return
	}
	m, ok := s.find(strings.TrimSuffix(r.PathValue("sid"), ".json"))
	if !ok {
		notFound(w)
		return
	}
	answer(w, http.StatusOK, resource(m))
}

func (s *Server) getAccount(w http.ResponseWriter, r *http.Request) {
	if user, _, _ := r.BasicAuth(); user != AccountSID { // a standard key may not read accounts
		refuse(w, http.StatusUnauthorized, 20003, "Authentication Error")
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"sid": AccountSID, "status": "active", "type": "Full", "friendly_name": "Test",
		"owner_account_sid": AccountSID, "uri": accountPath + AccountSID + ".json",
	})
}

func resource(m Message) map[string]any {
	created := m.CreatedAt.UTC().Format(time.RFC1123Z)
	r := map[string]any{
		"sid": m.SID, "account_sid": AccountSID, "to": m.To, "from": nil, "body": m.Body,
		"messaging_service_sid": nil, "status": m.Status, "direction": m.Direction, "error_code": nil,
		"error_message": nil, "num_segments": "1", "num_media": strconv.Itoa(m.Media), "price": nil, "price_unit": "USD",
		"api_version": "2010-04-01", "date_created": created, "date_updated": created, "date_sent": nil,
		"uri":              accountPath + AccountSID + "/Messages/" + m.SID + ".json",
		"subresource_uris": map[string]any{"media": accountPath + AccountSID + "/Messages/" + m.SID + "/Media.json"},
	}
	if m.From != "" {
		r["from"] = m.From
	}
	if m.ServiceSID != "" {
		r["messaging_service_sid"] = m.ServiceSID
	}
	if m.ErrorCode != 0 {
		r["error_code"] = m.ErrorCode
	}
	if m.sent() {
		r["date_sent"] = created
	}
	return r
}

// serverDate makes all answers bear the date of the server's own clock.
func (s *Server) serverDate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.opts.Now().UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // the client may be gone already
}

func refuse(w http.ResponseWriter, status, code int, message string) {
	answer(w, status, map[string]any{
		"code": code, "message": message, "status": status,
		"more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", code),
	})
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, 20404, "The requested resource was not found")
}
