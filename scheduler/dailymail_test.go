package scheduler_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	netmail "net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/notify/email"
	"github.com/courtesyd/courtesyd/scheduler"
)

// frontDesk is a shop whose people are told in the morning: a real database, a real
// sender, a mail server that can misbehave, and a clock that stands until it is set.
type frontDesk struct {
	*fixture.Books
	t      *testing.T
	now    time.Time
	server *smtpfake.Server
	lane   scheduler.Lane
	open   func(day time.Time) bool
	at     outreach.TimeOfDay
	words  func(u outreach.User) string // what waits for somebody
	log    *bytes.Buffer
}

func eachFrontDesk(t *testing.T, f func(d *frontDesk)) {
	t.Helper()
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		d := &frontDesk{Books: b, t: t, at: 7*60 + 30, log: &bytes.Buffer{}}
		d.words = func(outreach.User) string { return "3 customers wait for an answer.\n" }
		d.open = func(day time.Time) bool { return day.Weekday() != time.Sunday }
		var err error
		d.server, err = smtpfake.Start(smtpfake.Options{KeepData: true})
		d.must(err)
		composer, err := email.NewComposer(email.ComposerConfig{
			Installation: "test", Default: email.Identity{Name: "Example Auto Care", Address: "service@shop.test"},
			ReturnPath: email.ReturnPath{Mailbox: "bounce", Domain: "bounces.shop.test", Key: []byte("0123456789abcdef")},
			Now:        func() time.Time { return d.now },
		})
		d.must(err)
		host, port, err := net.SplitHostPort(d.server.Addr())
		d.must(err)
		number, err := strconv.Atoi(port)
		d.must(err)
		sender, err := email.New(email.Config{Host: host, Port: number, TLS: email.NoTLS}, composer)
		d.must(err)
		d.lane = scheduler.Lane{Channel: outreach.Email, Sender: sender}
		t.Cleanup(func() {
			_ = sender.Close()
			_ = d.server.Close()
		})
		f(d)
	})
}

func (d *frontDesk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *frontDesk) add(login, address string) outreach.User {
	d.t.Helper()
	u := outreach.User{Login: login, Name: strings.ToUpper(login), Role: outreach.RoleManager, Email: address}
	var err error
	u.ID, err = store.Users{DB: d.DB}.Add(d.t.Context(), d.now, "test", u, "")
	d.must(err)
	return u
}

func (d *frontDesk) change(u outreach.User) {
	d.t.Helper()
	d.must(store.Users{DB: d.DB}.Change(d.t.Context(), d.now, "test", u))
}

// DailyMail implements scheduler.Letters.
func (d *frontDesk) DailyMail(_ context.Context, _ time.Time, to outreach.User) (subject, text string, err error) {
	return "Tuesday, June 2: 3 replies waiting", d.words(to), nil
}

// hire starts a daemon, which remembers nothing.
func (d *frontDesk) hire() *scheduler.DailyMail {
	return &scheduler.DailyMail{
		At: d.at, Book: store.DailyMails{DB: d.DB}, Letters: d, Cases: store.Recovery{DB: d.DB}, Lane: d.lane,
		Shops: []scheduler.Shop{{Shop: fixture.MainShop(), Closed: func(day time.Time) bool { return !d.open(day) }}},
		Log:   slog.New(slog.NewTextHandler(d.log, nil)), Now: func() time.Time { return d.now },
	}
}

// looks sets the clock and has a daemon look that has just been started.
func (d *frontDesk) looks(when string) {
	d.t.Helper()
	d.now = wall(d.t, when)
	d.must(d.hire().Look(d.t.Context(), d.t.Context()))
}

// sent is how many mails of a day the server took for an address.
func (d *frontDesk) sent(address, day string) int {
	n := 0
	for _, m := range d.server.Accepted() {
		if m.To == address && strings.Contains(m.MessageID, day) {
			n++
		}
	}
	return n
}

func (d *frontDesk) expect(address, day string, want int) {
	d.t.Helper()
	if got := d.sent(address, day); got != want {
		d.t.Errorf("at %s %s was told %d times on %s, want %d", d.now.In(location(d.t, fixture.Zone)).Format("Jan 2 15:04"), address, got, day, want)
	}
}

func (d *frontDesk) outcomes() []string {
	d.t.Helper()
	return d.Strings(`select outcome from daily_mails order by day, user_id`)
}

// Once on each morning on which somebody is at work, whatever is restarted, and
// never later than noon.
func TestDailyMailOnceAMorning(t *testing.T) {
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(t, "2026-06-01 12:00")
		d.add("pat", "pat@example.com")
		d.add("kim", "")
		gone := d.add("lee", "lee@example.com")
		gone.DisabledAt = d.now
		d.change(gone)

		d.looks("2026-06-02 07:29")
		d.expect("pat@example.com", "2026-06-02", 0)
		for _, when := range []string{"2026-06-02 07:30", "2026-06-02 07:31", "2026-06-02 11:59", "2026-06-02 12:00"} {
			d.looks(when)
			d.expect("pat@example.com", "2026-06-02", 1)
		}
		d.looks("2026-06-03 12:00") // started at noon, and in the evening
		d.looks("2026-06-03 17:00")
		d.expect("pat@example.com", "2026-06-03", 0)
		if n := d.Count(`select count(*) from daily_mails where day = '2026-06-03'`); n != 0 {
			t.Error("it was begun after the morning")
		}
		d.looks("2026-06-04 11:59")
		d.expect("pat@example.com", "2026-06-04", 1)
		d.looks("2026-06-07 08:00") // a Sunday
		d.looks("2026-06-08 07:30")
		d.expect("pat@example.com", "2026-06-08", 1)
		if all := len(d.server.Accepted()); all != 3 {
			t.Errorf("%d mails in all, want 3", all)
		}
	})
}

// The mail is no contact: it has a name of its own, bounces lead to nobody's contact,
// and machines are asked not to answer.
func TestDailyMailOnTheWire(t *testing.T) {
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(t, "2026-06-01 12:00")
		u := d.add("pat", "pat@example.com")
		u.Name = "Pat\r\nBcc: eve@example.com\r\n\r\nJosé \"the\" <Sample>"
		d.change(u)
		d.looks("2026-06-02 07:30")
		mails := d.server.Accepted()
		if len(mails) != 1 {
			t.Fatalf("%d mails", len(mails))
		}
		m, err := netmail.ReadMessage(bytes.NewReader(mails[0].Data))
		d.must(err)
		to, err := m.Header.AddressList("To")
		d.must(err)
		if len(to) != 1 || to[0].Address != "pat@example.com" || m.Header.Get("Bcc") != "" {
			t.Errorf("it goes to %v, %q", to, m.Header.Get("Bcc"))
		}
		if want := fmt.Sprintf("daily-2026-06-02-%d.test@shop.test", u.ID); mails[0].MessageID != want || mails[0].From != "service@shop.test" {
			t.Errorf("it is %s from %s", mails[0].MessageID, mails[0].From)
		}
		for name, want := range map[string]string{
			"Auto-Submitted": "auto-generated", "Subject": "Tuesday, June 2: 3 replies waiting", "List-Unsubscribe": "",
		} {
			if got := m.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if n := d.Count(`select count(*) from contacts`); n != 0 {
			t.Errorf("%d contacts were recorded", n)
		}
		if log := d.log.String(); strings.Contains(log, "pat@") {
			t.Errorf("the log names the address: %s", log)
		}
	})
}

// Who has nothing to be told gets nothing, and not in the middle of the morning either.
func TestNoDailyMailWithoutNews(t *testing.T) {
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(t, "2026-06-01 12:00")
		d.add("pat", "pat@example.com")
		d.words = func(outreach.User) string { return "" }
		d.looks("2026-06-02 07:30")
		d.words = func(outreach.User) string { return "1 customer waits.\n" }
		d.looks("2026-06-02 08:00")
		d.expect("pat@example.com", "2026-06-02", 0)
		if got := d.outcomes(); !slices.Equal(got, []string{"nothing"}) {
			t.Errorf("recorded %q", got)
		}
		d.looks("2026-06-03 07:30")
		d.expect("pat@example.com", "2026-06-03", 1)
	})
}

// Several daemons share the work; nobody is told twice.
func TestDailyMailOfSeveralDaemons(t *testing.T) {
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(t, "2026-06-01 12:00")
		const people, daemons = 6, 4
		for i := range people {
			d.add(fmt.Sprintf("user%d", i), mail(i))
		}
		d.now = wall(t, "2026-06-02 07:30")
		d.log = &bytes.Buffer{}
		log := slog.New(slog.NewTextHandler(&lockedWriter{w: d.log}, nil))
		var wg sync.WaitGroup
		for range daemons {
			m := d.hire()
			m.Log = log
			wg.Go(func() {
				if err := m.Look(t.Context(), t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := range people {
			d.expect(mail(i), "2026-06-02", 1)
		}
	})
}

// What was certainly not accepted is tried again, a few times and with the same
// Message-ID; what may have been is not.
func TestDailyMailThatFails(t *testing.T) {
	cases := []struct {
		login   string
		rule    smtpfake.Rule
		sent    int // in the books of the server by noon
		outcome string
		tries   int
	}{
		{"later-once", smtpfake.Rule{Stage: smtpfake.OnRcpt, Reply: "451 4.3.0 later", Times: 1}, 1, "sent", 2},
		{"later-all-day", smtpfake.Rule{Stage: smtpfake.OnRcpt, Reply: "451 4.3.0 later"}, 0, "failed", 5},
		{"no-such-mailbox", smtpfake.Rule{Stage: smtpfake.OnRcpt, Reply: "550 5.1.1 unknown"}, 0, "failed", 1},
		{"cut-after-acceptance", smtpfake.Rule{Stage: smtpfake.OnAccepted, Cut: true}, 1, "doubt", 1},
		{"cut-after-the-dot", smtpfake.Rule{Stage: smtpfake.OnDot, Cut: true, Times: 1}, 0, "doubt", 1},
	}
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(d.t, "2026-06-01 12:00")
		for _, tt := range cases {
			tt.rule.To = tt.login + "@example.com"
			d.add(tt.login, tt.rule.To)
			d.server.Add(tt.rule)
		}
		for at := wall(d.t, "2026-06-02 07:30"); at.Before(wall(d.t, "2026-06-02 13:00")); at = at.Add(15 * time.Minute) {
			d.looks(at.In(location(d.t, fixture.Zone)).Format("2006-01-02 15:04"))
		}
		for _, tt := range cases {
			d.expect(tt.login+"@example.com", "2026-06-02", tt.sent)
			got := d.Strings(`select m.outcome, m.attempts from daily_mails m join users u on u.id = m.user_id where u.login = $1`, tt.login)
			if want := fmt.Sprintf("%s %d", tt.outcome, tt.tries); !slices.Equal(got, []string{want}) {
				d.t.Errorf("%s: recorded %q, want %q", tt.login, got, want)
			}
		}
	})
}

// A daemon that dies between claim and answer leaves a mail that nobody sends again.
func TestDailyMailOfADeadDaemon(t *testing.T) {
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(t, "2026-06-02 07:30")
		u := d.add("pat", "pat@example.com")
		attempt, err := store.DailyMails{DB: d.DB}.Claim(t.Context(), d.now, "2026-06-02", u)
		if attempt != 1 || err != nil {
			t.Fatalf("attempt %d, %v", attempt, err)
		}
		d.looks("2026-06-02 07:31")
		d.looks("2026-06-02 11:00")
		d.expect("pat@example.com", "2026-06-02", 0)
		d.looks("2026-06-03 07:30")
		d.expect("pat@example.com", "2026-06-03", 1)
	})
}

// Whoever loses the right to sign in while the words are gathered is not told; who
// has moved is told at the new address.
func TestDailyMailToWhoHasChanged(t *testing.T) {
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(t, "2026-06-01 12:00")
		d.add("boss", "")
		pat, kim := d.add("pat", "pat@example.com"), d.add("kim", "kim@example.com")
		d.words = func(u outreach.User) string {
			switch u.Email {
			case pat.Email:
				pat.DisabledAt = d.now
				d.change(pat)
			case "kim@example.com":
				kim.Email = "kim@shop.test"
				d.change(kim)
			}
			return "words"
		}
		d.looks("2026-06-02 07:30")
		if all := len(d.server.Accepted()); all != 0 {
			t.Errorf("%d mails", all)
		}
		d.looks("2026-06-02 07:31")
		d.expect("kim@shop.test", "2026-06-02", 1)
		if all := len(d.server.Accepted()); all != 1 {
			t.Errorf("%d mails", all)
		}
	})
}

// At the clock changes the time in question is skipped, or comes twice.
func TestDailyMailWhenClocksChange(t *testing.T) {
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(t, "2026-03-01 12:00")
		d.open = func(time.Time) bool { return true }
		d.add("pat", "pat@example.com")
		d.at = 2*60 + 30
		look := func(utc string) {
			t.Helper()
			var err error
			d.now, err = time.Parse("2006-01-02 15:04", utc)
			d.must(err)
			d.must(d.hire().Look(t.Context(), t.Context()))
		}
		look("2026-03-08 07:59") // 1:59 in Chicago
		d.expect("pat@example.com", "2026-03-08", 0)
		look("2026-03-08 08:00") // 3:00
		d.expect("pat@example.com", "2026-03-08", 1)
		d.at = 60 + 30
		for _, utc := range []string{"2026-11-01 06:30", "2026-11-01 07:30", "2026-11-01 08:30"} { // 1:30, 1:30, 2:30
			look(utc)
			d.expect("pat@example.com", "2026-11-01", 1)
		}
	})
}

// A clock that jumps is not believed until it is steady.
func TestDailyMailAndAJumpingClock(t *testing.T) {
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(t, "2026-06-02 03:00")
		d.add("pat", "pat@example.com")
		m := d.hire()
		for _, when := range []string{"2026-06-02 03:00", "2026-06-03 08:00", "2026-06-02 03:02", "2026-06-02 07:30"} {
			d.now = wall(t, when)
			d.must(m.Look(t.Context(), t.Context()))
		}
		if all := len(d.server.Accepted()); all != 0 {
			t.Errorf("%d mails by a clock that jumps", all)
		}
		d.now = wall(t, "2026-06-02 07:31")
		d.must(m.Look(t.Context(), t.Context()))
		d.expect("pat@example.com", "2026-06-02", 1)
	})
}

// The log is told of overdue cases once a day, also where no mail is sent.
func TestLogOfOverdueCases(t *testing.T) {
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(t, "2026-06-01 12:00")
		d.add("pat", "pat@example.com")
		d.lane.Sender = nil
		c := d.AddCustomer(fixture.Customer{})
		_, _, err := store.Recovery{DB: d.DB}.Start(t.Context(), d.now, store.CaseOpening{CustomerID: c, ShopID: "main", DecideBy: d.now.Add(time.Hour)})
		d.must(err)
		m := d.hire()
		for _, tt := range []struct {
			when string
			told int
		}{{"2026-06-02 07:29", 0}, {"2026-06-02 07:30", 1}, {"2026-06-02 07:31", 1}} {
			d.now = wall(t, tt.when)
			d.must(m.Look(t.Context(), t.Context()))
			if n := strings.Count(d.log.String(), "recovery cases are overdue"); n != tt.told {
				t.Errorf("%s: told %d times, want %d", tt.when, n, tt.told)
			}
		}
		if all := len(d.server.Accepted()); all != 0 {
			t.Errorf("%d mails without a sender", all)
		}
	})
}

// A daemon that is told to stop lets the mail under way arrive and begins no other.
func TestDailyMailWhenADaemonStops(t *testing.T) {
	eachFrontDesk(t, func(d *frontDesk) {
		d.now = wall(t, "2026-06-02 07:30")
		d.add("pat", "pat@example.com")
		d.add("kim", "kim@example.com")
		ctx, stop := context.WithTimeout(t.Context(), time.Minute) // for when nobody stops it
		defer stop()
		d.words = func(outreach.User) string {
			stop()
			return "words"
		}
		d.hire().Run(ctx, time.Minute)
		d.expect("pat@example.com", "2026-06-02", 1)
		d.expect("kim@example.com", "2026-06-02", 0)
		if got := d.outcomes(); !slices.Equal(got, []string{"sent"}) {
			t.Errorf("recorded %q", got)
		}
	})
}
