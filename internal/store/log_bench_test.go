package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// BenchmarkLog fills a log with COURTESY_BENCH_CONTACTS contacts (100,000 if it
// is not set) and reads pages of it in the ways that people do. Give it
// -benchtime=200x; the figures are milliseconds a page. COURTESY_BENCH_DATABASE
// is the URL of a database to fill and to keep, for a closer look.
func BenchmarkLog(b *testing.B) {
	contacts := 100_000
	if n, err := strconv.Atoi(os.Getenv("COURTESY_BENCH_CONTACTS")); err == nil {
		contacts = n
	}
	if url := os.Getenv("COURTESY_BENCH_DATABASE"); url != "" {
		benchLog(b, url, contacts)
		return
	}
	for name, open := range map[string]func(testing.TB) string{"sqlite": testdb.SQLite, "postgres": testdb.Postgres} {
		b.Run(name, func(b *testing.B) { benchLog(b, open(b), contacts) })
	}
}

func benchLog(b *testing.B, url string, contacts int) {
	db := testdb.Open(b, url)
	fillLog(b, db, url, logFiller{contacts: contacts, people: contacts / 20, advisers: 12})
	l := store.Log{DB: db}
	late := store.LogPlace{At: time.Date(2024, 1, 1, 0, 0, contacts*4, 0, time.UTC), ID: 1}
	for _, c := range logReadings(contacts) {
		for name, from := range map[string]store.LogPlace{"": {}, " from the middle": late} {
			b.Run(c.name+name, func(b *testing.B) {
				var took []time.Duration
				entries := 0
				for b.Loop() {
					start := time.Now()
					page, err := l.Page(b.Context(), c.filter, from, store.Older, 50)
					if err != nil {
						b.Fatal(err)
					}
					took, entries = append(took, time.Since(start)), len(page.Entries)
				}
				slices.Sort(took)
				b.ReportMetric(percentile(took, 50), "p50-ms")
				b.ReportMetric(percentile(took, 99), "p99-ms")
				b.ReportMetric(float64(entries), "entries")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

type logReading struct {
	name   string
	filter store.LogFilter
}

// logReadings are the filters that people use, with the rare and the gone among them.
func logReadings(contacts int) []logReading {
	state := func(s ...outreach.State) []outreach.State { return s }
	middle := time.Date(2024, 1, 1, 0, 0, contacts*4, 0, time.UTC)
	all := []logReading{
		{"everything", store.LogFilter{}},
		{"state suppressed", store.LogFilter{States: state(outreach.Suppressed)}},
		{"rare state", store.LogFilter{States: state(outreach.CallWrong)}},
		{"no such state", store.LogFilter{States: state(outreach.ClosedByHand)}},
		{"channel sms", store.LogFilter{Channel: outreach.SMS}},
		{"came in", store.LogFilter{Direction: outreach.Inbound}},
		{"went out", store.LogFilter{Direction: outreach.Outbound}},
		{"playbook", store.LogFilter{Playbook: "playbook-2"}},
		{"retired playbook", store.LogFilter{Playbook: "retired"}},
		{"reason", store.LogFilter{Reason: "no_consent"}},
		{"rare reason", store.LogFilter{Reason: "sold"}},
		{"reason, channel, playbook", store.LogFilter{Reason: "no_consent", Channel: outreach.Email, Playbook: "playbook-3"}},
		{"dates", store.LogFilter{Since: middle, Before: middle.AddDate(0, 0, 7)}},
		{"dates, channel, state", store.LogFilter{Since: middle, Before: middle.AddDate(0, 0, 7), Channel: outreach.Call, States: state(outreach.CallReached)}},
		{"adviser", store.LogFilter{Adviser: "Adviser 3"}},
		{"adviser, state", store.LogFilter{Adviser: "Adviser 3", States: state(outreach.Bounced)}},
		{"rare adviser", store.LogFilter{Adviser: "Rare Sample"}},
		{"adviser who left", store.LogFilter{Adviser: "Early Sample"}},
		{"customer by name", store.LogFilter{Name: "Pat3 Moord1203"}},
		{"customers by a beginning", store.LogFilter{Name: "Moord1"}},
		{"too short a beginning", store.LogFilter{Name: "Mo"}},
		{"customer, channel", store.LogFilter{Name: "Moord1", Channel: outreach.SMS}},
		{"order", store.LogFilter{Order: "RO" + strconv.Itoa(contacts/7)}},
		{"plate", store.LogFilter{Vehicle: "plt " + strconv.Itoa(contacts/70)}},
		{"search phone", store.LogFilter{Search: "(312) 200-1234"}},
		{"search mail", store.LogFilter{Search: "pat1234@example.com"}},
		{"search name", store.LogFilter{Search: "moord1"}},
		{"search plate", store.LogFilter{Search: "PLT1234"}},
		{"search nothing", store.LogFilter{Search: "Quagmire"}},
		{"shop", store.LogFilter{Shop: "main"}},
		{"another shop", store.LogFilter{Shop: "nowhere"}},
	}
	for i := range all {
		all[i].filter.Happened = true
	}
	return all
}

// logFiller writes a log's rows with the database's own means: ten million of
// them one by one would take hours.
type logFiller struct {
	b        testing.TB
	sql      *sql.DB
	postgres bool
	// how many of each
	contacts, people, advisers int
}

func fillLog(b testing.TB, db *store.DB, url string, f logFiller) {
	b.Helper()
	saveShops(b, db)
	f.b, f.postgres = b, !strings.HasPrefix(url, "sqlite:")
	var err error
	if f.postgres {
		f.sql, err = sql.Open("postgres", url)
	} else {
		f.sql, err = sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite:")+"?_pragma=synchronous(OFF)&_pragma=foreign_keys(0)")
	}
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.sql.Close() }()
	f.sql.SetMaxOpenConns(1) // what is set for the session holds
	var there bool
	if err := f.sql.QueryRow(`select exists (select 1 from contacts)`).Scan(&there); err != nil {
		b.Fatal(err)
	}
	if !there {
		f.fill()
	}
}

func (f logFiller) exec(statement string) {
	f.b.Helper()
	if _, err := f.sql.ExecContext(context.Background(), statement); err != nil {
		f.b.Fatalf("%s: %v", statement, err)
	}
}

// fill writes everything with the indexes away, which is many times quicker.
func (f logFiller) fill() {
	tables := []string{"customers", "addresses", "vehicles", "orders", "order_lines", "follow_ups", "follow_up_items", "contacts", "contact_words"}
	quoted := "'" + strings.Join(tables, "','") + "'"
	find := `select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name in (` + quoted + `)`
	if f.postgres {
		f.exec(`set session_replication_role = replica`) // no triggers, no foreign keys
		find = `select indexname, indexdef from pg_indexes i where tablename in (` + quoted + `)
			and not exists (select 1 from pg_constraint where conname = i.indexname)`
	}
	rows, err := f.sql.Query(find)
	if err != nil {
		f.b.Fatal(err)
	}
	indexes := map[string]string{}
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			f.b.Fatal(err)
		}
		indexes[name] = definition
	}
	if err := rows.Err(); err != nil {
		f.b.Fatal(err)
	}
	if !f.postgres {
		for _, name := range f.triggers() {
			f.exec("drop trigger " + name)
		}
	}
	for name := range indexes {
		f.exec("drop index " + name)
	}
	f.customers(f.people)
	f.outreach(f.contacts/3, f.people)
	for _, definition := range indexes {
		f.exec(definition)
	}
	f.exec("analyze")
}

// triggers are those of SQLite, which cannot be put off as PostgreSQL's can.
func (f logFiller) triggers() (names []string) {
	rows, err := f.sql.Query(`select name from sqlite_master where type = 'trigger'`)
	if err != nil {
		f.b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			f.b.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		f.b.Fatal(err)
	}
	return names
}

// each writes a row for every i from 1 to n.
func (f logFiller) each(n int, into, values, from string) {
	series := fmt.Sprintf(`(with recursive g(i) as (select 1 union all select i + 1 from g where i < %d) select i from g) g`, n)
	if f.postgres {
		series = fmt.Sprintf(`generate_series(1, %d) g(i)`, n)
	}
	f.exec("insert into " + into + " select " + values + " from " + series + from)
}

// at is a time of so many seconds after the first contact.
func (f logFiller) at(seconds string) string {
	if f.postgres {
		return `timestamptz '2024-01-01 00:00Z' + (` + seconds + `) * interval '1 second'`
	}
	return `strftime('%Y-%m-%dT%H:%M:%S.000000Z', '2024-01-01', (` + seconds + `) || ' seconds')`
}

// customers have one of 4,000 last names and 300 first names each, a number, an
// address and a car.
func (f logFiller) customers(n int) {
	f.each(n, "customers (id, first_name, last_name, company)",
		`i, 'Pat' || (i % 300), substr('BaKaLaMoNoPeRoSaTaVi', 1 + 2 * (i % 10), 2) || substr('benkomlandsonwitzford', 1 + 3 * (i % 7), 3) || (i % 4000),
		 case when i % 50 = 0 then 'Fleet ' || i else '' end`, "")
	f.each(n, "addresses (customer_id, kind, value)", `i, 'phone', '+1' || (3122000000 + i)`, "")
	f.each(n, "addresses (customer_id, kind, value)", `i, 'email', 'pat' || i || '@example.com'`, "")
	f.each(n, "vehicles (id, customer_id, plate, vin, year, make, model)", `i, i, 'PLT' || i, '', 2015, 'Example', 'Wagon'`, "")
}

// outreach is follow-ups of three contacts about an order each. An adviser left
// early, another one is new; a playbook was retired early; some states are rare.
func (f logFiller) outreach(followUps, people int) {
	customer := fmt.Sprintf("1 + i %% %d", people)
	f.each(followUps, "orders (id, source, shop_id, external_id, number, customer_id, vehicle_id, adviser)", `i, 'bench', 'main', 'x' || i, 'RO' || i, `+
		customer+`, `+customer+fmt.Sprintf(`, case when i < %d and i %% 5 = 0 then 'Early Sample' when i > %d and i %% 7 = 0 then 'New Sample'
		 when i %% 5003 = 0 then 'Rare Sample' else 'Adviser ' || (i %% %d) end`, followUps/20, followUps-followUps/100, f.advisers), "")
	f.each(followUps, "order_lines (id, order_id, external_id, name, auth)", `i, i, '1', 'Front brake pads', 'declined'`, "")
	f.each(followUps, "follow_ups (id, shop_id, customer_id, playbook_id, playbook_version, state, anchor_at, started_at)",
		`i, 'main', `+customer+`, 'declined-safety', 1, 'ended', `+f.at("i")+`, `+f.at("i"), "")
	f.each(followUps, "follow_up_items (follow_up_id, line_id)", `i, i`, "")
	const what = `(i % 100003 * 7919) % 100003`
	followUp := "1 + (i - 1) / 3"
	f.each(3*followUps, `contacts (id, shop_id, customer_id, follow_up_id, step, direction, channel, state, reason, playbook_id,
		playbook_version, due_at, handed_at, ended_at, created_at, provider, provider_id)`,
		`i, 'main', 1 + (`+followUp+fmt.Sprintf(`) %% %d, `, people)+followUp+`, 1 + (i - 1) % 3,
		case when `+what+` between 91000 and 94000 then 'in' else 'out' end,
		case when i % 10 = 0 then 'call' when i % 2 = 0 then 'sms' else 'email' end,
		case when `+what+` < 30000 then 'accepted' when `+what+` < 60000 then 'delivered' when `+what+` < 80000 then 'suppressed'
		     when `+what+` < 88000 then 'canceled' when `+what+` < 91000 then 'expired' when `+what+` <= 94000 then 'received'
		     when `+what+` < 97000 then 'voicemail' when `+what+` < 99000 then 'reached' when `+what+` < 99500 then 'bounced'
		     when `+what+` < 99990 then 'planned' when `+what+` < 99995 then 'wrong_number' else 'unconfirmed' end,
		case when `+what+` between 60000 and 79999 then
		          case i % 8 when 0 then 'opted_out' when 1 then 'no_consent' when 2 then 'no_address' when 3 then 'opted_out,no_consent'
		               when 4 then 'already_done' when 5 then 'recovery_open,no_consent' when 6 then 'control_group' else 'landline' end
		     when `+what+` between 80000 and 87999 then 'customer_not_this' when `+what+` between 91000 and 91002 then 'sold' else '' end,
		case when i < `+fmt.Sprint(followUps/10)+` then 'retired' else 'playbook-' || (i % 5) end, 1, `+
			f.at("i * 8")+`, case when `+what+` < 60000 then `+f.at("i * 8 + 60")+` end, case when `+what+` < 99500 then `+f.at("i * 8 + 90")+` end, `+f.at("i")+`, 'bench', 'P' || i`, "")
	f.each(3*followUps, "contact_words (contact_id, address, body)", `i, '+1' || (3122000000 + 1 + (1 + (i - 1) / 3) % `+fmt.Sprint(people)+`),
		'Hello Pat, this is Example Auto Care. The front brake pads were at 2 mm in May. Shall we look at them?'`, "")
}

// percentile of sorted durations, in milliseconds.
func percentile(sorted []time.Duration, p int) float64 {
	slices.Sort(sorted)
	return float64(sorted[(len(sorted)-1)*p/100].Microseconds()) / 1000
}
