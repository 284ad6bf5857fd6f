package inbound

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// slowBooks records news when it is told to.
type slowBooks struct {
	begun chan []string // what is being recorded
	end   chan error    // lets it end so
}

func newSlowBooks() *slowBooks {
	return &slowBooks{begun: make(chan []string), end: make(chan error)}
}

func (b *slowBooks) record(ctx context.Context, news []outreach.News) error {
	var ids []string
	for _, n := range news {
		ids = append(ids, n.ProviderID)
	}
	slices.Sort(ids)
	b.begun <- ids
	return errors.Join(<-b.end, ctx.Err())
}

// gathered is a gathering with calls under way.
type gathered struct {
	t     *testing.T
	g     gathering
	books *slowBooks
	wg    sync.WaitGroup

	mu   sync.Mutex
	ends map[string]error
}

func newGathered(t *testing.T) *gathered {
	return &gathered{t: t, books: newSlowBooks(), ends: map[string]error{}}
}

// bring begins a call and returns when it waits for its turn in a group of so many.
func (g *gathered) bring(ctx context.Context, provider, id string, company int) {
	n := outreach.News{Result: outreach.Result{Provider: provider, ProviderID: id}}
	g.wg.Go(func() {
		err := g.g.record(ctx, n, g.books.record)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.ends[id] = err
	})
	for waiting := 0; waiting < company; runtime.Gosched() {
		g.g.mu.Lock()
		if own := g.g.open[provider]; own != nil {
			waiting = len(own.news)
		}
		g.g.mu.Unlock()
	}
}

// expect lets one group be recorded, with this end.
func (g *gathered) expect(end error, ids ...string) {
	g.t.Helper()
	if got := <-g.books.begun; !slices.Equal(got, ids) {
		g.t.Errorf("recorded together: %v, expected %v", got, ids)
	}
	g.books.end <- end
}

// News that come while others are recorded are recorded together, those of
// another provider apart, and all calls return when theirs are.
func TestNewsGather(t *testing.T) {
	g := newGathered(t)
	g.bring(t.Context(), "twilio", "a", 0)
	first := <-g.books.begun
	g.bring(t.Context(), "twilio", "b", 1)
	g.bring(t.Context(), "twilio", "c", 2)
	g.bring(t.Context(), "mail", "d", 1)
	if !slices.Equal(first, []string{"a"}) {
		t.Errorf("recorded first: %v", first)
	}
	g.books.end <- nil
	for range 2 {
		got := <-g.books.begun
		if !slices.Equal(got, []string{"b", "c"}) && !slices.Equal(got, []string{"d"}) {
			t.Errorf("recorded together: %v", got)
		}
		g.books.end <- nil
	}
	g.wg.Wait()
	for id, err := range g.ends {
		if err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if len(g.ends) != 4 || len(g.g.open) != 0 {
		t.Errorf("%d calls ended, %d groups are left", len(g.ends), len(g.g.open))
	}
}

// News that cannot be recorded do not keep those from being recorded that came
// at the same time, and nobody's call ends well for nothing.
func TestBadNewsStandAlone(t *testing.T) {
	bad := errors.New("bad")
	g := newGathered(t)
	g.bring(t.Context(), "twilio", "a", 0)
	<-g.books.begun
	g.bring(t.Context(), "twilio", "b", 1)
	g.bring(t.Context(), "twilio", "c", 2)
	g.books.end <- nil
	g.expect(bad, "b", "c")
	for range 2 {
		end := error(nil)
		if one := <-g.books.begun; one[0] == "b" {
			end = bad
		}
		g.books.end <- end
	}
	g.wg.Wait()
	if !errors.Is(g.ends["b"], bad) || g.ends["a"] != nil || g.ends["c"] != nil {
		t.Errorf("the calls ended with %v", g.ends)
	}
}

// A caller who gives up takes nobody's news along.
func TestCallerGivesUp(t *testing.T) {
	g := newGathered(t)
	leaving, leave := context.WithCancel(t.Context())
	g.bring(leaving, "twilio", "a", 0)
	<-g.books.begun
	leave()
	g.books.end <- nil
	g.wg.Wait()
	if g.ends["a"] != nil {
		t.Errorf("it was recorded and called %v", g.ends["a"])
	}
}

// When recording breaks off, nobody is told that it was done.
func TestRecordingBreaksOff(t *testing.T) {
	var g gathering
	n := outreach.News{Result: outreach.Result{Provider: "twilio"}}
	own := g.join(n)
	func() {
		defer func() { _ = recover() }() // it is meant to
		_ = g.record(t.Context(), n, func(context.Context, []outreach.News) error { panic("broken") })
	}()
	if err := g.await(t.Context(), own, nil); !errors.Is(err, errNotRecorded) {
		t.Errorf("the other caller learned %v", err)
	}
}
