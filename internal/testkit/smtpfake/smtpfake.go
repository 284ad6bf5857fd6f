// Package smtpfake is a mail server for tests that keeps exact books of what it
// accepted and misbehaves on request, at any stage of the dialogue.
//
// It is our own because a well-made server library cannot be made to cut a
// connection between accepting a message and saying so, which is the case that
// matters most here.
package smtpfake

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/internal/testkit/ledger"
)

// TLSMode says how a connection becomes encrypted.
type TLSMode int

// TLS modes.
const (
	Plain       TLSMode = iota // never
	StartTLS                   // by the STARTTLS command, which is offered and not demanded
	ImplicitTLS                // from the first byte
)

// Options say what kind of server to start. The zero value is a plain one on a
// free port of the loopback interface.
type Options struct {
	Addr     string // "127.0.0.1:0" when empty
	TLS      TLSMode
	Username string // AUTH is offered and demanded when set
	Password string
	Ledger   string // file to append every accepted message to
	KeepData bool   // keep the full text of accepted messages in memory
}

// Message is one accepted message.
type Message struct {
	At        time.Time `json:"at"`
	MessageID string    `json:"message_id"` // without angle brackets
	From      string    `json:"from"`       // the envelope's
	To        string    `json:"to"`         // the envelope's, lower-cased
	Size      int       `json:"size"`
	Data      []byte    `json:"-"` // as sent, dots unstuffed; only with KeepData
}

// Server is a running mail server. All methods are safe for concurrent use.
type Server struct {
	opts     Options
	cert     certificate
	ledger   *ledger.Ledger
	listener net.Listener
	done     chan struct{} // closed by Close: wakes what hangs on purpose
	handlers sync.WaitGroup

	mu          sync.Mutex
	rules       []*activeRule
	conns       map[net.Conn]struct{}
	accepted    []Message
	byID        map[string]int
	connections int
}

// New returns a server that does not listen. ServeConn feeds it connections.
func New(opts Options) (*Server, error) {
	book, err := ledger.Open(opts.Ledger)
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts: opts, ledger: book, done: make(chan struct{}),
		conns: map[net.Conn]struct{}{}, byID: map[string]int{},
	}
	if opts.TLS != Plain {
		if s.cert, err = newCertificate(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Start returns a server that listens and serves until Close.
func Start(opts Options) (*Server, error) {
	s, err := New(opts)
	if err != nil {
		return nil, err
	}
	addr := opts.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	if s.listener, err = net.Listen("tcp", addr); err != nil {
		return nil, fmt.Errorf("listen for mail: %w", err)
	}
	s.handlers.Go(s.acceptLoop)
	return s, nil
}

// Addr is the host:port the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// CertPEM is the certificate a client must trust, nil without TLS.
func (s *Server) CertPEM() []byte { return s.cert.pem }

// Close stops listening, drops all connections and waits for their handlers.
func (s *Server) Close() error {
	close(s.done)
	var err error
	if s.listener != nil {
		err = s.listener.Close()
	}
	s.DropConnections()
	s.handlers.Wait()
	return errors.Join(err, s.ledger.Close())
}

// DropConnections closes every open connection, as a server that restarts does.
func (s *Server) DropConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		conn.Close()
	}
}

// Accepted returns a copy of the books, in the order of acceptance.
func (s *Server) Accepted() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.accepted...)
}

// Taken says how many messages were accepted so far.
func (s *Server) Taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.accepted)
}

// Count says how often a message of this Message-ID was accepted.
func (s *Server) Count(messageID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[messageID]
}

// Connections says how many connections were opened so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

func (s *Server) acceptLoop() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.handlers.Go(func() { s.ServeConn(conn) })
	}
}

// ServeConn serves one connection until it ends.
func (s *Server) ServeConn(conn net.Conn) {
	s.mu.Lock()
	s.connections++
	s.conns[conn] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
		conn.Close()
	}()

	d := &dialogue{server: s, raw: conn}
	d.use(conn)
	if s.opts.TLS == ImplicitTLS {
		d.use(tls.Server(conn, s.cert.config()))
		d.encrypted = true
	}
	d.run()
}

// record enters a message in the books, first on disk.
func (s *Server) record(m Message) error {
	if err := s.ledger.Append(m); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[m.MessageID]++
	s.accepted = append(s.accepted, m)
	return nil
}

// use makes conn the one the dialogue reads and writes.
func (d *dialogue) use(conn net.Conn) {
	d.conn = conn
	d.in = bufio.NewReaderSize(conn, 32<<10)
	d.out = bufio.NewWriter(conn)
}
