package promises

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// relay stands between the program and a server. It can take its time, and it
// can be down, as a network or a server can.
type relay struct {
	listener net.Listener
	dial     func() (net.Conn, error) // the server
	slowest  time.Duration            // each piece of traffic is held up by a random time up to this

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]struct{}
}

// startRelay passes connections on to a server ("tcp" or "unix") until the test ends.
func startRelay(t testing.TB, network, target string, slowest time.Duration) *relay {
	t.Helper()
	return relayTo(t, func() (net.Conn, error) { return net.Dial(network, target) }, slowest)
}

// startFront passes each connection on to one of the servers that is at home, as
// a reverse proxy before several does.
func startFront(t testing.TB, homes ...string) *relay {
	t.Helper()
	return relayTo(t, func() (conn net.Conn, err error) {
		for _, i := range rand.Perm(len(homes)) {
			if conn, err = net.Dial("tcp", homes[i]); err == nil {
				break
			}
		}
		return conn, err
	}, 0)
}

func relayTo(t testing.TB, dial func() (net.Conn, error), slowest time.Duration) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: listener, dial: dial, slowest: slowest, conns: map[net.Conn]struct{}{}}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { r.pass(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		r.goDown()
		serving.Wait()
	})
	return r
}

func (r *relay) addr() string { return r.listener.Addr().String() }

// goDown cuts every connection and refuses new ones.
func (r *relay) goDown() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = true
	for conn := range r.conns {
		_ = conn.Close()
	}
}

// comeBack lets new connections through again.
func (r *relay) comeBack() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = false
}

func (r *relay) pass(client net.Conn) {
	defer r.forget(client)
	if !r.keep(client) {
		return
	}
	server, err := r.dial()
	if err != nil {
		return
	}
	defer r.forget(server)
	if !r.keep(server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { r.carry(server, client) })
	both.Go(func() { r.carry(client, server) })
	both.Wait()
}

// carry moves traffic one way until either side is gone. What was read before
// the sender died still arrives, as it would on a network.
func (r *relay) carry(to, from net.Conn) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if r.slowest > 0 {
				time.Sleep(rand.N(r.slowest))
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (r *relay) keep(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		return false
	}
	r.conns[conn] = struct{}{}
	return true
}

func (r *relay) forget(conn net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, conn)
	_ = conn.Close()
}
