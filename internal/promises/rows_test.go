package promises

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// customer is an invented person with one way to reach them and one declined repair.
type customer struct {
	id      int64
	channel outreach.Channel
	address string
}

// when writes an instant as both databases take it.
func when(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// fill writes customers with a declined safety repair of four days ago straight
// into the tables, as another program would. The first step of their follow-up
// became due yesterday.
func (s *shop) fill(mails, texts int) []customer {
	s.t.Helper()
	tx, err := s.db.Begin()
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	w := newWriter(s.t, tx)
	if _, err := tx.Exec(`insert into shops (id, name, time_zone) values ('main', 'Sample Auto Care', $1) on conflict do nothing`,
		s.place.zone); err != nil {
		s.t.Fatal(err)
	}
	var before int
	if err := tx.QueryRow(`select count(*) from customers`).Scan(&before); err != nil {
		s.t.Fatal(err)
	}
	var out []customer
	for i := range mails + texts {
		c := customer{channel: outreach.Email, address: fmt.Sprintf("p%d@example.test", before+i)}
		if i >= mails {
			c.channel, c.address = outreach.SMS, s.place.number(s.t, before+i-mails)
		}
		out = append(out, w.customer(s.place, c))
	}
	if err := tx.Commit(); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// writer holds the statements that write one customer.
type writer struct {
	t                                        testing.TB
	person, addressOf, consent, order, lines *sql.Stmt
}

func newWriter(t testing.TB, tx *sql.Tx) writer {
	t.Helper()
	prepare := func(statement string) *sql.Stmt {
		stmt, err := tx.Prepare(statement)
		if err != nil {
			t.Fatal(err)
		}
		return stmt
	}
	return writer{
		t: t,
		person: prepare(`insert into customers (first_name, last_name, time_zone, country)
			values ('Pat', 'Sample', $1, $2) returning id`),
		addressOf: prepare(`insert into addresses (customer_id, kind, value, line_type) values ($1, $2, $3, 'mobile')`),
		consent: prepare(`insert into consents (customer_id, state, basis, source, occurred_at)
			values ($1, 'given', 'written', 'test', $2)`),
		order: prepare(`insert into orders (source, shop_id, external_id, customer_id, closed_at)
			values ('test', 'main', $1, $2, $3) returning id`),
		lines: prepare(`insert into order_lines (order_id, external_id, name, severity, auth, declined_at)
			values ($1, '1', 'Front brake pads', 'safety', 'declined', $2)`),
	}
}

func (w writer) customer(p place, c customer) customer {
	w.t.Helper()
	visit := when(time.Now().AddDate(0, 0, -4))
	var order int64
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	must(w.person.QueryRow(p.zone, p.country).Scan(&c.id))
	_, err := w.addressOf.Exec(c.id, c.channel.AddressKind(), c.address)
	must(err)
	_, err = w.consent.Exec(c.id, visit)
	must(err)
	must(w.order.QueryRow(fmt.Sprintf("RO-%d", c.id), c.id, visit).Scan(&order))
	_, err = w.lines.Exec(order, visit)
	must(err)
	return c
}

// exec changes the database as another program would.
func (s *shop) exec(statement string, params ...any) {
	s.t.Helper()
	if _, err := s.db.Exec(statement, params...); err != nil {
		s.t.Fatal(err)
	}
}

// count asks the database for a number.
func (s *shop) count(query string, params ...any) int {
	s.t.Helper()
	var n int
	if err := s.db.QueryRow(query, params...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// soon is how far ahead a waiting contact counts as one whose turn it is: longer
// than any pause between two tries here, shorter than any wait for the gate.
const soon = 10 * time.Second

// due counts the contacts in a state whose turn it is.
func (s *shop) due(state outreach.State) int {
	s.t.Helper()
	return s.count(`select count(*) from contacts where state = $1 and next_at <= $2`, state, when(s.now().Add(soon)))
}

// awaitRest waits until nothing is left to send and nothing is under way.
func (s *shop) awaitRest() {
	s.t.Helper()
	eventually(s.t, "everything due to be sent", func() bool { return s.due(outreach.Planned)+s.due(outreach.Handed) == 0 })
}

// taken counts the messages that the servers have taken.
func (s *shop) taken() int { return s.mail.Taken() + s.texts.Taken() }

// fate is what became of the first contact with a customer.
type fate struct {
	state    outreach.State
	reason   string
	code     string
	attempts int
	arrived  int // messages in the servers' books
}

func (s *shop) fate(c customer) fate {
	s.t.Helper()
	var f fate
	err := s.db.QueryRow(`select state, reason, error_code, attempts from contacts where customer_id = $1 and step = 1`, c.id).
		Scan(&f.state, &f.reason, &f.code, &f.attempts)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range s.mail.Accepted() {
		if m.To == c.address {
			f.arrived++
		}
	}
	for _, m := range s.texts.Created() {
		if m.To == c.address {
			f.arrived++
		}
	}
	return f
}

// handOvers counts how often contacts were handed over, those of one customer or
// of all (0). A confirmation, which a customer asks for by saying no, is not counted.
func (s *shop) handOvers(customer int64) int {
	s.t.Helper()
	return s.count(`
		select count(*) from contact_events e join contacts c on c.id = e.contact_id
		where e.to_state = 'handed' and c.answers is null and (c.customer_id = $1 or $1 = 0)`, customer)
}
