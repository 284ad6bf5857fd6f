package staff

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestCustomerPageInWords shows what people do and where things come from in words,
// and never the codes that are kept.
func TestCustomerPageInWords(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		meg := o.signedIn(outreach.RoleManager)
		o.Exec(`update users set name = 'Meg Example' where login = 'manager'`)
		ana, path := o.client()
		o.Exec(`update customers set locale = 'es' where id = $1`, ana)
		o.Exec(`insert into consents (customer_id, channel, state, basis, wording, source, occurred_at) values ($1, 'sms', 'given', 'express', 'sms_ok = yes', 'import:shop-system', $2)`,
			ana, time.Date(2026, 5, 4, 5, 0, 0, 0, time.UTC))
		_, body, _ := meg.get(path)
		meg.post(path+"/reply", "seen", hidden(t, body, "seen"), "answers", hidden(t, body, "answers"), "words", "Yes, you can.")
		meg.agree(path, "when", "now")
		o.now = o.now.Add(time.Minute)
		meg.post(path+"/note", "words", "Waits here.")
		if status, _, _ := meg.post(path+"/optout", "channel", "all", "how", "by phone"); status != http.StatusSeeOther {
			t.Fatal(status)
		}
		_, err := store.Consents{DB: b.DB}.OptOut(t.Context(), outreach.OptOut{
			Address: anasPhone, Channel: outreach.Call, Reason: "told_to_staff: at the counter", Source: "cli:root", RecordedAt: o.now,
		})
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ = meg.get(path)
		mentions(t, body,
			"speaks Spanish", "Recorded by Meg Example, in person", "Recorded by an import (shop-system)", "Note by Meg Example", "Text by Meg Example",
			"told somebody at the shop by phone, Meg Example", "Meg Example: answered: in writing", "Mon May 4, 2026",
			"told somebody at the shop: at the counter, root, on the command line")
		for _, code := range []string{"told_to_staff", "told to staff", "staff:", "import:", "cli:", "answered: contact", "language es", "12:00 AM"} {
			if strings.Contains(body, code) {
				i := strings.Index(body, code)
				t.Errorf("the page shows %q: %s", code, body[max(i-200, 0):i+50])
			}
		}
	})
}
