// Package twiliofake is an HTTP server for tests that behaves as Twilio's Messages
// API documents, keeps exact books of what it created, and misbehaves on request.
package twiliofake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/internal/testkit/ledger"
)

// The account that the server knows unless Options say otherwise.
const (
	AccountSID = "AC00000000000000000000000000000001"
	AuthToken  = "0123456789abcdef0123456789abcdef"
)

// Options say what kind of server to start. The zero value is well-behaved and on
// a free port of the loopback interface.
type Options struct {
	Addr   string           // "127.0.0.1:0" when empty
	Ledger string           // file to append every created message to
	Spec   string           // Twilio's OpenAPI document to hold all traffic against; none when empty
	Now    func() time.Time // time.Now when nil
	// APIKeySID and APISecret are accepted beside the auth token when set.
	APIKeySID string
	APISecret string
	// InboundURL is called for every text of a customer, none when empty. As at
	// Twilio it may carry connection overrides behind a #.
	InboundURL string
	// AdvancedOptOut adds OptOutType to what is told of texts that say no or yes.
	AdvancedOptOut bool
	// Course is what becomes of every message that is created, in the background.
	// Without statuses it stays as it was created.
	Course Course
	// Client calls webhooks; one that waits as long as Twilio does when nil.
	Client *http.Client
}

// Message is one created message.
type Message struct {
	SID            string    `json:"sid"`
	CreatedAt      time.Time `json:"created_at"`
	To             string    `json:"to"`
	From           string    `json:"from,omitempty"`
	ServiceSID     string    `json:"service_sid,omitempty"`
	Body           string    `json:"body"`
	StatusCallback string    `json:"status_callback,omitempty"`
	ValidityPeriod int       `json:"validity_period,omitempty"` // seconds
	Status         string    `json:"status"`
	ErrorCode      int       `json:"error_code,omitempty"`
	Direction      string    `json:"-"`
	Media          int       `json:"-"` // files that came with it
}

// Server is a running server. All methods are safe for concurrent use.
type Server struct {
	opts     Options
	spec     *spec
	ledger   *ledger.Ledger
	listener net.Listener
	http     *http.Server
	open     context.Context // ends with Close: wakes what hangs on purpose
	end      context.CancelFunc
	served   sync.WaitGroup

	mu         sync.Mutex
	faults     []*activeFault
	messages   []Message
	blocked    map[block]bool
	last       *http.Request
	violations []string
}

// Start returns a server that serves until Close.
func Start(opts Options) (*Server, error) {
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Client == nil {
		opts.Client = webhookClient()
	}
	s := &Server{opts: opts, blocked: map[block]bool{}}
	s.open, s.end = context.WithCancel(context.Background())
	var err error
	if opts.Spec != "" {
		if s.spec, err = loadSpec(opts.Spec); err != nil {
			return nil, err
		}
	}
	if s.ledger, err = ledger.Open(opts.Ledger); err != nil {
		return nil, err
	}
	if s.listener, err = net.Listen("tcp", opts.Addr); err != nil {
		return nil, errors.Join(fmt.Errorf("listen for texts: %w", err), s.ledger.Close())
	}
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: time.Minute}
	s.served.Go(func() { _ = s.http.Serve(s.listener) }) // always ends with ErrServerClosed
	return s, nil
}

// URL is the base URL to use in place of https://api.twilio.com.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close stops the server and drops its connections.
func (s *Server) Close() error {
	s.end()
	err := s.http.Close()
	s.served.Wait()
	return errors.Join(err, s.ledger.Close())
}

// Created returns the messages that went out, in the order of creation.
func (s *Server) Created() []Message {
	return slices.DeleteFunc(s.all(), func(m Message) bool { return m.inbound() })
}

// Taken says how many messages went out so far.
func (s *Server) Taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for i := range s.messages {
		if !s.messages[i].inbound() {
			n++
		}
	}
	return n
}

// all returns a copy of the books, in the order of creation.
func (s *Server) all() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

func (m *Message) inbound() bool { return m.Direction == "inbound" }

// Count says how many messages with these words were created for the number.
func (s *Server) Count(to, body string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, m := range s.messages {
		if m.To == to && m.Body == body {
			n++
		}
	}
	return n
}

// LastRequest is the newest request to create a message, its form parsed, be it
// answered well or refused. It is nil before the first.
func (s *Server) LastRequest() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Violations tells where traffic did not keep to the OpenAPI document.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.violations...)
}

// Put enters a message in the books that nobody asked for, as if it had been
// created at CreatedAt. An empty SID is filled in and returned.
func (s *Server) Put(m Message) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enter(m).SID
}

// enter numbers and stores m. The caller holds the lock.
func (s *Server) enter(m Message) Message {
	if m.SID == "" {
		kind := "SM"
		if m.Media > 0 {
			kind = "MM"
		}
		m.SID = fmt.Sprintf("%s%032x", kind, len(s.messages)+1)
	}
	if m.Direction == "" {
		m.Direction = "outbound-api"
	}
	if m.Status == "" {
		m.Status = "queued"
	}
	s.messages = append(s.messages, m)
	return m
}

// create enters a message of a client, on disk before it can be found, and lets it
// run its course.
func (s *Server) create(m Message) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m = s.enter(m)
	if len(s.opts.Course.Statuses) > 0 {
		s.served.Go(func() { _ = s.Run(s.open, m.SID, s.opts.Course) }) // callbacks may be lost
	}
	return m, s.ledger.Append(m)
}

func (s *Server) violation(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = append(s.violations, err.Error())
}

// hang waits until the client goes away or the server is closed.
func (s *Server) hang(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.open.Done():
	}
}
