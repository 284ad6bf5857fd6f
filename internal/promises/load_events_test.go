package promises

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"github.com/courtesyd/courtesyd/internal/inbound/twilio"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// call is one event as Twilio brings it.
type call struct {
	path, body, signature string
	turn                  float64 // when, among the others
}

// load is what Twilio brings: of a hundred events eighty are news of messages,
// fifteen ordinary replies and five refusals, half of them by a keyword.
type load struct {
	messages, replies, refusals int
	calls                       []call // signed by write
}

func newLoad(events int) *load {
	l := &load{replies: events * 15 / 100, refusals: events * 5 / 100}
	r := rand.New(rand.NewPCG(1, 2)) // the same each time, to compare by
	// One reply in fifty comes twice.
	l.replies -= l.replies / 51
	for i := range l.replies + l.refusals {
		text := twilioText(i, "I will think about it")
		switch {
		case i >= l.replies && i%2 == 0:
			text = twilioText(i, "STOP")
		case i >= l.replies:
			text = twilioText(i, "please stop texting me")
		case i%50 == 0:
			l.calls = append(l.calls, text.in(r.Float64()))
		}
		l.calls = append(l.calls, text.in(r.Float64()))
	}
	for len(l.calls) < events {
		l.status(r)
	}
	return l
}

// status adds what is told of one more message: in its order, but for one in ten,
// and to the end, with one in ten told twice.
func (l *load) status(r *rand.Rand) {
	statuses := []string{"queued", "sent", "delivered"}
	switch l.messages % 10 {
	case 3:
		r.Shuffle(len(statuses), func(i, j int) { statuses[i], statuses[j] = statuses[j], statuses[i] })
	case 7:
		statuses = append(statuses, "delivered")
	}
	turn := r.Float64()
	for i, s := range statuses {
		l.calls = append(l.calls, statusCall(l.messages, s).in(turn+float64(i)/50))
	}
	l.messages++
}

func (c call) in(turn float64) call {
	c.turn = turn
	return c
}

func twilioText(customer int, body string) call {
	sid := fmt.Sprintf("SM%032x", 1<<40+customer)
	return call{path: twilio.PathInbound, body: url.Values{
		"MessageSid": {sid}, "SmsSid": {sid}, "AccountSid": {twiliofake.AccountSID}, "From": {loadNumber(customer)},
		"To": {ourNumber}, "Body": {body}, "NumMedia": {"0"}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
	}.Encode()}
}

// statusCall is news of a message; contact numbers begin with 1.
func statusCall(message int, status string) call {
	sid := fmt.Sprintf("SM%032x", message)
	return call{path: fmt.Sprintf("%s?m=%d&a=1", twilio.PathStatus, message+1), body: url.Values{
		"MessageSid": {sid}, "SmsSid": {sid}, "AccountSid": {twiliofake.AccountSID}, "From": {ourNumber},
		"To": {loadNumber(message)}, "MessageStatus": {status}, "SmsStatus": {status}, "ApiVersion": {"2010-04-01"},
	}.Encode()}
}

// loadNumber is an invented number for each of 80,000 customers.
func loadNumber(customer int) string { return number(fmt.Sprint(200+customer/100), customer%100) }

// write fills the database with the messages that the events are about, each with
// a customer, a visit and a follow-up that has one more step, and signs the events.
func (l *load) write(s *listening) {
	s.t.Helper()
	const each = `with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < $1) `
	people := max(l.messages, l.replies+l.refusals)
	s.fill(0, 0) // the shop
	tx := s.begin()
	for _, statement := range []string{
		`insert into customers (first_name, last_name) select 'Pat', 'Sample' from n`,
		`insert into addresses (customer_id, kind, value, line_type)
		 select i + 1, 'phone', '+1' || cast(200 + i / 100 as text) || '5550' || cast(100 + i % 100 as text), 'mobile' from n order by i`,
		`insert into consents (customer_id, state, basis, source, occurred_at) select i + 1, 'given', 'written', 'test', cast($2 as text)` + s.asInstant() + ` from n`,
		`insert into orders (source, shop_id, external_id, customer_id, adviser, closed_at)
		 select 'test', 'main', cast(i as text), i + 1, 'Alex Example', cast($2 as text)` + s.asInstant() + ` from n order by i`,
		`insert into order_lines (order_id, external_id, name, severity, auth, declined_at)
		 select i + 1, '1', 'Front brake pads', 'safety', 'declined', cast($2 as text)` + s.asInstant() + ` from n order by i`,
		`insert into follow_ups (shop_id, customer_id, playbook_id, playbook_version, state, anchor_at, started_at)
		 select 'main', i + 1, 'declined-safety', 1, 'active', cast($2 as text)` + s.asInstant() + `, cast($2 as text)` + s.asInstant() + ` from n order by i`,
		`insert into follow_up_items (follow_up_id, line_id) select i + 1, i + 1 from n order by i`,
		`insert into contacts (shop_id, customer_id, follow_up_id, step, channel, state, template, attempts, handed_at, provider)
		 select 'main', i + 1, i + 1, 1, 'sms', 'accepted', 'declined-safety-1', 1, cast($2 as text)` + s.asInstant() + `, 'twilio' from n order by i`,
		`insert into contact_words (contact_id, address, body) select i + 1, a.value, 'hello' from n join addresses a on a.customer_id = i + 1`,
		`insert into contact_items (contact_id, line_id) select i + 1, i + 1 from n`,
	} {
		params := []any{people}
		if strings.Contains(statement, "$2") {
			params = append(params, when(s.now().AddDate(0, 0, -4)))
		}
		if _, err := tx.Exec(each+statement, params...); err != nil {
			s.t.Fatalf("%v: %s", err, statement)
		}
	}
	if err := tx.Commit(); err != nil {
		s.t.Fatal(err)
	}
	s.exec(`insert into contacts (shop_id, customer_id, follow_up_id, step, channel, state, due_at, next_at)
		select shop_id, customer_id, follow_up_id, 2, 'call', 'planned', cast($1 as text)`+s.asInstant()+`, cast($1 as text)`+s.asInstant()+`
		from contacts where step = 1`, when(s.now().AddDate(0, 0, 6)))
	s.exec(`analyze`) // as the database does by itself before long
	slices.SortStableFunc(l.calls, func(a, b call) int { return cmp.Compare(a.turn, b.turn) })
	for i, c := range l.calls {
		form, err := url.ParseQuery(c.body)
		if err != nil {
			s.t.Fatal(err)
		}
		l.calls[i].signature = twiliofake.Sign(twiliofake.AuthToken, s.public+c.path, form)
	}
}

// judge expects every event on record, once.
func (l *load) judge(s *listening) {
	s.t.Helper()
	byWords := 0
	for i := range l.refusals {
		byWords += (l.replies + i) % 2
	}
	for _, expected := range []struct {
		what  string
		query string
		n     int
	}{
		{"messages that arrived", `select count(*) from contacts where step = 1 and state = 'delivered'`, l.messages},
		{"changes of messages", `select count(*) from contact_events e join contacts c on c.id = e.contact_id where c.step = 1`, l.messages},
		{"texts", `select count(*) from contacts where direction = 'in'`, l.replies + l.refusals},
		{"texts with words", `select count(*) from contacts c join contact_words w on w.contact_id = c.id where c.direction = 'in'`, l.replies + l.refusals},
		{"customers who wait", `select count(*) from tasks where done_at is null`, l.replies},
		{"refusals", `select count(*) from opt_outs where lifted_at is null`, l.refusals},
		{"ended follow-ups", `select count(*) from follow_ups where state = 'ended'`, l.refusals},
		{"confirmations", `select count(*) from contacts where direction = 'out' and answers is not null`, byWords},
	} {
		if n := s.count(expected.query); n != expected.n {
			s.t.Errorf("%s: %d, expected %d", expected.what, n, expected.n)
		}
	}
}
