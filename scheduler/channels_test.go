package scheduler_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/notify"
)

// TestChannelOrder: text with written consent, else mail, else a call.
func TestChannelOrder(t *testing.T) {
	for _, tc := range []struct {
		name     string
		customer fixture.Customer
		want     string
	}{
		{"written consent", fixture.Customer{Phone: phone(1), Email: mail(1), Texts: true}, "declined-safety/1 sms accepted "},
		{"no consent", fixture.Customer{Phone: phone(1), Email: mail(1)}, "declined-safety/1 email accepted "},
		{"no consent, no mail", fixture.Customer{Phone: phone(1)}, "declined-safety/1 call open "},
		{"landline", fixture.Customer{Phone: phone(1), Email: mail(1), Texts: true, Landline: true}, "declined-safety/1 email accepted "},
		{"mail only", fixture.Customer{Email: mail(1)}, "declined-safety/1 email accepted "},
		{"nothing", fixture.Customer{}, "declined-safety/1 sms suppressed no_address"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				o.owed(o.AddCustomer(tc.customer), outreach.SMS)
				o.drain()
				o.expectContacts(tc.want)
			})
		})
	}
}

// TestRefusedOnEveryChannel keeps all the reasons of all channels.
func TestRefusedOnEveryChannel(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Phone: phone(1), Email: mail(1), Texts: true})
		o.AddConsent(c, "", outreach.ConsentRevoked, "")
		o.optOut(phone(1))
		o.Exec(`update addresses set status = 'bounced' where kind = 'email'`)
		o.owed(c, outreach.SMS)
		o.drain()
		o.expectContacts("declined-safety/1 sms suppressed opted_out,no_consent,address_bounced")
		why := o.Strings(`select why from contact_events where to_state = 'suppressed'`)
		for _, part := range []string{"not by sms: The customer asked", "not by email: ", "not by call: "} {
			if !strings.Contains(why[0], part) {
				o.t.Errorf("the history says %q, not %q", why[0], part)
			}
		}
	})
}

// TestConsentIsRecordedWithTheContact, and so are the versions of the words and
// of the playbook.
func TestConsentIsRecordedWithTheContact(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Phone: phone(1)})
		consent := o.AddConsent(c, outreach.SMS, outreach.ConsentGiven, outreach.ConsentWritten)
		o.owed(c, outreach.SMS)
		o.drain()
		got := o.Strings(`select consent_id, playbook_version, template, template_version, class, attempts from contacts`)
		if want := fmt.Sprintf("%d 1 declined-safety-1 1 marketing 1", consent); got[0] != want {
			o.t.Errorf("got %q, want %q", got[0], want)
		}
		words := o.Strings(`select address, body from contact_words`)
		sent := o.text.messages()
		if len(sent) != 1 || words[0] != sent[0].To+" "+sent[0].Text {
			o.t.Errorf("kept %q, sent %+v", words, sent)
		}
	})
}

// TestSenderCutOff: an answer that says nothing leaves the contact in doubt.
func TestSenderCutOff(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(1)}), outreach.Email)
		o.mail.answer = func(context.Context, notify.Message) notify.Outcome { return notify.Outcome{} }
		o.drain()
		o.expectContacts("declined-safety/1 email unconfirmed unknown_outcome")
	})
}
