package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

func TestDocumentsInVersions(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, d := t.Context(), store.Documents{DB: b.DB}
		words := func(source string) outreach.Document {
			return outreach.Document{Name: "hello", Channel: outreach.SMS, Locale: "en", Source: source}
		}
		plan := func(source string) outreach.Document { return outreach.Document{Name: "safety", Source: source} }
		for i, want := range []int{2, 0} {
			n, err := d.Seed(ctx, noon, []outreach.Document{words("one")}, []outreach.Document{plan("one")})
			if err != nil || n != want {
				t.Errorf("seed %d wrote %d, %v; want %d", i+1, n, err, want)
			}
		}
		_, before, err := d.InForce(ctx, noon)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			source  string
			version int
			added   bool
		}{{"one", 1, false}, {"two", 2, true}, {"two", 2, false}, {"one", 3, true}} {
			version, added, err := d.AddTemplate(ctx, noon, words(step.source), "jdoe", "")
			if err != nil || version != step.version || added != step.added {
				t.Errorf("template %q: version %d, added %t, %v; want %+v", step.source, version, added, err, step)
			}
			version, added, err = d.AddPlaybook(ctx, noon, plan(step.source), "jdoe")
			if err != nil || version != step.version || added != step.added {
				t.Errorf("playbook %q: version %d, added %t, %v; want %+v", step.source, version, added, err, step)
			}
		}
		docs, after, err := d.InForce(ctx, noon)
		if err != nil || after != before+4 {
			t.Errorf("revision %d after four changes from %d, %v", after, before, err)
		}
		if len(docs.Templates) != 1 || docs.Templates[0].Version != 3 || len(docs.Playbooks) != 1 || docs.Playbooks[0].Version != 3 || len(docs.Past) != 2 {
			t.Errorf("in force: %+v", docs)
		}
		b.Exec(`update template_versions set effective_from = $1 where version = 3`, noon.Add(time.Hour))
		for at, want := range map[time.Time]int{noon: 0, noon.Add(time.Hour): 1} {
			if docs, _, err := d.InForce(ctx, at); err != nil || len(docs.Templates) != want {
				t.Errorf("at %v %d templates are in force, %v; want %d", at, len(docs.Templates), err, want)
			}
		}
		rows, err := d.Templates(ctx)
		var states []string
		for _, r := range rows {
			states = append(states, fmt.Sprintf("%d %s", r.Version, r.State))
		}
		if err != nil || !slices.Equal(states, []string{"3 approved", "2 retired", "1 retired"}) {
			t.Errorf("versions %v, %v", states, err)
		}
	})
}

func TestInstallationKeepsItsName(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		c := store.Controls{DB: b.DB}
		for _, fresh := range []string{"first", "second"} {
			if name, err := c.Installation(t.Context(), noon, fresh); err != nil || name != "first" {
				t.Errorf("named %q, %v", name, err)
			}
		}
	})
}

func TestCallIsRecordedOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		end  store.CallEnd
		want map[string]string // query to its first row
	}{
		"reached": {store.CallEnd{Outcome: outreach.CallReached, Note: "will think about it"}, map[string]string{
			`select why from contact_events where to_state = 'reached'`: "call: reached: will think about it",
			`select state from follow_ups`:                              "active",
			`select state from contacts where step = 2`:                 "planned",
		}},
		"booked": {store.CallEnd{Outcome: outreach.CallBooked, EndReason: "already_booked"}, map[string]string{
			`select state, end_reason from follow_ups`:  "ended already_booked",
			`select state from contacts where step = 2`: "canceled",
		}},
		"asked to stop": {store.CallEnd{Outcome: outreach.CallRefused, OptOut: true, EndReason: "opted_out"}, map[string]string{
			`select count(*) from opt_outs where channel = '' and shop_id = '' and lifted_at is null`: "2",
		}},
		"wrong number": {store.CallEnd{Outcome: outreach.CallWrong, Invalidate: true}, map[string]string{
			`select status from addresses where kind = 'phone'`: "invalid",
			`select status from addresses where kind = 'email'`: "ok",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			fixture.Each(t, func(t *testing.T, b *fixture.Books) {
				ctx, calls := t.Context(), store.Calls{DB: b.DB}
				c := b.AddCustomer(fixture.Customer{Phone: "+13125550101", Email: "ana@example.com"})
				id, f := b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Call, Due: noon})
				b.AddPlanned(fixture.Planned{Customer: c, FollowUp: f, Step: 2, Channel: outreach.SMS, Due: noon.AddDate(0, 0, 20)})
				end := tc.end
				end.ContactID, end.Who = id, "jdoe"
				if err := calls.End(ctx, noon, end); !errors.Is(err, store.ErrNotOpen) {
					t.Errorf("a call that is only planned was recorded: %v", err)
				}
				if _, err := (store.Queue{DB: b.DB}).HandOver(ctx, handOver(outreach.Call), everyOne(outreach.CallOpen, "")); err != nil {
					t.Fatal(err)
				}
				if err := calls.End(ctx, noon, end); err != nil {
					t.Fatal(err)
				}
				if err := calls.End(ctx, noon, end); !errors.Is(err, store.ErrNotOpen) {
					t.Errorf("recorded a second time: %v", err)
				}
				for query, want := range tc.want {
					if got := b.Strings(query)[0]; got != want {
						t.Errorf("%s: %q, want %q", query, got, want)
					}
				}
			})
		})
	}
}

func TestConsentLedgerOnlyGrows(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, c := t.Context(), store.Consents{DB: b.DB}
		ana := b.AddCustomer(fixture.Customer{Phone: "+13125550101"})
		given := outreach.Consent{
			CustomerID: ana, Channel: outreach.SMS, State: outreach.ConsentGiven, Basis: outreach.ConsentWritten,
			Wording: "I agree", Source: "paper", OccurredAt: noon.AddDate(-1, 0, 0), ExpiresAt: noon.AddDate(1, 0, 0),
		}
		revoked := given
		revoked.State, revoked.OccurredAt = outreach.ConsentRevoked, noon
		if err := c.Record(ctx, noon, given, revoked); err != nil {
			t.Fatal(err)
		}
		nobody := given
		nobody.CustomerID = 999
		if err := c.Record(ctx, noon, given, nobody); err == nil {
			t.Error("a consent of nobody was taken")
		}
		if got := b.Strings(`select state, basis, wording from consents order by id`); !slices.Equal(got,
			[]string{"given written I agree", "revoked written I agree"}) {
			t.Errorf("ledger: %v", got)
		}
	})
}

func TestLogIsReadInPages(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		const n = 1203
		manyPlanned(b, n, 0)
		order := b.AddOrder(fixture.Order{Number: "A_1", Customer: 7, Closed: noon, Lines: []fixture.Line{{Name: "Front brake pads"}}})
		b.Exec(`insert into follow_up_items (follow_up_id, line_id) select 7, id from order_lines where order_id = $1`, order)
		b.Exec(`update customers set last_name = 'O''Sample_%' where id = 7`)
		b.Exec(`update contacts set channel = 'sms', playbook_id = 'other', state = 'suppressed', reason = 'opted_out', ended_at = $1 where id = 7`, noon)
		b.Exec(`update contact_events set to_state = 'suppressed' where contact_id = 7`)
		l := store.Log{DB: b.DB}
		var times []time.Time
		read := func(f store.LogFilter) (ids []int64) {
			t.Helper()
			err := l.Each(t.Context(), f, func(e store.LogEntry) error { ids, times = append(ids, e.ID), append(times, e.When()); return nil })
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		all := read(store.LogFilter{})
		if len(all) != n || !slices.IsSortedFunc(times, func(a, b time.Time) int { return b.Compare(a) }) {
			t.Errorf("%d entries, newest first: %v …", len(all), all[:3])
		}
		for name, f := range map[string]store.LogFilter{
			"id":       {ID: 7},
			"customer": {Customer: "o'sample_%"},
			"order":    {Order: "A_1"},
			"channel":  {Channel: outreach.SMS},
			"state":    {States: []outreach.State{outreach.Suppressed, outreach.Failed}},
			"playbook": {Playbook: "other"},
		} {
			if got := read(f); !slices.Equal(got, []int64{7}) {
				t.Errorf("by %s: %v", name, got)
			}
		}
		if got := read(store.LogFilter{Limit: 600}); len(got) != 600 || got[0] != n {
			t.Errorf("with a limit: %d entries from %d", len(got), got[0])
		}
		if got := read(store.LogFilter{Soonest: true, Limit: 2, States: []outreach.State{outreach.Planned}}); !slices.Equal(got, []int64{1, 2}) {
			t.Errorf("the soonest: %v", got)
		}
		if got := read(store.LogFilter{Shop: "nowhere"}); len(got) != 0 {
			t.Errorf("of another shop: %v", got)
		}
		boom := errors.New("enough")
		if err := l.Each(t.Context(), store.LogFilter{}, func(store.LogEntry) error { return boom }); !errors.Is(err, boom) {
			t.Errorf("the reader's own error came back as %v", err)
		}
		tallies, err := l.Tallies(t.Context(), false)
		if err != nil || len(tallies) != 2 || tallies[0].Count != n-1 || tallies[1].Reason != "opted_out" {
			t.Errorf("tallies %+v, %v", tallies, err)
		}
		found, err := l.Found(t.Context(), false)
		if err != nil || found != (store.Found{Orders: 1, Open: 1, FollowUps: n, Customers: n}) {
			t.Errorf("found %+v, %v", found, err)
		}
	})
}

// TestCopyIsTheSame: what a rehearsal works on says the same as the original,
// and changes to it do not reach the original.
func TestCopyIsTheSame(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx := t.Context()
		ana := b.AddCustomer(fixture.Customer{Name: "Ana Example", Email: "ana@example.com", Texts: true, Phone: "+13125550101"})
		b.Declines(ana, noon, "Front brake pads")
		b.Exec(`delete from scan_marks`)
		b.AddPlanned(fixture.Planned{Customer: ana, Channel: outreach.Email, Due: noon})
		b.AddCanceled(fixture.Canceled{Customer: ana, At: noon})
		path := filepath.Join(t.TempDir(), "copy.db")
		other, err := b.CopyTo(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := other.Close(); err != nil {
				t.Error(err)
			}
		}()
		twin := fixture.Open(t, "sqlite:"+path)
		for _, table := range []string{
			"customers", "addresses", "consents", "vehicles", "orders", "order_lines", "canceled_orders", "follow_ups", "contacts", "scan_marks",
		} {
			if a, c := b.Count(`select count(*) from `+table), twin.Count(`select count(*) from `+table); a != c {
				t.Errorf("%s: %d rows, %d in the copy", table, a, c)
			}
		}
		read := func(db *store.DB) string {
			t.Helper()
			var d outreach.Due
			_, err := store.Queue{DB: db}.HandOver(ctx, handOver(outreach.Email), func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
				d = due[0]
				return everyOne(outreach.Suppressed, "")(inst, due)
			})
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%+v %+v %+v %+v", d.Contact, d.Customer, d.Addresses, d.Consents)
		}
		inCopy := read(other)
		if n := b.Count(`select count(*) from contacts where state = 'planned'`); n != 1 {
			t.Fatal("the original was changed")
		}
		if original := read(b.DB); original != inCopy {
			t.Errorf("original %s\ncopy     %s", original, inCopy)
		}
		twin.Exec(`delete from contact_events`) // from PostgreSQL, histories stay behind
	})
}

func TestMigrateTwiceAndByManyAtOnce(t *testing.T) {
	testdb.EachURL(t, func(t *testing.T, url string) {
		ctx := t.Context()
		var dbs []*store.DB
		for range 3 {
			db, err := store.Open(ctx, store.Options{URL: url, MaxConnections: 3})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}()
			dbs = append(dbs, db)
		}
		if fresh, err := dbs[0].CheckSchema(ctx); !fresh || !errors.Is(err, store.ErrOldSchema) {
			t.Errorf("an empty database: %t, %v", fresh, err)
		}
		if strings.HasPrefix(url, "sqlite:") {
			dbs = dbs[:1] // others are kept out by its lock
		}
		var wg sync.WaitGroup
		for _, db := range dbs {
			wg.Go(func() {
				if _, err := db.Migrate(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n, err := dbs[0].Migrate(ctx); n != 0 || err != nil {
			t.Errorf("migrating again took %d steps, %v", n, err)
		}
		if fresh, err := dbs[0].CheckSchema(ctx); fresh || err != nil {
			t.Errorf("a present database: %t, %v", fresh, err)
		}
		b := fixture.Open(t, url)
		b.Exec(`insert into goose_db_version (version_id, is_applied) values (9999, $1)`, true)
		if _, err := dbs[0].CheckSchema(ctx); !errors.Is(err, store.ErrNewSchema) {
			t.Errorf("a database of a newer program: %v", err)
		}
		if _, err := dbs[0].Migrate(ctx); !errors.Is(err, store.ErrNewSchema) {
			t.Errorf("migrating a database of a newer program: %v", err)
		}
	})
}

func TestLockIsForOne(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		release, err := b.Lock()
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Lock()
		if b.Postgres {
			if err != nil {
				t.Errorf("a second daemon on PostgreSQL: %v", err)
			}
			return
		}
		if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), "stop it first") {
			t.Errorf("a second daemon on one file: %v", err)
		}
		if err := release(); err != nil {
			t.Fatal(err)
		}
		again, err := b.Lock()
		if err != nil {
			t.Fatalf("after the first has gone: %v", err)
		}
		if err := again(); err != nil {
			t.Error(err)
		}
	})
}

func TestOpenTellsWhatIsWrong(t *testing.T) {
	for url, want := range map[string]string{
		"mysql://somewhere/db":                       "must begin with",
		"postgres://u:topsecret@\x7f/db":             "cannot be read",
		"postgres://u:topsecret@/db?host=/nowhere.x": "reach database PostgreSQL",
		"sqlite:/nowhere/at/all.db":                  "/nowhere/at/all.db",
	} {
		db, err := store.Open(t.Context(), store.Options{URL: url})
		if err == nil {
			t.Errorf("%s was opened", url)
			_ = db.Close() // the test has failed already
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%q: %v, want %q and no password", url, err, want)
		}
	}
}
