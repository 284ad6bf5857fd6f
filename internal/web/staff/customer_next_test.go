package staff

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// A customer's page and the page Today say the same of the next step.
func TestNextStepAsOnToday(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.seed()
		adviser := o.signedIn(outreach.RoleAdviser)
		plan := func(name, mail string, channel outreach.Channel, due time.Time) (customer int64) {
			customer = b.AddCustomer(fixture.Customer{Name: name, Email: mail})
			pads := b.Lines(b.Declines(customer, noon.AddDate(0, 0, -3), "Front brake pads"))[0]
			b.AddPlanned(fixture.Planned{Customer: customer, Channel: channel, Due: due, Line: pads})
			return customer
		}
		goes := plan("Ana Example", "ana@example.com", outreach.Email, noon.Add(time.Hour))
		// A text is planned, and there is only an address for mails.
		other := plan("Cal Example", "cal@example.com", outreach.SMS, noon.Add(time.Hour))
		night := plan("Dot Example", "dot@example.com", outreach.Email, noon.Add(10*time.Hour))
		never := plan("Ben Example", "ben@example.com", outreach.Email, noon.Add(time.Hour))
		if _, err := (store.Consents{DB: b.DB}).OptOut(t.Context(), outreach.OptOut{Address: "ben@example.com", Reason: "keyword", Source: "test", RecordedAt: noon}); err != nil {
			t.Fatal(err)
		}
		const refused = "The customer asked not to be contacted at this number or address."
		for _, tt := range []struct {
			customer       int64
			today, page    []string
			todayNo, notOn []string
		}{
			{goes, []string{"1:00 PM", "https://shop.example.com/p/", "The address in it opens the customer’s own page, once this has gone out."}, []string{"step 1, by e-mail, not before Tue Jun 2, 1:00 PM"}, []string{"will wait", "will not go"}, []string{"will not go"}},
			{other, []string{`<span class="how"> e-mail`}, []string{"step 1, by e-mail, not before Tue Jun 2, 1:00 PM"}, nil, []string{"by text"}},
			{night, []string{"will wait"}, []string{"step 1, by e-mail, waits at least until Wed Jun 3, 9:00 AM", "outside the hours"}, []string{"will not go"}, []string{"not before"}},
			{never, []string{"will not go", refused}, []string{"step 1, by e-mail, will not go out, as things stand. " + refused}, []string{"The address in it"}, []string{"not before"}},
		} {
			expect(t, row(t, adviser.today(), tt.customer), tt.today, tt.todayNo...)
			_, page, _ := adviser.get(fmt.Sprintf("/customers/%d", tt.customer))
			expect(t, page, tt.page, tt.notOn...)
		}
	})
}

// row is what the page Today says of a customer's contact.
func row(t *testing.T, page string, customer int64) string {
	t.Helper()
	for _, part := range strings.Split(page, `<details class="row"`)[1:] {
		if strings.Contains(part, fmt.Sprintf(`href="/customers/%d"`, customer)) {
			return part
		}
	}
	t.Fatalf("customer %d is not on the page", customer)
	return ""
}
