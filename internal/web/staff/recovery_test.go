package staff

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/scheduler"
	"github.com/courtesyd/courtesyd/templates"
)

func TestOpeningACase(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana := o.signedIn(outreach.RoleAdviser)
		pat := b.AddCustomer(fixture.Customer{Name: "Pat <i>Example</i>"})
		order := b.AddOrder(fixture.Order{Customer: pat, Number: "7001", Closed: noon})
		b.AddOrder(fixture.Order{Customer: b.AddCustomer(fixture.Customer{Name: "Kim Example"}), Number: "8001", Closed: noon})
		twin := b.AddCustomer(fixture.Customer{Name: "Lou Example"})
		b.AddOrder(fixture.Order{Customer: twin, Number: "8001", Closed: noon})

		status, body, _ := ana.get("/recovery")
		answers(t, "no case", status, http.StatusOK, body, "No case is open", "No case has been closed yet")
		status, body, _ = ana.get(path("/recovery?customer_id=%d", pat))
		answers(t, "from the customer", status, http.StatusOK, body, "Open a case for Pat &lt;i&gt;Example&lt;/i&gt;")
		for name, c := range map[string]struct {
			fields []string
			status int
			says   string
		}{
			"nothing":            {nil, http.StatusUnprocessableEntity, "Write what happened"},
			"no words":           {[]string{"order", "8001", "happened", " "}, http.StatusUnprocessableEntity, "Write what happened"},
			"no words of theirs": {[]string{"customer_id", path("%d", pat)}, http.StatusUnprocessableEntity, "Open a case for Pat &lt;i&gt;"},
			"about nobody":       {[]string{"happened", "typed words"}, http.StatusUnprocessableEntity, "Say which order"},
			"no such order":      {[]string{"order", "nope", "happened", "typed words"}, http.StatusUnprocessableEntity, "no order of this number"},
			"two orders":         {[]string{"order", "8001", "happened", "typed words"}, http.StatusUnprocessableEntity, "Choose one"},
			"no such customer":   {[]string{"customer_id", "999999"}, http.StatusNotFound, "no such customer"},
			"no number":          {[]string{"customer_id", "x"}, http.StatusNotFound, "no such customer"},
			"another one's":      {[]string{"customer_id", path("%d", twin), "order_id", path("%d", order), "happened", "x"}, http.StatusNotFound, "no such customer"},
			"words without end":  {[]string{"order", "7001", "happened", strings.Repeat("a", longestText+1)}, http.StatusUnprocessableEntity, "write less"},
		} {
			status, body, _ := ana.post("/recovery", c.fields...)
			answers(t, name, status, c.status, body, c.says)
		}
		status, _, to := ana.post("/recovery", "order", "7001", "happened", "The oil ran out. "+nasty)
		if status != http.StatusSeeOther {
			t.Fatalf("open: %d", status)
		}
		status, body, _ = ana.get(to)
		answers(t, "the case", status, http.StatusOK, body, "The case is open.", "The oil ran out.", "order 7001", "nothing automatic goes to", "No excuses", "No pressure", "no lawyer’s letter")
		status, body, _ = ana.post("/recovery", "customer_id", path("%d", pat), "happened", "It happened again.")
		answers(t, "a second one", status, http.StatusConflict, body, "open already", "The oil ran out. &lt;script&gt;", "\n\nIt happened again.</textarea>")
		status, body, _ = ana.get("/recovery")
		answers(t, "the list", status, http.StatusOK, body, "Pat &lt;i&gt;Example&lt;/i&gt;", "To be decided by Thu Jun 4, 2026")
		if strings.Contains(body, "overdue") {
			t.Error("the case is overdue already")
		}
		status, body = ana.getAt(time.Date(2026, 6, 5, 5, 1, 0, 0, time.UTC), "/recovery") // a minute after midnight
		answers(t, "later", status, http.StatusOK, body, "overdue")
		if n := b.Count(`select count(*) from recovery_cases`); n != 1 {
			t.Errorf("%d cases", n)
		}
	})
}

// tray takes messages and keeps to whom they went.
type tray struct {
	mu sync.Mutex
	to []string
}

// Send implements notify.Sender.
func (s *tray) Send(_ context.Context, m notify.Message) notify.Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = append(s.to, m.To)
	return notify.Outcome{Result: notify.Accepted, Provider: "tray", ProviderID: "ok"}
}

// daemon puts a scheduler with the shipped documents to work on the books.
func (o *office) daemon(mail notify.Sender) *scheduler.Scheduler {
	o.t.Helper()
	ctx := o.t.Context()
	shipped, err := templates.Shipped()
	if err != nil {
		o.t.Fatal(err)
	}
	var messages, playbooks []outreach.Document
	for _, s := range shipped.Templates {
		messages = append(messages, outreach.Document{Name: s.Name, Channel: s.Channel, Locale: string(s.Locale), Source: s.Text})
	}
	for _, p := range shipped.Playbooks {
		playbooks = append(playbooks, outreach.Document{Name: p.ID, Source: p.Text})
	}
	if _, err := (store.Documents{DB: o.DB}).Seed(ctx, o.now, messages, playbooks); err != nil {
		o.t.Fatal(err)
	}
	id, err := store.Daemons{DB: o.DB}.Start(ctx, o.now, "test", 1, "")
	if err != nil {
		o.t.Fatal(err)
	}
	return scheduler.New(scheduler.Deps{
		Queue: store.Queue{DB: o.DB}, Scans: store.Scans{DB: o.DB}, Daemons: store.Daemons{DB: o.DB},
		Documents: store.Documents{DB: o.DB}, Tasks: store.Tasks{DB: o.DB}, Feeds: o.DB, Brake: store.Controls{DB: o.DB},
		Lanes: []scheduler.Lane{{Channel: outreach.Email, Sender: mail, Width: 1, Batch: 10}},
		Log:   slog.New(slog.DiscardHandler), Now: func() time.Time { return o.now }, DaemonID: id,
	}, liveSettings())
}

// While a case is open nothing automatic goes to the customer or the household,
// and nobody calls them from the list; once it is closed that is over.
func TestNothingGoesOutWhileACaseIsOpen(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o, mail := open(t, b), &tray{}
		s := o.daemon(mail)
		work := func() {
			t.Helper()
			if err := s.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		owed := func(customer int64, name string) {
			line := b.Lines(b.Declines(customer, o.now.AddDate(0, 0, -9), name))[0]
			b.AddPlanned(fixture.Planned{Customer: customer, Channel: outreach.Email, Due: o.now.Add(-time.Minute), Line: line})
		}
		ana, gm := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleGeneralManager)
		_, pat := o.callFor("Pat Example")
		kin := b.AddCustomer(fixture.Customer{Name: "Kim Example", Email: "kim@example.com", Phone: calleePhone})
		stranger := b.AddCustomer(fixture.Customer{Name: "Lee Example", Email: "lee@example.com"})
		_, _, to := ana.post("/recovery", "customer_id", path("%d", pat), "happened", "The oil ran out.")
		owed(kin, "Rear shocks")
		owed(stranger, "Wiper blades")
		work()
		if !slices.Equal(mail.to, []string{"lee@example.com"}) {
			t.Errorf("mails went to %q", mail.to)
		}
		status, body, _ := ana.get("/calls")
		answers(t, "the call", status, http.StatusOK, body, "No calls to make", "off the list")
		status, body, _ = ana.get(to)
		answers(t, "the case", status, http.StatusOK, body, "goes to Pat Example, or to Kim Example")

		gm.post(to+"/decision", "version", "0", "decision", "We pay for the engine.")
		if status, _, _ := gm.post(to+"/close", "version", "1", "lesson", "Two people look at the plug."); status != http.StatusSeeOther {
			t.Fatalf("close: %d", status)
		}
		b.Exec(`update follow_ups set state = 'ended'`)
		owed(kin, "Cabin air filter")
		work()
		if !slices.Equal(mail.to, []string{"lee@example.com", "kim@example.com"}) {
			t.Errorf("after the case mails went to %q", mail.to)
		}
	})
}
