package inbound_test

import (
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

const (
	anasPhone = "+13125550101"
	anasMail  = "ana@example.com"
	bensMail  = "ben@example.com"
)

// noon is a Tuesday at the shop.
var noon = time.Date(2026, 6, 2, 17, 0, 0, 0, time.UTC)

// counter is a desk with a real database behind it and a clock that stands. A
// reply is to be answered within two hours, an unclear one to be read within two
// days.
type counter struct {
	*fixture.Books
	*inbound.Desk
	*clock
	t *testing.T
	n int
}

type clock struct{ now time.Time }

// eachCounter opens a counter on each engine.
func eachCounter(t *testing.T, f func(c *counter)) {
	t.Helper()
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		c := &counter{Books: b, t: t, clock: &clock{noon}}
		c.Desk = &inbound.Desk{
			Inbox: store.Inbox{DB: b.DB}, Now: func() time.Time { return c.now }, Log: slog.New(slog.DiscardHandler),
			Clock: inbound.Clock{
				AnswerBy: func(_ string, from time.Time) time.Time { return from.Add(2 * time.Hour) },
				ReviewBy: func(_ string, from time.Time) time.Time { return from.Add(48 * time.Hour) },
			},
		}
		f(c)
	})
}

// play plays cases one after the other at one counter on each engine, each
// beginning with empty books.
func play[T any](t *testing.T, cases map[string]T, f func(c *counter, tc T)) {
	t.Helper()
	eachCounter(t, func(c *counter) {
		for name, tc := range cases {
			c.t.Run(name, func(t *testing.T) {
				at := *c
				at.t, at.now = t, noon
				defer at.empty()
				f(&at, tc)
			})
		}
	})
}

// empty takes everything but the shop out of the books.
func (c *counter) empty() {
	c.CheckHistory()
	for _, table := range []string{
		"contact_items", "replies", "tasks", "contact_events", "contact_words", "opt_outs", "contacts", "follow_up_items", "follow_ups",
		"order_lines", "orders", "canceled_orders", "consents", "addresses", "vehicles", "scan_marks", "customers",
	} {
		c.Exec(`delete from ` + table)
	}
}

func (c *counter) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// ana is a customer with a number and a mailbox who agreed to texts, and whose
// brake pads and wipers were left undone. She was texted an hour ago.
func (c *counter) ana() (customer, message int64) {
	c.t.Helper()
	customer = c.AddCustomer(fixture.Customer{Name: "Ana Example", Phone: anasPhone, Email: anasMail, Texts: true})
	order := c.AddOrder(fixture.Order{
		Customer: customer, Vehicle: c.AddVehicle(customer, "2018 Subaru Outback"), Adviser: "Kim", Closed: noon.AddDate(0, 0, -3),
		Lines: []fixture.Line{{Name: "Front brake pads"}, {Name: "Wiper blades"}},
	})
	message, _ = c.AddSent(fixture.Sent{
		Customer: customer, Channel: outreach.SMS, To: anasPhone, At: noon.Add(-time.Hour),
		Body: "Hi Ana, your brake pads were low.", Provider: "twilio", ProviderID: "SM1", Lines: c.Lines(order),
	})
	return customer, message
}

// texts takes in a text, which gets a number of its own.
func (c *counter) texts(from, body string, change ...func(*outreach.Arrival)) {
	c.t.Helper()
	c.n++
	a := outreach.Arrival{
		Provider: "twilio", ProviderID: "IN" + strconv.Itoa(c.n), Channel: outreach.SMS, From: from, Body: body, At: c.now,
	}
	for _, f := range change {
		f(&a)
	}
	c.must(c.Receive(c.t.Context(), a))
}

// mails takes in a mail.
func (c *counter) mails(from, body string, change ...func(*outreach.Arrival)) {
	c.t.Helper()
	c.texts(from, body, append([]func(*outreach.Arrival){func(a *outreach.Arrival) {
		a.Provider, a.Channel = "mail", outreach.Email
	}}, change...)...)
}

func answering(message int64) func(*outreach.Arrival) {
	return func(a *outreach.Arrival) { a.Answers = message }
}

// followUp is the one a message belongs to.
func (c *counter) followUp(message int64) int64 {
	return int64(c.Count(`select follow_up_id from contacts where id = $1`, message))
}

// expect compares the rows of a query with what they shall be.
func (c *counter) expect(what, query string, want ...string) {
	c.t.Helper()
	got := c.Strings(query)
	for i := range got {
		got[i] = strings.TrimSpace(got[i])
	}
	if !slices.Equal(got, want) {
		c.t.Errorf("%s:\n  %s\nwant:\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// expectOptOuts compares the opt-outs in force, as "address channel reason", with
// "held" behind those that a person is to look at.
func (c *counter) expectOptOuts(want ...string) {
	c.t.Helper()
	c.expect("opt-outs in force", `
		select address || case when channel = '' then '' else ' ' || channel end || ' ' || reason || case when tentative then ' held' else '' end
		from opt_outs where lifted_at is null order by address, channel`, want...)
}

// expectTasks compares the open tasks, as "kind customer address".
func (c *counter) expectTasks(want ...string) {
	c.t.Helper()
	c.expect("open tasks", `select kind, coalesce(customer_id, 0), address from tasks where done_at is null order by id`, want...)
}

// done records a task as done; it must be open.
func (c *counter) done(outcome inbound.Outcome) {
	c.t.Helper()
	c.must(c.end(int64(c.Count(`select min(id) from tasks where done_at is null`)), outcome))
}

func (c *counter) end(task int64, outcome inbound.Outcome) error {
	e, ok := inbound.EffectsOf(outcome)
	if !ok {
		c.t.Fatalf("no outcome %q", outcome)
	}
	return store.Tasks{DB: c.DB}.Done(c.t.Context(), c.now, store.TaskEnd{
		ID: task, Outcome: string(outcome), Who: "kim", EndReason: e.EndReason, Decided: e.Decided, OptOut: e.OptOut, Wrong: e.Wrong,
	})
}

// against returns what about the person speaks against a message to a customer
// now, as a hand-over sees it. Nothing is handed over.
func (c *counter) against(customer int64, ch outreach.Channel, class outreach.Class) []gate.Reason {
	c.t.Helper()
	active := c.Count(`select coalesce(max(id), 0) from follow_ups where customer_id = $1 and state = 'active'`, customer)
	id, followUp := c.AddPlanned(fixture.Planned{Customer: customer, Channel: ch, Due: c.now, FollowUp: int64(active), Step: 99})
	defer func() {
		c.Exec(`delete from contact_events where contact_id = $1`, id)
		c.Exec(`delete from contacts where id = $1`, id)
		if active == 0 {
			c.Exec(`delete from follow_ups where id = $1`, followUp)
		}
	}()
	var out []gate.Reason
	seen := false
	look := func(_ outreach.Installation, due []outreach.Due) []outreach.Ruling {
		rulings := make([]outreach.Ruling, len(due))
		for i, d := range due {
			rulings[i].Contact = d.Contact
			if d.Contact.ID == id {
				out, seen = personal(d, ch, class), true
			}
		}
		return rulings
	}
	_, err := store.Queue{DB: c.DB}.HandOver(c.t.Context(), outreach.HandOver{
		Now: c.now, Channel: ch, Limit: 100, Daemon: 1, HistorySince: c.now.AddDate(0, 0, -35),
	}, look)
	c.must(err)
	if !seen {
		c.t.Fatal("the contact was not looked at")
	}
	return out
}

func personal(d outreach.Due, ch outreach.Channel, class outreach.Class) []gate.Reason {
	f := gate.Facts{
		ShopID: d.Shop.ID, Channel: ch, Class: class, SenderLeft: -1, Country: "US", TemplateApproved: true,
		Deceased: d.Customer.Deceased, ReplyWaiting: d.ReplyWaiting, OptOuts: d.OptOuts, Consents: d.Consents,
	}
	for _, a := range d.Addresses {
		if a.Kind == ch.AddressKind() {
			f.Address = &a
		}
	}
	about := []gate.Reason{gate.Deceased, gate.OptedOut, gate.NoConsent, gate.NoAddress, gate.AddressInvalid, gate.AddressBounced, gate.ReplyWaiting}
	return slices.DeleteFunc(gate.Decide(d.Contact.DueAt, f).Reasons, func(r gate.Reason) bool { return !slices.Contains(about, r) })
}

// expectAgainst compares what speaks against a marketing message.
func (c *counter) expectAgainst(customer int64, ch outreach.Channel, want ...gate.Reason) {
	c.t.Helper()
	if got := c.against(customer, ch, outreach.Marketing); !slices.Equal(got, want) {
		c.t.Errorf("against a message by %s: %v, want %v", ch, got, want)
	}
}

// together runs f n times at once and returns the errors.
func together(n int, f func(i int) error) []error {
	errs := make(chan error, n)
	start := make(chan struct{})
	for i := range n {
		go func() {
			<-start
			errs <- f(i)
		}()
	}
	close(start)
	var out []error
	for range n {
		if err := <-errs; err != nil {
			out = append(out, err)
		}
	}
	return out
}
