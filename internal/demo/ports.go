package demo

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
)

// The addresses in the demo's configuration: of the customers' pages, and of the
// staff's.
const (
	customersAt = "127.0.0.1:8417"
	staffAt     = "127.0.0.1:8418"
)

// ports are the addresses at which the demo's pages can be served. They are held
// from the beginning, so that nobody waits for a month that cannot be shown.
type ports struct {
	customers, staff net.Listener
}

// reserve takes the usual addresses, or others where these are in use.
func reserve() (p ports, err error) {
	if p.customers, err = listen(customersAt); err != nil {
		return p, err
	}
	if p.staff, err = listen(staffAt); err != nil {
		_ = p.customers.Close() // nobody was let in
	}
	return p, err
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("look for a free port for the demo's pages: %w", err)
	}
	return l, nil
}

// into writes the addresses into a configuration.
func (p ports) into(configuration string) string {
	return strings.NewReplacer(customersAt, p.customers.Addr().String(), staffAt, p.staff.Addr().String()).Replace(configuration)
}

// release gives the addresses back, for who serves the pages.
func (p ports) release() {
	_ = p.customers.Close() // nobody was let in
	_ = p.staff.Close()
}
