package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/courtesyd/courtesyd/internal/web"
)

// door is a web server that stays open while a new configuration changes what is
// behind it.
type door struct {
	behind atomic.Pointer[http.Handler]
	addr   string // where it listens, "" when it does not
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// openDoor listens at the address that a key of the configuration gives, if it
// does, until close.
func openDoor(ctx context.Context, key, address string, first http.Handler, log *slog.Logger) (*door, error) {
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	d := &door{stop: cancel}
	d.lead(first)
	if address == "" {
		return d, nil
	}
	server, err := web.Listen(address, d, log)
	if err != nil {
		cancel()
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("%s: %s is in use by another program; stop it or choose another port", key, address)
		}
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	d.addr = server.Addr()
	d.done.Go(func() {
		if err := server.Run(serving); err != nil {
			log.Error("the web server ended", "listen", d.addr, "error", err)
		}
	})
	return d, nil
}

// lead makes the door lead to h from now on.
func (d *door) lead(h http.Handler) { d.behind.Store(&h) }

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*d.behind.Load()).ServeHTTP(w, r) }

// close ends the server when what it is answering is done.
func (d *door) close() {
	d.stop()
	d.done.Wait()
}
