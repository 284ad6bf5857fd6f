package email

import (
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/notify/notifytest"
)

// partner starts a server that follows the rules, and a sender to it. After a
// warm-up the sender's next mail goes over a kept connection.
func partner(warm bool, rules ...smtpfake.Rule) func(*testing.T) notifytest.Partner {
	return func(t *testing.T) notifytest.Partner {
		server := startServer(t, smtpfake.Options{Username: "courtesy", Password: testPassword})
		sender := newSender(t, withLogin(configFor(t, server), AuthPlain))
		if warm {
			if got := sender.Send(t.Context(), testMessage(999)); got.Result != notify.Accepted {
				t.Fatalf("warm-up: %+v", got)
			}
		}
		for _, rule := range rules {
			server.Add(rule)
		}
		return notifytest.Partner{Sender: sender, Accepted: func(m notify.Message) int {
			letter, err := sender.composer.Compose(m)
			if err != nil {
				return 0
			}
			return server.Count(letter.MessageID)
		}}
	}
}

func TestContract(t *testing.T) {
	bad := map[string]notify.Message{}
	for name, change := range map[string]func(*notify.Message){
		"no address":                  func(m *notify.Message) { m.To = "" },
		"bad address":                 func(m *notify.Message) { m.To = "pat@-example.com" },
		"line break in address":       func(m *notify.Message) { m.To = "pat@example.com\r\nRCPT TO:<eve@example.com>" },
		"line break in subject":       func(m *notify.Message) { m.Subject = "Brakes\r\nBcc: eve@example.com" },
		"line break in name":          func(m *notify.Message) { m.ToName = "Pat\nX: y" },
		"no text":                     func(m *notify.Message) { m.Text = "" },
		"no subject":                  func(m *notify.Message) { m.Subject = " " },
		"line break in unsubscribe":   func(m *notify.Message) { m.Unsubscribe += "\r\nX: y" },
		"plain http for unsubscribe":  func(m *notify.Message) { m.Unsubscribe = "http://maple.example.com/u" },
		"line break in mailto":        func(m *notify.Message) { m.UnsubscribeMail += "\r\nX: y" },
		"bracket in unsubscribe mail": func(m *notify.Message) { m.UnsubscribeMail = "stop@example.com>, <https://evil.example" },
	} {
		m := testMessage(1)
		change(&m)
		bad[name] = m
	}
	contract := notifytest.Contract{
		Start: partner(false), StartHanging: partner(false, smtpfake.Rule{Stage: smtpfake.OnDot, Hang: true}),
		Message: testMessage, BadMessages: bad, Secrets: []string{testPassword},
	}

	later := notify.Outcome{Result: notify.Retry}
	refused := notify.Outcome{Result: notify.Refused}
	unknown := notify.Outcome{Result: notify.Unknown}
	accepted := notify.Outcome{Result: notify.Accepted}
	noMailbox := notify.Outcome{Result: notify.Refused, Effect: notify.InvalidateAddress}
	setUp := notify.Outcome{Result: notify.Retry, Effect: notify.StopChannel}
	with := func(o notify.Outcome, code string) notify.Outcome { o.Code = code; return o }

	add := func(name string, rule smtpfake.Rule, want notify.Outcome) {
		contract.Cases = append(contract.Cases, notifytest.Case{Name: name, Start: partner(false, rule), Want: want})
	}
	for _, tt := range []struct {
		stage smtpfake.Stage
		reply string
		want  notify.Outcome
	}{
		{smtpfake.OnConnect, "421 4.3.2 busy", with(later, "421 4.3.2")},
		{smtpfake.OnConnect, "554 5.7.1 no service", setUp},
		{smtpfake.OnEhlo, "421 4.3.2 busy", later},
		{smtpfake.OnAuth, "454 4.7.0 later", later},
		{smtpfake.OnAuth, "535 5.7.8 no for courtesy " + testPassword, with(setUp, "535 5.7.8")},
		{smtpfake.OnMail, "451 4.3.0 later", with(later, "451 4.3.0")},
		{smtpfake.OnMail, "421 4.3.2 closing", later},
		{smtpfake.OnMail, "421 4.7.26 not authenticated", setUp},
		{smtpfake.OnMail, "550 5.7.60 may not send as this", setUp},
		{smtpfake.OnMail, "553 5.1.8 sender unknown", setUp},
		{smtpfake.OnMail, "530 5.7.0 log in first", setUp},
		{smtpfake.OnRcpt, "450 4.2.1 greylisted", with(later, "450 4.2.1")},
		{smtpfake.OnRcpt, "452 4.2.2 mailbox full", later},
		{smtpfake.OnRcpt, "550 5.1.1 <pat1@example.com> unknown", with(noMailbox, "550 5.1.1")},
		{smtpfake.OnRcpt, "550 5.1.10 null MX", noMailbox},
		{smtpfake.OnRcpt, "550 5.2.1 disabled", noMailbox},
		{smtpfake.OnRcpt, "552 5.2.2 mailbox full", refused},
		{smtpfake.OnRcpt, "550 no such user", with(refused, "550")},
		{smtpfake.OnRcpt, "554 5.7.1 relay access denied", setUp},
		{smtpfake.OnRcpt, "553 5.1.7 bad sender", setUp},
		{smtpfake.OnRcpt, "333 what", later},
		{smtpfake.OnRcpt, "this is no reply", later},
		{smtpfake.OnData, "451 4.3.0 later", later},
		{smtpfake.OnData, "554 5.6.0 no", refused},
		{smtpfake.OnDot, "421 4.3.2 closing", later},
		{smtpfake.OnDot, "451 4.3.0 later", with(later, "451 4.3.0")},
		{smtpfake.OnDot, "452 4.3.1 no room", later},
		{smtpfake.OnDot, "550 5.1.1 unknown after all", noMailbox},
		{smtpfake.OnDot, "550 5.4.5 daily quota", later},
		{smtpfake.OnDot, "550 5.7.1 looks like spam", refused},
		{smtpfake.OnDot, "550 5.7.515 sender does not meet the requirements", with(setUp, "550 5.7.515")},
		{smtpfake.OnDot, "550 5.7.26 not authenticated", setUp},
		{smtpfake.OnDot, "554 5.6.0 no", refused},
		{smtpfake.OnAccepted, "251 2.1.5 will forward", with(accepted, "251 2.1.5")},
		{smtpfake.OnAccepted, "250 ok", with(accepted, "250")},
		{smtpfake.OnAccepted, "354 go on", unknown},
		{smtpfake.OnAccepted, "gibberish", unknown},
	} {
		add(string(tt.stage)+": "+tt.reply, smtpfake.Rule{Stage: tt.stage, Reply: tt.reply}, tt.want)
	}

	beforeDot := []smtpfake.Stage{
		smtpfake.OnConnect, smtpfake.OnEhlo, smtpfake.OnAuth, smtpfake.OnMail, smtpfake.OnRcpt, smtpfake.OnData,
	}
	for _, stage := range beforeDot {
		add(string(stage)+": cut", smtpfake.Rule{Stage: stage, Cut: true}, later)
		add(string(stage)+": reset", smtpfake.Rule{Stage: stage, Reset: true}, later)
	}
	for _, stage := range []smtpfake.Stage{smtpfake.OnDot, smtpfake.OnAccepted} {
		add(string(stage)+": cut", smtpfake.Rule{Stage: stage, Cut: true}, unknown)
		add(string(stage)+": reset", smtpfake.Rule{Stage: stage, Reset: true}, unknown)
	}

	// A server may give a kept connection up at any time; the mail goes over a fresh one.
	for _, rule := range []smtpfake.Rule{
		{Stage: smtpfake.OnMail, Times: 1, Cut: true},
		{Stage: smtpfake.OnMail, Times: 1, Reset: true},
		{Stage: smtpfake.OnMail, Times: 1, Reply: "421 4.4.2 idle for too long"},
		{Stage: smtpfake.OnRcpt, Times: 1, Cut: true},
		{Stage: smtpfake.OnData, Times: 1, Cut: true},
	} {
		contract.Cases = append(contract.Cases, notifytest.Case{
			Name: "kept connection, " + string(rule.Stage) + " " + strings.TrimSpace(rule.Reply), Start: partner(true, rule), Want: accepted,
		})
	}
	contract.Cases = append(contract.Cases, notifytest.Case{
		Name: "kept connection, cut after acceptance", Start: partner(true, smtpfake.Rule{Stage: smtpfake.OnAccepted, Times: 1, Cut: true}), Want: unknown,
	})
	notifytest.Run(t, contract)
}

func TestContractCutWhileTheBodyIsSent(t *testing.T) {
	for _, size := range []int{1, 1 << 20} {
		p := partner(false, smtpfake.Rule{Stage: smtpfake.OnBody, Reset: true})(t)
		m := testMessage(1)
		m.HTML = ""
		m.Text = strings.Repeat("word ", size)
		got := p.Sender.Send(t.Context(), m)
		// Whether the dot got into the socket before the reset did is up to the kernel.
		if (got.Result != notify.Retry && got.Result != notify.Unknown) || p.Accepted(m) != 0 {
			t.Errorf("%d words: %+v", size, got)
		}
		if size > 1 && got.Result != notify.Retry {
			t.Errorf("%d words: %+v, want retry: the dot cannot have left", size, got)
		}
	}
}
