package staff

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/templates"
)

// People read what a playbook is called, in the newest version; its id stands only
// in addresses and in files for other programs.
func TestNamesOfPlaybooks(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.seed()
		call, pat := o.callFor("Pat Example") // by declined-safety
		followUp := int64(b.Count(`select max(id) from follow_ups`))
		sent, _ := b.AddSent(fixture.Sent{Customer: pat, FollowUp: followUp, Channel: outreach.SMS, To: calleePhone, At: noon.AddDate(0, 0, -7), Body: "Hello."})
		ahead, _ := b.AddPlanned(fixture.Planned{Customer: b.AddCustomer(fixture.Customer{Email: "kim@example.com"}), Channel: outreach.Email, Due: noon.Add(time.Hour)})
		shipped, err := templates.Shipped()
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(shipped.Playbooks, func(p templates.PlaybookSource) bool { return p.ID == "declined-safety" })
		renamed := strings.Replace(shipped.Playbooks[at].Text, "name: Required repairs left for later", "name: Brakes & <tires>", 1)
		for _, d := range []outreach.Document{
			{Name: "declined-safety", Source: renamed},
			{Name: "unnamed", Source: "::"},
		} {
			if _, _, err := (store.Documents{DB: b.DB}).AddPlaybook(t.Context(), noon, d, "pat"); err != nil {
				t.Fatal(err)
			}
		}
		b.Exec(`update contacts set playbook_id = 'unnamed' where id = $1`, ahead)
		ana := o.signedIn(outreach.RoleAdviser)
		for page, name := range map[string]string{
			"/": "unnamed, step 1", "/calls": "Brakes &amp; &lt;tires&gt;", "/log": ">Brakes &amp; &lt;tires&gt;</option>",
			path("/contacts/%d", sent):  "<dd>Brakes &amp; &lt;tires&gt;, version",
			path("/contacts/%d", ahead): "<dd>unnamed, version",
			path("/customers/%d", pat):  "the one on the list (Brakes &amp; &lt;tires&gt;)",
		} {
			status, body, _ := ana.get(page)
			answers(t, page, status, http.StatusOK, body, name)
			shown := strings.NewReplacer(`value="declined-safety"`, "", "declined-safety-1", "").Replace(body) // the latter is a template
			if strings.Contains(shown, "declined-safety") {
				_, after, _ := strings.Cut(shown, "declined-safety")
				t.Errorf("%s shows an id: …declined-safety%.60s", page, after)
			}
		}
		if status, body, _ := ana.get("/log?playbook=declined-safety"); status != http.StatusOK || !strings.Contains(body, `selected>Brakes`) {
			t.Errorf("the filter: %d", status)
		}
		if err := (store.Calls{DB: b.DB}).End(t.Context(), noon, store.CallEnd{ContactID: call, Outcome: outreach.CallNotNeeded, EndReason: "not_needed", Who: "pat"}); err != nil {
			t.Fatal(err)
		}
		_, body, _ := ana.get(path("/customers/%d", pat))
		answers(t, "the timeline", http.StatusOK, http.StatusOK, body, "Follow-up ended early: Brakes &amp; &lt;tires&gt;")
	})
}
