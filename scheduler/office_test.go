package scheduler_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/scheduler"
	"github.com/courtesyd/courtesyd/templates"
)

// office is a shop with the program at work in it: a real database, the shipped
// documents, a clock that stands until it is set, and senders that count.
type office struct {
	*fixture.Books
	*scheduler.Scheduler
	t        *testing.T
	clock    *clock
	settings scheduler.Settings
	queue    scheduler.Queue
	lanes    []scheduler.Lane
	mail     *tray
	text     *tray
	daemon   int64
	log      *bytes.Buffer
}

// eachOffice opens an office on each engine. start is by the shop's clock.
func eachOffice(t *testing.T, start string, f func(o *office)) {
	t.Helper()
	fixture.Each(t, func(t *testing.T, b *fixture.Books) { f(openOffice(t, b, start)) })
}

// inBubble is eachOffice in a bubble of time: the clock goes, and goes fast
// where nobody is at work.
func inBubble(t *testing.T, start string, f func(o *office)) {
	t.Helper()
	testdb.EachReady(t, func(t *testing.T, url string) {
		synctest.Test(t, func(t *testing.T) {
			o := openOffice(t, fixture.Open(t, url), start)
			o.clock.start()
			f(o)
		})
	})
}

func openOffice(t *testing.T, b *fixture.Books, start string) *office {
	t.Helper()
	rules, err := hours.ShippedRules()
	if err != nil {
		t.Fatal(err)
	}
	o := &office{Books: b, t: t, clock: &clock{now: wall(t, start)}, mail: newTray(), text: newTray(), log: &bytes.Buffer{}}
	o.settings = scheduler.Settings{
		Shops: []scheduler.Shop{{Shop: fixture.MainShop()}},
		Policy: gate.Policy{
			Mode: outreach.Live, Window: hours.DefaultWindow(), StateRules: rules, MaxSegments: 4,
			Caps: outreach.Caps{PerFollowUp: 3, MinGap: 7 * 24 * time.Hour},
		},
		Backoff:   scheduler.Backoff{First: time.Minute, Max: time.Hour, MaxAttempts: 3},
		DeadAfter: time.Minute,
		AskAfter:  5 * time.Minute,
		Links:     func(int64) templates.Links { return templates.Links{} },
	}
	o.queue = store.Queue{DB: b.DB}
	o.lanes = []scheduler.Lane{
		{Channel: outreach.Email, Sender: o.mail, Width: 4, Batch: 20},
		{Channel: outreach.SMS, Sender: o.text, Width: 4, Batch: 20},
		{Channel: outreach.Call, Width: 20, Batch: 20},
	}
	o.seed()
	o.restart()
	return o
}

// seed writes the shipped documents.
func (o *office) seed() {
	o.t.Helper()
	shipped, err := templates.Shipped()
	o.must(err)
	var messages, playbooks []outreach.Document
	for _, s := range shipped.Templates {
		messages = append(messages, outreach.Document{Name: s.Name, Channel: s.Channel, Locale: string(s.Locale), Source: s.Text})
	}
	for _, p := range shipped.Playbooks {
		playbooks = append(playbooks, outreach.Document{Name: p.ID, Source: p.Text})
	}
	_, err = store.Documents{DB: o.DB}.Seed(o.t.Context(), o.clock.Now(), messages, playbooks)
	o.must(err)
}

// approve changes the text of the newest version of a document and saves it as
// the next one.
func (o *office) approve(table, name, old, replacement string, save func(source string) error) {
	o.t.Helper()
	query := map[string]string{
		"playbooks": `select source from playbook_versions where playbook_id = $1 order by version desc limit 1`,
		"templates": `select source from template_versions where name || '.' || channel || '.' || locale = $1 order by version desc limit 1`,
	}[table]
	found := o.Strings(query, name)
	if len(found) != 1 || !strings.Contains(found[0], old) {
		o.t.Fatalf("%s does not say %q", name, old)
	}
	o.must(save(strings.Replace(found[0], old, replacement, 1)))
}

// restart puts a new daemon to work with the present settings, which first does
// what every daemon does first.
func (o *office) restart() {
	o.t.Helper()
	ctx := o.t.Context()
	if o.daemon != 0 {
		o.must(store.Daemons{DB: o.DB}.Stop(ctx, o.clock.Now(), o.daemon))
	}
	o.Scheduler, o.daemon = o.hire()
	o.must(store.Controls{DB: o.DB}.SetMode(ctx, o.clock.Now(), o.settings.Policy.Mode, "test"))
	o.must(o.Beat(ctx))
}

// hire starts one more daemon.
func (o *office) hire() (*scheduler.Scheduler, int64) {
	o.t.Helper()
	id, err := store.Daemons{DB: o.DB}.Start(o.t.Context(), o.clock.Now(), "test", 1, "")
	o.must(err)
	s := scheduler.New(scheduler.Deps{
		Queue: o.queue, Scans: store.Scans{DB: o.DB}, Daemons: store.Daemons{DB: o.DB},
		Documents: store.Documents{DB: o.DB}, Tasks: store.Tasks{DB: o.DB}, Feeds: o.DB, Brake: store.Controls{DB: o.DB}, Lanes: o.lanes,
		Log: slog.New(slog.NewTextHandler(&lockedWriter{w: o.log}, nil)), Now: o.clock.Now, DaemonID: id,
	}, o.settings)
	return s, id
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// at sets the clock to each time in turn, as if nobody had been at work in
// between, and does what is due then.
func (o *office) at(times ...string) {
	o.t.Helper()
	for _, when := range times {
		o.clock.set(wall(o.t, when))
		o.work()
	}
}

// work does one beat and sends what is due.
func (o *office) work() {
	o.t.Helper()
	o.must(o.Beat(o.t.Context()))
	_, err := o.Drain(o.t.Context())
	o.must(err)
}

// drain sends what is due without a beat.
func (o *office) drain() {
	o.t.Helper()
	_, err := o.Drain(o.t.Context())
	o.must(err)
}

// until lets the time pass with the program at work.
func (o *office) until(when string) {
	o.t.Helper()
	for end := wall(o.t, when); ; {
		o.work()
		next, err := o.NextEvent(o.t.Context())
		o.must(err)
		if soonest := o.clock.Now().Add(time.Minute); next.Before(soonest) {
			next = soonest
		}
		if next.After(end) {
			o.clock.set(end)
			o.work()
			return
		}
		o.clock.set(next)
	}
}

// running runs the daemon for as long as f takes, and then until it has stopped.
func (o *office) running(drain time.Duration, f func()) {
	o.t.Helper()
	ctx, stop := context.WithCancel(o.t.Context())
	defer stop()
	var daemon sync.WaitGroup
	daemon.Go(func() { o.Run(ctx, 10*time.Second, drain) })
	f()
	stop()
	daemon.Wait()
}

// expectContacts compares with what Books.Contacts says.
func (o *office) expectContacts(want ...string) {
	o.t.Helper()
	if got := o.Contacts(); !slices.Equal(got, want) {
		o.t.Errorf("contacts at %s:\n  %s\nwant:\n  %s", o.clock.Now().In(location(o.t, fixture.Zone)).Format(time.DateTime),
			strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// why is what the program says about an order.
func (o *office) why(number string) string {
	o.t.Helper()
	o.must(o.LoadDocuments(o.t.Context()))
	found, err := store.Log{DB: o.DB}.Stories(o.t.Context(), number)
	o.must(err)
	if len(found) != 1 {
		o.t.Fatalf("%d orders have the number %s", len(found), number)
	}
	return strings.Join(o.Explain(found[0]), "\n")
}

// owed plans one contact for a customer, about a job left undone, due when the
// clock shows.
func (o *office) owed(customer int64, ch outreach.Channel, change ...func(*fixture.Planned)) int64 {
	o.t.Helper()
	order := o.Declines(customer, o.clock.Now().AddDate(0, 0, -3), "Front brake pads")
	p := fixture.Planned{
		Customer: customer, Channel: ch, Due: o.clock.Now(),
		Line: int64(o.Count(`select id from order_lines where order_id = $1`, order)),
	}
	for _, f := range change {
		f(&p)
	}
	id, _ := o.AddPlanned(p)
	o.Exec(`delete from scan_marks`)
	return id
}

// optOut records a "no" now.
func (o *office) optOut(address string) {
	o.t.Helper()
	_, err := store.Consents{DB: o.DB}.OptOut(o.t.Context(), outreach.OptOut{
		Address: address, Reason: "keyword", Source: "test", RecordedAt: o.clock.Now(),
	})
	o.must(err)
}

// clock stands still until it is set, or goes with the time of a test's bubble
// from when it was set on.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	since time.Time // zero: it stands
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return c.now
	}
	return c.now.Add(time.Since(c.since))
}

func (c *clock) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
	if !c.since.IsZero() {
		c.since = time.Now()
	}
}

// tray is a sender that keeps what it was given and answers as it is told.
type tray struct {
	mu     sync.Mutex
	sent   []notify.Message
	answer func(context.Context, notify.Message) notify.Outcome
	find   func(notify.Attempt) (notify.Outcome, bool, error)
}

func newTray() *tray {
	return &tray{
		answer: func(context.Context, notify.Message) notify.Outcome {
			return notify.Outcome{Result: notify.Accepted, Provider: "tray", ProviderID: "ok"}
		},
		find: func(notify.Attempt) (notify.Outcome, bool, error) { return notify.Outcome{}, false, nil },
	}
}

// Send implements notify.Sender.
func (s *tray) Send(ctx context.Context, m notify.Message) notify.Outcome {
	s.mu.Lock()
	s.sent = append(s.sent, m)
	answer := s.answer
	s.mu.Unlock()
	return answer(ctx, m)
}

// Find implements notify.Finder.
func (s *tray) Find(_ context.Context, a notify.Attempt) (notify.Outcome, bool, error) {
	return s.find(a)
}

// says makes every later answer this one.
func (s *tray) says(o notify.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = func(context.Context, notify.Message) notify.Outcome { return o }
}

// to lists whom it was given messages for, in order.
func (s *tray) to() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, m := range s.sent {
		out = append(out, m.To)
	}
	return out
}

func (s *tray) messages() []notify.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

type lockedWriter struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(p)
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// wall reads "2026-06-02 15:00" by the shop's clock.
func wall(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, location(t, fixture.Zone))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func phone(n int) string { return fmt.Sprintf("+13125550%03d", 100+n) }

func mail(n int) string { return fmt.Sprintf("person%d@example.com", n) }
