package staff

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// A person can be held, let go and taken off, each by one who is told when they
// come too late.
func TestHoldAndRemove(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		c := b.AddCustomer(fixture.Customer{Name: "Ana Example", Email: "ana@example.com"})
		id, _ := b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon})
		path := fmt.Sprintf("/contacts/%d/", id)
		adviser, manager := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)
		for _, step := range []struct {
			who    *person
			do     string
			status int
			says   string // on the answer, or on the page it leads to
		}{
			{adviser, "letgo", http.StatusConflict, "Nobody holds it back any more."},
			{adviser, "hold", http.StatusSeeOther, "adviser has held it back since Tue Jun 2, 12:00 PM. Unless it is let go, it expires on Tue Jun 9"},
			{manager, "hold", http.StatusConflict, "adviser has held it back since Tue Jun 2, 12:00 PM."},
			{manager, "letgo", http.StatusSeeOther, "It goes out when its time comes."},
			{manager, "remove", http.StatusSeeOther, "This person was taken off the list."},
			{adviser, "remove", http.StatusConflict, "manager took this person off the list on Tue Jun 2, 12:00 PM. Nothing was changed."},
			{adviser, "hold", http.StatusConflict, "manager took this person off the list"},
		} {
			status, body, to := step.who.post(path+step.do, "note", hostile, "to", "/ahead/2026-06-02")
			if status != step.status {
				t.Errorf("%s: %d", step.do, status)
			}
			if status == http.StatusSeeOther {
				if to != "/ahead/2026-06-02" {
					t.Errorf("%s leads to %s", step.do, to)
				}
				body = step.who.today()
			}
			expect(t, body, []string{step.says}, "<script>")
		}
		if got := b.Contacts(); !slices.Equal(got, []string{"declined-safety/1 email canceled removed_by_staff"}) {
			t.Errorf("contacts %q", got)
		}
		for _, do := range []string{"hold", "letgo", "remove"} {
			if status, _, _ := adviser.post("/contacts/999999/" + do); status != http.StatusNotFound {
				t.Errorf("%s what there is not: %d", do, status)
			}
			if status, _, _ := adviser.post("/contacts/x/" + do); status != http.StatusNotFound {
				t.Errorf("%s a contact without a number: %d", do, status)
			}
		}
		if status, _, to := adviser.post(path+"hold", "to", "https://elsewhere.test/"); status != http.StatusConflict {
			t.Errorf("%d %s", status, to)
		}
	})
}

// What has gone out cannot be held back any more, and the page says so.
func TestHoldTooLate(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		c := b.AddCustomer(fixture.Customer{Email: "ana@example.com"})
		id, _ := b.AddSent(fixture.Sent{Customer: c, Channel: outreach.Email, To: "ana@example.com", At: noon})
		status, body, _ := o.signedIn(outreach.RoleAdviser).post(fmt.Sprintf("/contacts/%d/hold", id))
		if status != http.StatusConflict {
			t.Errorf("%d", status)
		}
		expect(t, body, []string{"It has gone out already. Nothing was changed."})
	})
}

// A contact's own page offers the same as Today, for as long as it is planned, and no
// longer.
func TestHoldOnThePageOfTheContact(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.seed()
		ana := b.AddCustomer(fixture.Customer{Name: "Ana Example", Email: "ana@example.com"})
		id, _ := b.AddPlanned(fixture.Planned{
			Customer: ana, Channel: outreach.Email, Due: noon.Add(time.Hour), Line: b.Lines(b.Declines(ana, noon.AddDate(0, 0, -9), "Rear rotors"))[0],
		})
		p, page := o.signedIn(outreach.RoleAdviser), path("/contacts/%d", id)
		for _, step := range []struct{ do, then string }{{"", "hold"}, {"/hold", "letgo"}, {"/letgo", "hold"}, {"/remove", ""}} {
			if step.do != "" {
				if status, _, to := p.post(page+step.do, "to", page); status != http.StatusSeeOther || to != page {
					t.Fatalf("%s: %d %s", step.do, status, to)
				}
			}
			_, body, _ := p.get(page)
			for _, do := range []string{"hold", "letgo", "remove"} {
				want := do == step.then || do == "remove" && step.then != ""
				if strings.Contains(body, path(`action="%s/%s"`, page, do)) != want {
					t.Errorf("after %q: the button %s should be there: %v", step.do, do, want)
				}
			}
			if strings.Contains(body, "Rear rotors") != (step.then != "") {
				t.Errorf("after %q: its words are shown or not", step.do)
			}
		}
	})
}

// An answer is not held back, and the page does not speak of others who let it go.
func TestAnswersAreNotHeld(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		c := b.AddCustomer(fixture.Customer{Email: "ana@example.com"})
		id, _ := b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon})
		b.Exec(`update contacts set step = 0, follow_up_id = null, written_by = 'pat'`)
		for _, do := range []string{"hold", "letgo", "remove"} {
			status, body, _ := o.signedIn(outreach.RoleAdviser).post(fmt.Sprintf("/contacts/%d/%s", id, do))
			answers(t, do, status, http.StatusConflict, body, "goes out within minutes or not at all")
		}
	})
}

func TestRemoveAtTheSameTime(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		c := b.AddCustomer(fixture.Customer{Email: "ana@example.com"})
		id, _ := b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon})
		if got := o.together(fmt.Sprintf("/contacts/%d/remove", id)); !slices.Equal(got, []int{http.StatusSeeOther, http.StatusConflict}) {
			t.Errorf("answers %v", got)
		}
	})
}

// Each page on which a contact that is held back stands says who holds it, and
// since when; also once its time is over.
func TestWhoHoldsItBack(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana := b.AddCustomer(fixture.Customer{Name: "Ana Example", Email: "ana@example.com"})
		id, _ := b.AddPlanned(fixture.Planned{Customer: ana, Channel: outreach.Email, Due: noon.Add(time.Hour)})
		adviser := o.signedIn(outreach.RoleAdviser)
		adviser.post(fmt.Sprintf("/contacts/%d/hold", id), "to", "/")
		o.now = noon.Add(10 * time.Minute)
		contact, customer := fmt.Sprintf("/contacts/%d", id), fmt.Sprintf("/customers/%d", ana)
		for page, says := range map[string]string{
			"/": "adviser has held it back since Tue Jun 2, 12:00 PM", contact: "adviser has held it back since Tue Jun 2, 12:00 PM",
			customer: "held back by adviser since Tue Jun 2, 12:00 PM",
		} {
			status, body, _ := adviser.get(page)
			answers(t, page, status, http.StatusOK, body, says)
			if strings.Contains(body, "Somebody at the shop") {
				t.Errorf("%s says it twice", page)
			}
		}
		if _, err := (store.Queue{DB: b.DB}).Expire(t.Context(), noon.AddDate(0, 0, 8), "daemon 1"); err != nil {
			t.Fatal(err)
		}
		status, body, _ := adviser.get(contact)
		answers(t, "expired", status, http.StatusOK, body, "adviser had held it back since Tue Jun 2, 12:00 PM")
	})
}
