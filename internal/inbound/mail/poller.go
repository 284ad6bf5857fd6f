package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Desk takes what comes in. An error means that it is not recorded and must be
// brought again.
type Desk interface {
	Receive(ctx context.Context, a outreach.Arrival) error
	News(ctx context.Context, news ...outreach.News) error
	Unsubscribe(ctx context.Context, contactID int64, how string) error
}

// People knows whose addresses we have.
type People interface {
	// Knows reports whether address, lower-cased, is a customer's.
	Knows(ctx context.Context, address string) (bool, error)
}

// Feed keeps the place in the mailbox.
type Feed interface {
	// Claim says whether it is our turn to look, and where the last look ended.
	Claim(ctx context.Context, now time.Time) (cursor string, mine bool, err error)
	// Done records that the mailbox was heard from, and how far it is read.
	Done(ctx context.Context, now time.Time, cursor string) error
	// Failed records that it could not be read.
	Failed(ctx context.Context, now time.Time, why string) error
	// SetAside records a message that a person should look at.
	SetAside(ctx context.Context, now time.Time, key, why string) error
}

// Config is what a Poller works with. All fields but the last three must be set.
type Config struct {
	Server Server
	Reader Reader
	Desk   Desk
	People People
	Feed   Feed
	Log    *slog.Logger     // slog.Default
	Every  time.Duration    // 1 min
	Now    func() time.Time // time.Now
}

// Poller reads the mailbox. A Poll, and Run, must not overlap another.
type Poller struct {
	Config
	trouble trouble
	outage  string // the last error, "" while all is well
	tries   int    // failed in a row
}

// trouble is the message that could not be taken at the last look.
type trouble struct {
	key   string
	times int
}

const (
	// How far back the first look goes, and the first after the server has
	// renumbered its messages. What was taken before is told apart by its id.
	firstLook   = 3 * 24 * time.Hour
	renumbered  = 14 * 24 * time.Hour
	maxTries    = 5 // looks after which one message no longer holds up the others
	maxWait     = 15 * time.Minute
	viaMailto   = "mailto" // how an unsubscribe came
	unreachable = "It could not be taken at several tries"
)

// NewPoller checks config. It does not connect yet.
func NewPoller(config Config) (*Poller, error) {
	config.Server = config.Server.withDefaults()
	if err := config.Server.check(); err != nil {
		return nil, err
	}
	if _, err := config.Server.tlsConfig(); err != nil {
		return nil, err
	}
	config.Log = cmp.Or(config.Log, slog.Default())
	config.Every = cmp.Or(config.Every, time.Minute)
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Poller{Config: config}, nil
}

// Check logs in and opens the folder. Its error says what to do.
func (p *Poller) Check(ctx context.Context) error {
	s, err := p.Server.open(ctx)
	if err != nil {
		return err
	}
	s.close()
	return nil
}

// Run looks into the mailbox until ctx ends, less often while that fails.
func (p *Poller) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		wait := p.Every
		if err := p.Poll(ctx, p.Now()); p.note(ctx, err) > 0 {
			wait = max(wait, min(wait<<min(p.tries, 10), maxWait))
		}
		timer.Reset(wait)
	}
}

// note logs when the mailbox goes away and when it is back, and returns how many
// looks have failed in a row.
func (p *Poller) note(ctx context.Context, err error) (tries int) {
	switch {
	case ctx.Err() != nil:
		return p.tries
	case err == nil && p.outage != "":
		p.Log.Info("the mailbox is read again", "failed_looks", p.tries)
	case err != nil && err.Error() != p.outage:
		p.Log.Error("the mailbox cannot be read: answers, bounces and refusals by mail wait", "error", err)
	}
	if err == nil {
		p.outage, p.tries = "", 0
	} else {
		p.outage, p.tries = err.Error(), p.tries+1
	}
	return p.tries
}

// list returns the messages that are to be read, oldest first.
func (p *Poller) list(ctx context.Context, now time.Time, s *session, cursor string) ([]imap.UID, error) {
	last := parsePlace(cursor)
	switch {
	case cursor == "":
		return s.since(ctx, now.Add(-firstLook))
	case last.in(place{validity: s.validity, folder: p.Server.Folder}):
		return s.after(ctx, last.uid)
	}
	p.Log.Warn("the mail server has renumbered the mailbox: the last days are read again")
	return s.since(ctx, now.Add(-renumbered))
}

// Poll takes what is new in the mailbox, oldest first. It stops at the first
// message that the desk does not take, and begins with it the next time.
func (p *Poller) Poll(ctx context.Context, now time.Time) error {
	cursor, mine, err := p.Feed.Claim(ctx, now)
	if err != nil {
		return fmt.Errorf("claim the mailbox: %w", err)
	}
	if !mine {
		return nil
	}
	if err = p.look(ctx, now, cursor); err != nil && ctx.Err() == nil {
		err = errors.Join(err, p.Feed.Failed(ctx, now, err.Error()))
	}
	return err
}

func (p *Poller) look(ctx context.Context, now time.Time, cursor string) error {
	s, err := p.Server.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()

	last := parsePlace(cursor)
	at := place{validity: s.validity, folder: p.Server.Folder}
	uids, err := p.list(ctx, now, s, cursor)
	if err != nil {
		return err
	}
	if last.in(at) {
		at = last
	}
	for _, uid := range uids {
		took, err := p.take(ctx, now, s, uid)
		if err != nil {
			took, err = true, p.stumble(ctx, now, s.key(uid), err)
		}
		if err != nil {
			return err
		}
		at.uid = uid
		if took {
			if err := p.done(ctx, now, at.String()); err != nil {
				return err
			}
		}
	}
	if !last.in(at) && s.next > at.uid+1 {
		at.uid = s.next - 1 // the older ones are not ours to read
	}
	next := at.String()
	if at.uid == 0 && s.next == 0 { // a server that does not number ahead: look back again
		next = cursor
	}
	return p.done(ctx, now, next)
}

func (p *Poller) done(ctx context.Context, now time.Time, cursor string) error {
	if err := p.Feed.Done(ctx, now, cursor); err != nil {
		return fmt.Errorf("record the place in the mailbox: %w", err)
	}
	return nil
}
