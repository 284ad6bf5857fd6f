package twilio

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/courtesyd/courtesyd/notify/sms"
)

// line is a Twilio that can be away, and a log of what is said about it.
type line struct {
	mu    sync.Mutex
	polls int
	fails error
	log   bytes.Buffer
}

// Write implements io.Writer.
func (l *line) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Write(p)
}

func (l *line) messages() (sms.Page, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.polls++
	return sms.Page{Now: time.Now()}, l.fails
}

// after lets the time pass and then counts polls of it and what the log says.
func (l *line) after(d time.Duration, fails error, text string) (polls, said int) {
	l.mu.Lock()
	l.polls, l.fails = 0, fails
	l.log.Reset()
	l.mu.Unlock()
	time.Sleep(d)
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.polls, strings.Count(l.log.String(), text)
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(12 * time.Hour) // in the night a poll asks about two days
		away := errors.New("Twilio is away")
		const again = "can be asked for texts again"
		l := new(line)
		turns := &feed{cursor: time.Now().Format(time.RFC3339), aside: map[string]string{}}
		p := &Poller{
			Account: account{messages: l.messages}, Contacts: &contacts{}, Feed: turns,
			Every: 15 * time.Minute, Now: time.Now, Log: slog.New(slog.NewTextHandler(l, nil)),
		}
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() {
			defer close(over)
			time.Sleep(time.Millisecond) // the counting begins first
			p.Run(ctx)
		}()
		if polls, _ := l.after(time.Second, nil, ""); polls != 1 {
			t.Errorf("%d polls at once, want 1", polls)
		}
		if polls, said := l.after(10*time.Hour, nil, again); polls < 36 || polls > 41 || said != 0 {
			t.Errorf("%d polls in 10 hours, want about 40; %d lines", polls, said)
		}
		if polls, said := l.after(90*time.Minute, away, away.Error()); polls < 12 || polls > 25 || said != 2 {
			t.Errorf("%d polls in 90 minutes without an answer, %d lines, want one an hour", polls, said)
		}
		turns.setNotOur(true)
		if polls, said := l.after(time.Hour, nil, again); polls != 0 || said != 0 {
			t.Errorf("while it is another's turn: %d polls, %d lines on the end of the outage", polls, said)
		}
		turns.setNotOur(false)
		if _, said := l.after(time.Hour, nil, again); said != 1 {
			t.Errorf("the end of the outage is in the log %d times, want 1", said)
		}
		cancel()
		<-over
	})
}
