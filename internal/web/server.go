// Package web is the daemon's web server: what every page and every hook has in
// common. What is shown and done stands beside it, a package for each kind of
// visitor.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Limits for a caller, which keep a slow or greedy one from holding the server up.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = time.Minute
	drainTimeout  = 10 * time.Second // for what is being answered when the daemon stops
	maxHeader     = 16 << 10         // bytes
	maxBody       = 1 << 20          // bytes; who needs less, allows less
	atOnce        = 64               // requests being answered
	patience      = 5 * time.Second  // of the others
)

// Config says how requests come.
type Config struct {
	// PublicURL is how the world reaches the server, "" when it cannot. Its path
	// may be left on requests by the proxy in front, or taken off.
	PublicURL string
	Log       *slog.Logger
}

// Route is one thing the server answers.
type Route struct {
	Pattern string // as [http.ServeMux] takes it, with the method
	Handler http.Handler
}

// Server is a web server that listens already; Run makes it answer.
type Server struct {
	http     *http.Server
	listener net.Listener
}

// Listen listens at an address and port, where port 0 takes a free one, and
// returns a server that answers with h. It must be Run.
func Listen(address string, h http.Handler, log *slog.Logger) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for web requests at %s: %w", address, err)
	}
	return &Server{listener: listener, http: &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}, nil
}

// Addr returns the address the server listens at.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run answers until ctx ends, and then until what is being answered is done,
// for ten seconds at most.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve web requests: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := s.http.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("finish web requests: %w", err), s.http.Close())
	}
	return nil
}

// Handler returns what a server for routes answers with: the routes and, around
// them, what holds for all.
func Handler(cfg Config, routes ...Route) (http.Handler, error) {
	public, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("read the public URL: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthy)
	for _, r := range routes {
		mux.Handle(r.Pattern, r.Handler)
	}
	h := queued(bounded(mux), atOnce, patience)
	h = recovered(h, cfg.Log)
	h = logged(h, cfg.Log)
	h = secured(h, public.Scheme == "https")
	return unprefixed(h, strings.TrimSuffix(public.Path, "/")), nil
}

// healthy tells no more than that somebody is at home.
func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // a caller who has gone need not be told
}
