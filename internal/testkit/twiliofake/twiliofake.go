// Package twiliofake is an HTTP server for tests that behaves as Twilio's Messages
// API documents, keeps exact books of what it created, and misbehaves on request.
package twiliofake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
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
}

// Server is a running server. All methods are safe for concurrent use.
type Server struct {
	opts     Options
	spec     *spec
	ledger   *ledger.Ledger
	listener net.Listener
	http     *http.Server
	done     chan struct{} // closed by Close: wakes what hangs on purpose
	served   sync.WaitGroup

	mu         sync.Mutex
	faults     []*activeFault
	messages   []Message
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
	s := &Server{opts: opts, done: make(chan struct{})}
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
	close(s.done)
	err := s.http.Close()
	s.served.Wait()
	return errors.Join(err, s.ledger.Close())
}

// Created returns a copy of the books, in the order of creation.
func (s *Server) Created() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

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
		m.SID = fmt.Sprintf("SM%032x", len(s.messages)+1)
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

// create enters a message of a client, on disk before it can be found.
func (s *Server) create(m Message) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m = s.enter(m)
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
	case <-s.done:
	}
}
