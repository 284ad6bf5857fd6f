package twilio

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/notify/sms"
)

const (
	customer = "+12125550123"
	shopLine = "+12125550100"
)

var noon = time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC)

// errAway is what a desk says whose database is away.
var errAway = errors.New("the database does not answer")

// desk records what it takes, and like the real one takes everything once.
type desk struct {
	mu       sync.Mutex
	away     bool
	calls    int
	arrivals []outreach.Arrival
	news     []outreach.News
	state    map[string]outreach.State // by SID
}

func (d *desk) Receive(_ context.Context, a outreach.Arrival) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.away {
		return errAway
	}
	known := func(b outreach.Arrival) bool { return b.Provider == a.Provider && b.ProviderID == a.ProviderID }
	if !slices.ContainsFunc(d.arrivals, known) {
		d.arrivals = append(d.arrivals, a)
	}
	return nil
}

func (d *desk) News(_ context.Context, news ...outreach.News) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.away {
		return errAway
	}
	for _, n := range news {
		was, ok := d.state[n.ProviderID]
		if !ok {
			was = outreach.Handed
		}
		if was.CanBecome(n.State) {
			d.state[n.ProviderID] = n.State
			d.news = append(d.news, n)
		}
	}
	return nil
}

func (d *desk) setAway(away bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = away
}

func (d *desk) bodies() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, a := range d.arrivals {
		out = append(out, a.Body)
	}
	return out
}

func (d *desk) stateOf(sid string) outreach.State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state[sid]
}

// feed keeps a place in memory.
type feed struct {
	mu     sync.Mutex
	notOur bool // guarded by mu
	cursor string
	done   int
	failed []string
	aside  map[string]string
}

func (f *feed) Claim(context.Context, time.Time) (string, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cursor, !f.notOur, nil
}

func (f *feed) setNotOur(notOur bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notOur = notOur
}

func (f *feed) Done(_ context.Context, _ time.Time, cursor string) error {
	f.cursor, f.done = cursor, f.done+1
	return nil
}

func (f *feed) Failed(_ context.Context, _ time.Time, why string) error {
	f.failed = append(f.failed, why)
	return nil
}

func (f *feed) SetAside(_ context.Context, _ time.Time, key, why string) error {
	f.aside[key] = why
	return nil
}

// contacts are those without news. What was asked about is not asked for again.
type contacts struct{ overdue []outreach.Contact }

func (c *contacts) Unsettled(
	_ context.Context, now time.Time, ch outreach.Channel, olderThan, giveUp time.Duration, limit int,
) ([]outreach.Contact, error) {
	var due, later []outreach.Contact
	for _, x := range c.overdue {
		age := now.Sub(x.HandedAt)
		if ch == outreach.SMS && age >= olderThan && age < giveUp && len(due) < limit {
			due = append(due, x)
		} else {
			later = append(later, x)
		}
	}
	c.overdue = later
	return due, nil
}

// office is a shop with a webhook and a poller, and its Twilio.
type office struct {
	t       *testing.T
	now     time.Time
	twilio  *twiliofake.Server
	sender  *sms.Sender
	desk    *desk
	feed    *feed
	handler *Handler
	poller  *Poller
	log     *bytes.Buffer
	public  string // where the webhook is
	heard   int
}

// open starts everything until the test ends. change may alter how Twilio is; its
// calls reach the webhook unless it takes InboundURL away.
func open(t *testing.T, change func(*twiliofake.Options)) *office {
	t.Helper()
	o := &office{
		t: t, now: noon, log: new(bytes.Buffer),
		desk: &desk{state: map[string]outreach.State{}}, feed: &feed{aside: map[string]string{}},
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { o.handler.ServeHTTP(w, r) }))
	t.Cleanup(web.Close)
	o.public = web.URL
	options := twiliofake.Options{InboundURL: o.public + PathInbound, Now: func() time.Time { return o.now }}
	if change != nil {
		change(&options)
	}
	var err error
	if o.twilio, err = twiliofake.Start(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.twilio.Close() })
	origin := sms.Origin{From: shopLine}
	o.sender, err = sms.New(sms.Config{
		AccountSID: twiliofake.AccountSID, AuthToken: twiliofake.AuthToken, Default: origin,
		BaseURL: o.twilio.URL(), PublicURL: o.public, Now: func() time.Time { return o.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.sender.Close() })
	verifier, err := NewVerifier(o.public, twiliofake.AuthToken)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(o.log, nil))
	shops := NewShops(map[string]sms.Origin{"maple": origin})
	o.handler = &Handler{
		Verifier: verifier, Desk: o.desk, Shops: shops, Now: func() time.Time { return o.now }, Log: log,
		Heard: func(context.Context, time.Time) { o.heard++ },
	}
	o.poller = &Poller{
		Account: o.sender, Desk: o.desk, Feed: o.feed, Contacts: &contacts{}, Shops: shops,
		Every: 30 * time.Second, Now: func() time.Time { return o.now }, Log: log,
	}
	return o
}

// pollOnly is for a shop that Twilio cannot call.
func pollOnly(options *twiliofake.Options) { options.InboundURL = "" }

// text lets the customer send a text and returns what the webhook call came to.
func (o *office) text(body string) error {
	o.t.Helper()
	_, err := o.twilio.Text(o.t.Context(), twiliofake.Incoming{From: customer, To: shopLine, Body: body})
	return err
}

// send lets the shop send a text and returns its SID.
func (o *office) send(contact int64) string {
	o.t.Helper()
	got := o.sender.Send(o.t.Context(), notify.Message{
		ContactID: contact, Attempt: 1, ShopID: "maple", Channel: outreach.SMS, To: customer,
		Text: "Maple Street Auto: your front pads were at 3 mm.", ValidUntil: o.now.Add(12 * time.Hour),
	})
	if got.Result != notify.Accepted {
		o.t.Fatalf("the text was not accepted: %+v", got)
	}
	return got.ProviderID
}

// run takes a sent text through its course at Twilio.
func (o *office) run(sid string, c twiliofake.Course) {
	o.t.Helper()
	if err := o.twilio.Run(o.t.Context(), sid, c); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) poll() {
	o.t.Helper()
	if _, err := o.poller.Poll(o.t.Context(), o.now); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) expectBodies(want ...string) {
	o.t.Helper()
	if got := o.desk.bodies(); !slices.Equal(got, want) {
		o.t.Errorf("the desk has %q, want %q", got, want)
	}
}
