package store_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// TestBothEnginesHaveTheSameSchema: every table and view with the same columns,
// every index on the same table with the same name.
func TestBothEnginesHaveTheSameSchema(t *testing.T) {
	lite, pg := fixture.Open(t, testdb.SQLite(t)), fixture.Open(t, testdb.Postgres(t))
	for what, query := range map[string][2]string{
		"columns": {
			`select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c
			 where m.type in ('table', 'view') and m.name not like 'sqlite_%' and m.name not like 'goose_%'`,
			`select table_name || '.' || column_name from information_schema.columns
			 where table_schema = 'public' and table_name not like 'goose_%'`,
		},
		"columns that must have a value": {
			`select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c
			 where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like 'goose_%' and (c."notnull" = 1 or c.pk > 0)`,
			`select table_name || '.' || column_name from information_schema.columns
			 where table_schema = 'public' and table_name not like 'goose_%' and is_nullable = 'NO'`,
		},
		"indexes": {
			`select tbl_name || '.' || name from sqlite_master where type = 'index' and name not like 'sqlite_%'`,
			`select tablename || '.' || indexname from pg_indexes i where schemaname = 'public' and tablename not like 'goose_%'
			 and not exists (select 1 from pg_constraint where conname = i.indexname)`,
		},
	} {
		in1, in2 := lite.Strings(query[0]), pg.Strings(query[1])
		slices.Sort(in1)
		slices.Sort(in2)
		for _, x := range in1 {
			if !slices.Contains(in2, x) {
				t.Errorf("%s: %s only in SQLite", what, x)
			}
		}
		for _, x := range in2 {
			if !slices.Contains(in1, x) {
				t.Errorf("%s: %s only in PostgreSQL", what, x)
			}
		}
		if len(in1) < 40 && what == "columns" || len(in1) == 0 {
			t.Errorf("%s: only %d were found", what, len(in1))
		}
	}
}

// TestOutreachLogForReportTools: the view has its columns in the same order on
// both engines, with the same text for the same contact.
func TestOutreachLogForReportTools(t *testing.T) {
	const columns = "id shop customer_id customer orders direction channel class state reason playbook playbook_version step template " +
		"template_version consent_id address subject body due_at handed_at ended_at provider provider_id error_code attempts segments rehearsal"
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		rows, err := b.SQL.Query(`select * from outreach_log`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := rows.Columns()
		if err := errors.Join(err, rows.Close()); err != nil {
			t.Fatal(err)
		}
		if strings.Join(got, " ") != columns {
			t.Errorf("columns: %s", strings.Join(got, " "))
		}
		c := b.AddCustomer(fixture.Customer{Name: "Ana Example", Email: "ana@example.com"})
		var lines []int64
		for _, number := range []string{"1001", "1002"} {
			id := b.AddOrder(fixture.Order{Number: number, Customer: c, Closed: noon, Lines: []fixture.Line{{Name: "Front brake pads"}}})
			lines = append(lines, int64(b.Count(`select id from order_lines where order_id = $1`, id)))
		}
		_, f := b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon, Line: lines[0]})
		b.Exec(`insert into follow_up_items (follow_up_id, line_id) values ($1, $2)`, f, lines[1])
		line := b.Strings(`select shop, customer, channel, state, playbook, step, orders from outreach_log`)[0]
		if line = strings.ReplaceAll(line, ", ", ","); line != "main Ana Example email planned declined-safety 1 1001,1002" {
			t.Errorf("the view says %q", line)
		}
	})
}

// TestHotQueriesUseTheirIndexes: what the statements that run all day ask for has
// an index in both engines, on a database large enough for the planner to care.
func TestHotQueriesUseTheirIndexes(t *testing.T) {
	queries := map[string]struct{ sql, index string }{
		"claim": {`select c.id, c.due_at from contacts c where c.state = 'planned' and c.channel = 'email'
			and c.next_at <= '2026-06-02T17:00:00.000000Z' and c.rehearsal = false order by c.next_at limit 50`, "contacts_due"},
		"idle": {`select 1 from contacts where state = 'planned' and channel = 'email'
			and next_at <= '2026-06-02T17:00:00.000000Z' and rehearsal = false limit 1`, "contacts_due"},
		"expire": {`select id from contacts where state in ('planned', 'open')
			and not_after < '2026-06-02T17:00:00.000000Z' order by not_after limit 400`, "contacts_expiring"},
		// SQLite takes the one by state, which finds the same few rows.
		"abandon": {`select id from contacts where state = 'handed' and state in ('handed', 'unconfirmed') and handed_by <> 1`, "contacts_in_doubt|contacts_log_kind (state=?)"},
		"in doubt": {`select id from contacts where state = 'unconfirmed' and state in ('handed', 'unconfirmed')
			and handed_at <= '2026-06-02T17:00:00.000000Z' and channel = 'sms' order by id limit 50`, "contacts_in_doubt"},
		"today": {`select count(*) from contacts where handed_at >= '2026-06-02T05:00:00.000000Z'
			and rehearsal = false and shop_id = 'main'`, "contacts_handed"},
		"history": {`select id from contacts where customer_id in (5, 6, 7) and rehearsal = false
			and (handed_at >= '2026-05-02T00:00:00Z' or ended_at >= '2026-05-02T00:00:00Z')`, "contacts_customer"},
		"reply waiting": {`select distinct customer_id from contacts where direction = 'in' and answered_at is null
			and customer_id in (5, 6, 7)`, "contacts_reply_waiting"},
	}
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		n := 20_000
		if !b.Postgres {
			n = 1_000 // it chooses by what it knows of the columns, not by size
		}
		manyPlanned(b, n, 20)
		b.Exec(`update contacts set state = 'accepted', handed_at = '2026-05-01T00:00:00.000000Z' where id > $1`, n/2)
		b.Exec(`update contact_events set to_state = 'accepted' where contact_id > $1`, n/2)
		b.Exec(`analyze`)
		for name, q := range queries {
			explain := "explain query plan "
			if b.Postgres {
				explain = "explain (costs off) "
			}
			plan := strings.Join(b.Strings(explain+q.sql), "\n")
			whole := regexp.MustCompile(`Seq Scan on contacts|SCAN (c|contacts)( |$)`)
			used := slices.ContainsFunc(strings.Split(q.index, "|"), func(index string) bool { return strings.Contains(plan, index) })
			if !used || whole.MatchString(plan) && !strings.Contains(plan, "USING INDEX") {
				t.Errorf("%s does not use %s:\n%s", name, q.index, plan)
			}
		}
	})
}

// TestWorkDoesNotReadTheTable runs what the daemon does all day, and asks
// PostgreSQL whether it had to read all contacts for it.
func TestWorkDoesNotReadTheTable(t *testing.T) {
	b := fixture.Open(t, testdb.Postgres(t))
	b.SQL.SetMaxOpenConns(1)
	manyPlanned(b, 20_000, 20)
	// What filling the books has read is counted now, by the connection that read it,
	// and not some seconds later among what is counted here. PostgreSQL 14 counts at once.
	b.Exec(`do $$ begin perform pg_stat_force_next_flush(); exception when undefined_function then null; end $$`)
	scans := func(kind string) int {
		return b.Count(`select coalesce(` + kind + `, 0) from pg_stat_user_tables where relname = 'contacts'`)
	}
	b.Exec(`select pg_stat_reset()`)
	ctx := t.Context()
	db, err := store.Open(ctx, store.Options{URL: b.URL, MaxConnections: 1})
	if err != nil {
		t.Fatal(err)
	}
	q, daemons := store.Queue{DB: db}, store.Daemons{DB: db}
	r := handOver(outreach.Email)
	r.ShopDay, r.PilotDay, r.SenderDay = map[string]time.Time{"main": noon}, noon, noon
	_, err = q.HandOver(ctx, r, everyOne(outreach.Handed, ""))
	errs := []error{err}
	_, err = q.Idle(ctx, r)
	errs = append(errs, err)
	_, err = q.Record(ctx, noon, "test", []outreach.Result{{ContactID: 1, Attempt: 1, State: outreach.Accepted}})
	errs = append(errs, err)
	_, err = q.Expire(ctx, noon, "test")
	errs = append(errs, err)
	_, err = q.InDoubt(ctx, noon, noon, outreach.Email, 10)
	errs = append(errs, err)
	_, err = daemons.Abandon(ctx, noon, 2, time.Minute)
	errs = append(errs, err)
	_, err = q.Trouble(ctx, noon)
	errs = append(errs, err, db.Close()) // which makes the server count
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); scans("idx_scan") == 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("the server counts nothing")
		}
	}
	if n := scans("seq_scan"); n != 0 {
		t.Errorf("all contacts were read %d times", n)
	}
}

// manyPlanned fills the books with contacts planned for the coming months, the
// first few of which are due at noon, each for a customer who can be mailed.
func manyPlanned(b *fixture.Books, n, due int) {
	series := fmt.Sprintf(`with recursive s(i) as (select 1 union all select i + 1 from s where i < %d) `, n)
	at := `strftime('%Y-%m-%dT%H:%M:%f', '2026-06-02 16:00:00', '+' || s.i || ' minutes') || '000Z'`
	week := `strftime('%Y-%m-%dT%H:%M:%f', '2026-06-09 16:00:00', '+' || s.i || ' minutes') || '000Z'`
	if b.Postgres {
		at = `timestamptz '2026-06-02 16:00:00Z' + s.i * interval '1 minute'`
		week = `timestamptz '2026-06-09 16:00:00Z' + s.i * interval '1 minute'`
	}
	early := strings.NewReplacer("'+' || s.i || ' minutes'", "'+0 minutes'", "s.i * interval", "0 * interval").Replace(at)
	when := fmt.Sprintf(`case when s.i <= %d then %s else %s end`, due, early, strings.ReplaceAll(at, "16:00:00", "18:00:00"))
	for _, statement := range []string{
		`insert into customers (id, first_name, last_name, time_zone, country) select i, 'Pat', 'Example', 'America/Chicago', 'US' from s where true`,
		`insert into addresses (customer_id, kind, value) select i, 'email', 'pat' || i || '@example.com' from s where true`,
		`insert into follow_ups (id, shop_id, customer_id, playbook_id, playbook_version, state, anchor_at, started_at)
		 select i, 'main', i, 'declined-safety', 1, 'active', '2026-06-01T00:00:00Z', '2026-06-01T00:00:00Z' from s where true`,
		`insert into contacts (shop_id, customer_id, follow_up_id, step, channel, state, playbook_id, playbook_version, template, due_at, next_at, not_after)
		 select 'main', i, i, 1, 'email', 'planned', 'declined-safety', 1, 'declined-safety-1', ` + when + `, ` + when + `, ` + week + ` from s where true`,
		`insert into contact_events (contact_id, at, to_state, by_whom)
		 select id, '2026-06-01T00:00:00Z', 'planned', 'test' from contacts`,
	} {
		if strings.Contains(statement, "from s ") {
			statement = series + statement
		}
		b.Exec(statement)
	}
	if b.Postgres {
		b.Exec(`vacuum analyze`) // what loading leaves to do is not part of any measurement
		b.Exec(`checkpoint`)
	} else {
		b.Exec(`analyze`)
	}
}

// BenchmarkHandOver hands over ten thousand due contacts among ever more that
// are not due. The time must follow the former.
func BenchmarkHandOver(b *testing.B) {
	const due = 10_000
	for engine, url := range map[string]func(testing.TB) string{"sqlite": testdb.SQLite, "postgres": testdb.Postgres} {
		for _, planned := range []int{100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d of %d", engine, due, planned), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					books := fixture.Open(b, url(b))
					manyPlanned(books, planned, due)
					q := store.Queue{DB: books.DB}
					r := handOver(outreach.Email)
					r.Limit = 200
					b.StartTimer()
					for left := due; left > 0; {
						rulings, err := q.HandOver(context.Background(), r, everyOne(outreach.Handed, ""))
						if err != nil || len(rulings) == 0 {
							b.Fatal(len(rulings), err)
						}
						left -= len(rulings)
					}
				}
				b.ReportMetric(float64(due*b.N)/b.Elapsed().Seconds(), "contacts/s")
			})
		}
	}
}
