package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestWordsRetiredBetweenPlanAndHandOver: the new version goes out, recorded as
// such; where there is none, nothing does.
func TestWordsRetiredBetweenPlanAndHandOver(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		for i := range 2 {
			o.owed(o.AddCustomer(fixture.Customer{Email: mail(i)}), outreach.Email, func(p *fixture.Planned) {
				p.Due = p.Due.Add(time.Duration(i) * time.Hour)
			})
		}
		o.work()
		o.approve("templates", "declined-safety-1.email.en", "Hello", "Good day", func(source string) error {
			_, _, err := store.Documents{DB: o.DB}.AddTemplate(o.t.Context(), o.clock.Now(),
				outreach.Document{Name: "declined-safety-1", Channel: outreach.Email, Locale: "en", Source: source}, "test", "")
			return err
		})
		o.clock.set(o.clock.Now().Add(time.Hour))
		o.drain() // without a beat in between
		sent := o.mail.messages()
		if len(sent) != 2 || !strings.Contains(sent[0].Text, "Hello") || !strings.Contains(sent[1].Text, "Good day") {
			o.t.Errorf("sent %+v", sent)
		}
		if got := o.Strings(`select template_version from contacts order by id`); got[0] != "1" || got[1] != "2" {
			o.t.Errorf("versions %v", got)
		}
		o.Exec(`update template_versions set state = 'retired' where name = 'declined-safety-1'`)
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(5)}), outreach.Email)
		o.work()
		if got := o.Contacts(); !strings.Contains(got[2], "suppressed") || !strings.Contains(got[2], "template_not_approved") {
			o.t.Errorf("without approved words: %v", got[2])
		}
	})
}

// TestWordsThatRenderBadly: a template that cannot be written for a customer
// refuses that customer, says why, and nobody else's.
func TestWordsThatRenderBadly(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.approve("templates", "declined-safety-1.email.en", `{{customer.first_name | default "there"}}`, "{{customer.first_name}}", func(source string) error {
			_, _, err := store.Documents{DB: o.DB}.AddTemplate(o.t.Context(), o.clock.Now(),
				outreach.Document{Name: "declined-safety-1", Channel: outreach.Email, Locale: "en", Source: source}, "test", "")
			return err
		})
		nameless := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.Exec(`update customers set first_name = ''`)
		o.owed(nameless, outreach.Email)
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(2)}), outreach.Email)
		o.work()
		o.expectContacts(
			"declined-safety/1 email suppressed template_renders_badly,no_address", "declined-safety/1 email accepted ",
		)
		why := o.Strings(`select why from contact_events where to_state = 'suppressed'`)
		if !strings.Contains(why[0], "customer.first_name") {
			o.t.Errorf("the history does not name what was missing: %s", why[0])
		}
	})
}
