package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// unprefixed takes the path of the public URL off a request that a proxy passed
// on with it.
func unprefixed(next http.Handler, prefix string) http.Handler {
	if prefix == "" {
		return next
	}
	without := http.StripPrefix(prefix, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, prefix+"/") {
			without.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// queued lets so many requests in at a time, lets others wait a little, and sends
// away who would wait too long: a rush must not use up the memory of the machine.
func queued(next http.Handler, room int, patience time.Duration) http.Handler {
	places := make(chan struct{}, room)
	enter := func(ctx context.Context) bool {
		select {
		case places <- struct{}{}:
			return true
		default:
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		select {
		case places <- struct{}{}:
			return true
		case <-ctx.Done():
			return false
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !enter(r.Context()) {
			w.Header().Set("Retry-After", "10")
			http.Error(w, "Too many are asking at once. Please try again in a moment.", http.StatusServiceUnavailable)
			return
		}
		defer func() { <-places }()
		next.ServeHTTP(w, r)
	})
}

// bounded ends a request whose body is too long to be meant well.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// logged tells of each request by the pattern it matched: its path would give
// away the token in it.
func logged(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		told := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(told, r)
		log.DebugContext(r.Context(), "web request", "method", r.Method, "route", route(r),
			"status", told.status, "took", time.Since(began).Round(time.Microsecond))
	})
}

// recovered answers for a handler that panicked and lets the daemon live on.
func recovered(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			log.ErrorContext(r.Context(), "a web request failed: please report this",
				"method", r.Method, "route", route(r), "panic", safeCause(cause), "stack", string(debug.Stack()))
			http.Error(w, "Something went wrong here. Please call the shop, or try again later.", http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}

// safeCause describes a panic: the runtime's own words hold no customer's data,
// anything else may.
func safeCause(cause any) string {
	if err, ok := cause.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", cause)
}

func route(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

// statusWriter remembers the status that was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets [http.ResponseController] reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
