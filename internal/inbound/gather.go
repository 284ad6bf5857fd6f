package inbound

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// gathering lets news that come at the same time be recorded in one transaction:
// a database that is asked for a commit by each of them, with the same few
// statements, soon does nothing else. The zero gathering is ready for use.
type gathering struct {
	writing sync.Mutex // held by whoever records, for all who have joined by then

	mu   sync.Mutex
	open map[string]*group // of those who wait for their turn, by provider
}

// group is news of several callers that are recorded together.
type group struct {
	news   []outreach.News // one of each caller
	closed bool            // it is recorded, or has failed
	err    error           // why it failed
}

// writeWithin bounds one transaction. It does not end with the call of whoever
// happens to record it: the others' news are in it, too.
const writeWithin = 10 * time.Second

// errNotRecorded is what those learn whose group was given up.
var errNotRecorded = errors.New("recording was broken off")

type recordNews func(context.Context, []outreach.News) error

// record returns when the news are recorded, together with those of whoever
// called meanwhile.
func (g *gathering) record(ctx context.Context, news outreach.News, record recordNews) error {
	own := g.join(news)
	err := g.await(ctx, own, record)
	if err != nil && len(own.news) > 1 {
		return record(ctx, []outreach.News{news}) // it need not have been these that failed
	}
	return err
}

func (g *gathering) join(news outreach.News) *group {
	g.mu.Lock()
	defer g.mu.Unlock()
	own := g.open[news.Provider]
	if own == nil {
		own = &group{err: errNotRecorded}
		if g.open == nil {
			g.open = make(map[string]*group)
		}
		g.open[news.Provider] = own
	}
	own.news = append(own.news, news)
	return own
}

// await waits for the group's turn. Whoever has it first records for all.
func (g *gathering) await(ctx context.Context, own *group, record recordNews) error {
	g.writing.Lock()
	defer g.writing.Unlock()
	if !own.closed {
		g.close(own)
		shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWithin)
		defer cancel()
		own.err = record(shared, own.news)
	}
	return own.err
}

// close lets nobody else join: who calls from now on begins a new group.
func (g *gathering) close(own *group) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, own.news[0].Provider)
	own.closed = true
}
