package scheduler_test

import (
	"slices"
	"testing"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// TestAnswerByAnotherWay goes where the author chose, under that way's own rules:
// who wrote by mail has not asked for a text, nor who texted from another number.
func TestAnswerByAnotherWay(t *testing.T) {
	consent := func(o *office, c int64) {
		o.AddConsent(c, outreach.SMS, outreach.ConsentGiven, outreach.ConsentExpress)
	}
	for name, tc := range map[string]struct {
		to     string
		before func(o *office, customer int64)
		want   []gate.Reason
	}{
		"a mail":                         {to: mail(1)},
		"the same number":                {to: phone(1)},
		"another number":                 {to: phone(2), want: []gate.Reason{gate.NoConsent}},
		"another number, agreed":         {to: phone(2), before: consent},
		"somebody else's":                {to: mail(9), want: []gate.Reason{gate.NoAddress}},
		"a mailbox that refused":         {to: mail(1), before: func(o *office, _ int64) { o.optOut(mail(1)) }, want: []gate.Reason{gate.OptedOut}},
		"a mailbox that is closed":       {to: mail(1), before: func(o *office, _ int64) { o.Exec(`update addresses set status = 'bounced' where kind = 'email'`) }, want: []gate.Reason{gate.AddressBounced}},
		"a number that refused, by mail": {to: mail(1), before: func(o *office, _ int64) { o.optOut(phone(1)) }},
	} {
		t.Run(name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				w := o.asks()
				o.AddAddress(w.CustomerID, outreach.EmailAddress, mail(1), outreach.UnknownLine)
				o.AddAddress(w.CustomerID, outreach.PhoneNumber, phone(2), outreach.Mobile)
				if tc.before != nil {
					tc.before(o, w.CustomerID)
				}
				w.To, w.Subject = tc.to, "Your message"
				out := o.answer(w)
				if !slices.Equal(out.Against, tc.want) || (out.ContactID == 0) != (len(tc.want) > 0) {
					o.t.Fatalf("%+v, want %v", out, tc.want)
				}
				o.work()
				sent := slices.Concat(o.text.messages(), o.mail.messages())
				if len(tc.want) > 0 {
					if len(sent) != 0 || len(o.Strings(openTasks)) != 1 {
						o.t.Errorf("sent %+v, open tasks %v", sent, o.Strings(openTasks))
					}
					return
				}
				if len(sent) != 1 || sent[0].To != tc.to || sent[0].Text != answerWords || sent[0].Answers != "" || len(o.Strings(openTasks)) != 0 {
					o.t.Errorf("sent %+v, open tasks %v", sent, o.Strings(openTasks))
				}
			})
		})
	}
}

// TestAnswerByTextToAMail wants consent to texts: the customer wrote by mail.
func TestAnswerByTextToAMail(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		w := o.asks()
		o.AddAddress(w.CustomerID, outreach.EmailAddress, mail(1), outreach.UnknownLine)
		o.must(o.desk().Receive(t.Context(), outreach.Arrival{
			Provider: "mail", ProviderID: "m1@example.com", Channel: outreach.Email, From: mail(1), Body: "Is it ready?", At: o.clock.Now(),
		}))
		w.Answers = int64(o.Count(`select max(id) from contacts`))
		w.Seen, w.To = w.Answers, phone(1)
		if out := o.answer(w); !slices.Equal(out.Against, []gate.Reason{gate.NoConsent}) {
			o.t.Errorf("without: %+v", out)
		}
		o.AddConsent(w.CustomerID, outreach.SMS, outreach.ConsentGiven, outreach.ConsentWritten)
		if out := o.answer(w); len(out.Against) > 0 {
			o.t.Errorf("with: %+v", out)
		}
		o.work()
		if sent := o.text.messages(); len(sent) != 1 || sent[0].To != phone(1) || sent[0].Answers != "" {
			o.t.Errorf("sent %+v", sent)
		}
	})
}

// TestAnswerToAnAddressThatChanges stays back: the author saw another one.
func TestAnswerToAnAddressThatChanges(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		w := o.asks()
		o.AddAddress(w.CustomerID, outreach.EmailAddress, mail(1), outreach.UnknownLine)
		w.To = mail(1)
		o.answer(w)
		o.Exec(`update addresses set value = $1 where kind = 'email'`, mail(2))
		o.work()
		if got := o.Strings(personal); !slices.Equal(got, []string{"suppressed no_address"}) || len(o.mail.messages()) > 0 {
			o.t.Errorf("%q, sent %+v", got, o.mail.messages())
		}
	})
}
