package promises

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/inbound/twilio"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

const (
	linkKey   = "0123456789abcdef0123456789abcdef"
	ourNumber = "+12125550124" // as in the configuration

	// tries is how often a message is handed over to a provider that keeps saying
	// "later": the more often, the more chances to come too late.
	tries = 20
)

// listening is a shop that also hears: Twilio can call its daemons and customers
// can reach their pages, all by one public address.
type listening struct {
	*shop
	public  string
	browser *http.Client
	homes   []string // where the daemons listen
	configs []string // a daemon each
	crew    []*daemon

	mu   sync.Mutex
	sids []string // of customers' texts
}

var homes atomic.Uint32

// home is an address to listen at that no other test has, and that the kernel
// gives to no outgoing connection.
func home() string {
	n := homes.Add(1)
	return fmt.Sprintf("127.%d.%d.%d:8417", 1+os.Getpid()%250, n/250, 1+n%250)
}

// openListening sets up a shop with daemons on one database: several where it is
// PostgreSQL. They are not started yet.
func openListening(t testing.TB, dbURL string, settings ...string) *listening {
	t.Helper()
	l := &listening{
		shop: openShop(t, dbURL), browser: &http.Client{
			Transport:     &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	l.homes = append(l.homes, home())
	if !strings.HasPrefix(dbURL, "sqlite:") {
		l.homes = append(l.homes, home())
	}
	l.public = "http://" + startFront(t, l.homes...).addr()
	var err error
	l.texts, err = twiliofake.Start(twiliofake.Options{InboundURL: l.public + twilio.PathInbound + "#rc=2&rp=all"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.texts.Close() })
	l.configure(append(settings, "public_url", l.public, "link_key", linkKey, "twilio.base_url", l.texts.URL(),
		"inbound.sms", "poll", "inbound.poll_every", "10s",
		"smtp.max_connections", "4", "dispatch.batch", "16", "dispatch.max_attempts", fmt.Sprint(tries))...)
	for i, address := range l.homes {
		l.configure("http.listen", address)
		own := filepath.Join(l.dir, fmt.Sprintf("courtesy-%d.yaml", i))
		if err := os.Rename(l.config, own); err != nil {
			t.Fatal(err)
		}
		l.configs = append(l.configs, own)
	}
	l.config = l.configs[0]
	return l
}

// start sets the daemons to work.
func (l *listening) start() {
	l.t.Helper()
	for _, own := range l.configs {
		l.crew = append(l.crew, serve(l.t, own))
	}
}

// crash ends a daemon by force and starts another in its place.
func (l *listening) crash() {
	l.t.Helper()
	i := rand.IntN(len(l.crew))
	if l.crew[i].ended() {
		l.t.Fatalf("a daemon ended by itself:\n%s", l.crew[i].log.tail(2000))
	}
	l.crew[i].kill()
	l.crew[i] = launch(l.t, l.configs[i])
}

// awaitCrew waits until all daemons are at work.
func (l *listening) awaitCrew() {
	l.t.Helper()
	for _, d := range l.crew {
		d.await("at work")
	}
}

// rest lets everything come to its end, with providers that behave again: new
// daemons settle at once what crashed ones left.
func (l *listening) rest() {
	l.t.Helper()
	l.texts.ClearFaults()
	l.mail.ClearRules()
	for open := true; open; {
		l.awaitCrew()
		l.stop()
		l.start()
		for enough := l.now().Add(2 * time.Second); open && l.now().Before(enough); time.Sleep(10 * time.Millisecond) {
			open = l.due(outreach.Planned)+l.due(outreach.Handed) > 0
		}
	}
	l.stop()
}

// stop ends the daemons in good order.
func (l *listening) stop() {
	l.t.Helper()
	for _, d := range l.crew {
		d.stop()
	}
	l.crew = nil
}

// sayLater makes the provider of a customer's messages put them off a number of
// times, 0 for ever. A slow one asks for a second's patience each time.
func (l *listening) sayLater(c customer, times int, slow bool) {
	if c.channel == outreach.SMS {
		later := twiliofake.Fault{To: c.address, Status: http.StatusTooManyRequests, Code: 20429, Times: times}
		if slow {
			later.RetryAfter = "1"
		}
		l.texts.Add(later)
		return
	}
	l.mail.Add(smtpfake.Rule{Stage: smtpfake.OnRcpt, To: c.address, Reply: "450 4.2.1 later", Times: times})
}

// remember enters for every follow-up a message that its customer has had nine
// days ago, whose links they may press now, and gives those with a number a mail
// address, too.
func (l *listening) remember() {
	l.t.Helper()
	ago := when(l.now().AddDate(0, 0, -9))
	l.exec(`insert into contacts (shop_id, customer_id, follow_up_id, channel, state, template, attempts, handed_at, provider)
		select shop_id, customer_id, follow_up_id, channel, 'accepted', template, 1, cast($1 as text)`+l.asInstant()+`, 'twilio'
		from contacts where step = 1`, ago)
	l.exec(`insert into contact_words (contact_id, address, body)
		select c.id, a.value, 'hello' from contacts c join addresses a on a.customer_id = c.customer_id where c.attempts = 1`)
	l.exec(`insert into contact_items (contact_id, line_id)
		select c.id, i.line_id from contacts c join follow_up_items i on i.follow_up_id = c.follow_up_id where c.attempts = 1`)
	l.exec(`insert into addresses (customer_id, kind, value)
		select customer_id, 'email', 'also' || customer_id || '@example.test' from addresses where kind = 'phone'`)
}

// asInstant makes a PostgreSQL instant of the text before it.
func (s *shop) asInstant() string {
	if strings.HasPrefix(s.url, "sqlite:") {
		return ""
	}
	return "::timestamptz"
}

// linksOf returns the links in the message that a customer has had.
func (l *listening) linksOf(c customer) (page, unsubscribe string) {
	l.t.Helper()
	cfg, err := config.Load(l.configs[0])
	if err != nil {
		l.t.Fatal(err)
	}
	var installation string
	if err := l.db.QueryRow(`select value from controls where name = 'installation'`).Scan(&installation); err != nil {
		l.t.Fatal(err)
	}
	to := app.Signer(cfg, installation).For(int64(l.count(`select id from contacts where customer_id = $1 and step = 0 and direction = 'out' and answers is null`, c.id)))
	return to.Page, to.Unsubscribe
}

// text lets a customer send a text of which Twilio tells the daemons. It returns
// when they have it, by whichever way.
func (l *listening) text(c customer, body string) {
	l.t.Helper()
	sid, err := l.texts.Text(context.Background(), twiliofake.Incoming{From: c.address, To: ourNumber, Body: body})
	l.note(sid)
	if err != nil {
		l.awaitText(sid) // nobody was at home: the daemons ask for it
	}
}

// leave lets a customer send a text of which Twilio tells only who asks.
func (l *listening) leave(c customer, body string) {
	l.t.Helper()
	sid := l.texts.Put(twiliofake.Message{
		CreatedAt: l.now().UTC().Truncate(time.Second), From: c.address, To: ourNumber, Body: body,
		Direction: "inbound", Status: "received",
	})
	l.note(sid)
	l.awaitText(sid)
}

func (l *listening) note(sid string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sids = append(l.sids, sid)
}

func (l *listening) awaitText(sid string) {
	l.t.Helper()
	atLength(l.t, "a text to be asked for", func() bool {
		return l.count(`select count(*) from contacts where direction = 'in' and provider_id = $1`, sid) > 0
	})
}

// press posts a form until the answer is the one that says "done": whoever meets
// a daemon that dies presses again.
func (l *listening) press(link string, done int, form url.Values) {
	l.t.Helper()
	eventually(l.t, "an answer to a press", func() bool {
		res, err := l.browser.PostForm(link, form)
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == done
	})
}

// choose presses a button of the page.
func (l *listening) choose(c customer, action outreach.Action) {
	l.t.Helper()
	page, _ := l.linksOf(c)
	l.press(page, http.StatusSeeOther, url.Values{"key": {"k" + string(action)}, "do": {string(action)}})
}

// command runs a command of the program, which must succeed.
func (l *listening) command(args ...string) {
	l.t.Helper()
	if said, ok := courtesyd(l.t, l.config, args...); !ok {
		l.t.Errorf("courtesyd %s: %s", strings.Join(args, " "), said)
	}
}

// finishTask records how a person dealt with what a customer said.
func (l *listening) finishTask(c customer, outcome string) {
	l.t.Helper()
	task := l.count(`select id from tasks where customer_id = $1 and done_at is null`, c.id)
	l.command("replies", "done", fmt.Sprint(task), outcome)
}

// happening is something that a customer or another program does while messages
// for the customer are handed over.
type happening struct {
	to   customer
	slow bool // it may take a while until the daemons know
	do   func()
}

// hold keeps the messages of those back to whom something will happen.
func (l *listening) hold(happenings []happening) {
	l.t.Helper()
	for _, h := range happenings {
		l.exec(`update contacts set next_at = $2 where customer_id = $1 and step = 1`, h.to.id, when(l.now().Add(time.Hour)))
	}
}

// unleash lets things happen, some at a time: each when its customer's message
// has been handed over a few times, and is still being put off. In between,
// daemons crash. It returns when all has happened.
func (l *listening) unleash(happenings []happening, crashes int) {
	l.t.Helper()
	rand.Shuffle(len(happenings), func(i, j int) { happenings[i], happenings[j] = happenings[j], happenings[i] })
	slices.SortStableFunc(happenings, func(a, b happening) int { // so that the slow ones do not have to be waited for
		switch {
		case a.slow == b.slow:
			return 0
		case a.slow:
			return -1
		}
		return 1
	})
	var doing sync.WaitGroup
	atOnce := make(chan struct{}, 8)
	for i, h := range happenings {
		if !h.slow {
			atOnce <- struct{}{}
		}
		if crashes > 0 && i%(len(happenings)/crashes) == len(happenings)/crashes/2 {
			l.crash()
		}
		doing.Go(func() {
			if !h.slow {
				defer func() { <-atOnce }()
			}
			l.release(h.to, 1+rand.IntN(tries/4))
			h.do()
		})
	}
	doing.Wait()
}

// release lets a customer's message go and waits until it was handed over a
// number of times, or is in doubt after a crash.
func (l *listening) release(c customer, times int) {
	l.t.Helper()
	l.exec(`update contacts set next_at = $2 where customer_id = $1 and step = 1`, c.id, when(l.now()))
	eventually(l.t, "a message to be handed over", func() bool {
		return l.count(`select count(*) from contacts where customer_id = $1 and step = 1
			and (attempts >= $2 or state not in ('planned', 'handed'))`, c.id, times) > 0
	})
}

// repeat lets Twilio bring every text once more, also those that were asked for.
func (l *listening) repeat() {
	l.t.Helper()
	for _, sid := range l.sids {
		if err := l.texts.Announce(context.Background(), sid); err != nil {
			l.t.Error(err)
		}
	}
}

// expectOnce compares the texts in Twilio's books with those on record.
func (l *listening) expectOnce() {
	l.t.Helper()
	if n := l.count(`select count(*) from contacts where direction = 'in' and provider = 'twilio'`); n != len(l.sids) {
		l.t.Errorf("customers sent %d texts, and %d are on record", len(l.sids), n)
	}
	for _, sid := range l.sids {
		if n := l.count(`select count(*) from contacts where direction = 'in' and provider_id = $1`, sid); n != 1 {
			l.t.Errorf("a text is on record %d times", n)
		}
	}
}

// arrived counts the messages in the servers' books for addresses.
func (s *shop) arrived(addresses ...string) (n int) {
	for _, address := range addresses {
		for _, m := range s.mail.Accepted() {
			if m.To == address {
				n++
			}
		}
		for _, m := range s.texts.Created() {
			if m.To == address {
				n++
			}
		}
	}
	return n
}
