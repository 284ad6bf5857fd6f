package promises

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// TestSecondDaemonOnOneFile: SQLite is for one daemon. A second says so and
// ends; one that follows a killed one starts at once.
func TestSecondDaemonOnOneFile(t *testing.T) {
	t.Parallel()
	s := openShop(t, testdb.SQLite(t))
	first := serve(t, s.config)
	second := launch(t, s.config)
	if code := second.exit(); code != 1 {
		t.Errorf("the second daemon ended with code %d, want 1", code)
	}
	said := second.log.tail(1000)
	for _, words := range []string{"another courtesyd", "stop it first", "PostgreSQL"} {
		if !strings.Contains(said, words) {
			t.Errorf("the second daemon did not say %q, but: %s", words, said)
		}
	}
	first.kill()
	serve(t, s.config).stop()
}

// TestDaemonsStartTogether on a database that none has seen before.
func TestDaemonsStartTogether(t *testing.T) {
	t.Parallel()
	s := openShop(t, testdb.Postgres(t))
	s.fill(10, 10)
	var crew []*daemon
	for range 4 {
		crew = append(crew, launch(t, s.config))
	}
	for _, d := range crew {
		d.await("at work")
	}
	for _, d := range crew {
		d.stop()
	}
	if n := s.count(`select count(*) from (select 1 from template_versions group by name, channel, locale having count(*) > 1) twice`); n > 0 {
		t.Errorf("%d templates were written more than once", n)
	}
}

// TestStopFinishesWhatIsUnderWay: SIGTERM ends a daemon within its bound even if
// a provider is silent, and all it leaves open is that one message.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	testdb.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		const drain = time.Second
		s := openShop(t, url, "dispatch.drain_timeout", drain.String(), "smtp.max_connections", "2", "dispatch.batch", "2")
		people := s.fill(100, 0)
		silent := people[len(people)/2]
		s.mail.Add(smtpfake.Rule{Stage: smtpfake.OnAccepted, To: silent.address, Hang: true})
		s.plan()
		d := serve(t, s.config)
		eventually(t, "the silence", func() bool { return s.fate(silent).arrived == 1 })
		told := s.now()
		d.stop()
		if took := time.Since(told); took >= config.Default().Dispatch.DrainTimeout {
			t.Errorf("stopping took %s, with %s to finish what is under way", took, drain)
		}
		if f := s.fate(silent); f.state != outreach.Unconfirmed {
			t.Errorf("what was under way for too long: %+v", f)
		}
		if n := s.due(outreach.Handed); n > 0 {
			t.Errorf("%d contacts were left as handed over", n)
		}
		d = serve(t, s.config)
		s.awaitRest()
		d.stop()
		s.expectSentOnce(append(people[:len(people)/2:len(people)/2], people[len(people)/2+1:]...))
		if f := s.fate(silent); f.arrived != 1 || f.state != outreach.Unconfirmed {
			t.Errorf("what was in doubt: %+v", f)
		}
	})
}

// TestNewConfigurationWhileAtWork: SIGHUP makes a good one count at once, and a
// bad one changes nothing.
func TestNewConfigurationWhileAtWork(t *testing.T) {
	t.Parallel()
	s := openShop(t, testdb.SQLite(t))
	people := s.fill(9, 0)
	s.plan()
	s.exec(`update contacts set next_at = $1 where step = 1`, when(s.now().Add(time.Hour)))
	release := func(group []customer) {
		t.Helper()
		for _, p := range group {
			s.exec(`update contacts set next_at = $2 where step = 1 and customer_id = $1`, p.id, when(s.now()))
		}
		s.awaitRest()
		s.expectSentOnce(group)
	}
	d := serve(t, s.config)
	release(people[:3])

	if err := os.WriteFile(s.config, []byte("mode: live\nsmpt: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.signal(syscall.SIGHUP)
	d.await("the old one stays")
	d.await("smpt")
	release(people[3:6])

	old := s.mail
	s.mail = startMail(t, smtpfake.Options{})
	s.sendThrough(s.mail.Addr())
	s.configure()
	d.signal(syscall.SIGHUP)
	d.await("the new configuration is in use")
	release(people[6:])
	d.stop()
	if n := len(old.Accepted()); n != 6 {
		t.Errorf("the old mail server took %d mails, want 6", n)
	}
}
