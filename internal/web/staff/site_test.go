package staff

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// What was done is told once, on the next page that is shown, and never beside
// what went wrong.
func TestToldOnce(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		kim, lou := b.AddCustomer(fixture.Customer{Name: "Kim Example"}), b.AddCustomer(fixture.Customer{Name: "Lou Example"})
		p := o.signedIn(outreach.RoleAdviser)
		const told = "The note is in the timeline."
		_, _, to := p.post(path("/customers/%d/note", kim), "words", "Prefers mornings.")
		for what, address := range map[string]string{"nowhere": "/nowhere", "an unknown contact": "/contacts/999999"} {
			if _, page, _ := p.get(address); strings.Contains(page, told) {
				t.Errorf("%s tells of the note", what)
			}
		}
		if _, page, _ := p.get(to); !strings.Contains(page, told) {
			t.Error("the customer's page does not tell of the note")
		}
		for _, id := range []int64{kim, lou} {
			if _, page, _ := p.get(path("/customers/%d", id)); strings.Contains(page, told) {
				t.Errorf("customer %d: told again", id)
			}
		}
	})
}

// Whoever wrote until the session had ended signs in and sends it again.
func TestWordsOutliveTheSession(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		kim := b.AddCustomer(fixture.Customer{Name: "Kim Example"})
		p := o.signedIn(outreach.RoleAdviser)
		p.post("/signout")
		const words = "Front pads:\n<b>2 mm</b> left"
		status, page, _ := p.post(path("/customers/%d/note", kim), "words", words, "seen", "12")
		if status != http.StatusUnauthorized {
			t.Errorf("status %d", status)
		}
		expect(t, page, []string{
			"You are not signed in any more", path(`action="/customers/%d/note"`, kim), "Front pads: &lt;b&gt;2 mm&lt;/b&gt; left</textarea>",
			`<input type="hidden" name="seen" value="12">`, `href="/signin"`,
		})
		if n := b.Count(`select count(*) from notes`); n != 0 {
			t.Errorf("%d notes", n)
		}
		_, page, _ = p.post("/password", "old", secret, "new", "several more words", "again", "several more words")
		expect(t, page, []string{"You are not signed in any more"}, secret, "several more words")
	})
}

// A form of another site changes nothing and says why, on a page like the others.
func TestForeignForm(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		p := o.signedIn(outreach.RoleAdviser)
		req, err := http.NewRequest(http.MethodPost, o.url+"/stop", strings.NewReader(url.Values{"why": {"x"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", "https://elsewhere.example")
		status, page, _ := p.do(req)
		if status != http.StatusForbidden || b.Count(`select count(*) from controls where name = 'stop_all'`) != 0 {
			t.Errorf("status %d", status)
		}
		expect(t, page, []string{"was not sent from these pages", "staff.url"})
	})
}

func TestNowhere(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		status, page, _ := open(t, b).anybody().get("/nowhere")
		if status != http.StatusNotFound || !strings.Contains(page, "There is no page at this address.") {
			t.Errorf("%d: %s", status, page)
		}
	})
}
