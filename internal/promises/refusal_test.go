package promises

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/logging"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/scheduler"
)

// insistent is a sender whose provider always wants to be asked again, so that
// each contact is handed over many times: many chances to come too late.
type insistent struct{ asked atomic.Int64 }

// Send implements notify.Sender.
func (s *insistent) Send(context.Context, notify.Message) notify.Outcome {
	s.asked.Add(1)
	return notify.Outcome{Result: notify.Retry, Provider: "test"}
}

// office is a shop whose dispatchers run in this process.
type office struct {
	*shop
	store  *store.DB
	sender *insistent
}

const attempts = 10

// openOffice plans for some people and sets dispatchers to work until the test
// ends: several on PostgreSQL, one on SQLite.
func openOffice(t *testing.T, url string, people int) (*office, []customer) {
	t.Helper()
	s := openShop(t, url, "dispatch.max_attempts", fmt.Sprint(attempts))
	o := &office{shop: s, store: testdb.Open(t, url), sender: &insistent{}}
	customers := s.fill(people, 0)
	s.plan()
	dispatchers := 3
	if strings.HasPrefix(url, "sqlite:") {
		dispatchers = 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	var working sync.WaitGroup
	for range dispatchers {
		d := o.dispatcher()
		working.Go(func() { d.Run(ctx, time.Second, time.Second) })
	}
	t.Cleanup(func() {
		cancel()
		working.Wait()
	})
	return o, customers
}

func (o *office) dispatcher() *scheduler.Scheduler {
	o.t.Helper()
	cfg, err := config.Load(o.config)
	if err != nil {
		o.t.Fatal(err)
	}
	settings, err := app.Settings(cfg, "")
	if err != nil {
		o.t.Fatal(err)
	}
	id, err := store.Daemons{DB: o.store}.Start(context.Background(), o.now(), "test", os.Getpid(), "test")
	if err != nil {
		o.t.Fatal(err)
	}
	lanes := []scheduler.Lane{{Channel: outreach.Email, Sender: o.sender, Width: 16, Batch: 16}}
	return app.NewScheduler(o.store, settings, lanes, id, time.Now, logging.New(testLog{o.t}, cfg.Log.Level, "text"))
}

// TestNoneAfterANo records opt-outs while the same people's contacts are handed
// over again and again: from the moment one is recorded none is.
func TestNoneAfterANo(t *testing.T) {
	testdb.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		const people = 90
		o, customers := openOffice(t, url, people)
		rand.Shuffle(people, func(i, j int) { customers[i], customers[j] = customers[j], customers[i] })
		refusing := customers[:people*2/3]
		had := make([]int, len(refusing))
		var next atomic.Int64
		var recorders sync.WaitGroup
		for range 8 {
			recorders.Go(func() {
				for i := int(next.Add(1)) - 1; i < len(refusing); i = int(next.Add(1)) - 1 {
					o.awaitAsked(i * people * attempts / len(refusing) / 2)
					had[i] = o.optOut(refusing[i])
				}
			})
		}
		recorders.Wait()
		o.awaitRest()
		early := 0
		for i, c := range refusing {
			if now := o.handOvers(c.id); now != had[i] {
				t.Errorf("%s was handed over %d times, %d of them after the no", c.address, now, now-had[i])
			}
			if had[i] < attempts {
				early++
			}
		}
		if early < len(refusing)/2 {
			t.Errorf("only %d of %d refusals came while there was something to stop", early, len(refusing))
		}
		for _, c := range customers[len(refusing):] {
			if n := o.handOvers(c.id); n != attempts {
				t.Errorf("%s, who did not refuse, was handed over %d times of %d", c.address, n, attempts)
			}
		}
	})
}

// awaitAsked waits until the provider has been asked a number of times.
func (o *office) awaitAsked(n int) {
	o.t.Helper()
	eventually(o.t, "contacts to be handed over", func() bool { return o.sender.asked.Load() >= int64(n) })
}

// optOut records a no and returns how often the person was handed over by then.
func (o *office) optOut(c customer) int {
	o.t.Helper()
	_, err := store.Consents{DB: o.store}.OptOut(context.Background(), outreach.OptOut{
		Address: c.address, Reason: "asked", Source: "tester", RecordedAt: o.now(),
	})
	if err != nil {
		o.t.Error(err)
	}
	return o.handOvers(c.id)
}

// TestNoneAfterTheBrake puts the brake on and off while contacts are handed over.
func TestNoneAfterTheBrake(t *testing.T) {
	testdb.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		const people, stops = 60, 4
		o, _ := openOffice(t, url, people)
		brake := store.Controls{DB: o.store}
		for i := range stops {
			o.awaitAsked((i + 1) * people * attempts / stops / 2)
			if err := brake.StopAll(context.Background(), o.now(), "tester", "a look"); err != nil {
				t.Fatal(err)
			}
			had := o.handOvers(0)
			o.awaitRest()
			if now := o.handOvers(0); now != had {
				t.Errorf("%d contacts were handed over after the brake was on", now-had)
			}
			if err := brake.Resume(context.Background(), o.now(), "tester"); err != nil {
				t.Fatal(err)
			}
		}
		o.awaitRest()
		if n := o.handOvers(0); n != people*attempts {
			t.Errorf("%d hand-overs in the end, want %d", n, people*attempts)
		}
	})
}
