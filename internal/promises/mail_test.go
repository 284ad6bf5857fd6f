package promises

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// TestMailServerMisbehaves lets the server fail at each stage for one person
// each, all served by one daemon.
func TestMailServerMisbehaves(t *testing.T) {
	sent := fate{state: outreach.Accepted, attempts: 1, arrived: 1}
	retried := fate{state: outreach.Accepted, attempts: 2, arrived: 1}
	refused := fate{state: outreach.Failed, reason: "refused_by_provider", attempts: 1}
	inDoubt := fate{state: outreach.Unconfirmed, reason: "unknown_outcome", attempts: 1}
	arrivedInDoubt := inDoubt
	arrivedInDoubt.arrived = 1
	tests := []struct {
		name string
		rule smtpfake.Rule
		want fate
	}{
		{"nothing", smtpfake.Rule{Stage: smtpfake.OnQuit}, sent},
		{"later at RCPT", smtpfake.Rule{Stage: smtpfake.OnRcpt, Reply: "450 4.2.1 later", Times: 1}, retried},
		{"later at DATA", smtpfake.Rule{Stage: smtpfake.OnData, Reply: "451 4.3.0 later", Times: 1}, retried},
		{"later at the dot", smtpfake.Rule{Stage: smtpfake.OnDot, Reply: "451 4.3.0 later", Times: 1}, retried},
		{
			"always later",
			smtpfake.Rule{Stage: smtpfake.OnRcpt, Reply: "450 4.2.1 later"},
			fate{state: outreach.Failed, reason: "attempts_used_up", attempts: 5},
		},
		{"no at RCPT", smtpfake.Rule{Stage: smtpfake.OnRcpt, Reply: "550 5.1.1 nobody here"}, refused},
		{"no at DATA", smtpfake.Rule{Stage: smtpfake.OnData, Reply: "554 5.3.4 too big"}, refused},
		{"no at the dot", smtpfake.Rule{Stage: smtpfake.OnDot, Reply: "554 5.6.0 unwanted"}, refused},
		// The whole text fits into the network's buffers, dot and all.
		{"cut before the text is read", smtpfake.Rule{Stage: smtpfake.OnBody, Cut: true}, inDoubt},
		{"cut after the dot, not taken", smtpfake.Rule{Stage: smtpfake.OnDot, Cut: true}, inDoubt},
		{"cut after the dot, taken", smtpfake.Rule{Stage: smtpfake.OnAccepted, Cut: true}, arrivedInDoubt},
		{"reset after the dot, taken", smtpfake.Rule{Stage: smtpfake.OnAccepted, Reset: true}, arrivedInDoubt},
		{"silence after the dot, taken", smtpfake.Rule{Stage: smtpfake.OnAccepted, Hang: true}, arrivedInDoubt},
		{"nonsense after the dot, taken", smtpfake.Rule{Stage: smtpfake.OnAccepted, Reply: "hello"}, arrivedInDoubt},
		{"closing at RCPT", smtpfake.Rule{Stage: smtpfake.OnRcpt, Reply: "421 4.3.2 closing", Times: 2}, fate{state: outreach.Accepted, arrived: 1}},
		{"tarpit at RCPT", smtpfake.Rule{Stage: smtpfake.OnRcpt, Hang: true, Times: 2}, fate{state: outreach.Accepted, arrived: 1}},
	}
	testdb.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		s := openShop(t, url, "smtp.command_timeout", "500ms", "smtp.data_timeout", "500ms", "dispatch.max_attempts", "5")
		people := s.fill(len(tests), 0)
		for i, test := range tests {
			test.rule.To = people[i].address
			s.mail.Add(test.rule)
		}
		s.plan()
		d := serve(t, s.config)
		s.awaitRest()
		d.stop()
		again := serve(t, s.config) // nor does a restart send anything again
		s.awaitRest()
		again.stop()
		for i, test := range tests {
			got := s.fate(people[i])
			got.code = ""
			if test.want.attempts == 0 {
				got.attempts = 0 // a kept connection may be tried again within one attempt
			}
			if got != test.want {
				t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
			}
		}
	})
}

// TestMailServerIsOutOfOrder covers what fails before any person is named: it
// delays mail or stops the channel, and loses none.
func TestMailServerIsOutOfOrder(t *testing.T) {
	tests := []struct {
		name  string
		tls   smtpfake.TLSMode
		rule  smtpfake.Rule
		holds bool // until a person has mended the set-up
	}{
		{"busy", smtpfake.Plain, smtpfake.Rule{Stage: smtpfake.OnConnect, Reply: "421 4.3.2 busy", Times: 2}, false},
		{"cuts at once", smtpfake.Plain, smtpfake.Rule{Stage: smtpfake.OnConnect, Cut: true, Times: 2}, false},
		{"tarpit", smtpfake.Plain, smtpfake.Rule{Stage: smtpfake.OnConnect, Hang: true, Times: 1}, false},
		{"lets nobody in", smtpfake.Plain, smtpfake.Rule{Stage: smtpfake.OnConnect, Reply: "554 5.7.1 go away"}, true},
		{"not now at EHLO", smtpfake.Plain, smtpfake.Rule{Stage: smtpfake.OnEhlo, Reply: "421 4.3.2 busy", Times: 2}, false},
		{"not now at MAIL", smtpfake.Plain, smtpfake.Rule{Stage: smtpfake.OnMail, Reply: "451 4.3.0 later", Times: 2}, false},
		{"not from us", smtpfake.Plain, smtpfake.Rule{Stage: smtpfake.OnMail, Reply: "550 5.7.1 not you"}, true},
		{"TLS breaks", smtpfake.StartTLS, smtpfake.Rule{Stage: smtpfake.OnTLS, Cut: true, Times: 2}, false},
		{"no TLS today", smtpfake.StartTLS, smtpfake.Rule{Stage: smtpfake.OnStartTLS, Reply: "454 4.7.0 no TLS", Times: 2}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, testdb.SQLite(t), "smtp.command_timeout", "500ms", "dispatch.max_attempts", "20")
			if test.tls == smtpfake.StartTLS {
				s.useTLS(true)
			}
			s.mail.Add(test.rule)
			people := s.fill(3, 0)
			s.plan()
			d := serve(t, s.config)
			if test.holds {
				s.awaitHold(outreach.Email)
				s.mail.ClearRules()
				s.resume()
			}
			s.awaitRest()
			d.stop()
			s.expectSentOnce(people)
		})
	}
}

// TestMailServerIsSomebodyElse: a certificate that is not trusted stops the
// channel; with the right one the mails go out.
func TestMailServerIsSomebodyElse(t *testing.T) {
	t.Parallel()
	s := openShop(t, testdb.SQLite(t))
	s.useTLS(false)
	people := s.fill(3, 0)
	s.plan()
	d := serve(t, s.config)
	s.awaitHold(outreach.Email)
	if n := len(s.mail.Accepted()); n > 0 {
		t.Fatalf("%d mails went to a server that is not trusted", n)
	}
	d.stop()
	s.useTLS(true)
	s.resume()
	d = serve(t, s.config)
	s.awaitRest()
	d.stop()
	s.expectSentOnce(people)
}

// useTLS replaces the mail server by one that encrypts, whose certificate the
// program trusts or not.
func (s *shop) useTLS(trusted bool) {
	s.t.Helper()
	s.mail = startMail(s.t, smtpfake.Options{TLS: smtpfake.StartTLS})
	s.sendThrough(s.mail.Addr())
	s.configure("smtp.tls", "starttls")
	if trusted {
		file := filepath.Join(s.dir, "ca.pem")
		if err := os.WriteFile(file, s.mail.CertPEM(), 0o600); err != nil {
			s.t.Fatal(err)
		}
		s.configure("smtp.ca_file", file)
	}
}

// awaitHold waits until a channel is stopped and all that is left waits for it.
func (s *shop) awaitHold(ch outreach.Channel) {
	s.t.Helper()
	eventually(s.t, "the channel to be held", func() bool {
		return s.count(`select count(*) from controls where name = $1`, "hold:"+string(ch)) == 1
	})
	s.awaitRest()
}

// resume is what a person says after mending the set-up.
func (s *shop) resume() {
	s.t.Helper()
	if said, ok := courtesyd(s.t, s.config, "resume"); !ok {
		s.t.Fatal(said)
	}
}

func (s *shop) expectSentOnce(people []customer) {
	s.t.Helper()
	for _, p := range people {
		if f := s.fate(p); f.state != outreach.Accepted || f.arrived != 1 {
			s.t.Errorf("contact with %s: %+v", p.address, f)
		}
	}
}
