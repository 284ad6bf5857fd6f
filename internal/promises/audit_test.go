package promises

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// account is what the program's own books say of one contact.
type account struct {
	id        int64
	channel   outreach.Channel
	state     outreach.State
	address   string
	body      string
	daemon    int64 // that handed it over last, 0 for none
	attempts  int
	history   []event
	optedOut  bool // the person had said no before anything was sent
	asAnswers bool // its provider can be asked, so a doubt about what arrived is settled
}

// event is one line of a contact's history.
type event struct{ from, to outreach.State }

// receipt is what a server's books say of one message it took.
type receipt struct {
	contact int64
	address string
	body    string // texts only
}

// audit holds both sides' books against each other and lists what is broken.
// killed are the daemons that were ended by force.
func audit(contacts []account, receipts []receipt, killed []int64) []string {
	var broken []string
	taken := map[int64][]receipt{}
	for _, r := range receipts {
		taken[r.contact] = append(taken[r.contact], r)
	}
	for _, c := range contacts {
		for _, what := range slices.Concat(c.sent(taken[c.id]), c.doubt(taken[c.id], killed), c.told()) {
			broken = append(broken, fmt.Sprintf("contact %d (%s, %s): %s", c.id, c.channel, c.state, what))
		}
		delete(taken, c.id)
	}
	for id := range taken {
		broken = append(broken, fmt.Sprintf("a message went out for contact %d, of which the log knows nothing", id))
	}
	slices.Sort(broken)
	return broken
}

// sent checks promises 1 to 3: not twice, not falsely, not after a no.
func (c account) sent(taken []receipt) (broken []string) {
	if len(taken) > 1 {
		broken = append(broken, fmt.Sprintf("went out %d times", len(taken)))
	}
	if len(taken) > 0 && c.optedOut {
		broken = append(broken, "went out after a no")
	}
	for _, r := range taken {
		if r.address != c.address || r.body != "" && r.body != c.body {
			broken = append(broken, "went out to another address or in other words than the log says")
		}
	}
	switch c.state {
	case outreach.Accepted, outreach.Delivered:
		if len(taken) == 0 {
			broken = append(broken, "is called sent and was not")
		}
	case outreach.Unconfirmed:
	default:
		if len(taken) > 0 {
			broken = append(broken, "went out and the log does not say so")
		}
		if !c.state.Final() {
			broken = append(broken, "is forgotten: nothing will come of it")
		}
	}
	return broken
}

// doubt checks that who is in doubt has reason to be.
func (c account) doubt(taken []receipt, killed []int64) (broken []string) {
	if !slices.Contains(c.history, event{outreach.Handed, outreach.Unconfirmed}) {
		return nil
	}
	if c.daemon != 0 && !slices.Contains(killed, c.daemon) {
		broken = append(broken, fmt.Sprintf("was put in doubt although daemon %d was never killed", c.daemon))
	}
	if c.state == outreach.Unconfirmed && c.asAnswers && len(taken) > 0 {
		broken = append(broken, "is in doubt although its provider says that it arrived")
	}
	return broken
}

// told checks that the history is one unbroken road from planned to the state.
func (c account) told() (broken []string) {
	at, handed := outreach.Planned, 0
	for _, e := range c.history {
		if e.from != at {
			broken = append(broken, fmt.Sprintf("its history goes from %s to %s where it was %s", e.from, e.to, at))
		}
		if at = e.to; at == outreach.Handed {
			handed++
		}
	}
	if at != c.state {
		broken = append(broken, fmt.Sprintf("its history ends with %s", at))
	}
	if handed != c.attempts {
		broken = append(broken, fmt.Sprintf("was handed over %d times in its history and counts %d attempts", handed, c.attempts))
	}
	return broken
}

// books reads the program's account of all contacts that were due, and the servers'.
func (s *shop) books() ([]account, []receipt) {
	s.t.Helper()
	contacts := s.contacts()
	byNumber := map[string]int64{}
	for i := range contacts {
		if contacts[i].channel == outreach.SMS {
			byNumber[contacts[i].address] = contacts[i].id
		}
	}
	var receipts []receipt
	for _, m := range s.mail.Accepted() {
		receipts = append(receipts, receipt{contact: contactOf(s.t, m.MessageID), address: m.To})
	}
	for _, m := range s.texts.Created() {
		receipts = append(receipts, receipt{contact: byNumber[m.To], address: m.To, body: m.Body})
	}
	return contacts, receipts
}

// contactOf reads the contact's number off a Message-ID.
func contactOf(t testing.TB, messageID string) int64 {
	t.Helper()
	digits, _, _ := strings.Cut(strings.TrimPrefix(messageID, "c"), ".")
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		t.Fatalf("Message-ID %q names no contact", messageID)
	}
	return id
}

func (s *shop) contacts() []account {
	s.t.Helper()
	rows, err := s.db.Query(`
		select c.id, c.channel, c.state, coalesce(w.address, a.value), coalesce(w.body, ''), coalesce(c.handed_by, 0), c.attempts,
		       case when o.id is null then 0 else 1 end, c.channel = 'sms', coalesce(e.from_state, ''), coalesce(e.to_state, '')
		from contacts c
		join addresses a on a.customer_id = c.customer_id
		left join contact_words w on w.contact_id = c.id
		left join opt_outs o on o.address = a.value and o.lifted_at is null and o.source = 'tester'
		left join contact_events e on e.contact_id = c.id and e.from_state <> ''
		where c.due_at <= $1 order by c.id, e.id`, when(s.now()))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []account
	for rows.Next() {
		var c account
		var e event
		if err := rows.Scan(&c.id, &c.channel, &c.state, &c.address, &c.body, &c.daemon, &c.attempts,
			&c.optedOut, &c.asAnswers, &e.from, &e.to); err != nil {
			s.t.Fatal(err)
		}
		if len(out) == 0 || out[len(out)-1].id != c.id {
			out = append(out, c)
		}
		if e.to != "" {
			last := &out[len(out)-1]
			last.history = append(last.history, e)
		}
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return out
}
