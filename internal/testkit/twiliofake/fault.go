package twiliofake

import (
	"net/http"
	"strconv"
)

// Fault makes the server misbehave on a request to create a message, or to read.
type Fault struct {
	Reads bool   // on listing and fetching messages, in place of creating
	To    string // only on creating for this number; "" for all
	Nth   int    // only from the nth time it would apply, 1-based; 0 from the first
	Times int    // how often it applies; 0 for ever

	Accept bool // create the message all the same, before misbehaving

	Hang bool // say nothing
	Cut  bool // drop the connection without an answer
	// Status, with an error body of Twilio's when Code is set, else with Body as it is.
	Status     int
	Code       int    // Twilio's error code
	Body       string // HTML is announced as such
	RetryAfter string
	// Location is for redirects.
	Location string
}

type activeFault struct {
	Fault
	seen, used int
}

// Add makes the server follow the fault from now on. Faults are tried in the order
// in which they were added and the first that applies acts.
func (s *Server) Add(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &activeFault{Fault: f})
}

// ClearFaults makes the server well-behaved again.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) match(reads bool, to string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Reads != reads || f.To != "" && f.To != to {
			continue
		}
		f.seen++
		if f.seen < f.Nth || (f.Times > 0 && f.used >= f.Times) {
			continue
		}
		f.used++
		return f.Fault, true
	}
	return Fault{}, false
}

// misbehave answers in place of the API.
func (s *Server) misbehave(w http.ResponseWriter, r *http.Request, f Fault, m Message) {
	if f.Accept {
		if _, err := s.create(m); err != nil {
			s.violation(err)
		}
	}
	switch {
	case f.Hang:
		s.hang(r.Context())
		panic(http.ErrAbortHandler)
	case f.Cut:
		panic(http.ErrAbortHandler)
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Location != "" {
		w.Header().Set("Location", f.Location)
	}
	if f.Code != 0 {
		refuse(w, f.Status, f.Code, "The request for '"+m.To+"' was refused for a test")
		return
	}
	if len(f.Body) > 0 && f.Body[0] == '<' {
		w.Header().Set("Content-Type", "text/html")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(f.Body)))
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body)) // the client may be gone already
}

// magicTo are the recipients that Twilio's test credentials always refuse.
var magicTo = map[string]int{
	"+15005550001": 21211,
	"+15005550002": 21612,
	"+15005550003": 21408,
	"+15005550004": 21610,
	"+15005550009": 21614,
}

// magicFrom are the senders that Twilio's test credentials always refuse.
var magicFrom = map[string]int{
	"+15005550001": 21212,
	"+15005550007": 21606,
	"+15005550008": 21611,
}
