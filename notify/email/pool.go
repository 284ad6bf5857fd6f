package email

import (
	"context"
	"errors"
	"sync"
	"time"
)

// pool keeps logged-in connections between mails and bounds how many are in use.
type pool struct {
	slots   chan struct{}
	closing chan struct{}
	idleFor time.Duration

	mu     sync.Mutex
	idle   []*session // the most recently used last
	reaper *time.Timer
	closed bool
}

var errClosed = errors.New("mail sender is closed")

func newPool(connections int, idleFor time.Duration) *pool {
	return &pool{
		slots: make(chan struct{}, connections), closing: make(chan struct{}), idleFor: idleFor,
	}
}

// acquire waits until a connection may be used; release ends the use.
func (p *pool) acquire(ctx context.Context) error {
	select {
	case <-p.closing:
		return errClosed
	default:
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-p.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pool) release() { <-p.slots }

// take returns the kept connection that was used last, nil when there is none.
func (p *pool) take() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	last := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return last
}

// put keeps a connection for the next mail.
func (p *pool) put(c *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		go c.quit(false)
		return
	}
	c.idleSince = time.Now()
	p.idle = append(p.idle, c)
	if p.reaper == nil {
		p.reaper = time.AfterFunc(p.idleFor, p.reap)
	}
}

// reap closes the connections that lay unused for too long.
func (p *pool) reap() {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := 0
	for old < len(p.idle) && time.Since(p.idle[old].idleSince) >= p.idleFor {
		go p.idle[old].quit(false)
		old++
	}
	p.idle = append([]*session(nil), p.idle[old:]...)
	p.reaper = nil
	if len(p.idle) > 0 {
		p.reaper = time.AfterFunc(p.idleFor-time.Since(p.idle[0].idleSince), p.reap)
	}
}

// close ends all kept connections and waits for their farewells.
func (p *pool) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	if !p.closed {
		p.closed = true
		close(p.closing)
	}
	if p.reaper != nil {
		p.reaper.Stop()
	}
	p.mu.Unlock()

	var farewells sync.WaitGroup
	for _, c := range idle {
		farewells.Go(func() { c.quit(false) })
	}
	farewells.Wait()
}
