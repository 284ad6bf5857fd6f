// Package logging sets up the structured log: text for a terminal, JSON for
// collectors, lines with a priority for systemd's journal. Addresses of
// customers are masked in all of them.
package logging

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"syscall"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Formats of a log. Auto is Journal where w is connected to it, else Text.
const (
	Auto    = "auto"
	Text    = "text"
	JSON    = "json"
	Journal = "journal"
)

// New returns a logger that writes records of at least level to w.
func New(w io.Writer, level slog.Leveler, format string) *slog.Logger {
	if file, ok := w.(*os.File); format == Auto && ok && toJournal(file) {
		format = Journal
	}
	switch format {
	case JSON:
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: mask}))
	case Journal:
		return slog.New(newJournal(w, level))
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: mask}))
}

// mask hides phone numbers and mail addresses given under their usual keys.
func mask(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case "to", "address", "phone", "email":
		return slog.String(a.Key, outreach.Mask(a.Value.Resolve().String()))
	}
	return a
}

// toJournal reports whether f is the stream systemd connected to the journal,
// see JOURNAL_STREAM in systemd.exec(5).
func toJournal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && os.Getenv("JOURNAL_STREAM") == fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}

// journal writes each record under the syslog priority of its level and leaves
// out the time, which the journal adds itself. It holds one handler a priority,
// each behind a writer that puts the priority in front of the line.
type journal struct {
	err, warning, info, debug slog.Handler
}

func newJournal(w io.Writer, level slog.Leveler) journal {
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return mask(groups, a)
	}}
	turn := new(sync.Mutex)
	under := func(priority string) slog.Handler {
		return slog.NewTextHandler(&prefixer{turn, w, priority}, opts)
	}
	return journal{err: under("<3>"), warning: under("<4>"), info: under("<6>"), debug: under("<7>")}
}

func (j journal) of(level slog.Level) slog.Handler {
	switch {
	case level >= slog.LevelError:
		return j.err
	case level >= slog.LevelWarn:
		return j.warning
	case level >= slog.LevelInfo:
		return j.info
	}
	return j.debug
}

// Enabled implements slog.Handler.
func (j journal) Enabled(ctx context.Context, level slog.Level) bool {
	return j.of(level).Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (j journal) Handle(ctx context.Context, r slog.Record) error {
	return j.of(r.Level).Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (j journal) WithAttrs(attrs []slog.Attr) slog.Handler {
	return j.each(func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
}

// WithGroup implements slog.Handler.
func (j journal) WithGroup(name string) slog.Handler {
	return j.each(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

func (j journal) each(f func(slog.Handler) slog.Handler) slog.Handler {
	return journal{err: f(j.err), warning: f(j.warning), info: f(j.info), debug: f(j.debug)}
}

// prefixer puts prefix before each record; a handler writes one a call.
type prefixer struct {
	turn   *sync.Mutex // shared by all that write to w
	w      io.Writer
	prefix string
}

func (p *prefixer) Write(record []byte) (int, error) {
	p.turn.Lock()
	defer p.turn.Unlock()
	if _, err := p.w.Write(append([]byte(p.prefix), record...)); err != nil {
		return 0, err
	}
	return len(record), nil
}
