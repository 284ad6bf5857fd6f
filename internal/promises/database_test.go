package promises

import (
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// through leads the connections to a PostgreSQL server over a relay.
func through(t testing.TB, direct string) (r *relay, detour string) {
	t.Helper()
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	r = startRelay(t, "unix", filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432"), 0)
	return r, "postgres://postgres@" + r.addr() + u.Path + "?sslmode=disable"
}

// TestDatabaseIsGoneForAWhile takes the database away while hand-overs and
// results are under way. The daemon keeps what it knows and writes it down when
// the database is back: nothing is lost, nothing goes twice, nobody is in doubt.
func TestDatabaseIsGoneForAWhile(t *testing.T) {
	t.Parallel()
	direct := testdb.Postgres(t)
	network, detour := through(t, direct)
	s := openShop(t, direct, "database.url", detour)
	mail := startRelay(t, "tcp", s.mail.Addr(), 5*time.Millisecond)
	s.sendThrough(mail.addr())
	s.configure()
	const contacts = 600
	s.fill(contacts/2, contacts/2)
	s.plan()
	d := serve(t, s.config)
	for _, arrived := range []int{contacts / 10, contacts / 2} {
		eventually(t, "messages to be under way", func() bool { return s.taken() >= arrived })
		s.away(d, network)
	}
	s.awaitRest()
	d.stop()
	contactsKept, receipts := s.books()
	for _, what := range audit(contactsKept, receipts, nil) {
		t.Error(what)
	}
	for _, c := range contactsKept {
		if c.state != outreach.Accepted {
			t.Errorf("contact %d ended as %s", c.id, c.state)
		}
	}
	if len(contactsKept) != contacts {
		t.Errorf("%d contacts of %d", len(contactsKept), contacts)
	}
}

// away cuts the daemon off from its database until it has noticed.
func (s *shop) away(d *daemon, network *relay) {
	s.t.Helper()
	complaints := func() int { return d.log.count("hand-over failed") + d.log.count("results could not be recorded") }
	before := complaints()
	network.goDown()
	eventually(s.t, "the daemon to miss its database", func() bool { return complaints() >= before+2 })
	network.comeBack()
}
