package scheduler

import (
	"context"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

const (
	pollEvery   = time.Second      // how often an idle lane looks for due contacts
	retryDB     = 2 * time.Second  // after the database did not answer
	recordGrace = 10 * time.Second // for the last results, after sending has ended
)

// Run works until ctx ends: a beat each minute, a heartbeat, and a dispatcher a
// lane. When ctx ends it claims nothing more, waits for what is on its way, at
// most drain long, records it and returns. A database that does not answer, be
// it at the start, is waited for.
func (s *Scheduler) Run(ctx context.Context, heartbeat, drain time.Duration) {
	var lanes sync.WaitGroup
	lanes.Go(func() { s.keepHeartbeat(ctx, heartbeat) })
	if err := s.Beat(ctx); err != nil && ctx.Err() == nil {
		s.Log.Warn("the first beat was not complete; the next one goes on", "error", err)
	}
	beats := s.startBeats(ctx)
	for _, l := range s.Lanes {
		lanes.Go(func() { newDispatcher(s, l, drain).run(ctx) })
	}
	<-ctx.Done()
	<-beats.Stop().Done()
	lanes.Wait()
}

// startBeats runs Beat once a minute. The order of the wrappers matters: were
// Recover outside, one panic would keep the job marked as running for ever.
func (s *Scheduler) startBeats(ctx context.Context) *cron.Cron {
	log := cronLog{s.Log}
	c := cron.New(cron.WithLogger(log), cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)))
	c.Schedule(everyMinute{}, cron.FuncJob(func() {
		if ctx.Err() == nil {
			_ = s.Beat(ctx) // it has logged what failed
		}
	}))
	c.Start()
	return c
}

// everyMinute is due at each full minute.
type everyMinute struct{}

// Next implements cron.Schedule.
func (everyMinute) Next(t time.Time) time.Time { return t.Truncate(time.Minute).Add(time.Minute) }

func (s *Scheduler) keepHeartbeat(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var trouble outage
	for {
		if err := s.Heartbeat(ctx); err == nil {
			trouble.over(s.Log)
		} else if ctx.Err() == nil {
			trouble.began(s.Now(), s.Log, "heartbeat failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// dispatcher is one lane at work. Permits come first: it claims no more
// contacts than can leave at once, so that an opt-out or the brake never waits
// behind a batch.
type dispatcher struct {
	s       *Scheduler
	lane    Lane
	drain   time.Duration
	results chan outreach.Result
	window  window

	handing, recording outage // each of one goroutine
}

func newDispatcher(s *Scheduler, l Lane, drain time.Duration) *dispatcher {
	return &dispatcher{
		s: s, lane: l, drain: drain,
		results: make(chan outreach.Result, l.Batch),
		window:  window{min: l.Width, max: max(l.Width, l.Batch), freed: make(chan struct{}, 1)},
	}
}

func (d *dispatcher) run(ctx context.Context) {
	sendCtx, cancel := outlive(ctx, d.drain)
	defer cancel()

	var recording, sending sync.WaitGroup
	recording.Go(func() { d.record(sendCtx) })
	for ctx.Err() == nil {
		pause(ctx, d.round(ctx, sendCtx, &sending))
	}
	sending.Wait()
	close(d.results)
	recording.Wait()
}

// round claims and starts one group and says how long to pause before the next.
func (d *dispatcher) round(ctx, sendCtx context.Context, sending *sync.WaitGroup) time.Duration {
	s, settings := d.s, d.s.settings.Load()
	idle, err := s.Queue.Idle(ctx, s.request(d.lane.Channel, 1, s.Now(), settings, s.shelf.get()))
	if err != nil {
		return d.failed(ctx, err)
	}
	if idle {
		d.handing.over(s.Log)
		return pollEvery
	}
	n, err := d.permits(ctx)
	if err != nil {
		return 0 // ctx ended
	}
	parcels, judged, err := s.handOver(ctx, d.lane, n)
	if err != nil {
		d.settle(n, len(parcels), 0)
		for _, p := range parcels {
			d.results <- s.notSent(p)
		}
		return d.failed(ctx, err)
	}
	d.handing.over(s.Log)
	d.settle(n, len(parcels), segments(parcels))
	for _, p := range parcels {
		sending.Go(func() { d.results <- s.send(sendCtx, d.lane, p) })
	}
	if judged == 0 {
		return pollEvery
	}
	return 0
}

// permits waits for room on the way out and takes as much as there is.
func (d *dispatcher) permits(ctx context.Context) (int, error) {
	n, err := d.window.acquire(ctx)
	if err != nil || d.lane.Limit == nil {
		return n, err
	}
	got, err := d.lane.Limit.Acquire(ctx, n)
	d.window.release(n-got, 0)
	return got, err
}

// settle gives back what was not used.
func (d *dispatcher) settle(taken, used, segments int) {
	d.window.release(taken-used, 0)
	if d.lane.Limit != nil {
		d.lane.Limit.Settle(taken, segments)
	}
}

func segments(parcels []parcel) int {
	n := 0
	for _, p := range parcels {
		n += max(p.message.Segments, 1)
	}
	return n
}

func (d *dispatcher) failed(ctx context.Context, err error) time.Duration {
	if ctx.Err() == nil && !d.s.inOtherMode(err) {
		d.handing.began(d.s.Now(), d.s.Log, "hand-over failed; trying again until it works", "channel", d.lane.Channel, "error", err)
	}
	return retryDB
}

// record writes results in groups: as many as have gathered while the group
// before was being written. It keeps what it has until the database takes it.
func (d *dispatcher) record(ctx context.Context) {
	for r := range d.results {
		group := []outreach.Result{r}
	gather:
		for len(group) < cap(d.results) {
			select {
			case more, ok := <-d.results:
				if !ok {
					break gather
				}
				group = append(group, more)
			default:
				break gather
			}
		}
		d.write(ctx, group)
		d.window.release(len(group), len(group))
	}
}

func (d *dispatcher) write(ctx context.Context, group []outreach.Result) {
	for {
		// Recording outlives sending a little, so that the last answers are kept.
		wctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordGrace)
		_, err := d.s.Queue.Record(wctx, d.s.Now(), d.s.name, group)
		cancel()
		if err == nil {
			d.recording.over(d.s.Log)
			return
		}
		d.recording.began(d.s.Now(), d.s.Log, "results could not be recorded; trying again until it works",
			"channel", d.lane.Channel, "contacts", len(group), "error", err)
		if ctx.Err() != nil {
			d.s.Log.Error("giving up on recording; these contacts will be in doubt", "contacts", len(group))
			return
		}
		pause(ctx, retryDB)
	}
}

// window bounds how many contacts are between hand-over and result. It is as
// wide as the connections, and wider only as far as half a second's worth of
// what was lately finished: what is handed over leaves within a second.
type window struct {
	min, max int
	freed    chan struct{}

	mu       sync.Mutex
	out      int
	since    time.Time
	finished int // since then
	rate     float64
}

func (w *window) acquire(ctx context.Context) (int, error) {
	for {
		if n := w.take(); n > 0 {
			return n, nil
		}
		select {
		case <-w.freed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (w *window) take() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	room := min(max(w.min, int(w.rate/2)), w.max) - w.out
	if room <= 0 {
		return 0
	}
	w.out += room
	return room
}

// release gives back n places, of which finished were used to the end.
func (w *window) release(n, finished int) {
	if n <= 0 {
		return
	}
	w.mu.Lock()
	w.out -= n
	w.finished += finished
	if now := time.Now(); now.Sub(w.since) >= time.Second {
		w.rate = float64(w.finished) / now.Sub(w.since).Seconds()
		w.since, w.finished = now, 0
	}
	w.mu.Unlock()
	select {
	case w.freed <- struct{}{}:
	default:
	}
}

// outlive returns a context that ends drain later than ctx.
func outlive(ctx context.Context, drain time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(drain, cancel) })
	return out, func() {
		stop()
		cancel()
	}
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// cronLog passes the library's words on to ours.
type cronLog struct {
	log interface {
		Debug(msg string, args ...any)
		Error(msg string, args ...any)
	}
}

// Info implements cron.Logger.
func (l cronLog) Info(msg string, kv ...any) { l.log.Debug("cron: "+msg, kv...) }

// Error implements cron.Logger.
func (l cronLog) Error(err error, msg string, kv ...any) {
	l.log.Error("cron: "+msg, append(kv, "error", err)...)
}
