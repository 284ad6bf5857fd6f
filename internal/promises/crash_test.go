package promises

import (
	"flag"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

var (
	crashKills    = flag.Int("crash.kills", 200, "how often the crash test kills a daemon, over both databases")
	crashContacts = flag.Int("crash.contacts", 3000, "how many contacts are due in the crash test, in each database")
	crashSeed     = flag.Uint64("crash.seed", 0, "the order of random moments in the crash test; 0 draws one")
)

// How many contacts a daemon has under way at once, at most: mails as configured
// here, texts as the program has it.
const (
	mailsAtOnce = 4
	textsAtOnce = 16
)

// TestKilledAtRandomMoments proves promises 1 to 3 against SIGKILL: no contact
// goes out twice, none is lost, none goes out after a no, and whoever is in
// doubt truly is.
func TestKilledAtRandomMoments(t *testing.T) {
	kills := *crashKills / 2
	if testing.Short() {
		kills = min(kills, 20)
	}
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("to draw the same moments again: -crash.seed=%d", seed)
	testdb.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		c := &crash{
			shop: openShop(t, url, "smtp.max_connections", strconv.Itoa(mailsAtOnce), "dispatch.batch", strconv.Itoa(mailsAtOnce),
				"dispatch.unconfirmed_ask_after", "1s"),
			rand: rand.New(rand.NewPCG(seed, 0)), kills: kills,
		}
		c.prepare(*crashContacts)
		crew := 1
		if !strings.HasPrefix(url, "sqlite:") {
			crew = 2 // several daemons share the work
		}
		c.torment(crew)
		c.settle()
		c.judge()
	})
}

// crash is one run of the crash test.
type crash struct {
	*shop
	rand     *rand.Rand
	kills    int
	contacts int
	killed   []int // process ids
}

// prepare fills the shop with customers, of whom one in twenty has said no, and
// puts a network between the daemons and the servers. The first daemon finds
// that the scan is overdue.
func (c *crash) prepare(contacts int) {
	c.t.Helper()
	c.contacts = contacts
	mail := startRelay(c.t, "tcp", c.mail.Addr(), 3*time.Millisecond)
	texts := startRelay(c.t, "tcp", strings.TrimPrefix(c.texts.URL(), "http://"), 6*time.Millisecond)
	c.sendThrough(mail.addr())
	c.configure("twilio.base_url", "http://"+texts.addr())
	for i, customer := range c.fill(contacts/3, contacts-contacts/3) {
		if i%20 == 0 {
			c.exec(`insert into opt_outs (address, reason, source, recorded_at) values ($1, 'asked', 'tester', $2)`,
				customer.address, when(c.now()))
		}
	}
	c.exec(`insert into schedules (shop_id, playbook_id, last_wall) values ('main', 'declined-safety', $1)`,
		when(c.now().AddDate(0, 0, -8)))
}

// torment keeps a crew of daemons at work and kills one of them again and
// again: the first times while they start and scan, then whenever some messages
// more have arrived, or after a while in which few did.
func (c *crash) torment(crew int) {
	c.t.Helper()
	daemons := make([]*daemon, crew)
	for i := range daemons {
		daemons[i] = launch(c.t, c.config)
	}
	perLife := c.contacts * 8 / 10 / c.kills
	for k := range c.kills {
		enough := 2 * time.Second
		if k < c.kills/10 {
			enough = time.Duration(c.rand.IntN(300)) * time.Millisecond // while it starts and scans
		}
		goal := c.taken() + c.rand.IntN(2*perLife+1)
		for since := c.now(); c.taken() < goal && time.Since(since) < enough; {
			time.Sleep(4 * time.Millisecond)
		}
		i := c.rand.IntN(crew)
		if daemons[i].ended() {
			c.t.Fatalf("a daemon ended by itself:\n%s", daemons[i].log.tail(2000))
		}
		daemons[i].kill()
		c.killed = append(c.killed, daemons[i].pid())
		daemons[i] = launch(c.t, c.config)
	}
	for _, d := range daemons {
		d.await("at work")
		d.stop()
	}
}

// settle runs daemons until there is nothing left to plan or to send and nobody left to ask.
func (c *crash) settle() {
	c.t.Helper()
	open := func() int { return c.unplanned() + c.due("planned") + c.due("handed") + c.askable() }
	for deadline := c.now().Add(patience); open() > 0; {
		if c.now().After(deadline) {
			c.t.Fatalf("left over: %d customers to plan for, %d contacts planned, %d handed over, %d to ask about",
				c.unplanned(), c.due("planned"), c.due("handed"), c.askable())
		}
		d := serve(c.t, c.config)
		for enough := c.now().Add(2 * time.Second); open() > 0 && c.now().Before(enough); {
			time.Sleep(10 * time.Millisecond)
		}
		d.stop()
	}
}

func (c *crash) unplanned() int { return c.count(`select count(*) from scan_todo`) }

// askable counts the contacts in doubt of which the provider was not asked yet.
func (c *crash) askable() int {
	return c.count(`select count(*) from contacts where state = 'unconfirmed' and channel = 'sms' and next_at <= $1`, when(c.now()))
}

func (c *crash) judge() {
	c.t.Helper()
	contacts, receipts := c.books()
	for _, what := range audit(contacts, receipts, c.casualties()) {
		c.t.Error(what)
	}
	if len(contacts) != c.contacts {
		c.t.Errorf("%d contacts came of %d declined repairs", len(contacts), c.contacts)
	}
	ends, doubts := map[string]int{}, 0
	for _, a := range contacts {
		ends[string(a.channel)+" "+string(a.state)]++
		if slices.Contains(a.history, event{outreach.Handed, outreach.Unconfirmed}) {
			doubts++
		}
		if want := a.state == outreach.Accepted || a.state == outreach.Unconfirmed; want == a.optedOut {
			c.t.Errorf("contact %d of somebody whose no is %t ended as %s", a.id, a.optedOut, a.state)
		}
	}
	if most := (mailsAtOnce + textsAtOnce) * c.kills; doubts > most {
		c.t.Errorf("%d contacts were in doubt, and %d kills explain at most %d", doubts, c.kills, most)
	}
	if doubts == 0 {
		c.t.Error("no kill met a contact under way: this run proves nothing")
	}
	c.t.Logf("%d kills; of %d contacts %d were in doubt; in the end: %v", c.kills, len(contacts), doubts, ends)
}

// casualties are the daemons that were killed, by their number in the log. One
// that was told to stop has signed off.
func (c *crash) casualties() (ids []int64) {
	c.t.Helper()
	rows, err := c.db.Query(`select id, pid from daemons where ended_at is null`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		var pid int
		if err := rows.Scan(&id, &pid); err != nil {
			c.t.Fatal(err)
		}
		if !slices.Contains(c.killed, pid) {
			c.t.Errorf("daemon %d was not killed and did not sign off", id)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return ids
}
