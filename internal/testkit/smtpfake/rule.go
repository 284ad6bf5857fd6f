package smtpfake

import (
	"net"
	"strings"
	"time"
)

// Stage is a moment of the dialogue at which a rule can act: when the client's
// command has been read and before it is answered.
type Stage string

// Stages, in the order of a dialogue.
const (
	OnConnect  Stage = "connect" // in place of the greeting
	OnEhlo     Stage = "ehlo"
	OnStartTLS Stage = "starttls"
	OnTLS      Stage = "tls" // after the go-ahead to STARTTLS, in place of the handshake
	OnAuth     Stage = "auth"
	OnMail     Stage = "mail"
	OnRcpt     Stage = "rcpt"
	OnData     Stage = "data"
	OnBody     Stage = "body"     // after 354, before a byte of the message is read
	OnDot      Stage = "dot"      // after the final dot, the message is not accepted
	OnAccepted Stage = "accepted" // after the final dot, the message is in the books
	OnRset     Stage = "rset"
	OnQuit     Stage = "quit"
)

// Rule makes the server misbehave at a stage.
type Rule struct {
	Stage Stage
	To    string // only for this recipient (from OnRcpt on); "" for all
	Nth   int    // only from the nth time it would apply, 1-based; 0 from the first
	Times int    // how often it applies; 0 for ever

	Delay time.Duration // wait first
	Reply string        // say this in place of the usual answer, for example "451 4.3.0 later"
	Hang  bool          // say nothing more and keep the connection open
	Cut   bool          // close the connection in an orderly way
	Reset bool          // tear the connection down with a TCP reset
}

type activeRule struct {
	Rule
	seen, used int
}

// Add makes the server follow the rule from now on. Rules are tried in the order
// in which they were added and the first that applies acts.
func (s *Server) Add(r Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, &activeRule{Rule: r})
}

// ClearRules makes the server well-behaved again.
func (s *Server) ClearRules() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

func (s *Server) match(stage Stage, to string) (Rule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rules {
		if r.Stage != stage || (r.To != "" && !strings.EqualFold(r.To, to)) {
			continue
		}
		r.seen++
		if r.seen < r.Nth || (r.Times > 0 && r.used >= r.Times) {
			continue
		}
		r.used++
		return r.Rule, true
	}
	return Rule{}, false
}

// verdict is what a rule leaves for the dialogue to do.
type verdict int

const (
	proceed  verdict = iota // answer as usual
	answered                // the rule has spoken, take the next command
	hangUp                  // the connection is over
)

// misbehave applies the first rule for the stage, if any.
func (d *dialogue) misbehave(stage Stage) verdict {
	rule, ok := d.server.match(stage, d.to)
	if !ok {
		return proceed
	}
	if rule.Delay > 0 && !d.pause(rule.Delay) {
		return hangUp
	}
	switch {
	case rule.Hang:
		d.hang()
		return hangUp
	case rule.Cut:
		return hangUp
	case rule.Reset:
		if tcp, ok := d.raw.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // makes Close send RST; on failure it is an ordinary close
		}
		return hangUp
	case rule.Reply != "":
		d.say(rule.Reply)
		if strings.HasPrefix(rule.Reply, "421") {
			_ = d.out.Flush() // the client may be gone already
			return hangUp
		}
		return answered
	}
	return proceed
}

// hang waits until the client goes away or the server is closed.
func (d *dialogue) hang() {
	_ = d.out.Flush() // the client may be gone already
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			if _, err := d.in.ReadByte(); err != nil {
				return
			}
		}
	}()
	select {
	case <-gone:
	case <-d.server.done:
		d.raw.Close()
		<-gone
	}
}

func (d *dialogue) pause(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-d.server.done:
		return false
	}
}
