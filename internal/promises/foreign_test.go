package promises

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// TestRowsOfOtherPrograms: what is written straight into the tables is found by
// the next scan, also what changes later.
func TestRowsOfOtherPrograms(t *testing.T) {
	testdb.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		s := openShop(t, url)
		s.plan() // the first scan looks at everything; those that follow at what changed
		people := s.fill(5, 0)
		s.exec(`update order_lines set auth = 'undecided' where order_id in (select id from orders where customer_id = $1)`, people[0].id)
		s.exec(`update orders set customer_id = null where customer_id = $1`, people[1].id)
		s.plan()
		s.expectPlanned(people, false, false, true, true, true)

		s.exec(`update order_lines set auth = 'declined' where auth = 'undecided'`)
		s.exec(`update orders set customer_id = $1 where customer_id is null`, people[1].id)
		s.plan()
		s.expectPlanned(people, true, true, true, true, true)

		s.exec(`update order_lines set auth = 'authorized' where order_id in (select id from orders where customer_id = $1)`, people[2].id)
		s.exec(`update order_lines set done_at = $2 where order_id in (select id from orders where customer_id = $1)`, people[3].id, when(s.now()))
		s.plan()
		s.expectPlanned(people, true, true, false, false, true)
	})
}

// TestRowsCommittedLate: a transaction that was begun first and is committed
// last is not overtaken by the scans in between. (On SQLite writers wait for
// each other, so this cannot come about.)
func TestRowsCommittedLate(t *testing.T) {
	t.Parallel()
	s := openShop(t, testdb.Postgres(t))
	s.plan()
	people := s.fill(1, 0)
	early := customer{channel: outreach.Email, address: "early@example.test"}
	tx := s.begin()
	early = newWriter(t, tx).customer(s.place, early)
	people = append(people, early)
	late := s.fill(1, 0)
	people = append(people, late...)
	s.plan()
	s.expectPlanned(people, true, false, true)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	s.plan()
	s.expectPlanned(people, true, true, true)
}

// TestScanAfterAKilledOne: what a killed daemon's transaction still holds is not
// passed over by the scan that takes its place.
func TestScanAfterAKilledOne(t *testing.T) {
	t.Parallel()
	s := openShop(t, testdb.Postgres(t))
	s.plan()
	people := s.fill(3, 0)
	s.exec(`insert into scan_todo (shop_id, playbook_id, customer_id, marked_at) values ('main', 'declined-safety', $1, now())`, people[0].id)
	dying := s.begin()
	if _, err := dying.Exec(`select 1 from scan_todo for update`); err != nil {
		t.Fatal(err)
	}
	s.exec(`delete from scan_marks where customer_id = $1`, people[0].id)
	scanned := make(chan struct{})
	go func() {
		defer close(scanned)
		s.plan()
	}()
	eventually(t, "the scan to wait or to end", func() bool {
		select {
		case <-scanned:
			return true
		default:
			return s.count(`select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`) > 0
		}
	})
	if err := dying.Rollback(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-scanned:
	case <-time.After(patience):
		t.Fatal("the scan never ended")
	}
	s.expectPlanned(people, true, true, true)
}

func (s *shop) begin() *sql.Tx {
	s.t.Helper()
	tx, err := s.db.Begin()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = tx.Rollback() }) // after a commit it does nothing
	return tx
}

// expectPlanned says for each customer whether a contact is planned.
func (s *shop) expectPlanned(people []customer, want ...bool) {
	s.t.Helper()
	for i, p := range people {
		got := s.count(`select count(*) from contacts where customer_id = $1 and step = 1 and state = 'planned'`, p.id) == 1
		if got != want[i] {
			s.t.Errorf("%s: a contact is planned: %t, want %t", strings.Split(p.address, "@")[0], got, want[i])
		}
	}
}
