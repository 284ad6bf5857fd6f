package staff

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// Somebody refused by mistake this morning and says so the same day: what they
// agree to now stands against what they took back.
func TestAgreedAgainOnTheSameDay(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		manager := o.signedIn(outreach.RoleManager)
		ana := b.AddCustomer(fixture.Customer{Phone: anasPhone, Texts: true})
		_, err := store.Consents{DB: b.DB}.OptOut(t.Context(), outreach.OptOut{
			Address: anasPhone, Person: true, Reason: "keyword", Source: "twilio", RecordedAt: noon.Add(-time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		at := fmt.Sprintf("/customers/%d", ana)
		if status, _, _ := manager.post(at+"/lift", "address", anasPhone, "asked", "1"); status != http.StatusSeeOther {
			t.Fatalf("lift: %d", status)
		}
		status, _, _ := manager.post(at+"/consent", "channel", "sms", "class", "marketing", "how", "on paper", "basis", "written",
			"wording", "You may text me.", "day", noon.Format(time.DateOnly))
		if status != http.StatusSeeOther {
			t.Fatalf("consent: %d", status)
		}
		newest := b.Strings(`select state from consents where customer_id = $1 order by occurred_at desc, id desc limit 1`, ana)
		if len(newest) != 1 || newest[0] != string(outreach.ConsentGiven) {
			t.Errorf("the last word in the ledger is %v", newest)
		}
	})
}
