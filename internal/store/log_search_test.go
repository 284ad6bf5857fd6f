package store_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// logged is a contact with all that it can be found by.
type logged struct {
	id                                                         int64
	at                                                         store.Time
	state, channel, direction, reason, playbook                string
	adviser, number, source, plate, first, last, phone, mailed string
}

func readLogged(t *testing.T, b *fixture.Books) (out []logged) {
	t.Helper()
	rows, err := b.SQL.Query(`
		select c.id, coalesce(c.handed_at, c.ended_at, c.due_at), c.state, c.channel, c.direction, c.reason, c.playbook_id,
		       o.adviser, o.number, o.external_id, v.plate, k.first_name, k.last_name, p.value, m.value
		from contacts c join follow_up_items i on i.follow_up_id = c.follow_up_id join order_lines l on l.id = i.line_id
		join orders o on o.id = l.order_id join vehicles v on v.id = o.vehicle_id join customers k on k.id = c.customer_id
		join addresses p on p.customer_id = k.id and p.kind = 'phone' join addresses m on m.customer_id = k.id and m.kind = 'email'`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c logged
		err := rows.Scan(&c.id, &c.at, &c.state, &c.channel, &c.direction, &c.reason, &c.playbook, &c.adviser, &c.number, &c.source,
			&c.plate, &c.first, &c.last, &c.phone, &c.mailed)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(out, func(a, b logged) int {
		if n := b.at.Compare(a.at.Time); n != 0 {
			return n
		}
		return int(b.id - a.id)
	})
	return out
}

// named is the rule for names: the beginnings of both, in either order.
func (c logged) named(text string) bool {
	begins := func(name, with string) bool { return strings.HasPrefix(strings.ToLower(name), strings.ToLower(with)) }
	one, two, both := strings.Cut(text, " ")
	if both {
		return begins(c.first, one) && begins(c.last, two) || begins(c.last, one) && begins(c.first, two)
	}
	return begins(c.first, text) || begins(c.last, text)
}

// fits says what a filter means, contact by contact.
func (c logged) fits(f store.LogFilter) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return is(string(f.Channel), c.channel) && is(string(f.Direction), c.direction) && is(f.Playbook, c.playbook) &&
		is(f.Adviser, c.adviser) && is(f.Shop, "main") &&
		(f.Order == "" || f.Order == c.number || f.Order == c.source) &&
		(f.Vehicle == "" || strings.EqualFold(strings.ReplaceAll(f.Vehicle, " ", ""), c.plate)) &&
		(f.Name == "" || c.named(f.Name)) &&
		(f.Customer == "" || strings.Contains(strings.ToLower(c.first+" "+c.last), strings.ToLower(f.Customer))) &&
		(f.Reason == "" || slices.Contains(strings.Split(c.reason, ","), f.Reason)) &&
		(len(f.States) == 0 || slices.Contains(f.States, outreach.State(c.state))) &&
		(!f.Happened || c.state != string(outreach.Planned)) &&
		(f.Since.IsZero() || !c.at.Before(f.Since)) && (f.Before.IsZero() || c.at.Before(f.Before)) &&
		(f.Search == "" || c.named(f.Search) || f.Search == c.number || strings.EqualFold(f.Search, c.plate) ||
			f.Search == strings.TrimPrefix(c.phone, "+1") || strings.EqualFold(f.Search, c.mailed))
}

// TestLogFindsWhatFits: by whatever way a page is read, it is what a look at each
// contact finds, there and back.
func TestLogFindsWhatFits(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		const contacts = 5_001 // more than a page looks at
		fillLog(t, b.DB, b.URL, logFiller{contacts: contacts, people: 450, advisers: 3})
		all := readLogged(t, b)
		if len(all) != contacts {
			t.Fatalf("%d contacts", len(all))
		}
		state := func(s ...outreach.State) []outreach.State { return s }
		middle := time.Date(2024, 1, 1, 0, 0, contacts*4, 0, time.UTC)
		some := all[len(all)/2]
		filters := []store.LogFilter{
			{},
			{Happened: true},
			{States: state(outreach.Planned)},
			{States: state(outreach.Suppressed, outreach.Received)},
			{States: state(outreach.Planned, outreach.Bounced), Happened: true},
			{States: state(outreach.ClosedByHand)},
			{Channel: outreach.SMS},
			{Channel: outreach.Call, Happened: true, Since: middle},
			{Direction: outreach.Inbound},
			{Direction: outreach.Outbound, States: state(outreach.Received)},
			{Direction: outreach.Outbound, Happened: true, Before: middle},
			{Playbook: "retired"},
			{Playbook: "playbook-2", Channel: outreach.Email, States: state(outreach.Delivered)},
			{Playbook: "none"},
			{Reason: "no_consent"},
			{Reason: "consent"},
			{Reason: "no_consent", Channel: outreach.Email, Since: middle},
			{Reason: "%"},
			{Since: middle, Before: middle.Add(3 * time.Hour)},
			{Adviser: "Early Sample"},
			{Adviser: "Adviser 2"},
			{Adviser: "Adviser 2", Channel: outreach.Call, Reason: "customer_not_this"},
			{Order: some.number},
			{Order: some.source, Channel: outreach.Channel(some.channel)},
			{Vehicle: "plt " + strings.TrimPrefix(some.plate, "PLT")},
			{Vehicle: some.plate, Adviser: some.adviser, Order: some.number},
			{Name: some.last},
			{Name: strings.ToUpper(some.last[:3])},
			{Name: some.last + " " + some.first[:2], States: state(outreach.Delivered)},
			{Name: "p"},
			{Name: "p", Direction: outreach.Inbound},
			{Name: "%"},
			{Customer: some.last[1:5]},
			{Customer: "t1", Channel: outreach.Call},
			{Search: some.number},
			{Search: some.plate, Channel: outreach.SMS},
			{Search: strings.TrimPrefix(some.phone, "+1")},
			{Search: strings.ToUpper(some.mailed)},
			{Search: some.first},
			{Search: "pat"},
			{Search: "nobody"},
			{Shop: "main", Channel: outreach.Email},
			{Shop: "elsewhere"},
		}
		for i, f := range filters {
			var want []int64
			for _, c := range all {
				if c.fits(f) {
					want = append(want, c.id)
				}
			}
			for _, way := range []store.LogWay{store.Older, store.Newer} {
				got := readThrough(t, b.DB, f, way)
				if len(got) < wholly && len(got) != len(want) || !slices.Equal(got, want[:min(len(got), len(want))]) {
					t.Errorf("%d: %+v, newer %v: %d contacts, want %d", i, f, way, len(got), len(want))
				}
				slices.Reverse(want)
			}
		}
	})
}

// wholly is how many contacts readThrough reads, however many there are.
const wholly = 120

// readThrough reads page by page, in the order of reading.
func readThrough(t *testing.T, db *store.DB, f store.LogFilter, way store.LogWay) (ids []int64) {
	t.Helper()
	var from store.LogPlace
	if way == store.Newer {
		from = store.LogPlace{At: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), ID: 1}
	}
	for {
		page, err := store.Log{DB: db}.Page(t.Context(), f, from, way, 61)
		if err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
		var part []int64
		for _, e := range page.Entries {
			part = append(part, e.ID)
		}
		next := page.End
		if way == store.Newer {
			slices.Reverse(part)
			next = page.Start
		}
		ids = append(ids, part...)
		if !page.More || len(ids) >= wholly {
			return ids
		}
		if next == from {
			t.Fatalf("%+v: the reading does not go on from %v", f, from)
		}
		from = next
	}
}

// TestLogTellsWhenItStops: where nothing fits, a page ends after so many
// contacts, and says so.
func TestLogTellsWhenItStops(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		fillLog(t, b.DB, b.URL, logFiller{contacts: 4200, people: 10, advisers: 3})
		page, err := store.Log{DB: b.DB}.Page(t.Context(), store.LogFilter{Shop: "elsewhere", Happened: true}, store.LogPlace{}, store.Older, 50)
		if err != nil || !page.Stopped || !page.More || len(page.Entries) != 0 || page.End.ID == 0 {
			t.Errorf("%+v, %v", page, err)
		}
		page, err = store.Log{DB: b.DB}.Page(t.Context(), store.LogFilter{Shop: "elsewhere", Happened: true}, page.End, store.Older, 50)
		if err != nil || page.Stopped || page.More {
			t.Errorf("at the end: %+v, %v", page, err)
		}
	})
}

// Names with letters beyond ASCII are found however they are typed, and who was
// entered twice by either name.
func TestLogFindsNames(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		alvarez := b.AddCustomer(fixture.Customer{Name: "Íñigo Álvarez de la Cruz"})
		b.AddSent(fixture.Sent{Customer: alvarez, Channel: outreach.Email, To: "a@example.com", At: noon, Body: "Hola"})
		old := b.AddCustomer(fixture.Customer{Name: "Ina Former"})
		b.Exec(`update customers set merged_into = $1 where id = $2`, alvarez, old)
		fleet := b.AddCustomer(fixture.Customer{Name: "- -"})
		b.Exec(`update customers set first_name = '', last_name = '', company = 'O''Sample_% Fleet' where id = $1`, fleet)
		b.AddSent(fixture.Sent{Customer: fleet, Channel: outreach.SMS, To: "+12125550199", At: noon.Add(time.Hour), Body: "Hello"})
		for name, want := range map[string][]int64{
			"álvarez": {1}, "Álvarez": {1}, "ÍÑIGO ÁLVAREZ": {1}, "inigo alvarez": {1}, "íñigo": {1}, "Álvarez de la, Íñigo": {1}, "former": {1},
			"o'sample_%": {2}, "o'samplex": nil, "Fleet": nil, "": {2, 1}, ",": nil, "\\": nil, strings.Repeat("x ", 50): nil,
		} {
			if got := readThrough(t, b.DB, store.LogFilter{Name: name}, store.Older); !slices.Equal(got, want) {
				t.Errorf("%q: %v, want %v", name, got, want)
			}
		}
		// A number that is nobody's any more: who wrote from it is found by the words.
		for _, number := range []string{"(212) 555-0199", "+12125550199", "5550199"} {
			if got := readThrough(t, b.DB, store.LogFilter{Search: number, AreaCode: "212"}, store.Older); !slices.Equal(got, []int64{2}) {
				t.Errorf("%s: %v", number, got)
			}
		}
	})
}

func TestLogContact(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		who := b.AddCustomer(fixture.Customer{Name: "Pat Example"})
		id, _ := b.AddSent(fixture.Sent{Customer: who, Channel: outreach.SMS, To: "+12125550123", At: noon, Body: "Hello"})
		consent := b.AddConsent(who, outreach.SMS, outreach.ConsentGiven, outreach.ConsentWritten)
		b.Exec(`update contacts set consent_id = $1 where id = $2`, consent, id)
		c, err := store.Log{DB: b.DB}.Contact(t.Context(), id)
		if err != nil || c.Body != "Hello" || c.Consent.Basis != outreach.ConsentWritten || len(c.Events) != 3 || c.Events[2].To != "accepted" {
			t.Errorf("%+v, %v", c, err)
		}
		if _, err := (store.Log{DB: b.DB}).Contact(t.Context(), 999); err != store.ErrNoContact {
			t.Errorf("of nobody: %v", err)
		}
		choices, err := store.Log{DB: b.DB}.Choices(t.Context())
		if err != nil || len(choices.Reasons) != 0 || len(choices.Advisers) != 0 {
			t.Errorf("choices %+v, %v", choices, err)
		}
		b.Exec(`update contacts set reason = 'quiet_hours,no_consent' where id = $1`, id)
		for i := range 3 {
			b.AddOrder(fixture.Order{Customer: who, Adviser: "Adviser " + strconv.Itoa(i%2), Closed: noon})
		}
		choices, err = store.Log{DB: b.DB}.Choices(t.Context())
		if err != nil || !slices.Equal(choices.Reasons, []string{"no_consent", "quiet_hours"}) || !slices.Equal(choices.Advisers, []string{"Adviser 0", "Adviser 1"}) {
			t.Errorf("choices %+v, %v", choices, err)
		}
	})
}
