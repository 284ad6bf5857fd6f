package staff

import (
	"net/http"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// What was said in calls stands open in the timeline, like the words of a text; what
// was to be said does not stand in its place.
func TestWhatWasSaidStandsOpen(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana := o.signedIn(outreach.RoleAdviser)
		call, pat := o.callFor("Pat Example")
		customer := path("/customers/%d", pat)
		for _, form := range [][]string{
			{path("/calls/%d", call), "outcome", "no_answer", "day", "2026-06-04", "note", "Rang out."},
			{path("/calls/%d", call), "outcome", "voicemail", "day", "2026-06-05"},
			{path("/calls/%d", call), "outcome", "booked", "note", "Comes on Monday " + nasty},
			{customer + "/call", "outcome", "reached", "note", "Asked for the hours.", "day", "2026-06-02", "time", "11:00"},
		} {
			if status, body, _ := ana.post(form[0], form[1:]...); status != http.StatusSeeOther {
				t.Fatalf("%q: %d %s", form, status, body)
			}
		}
		status, body, _ := ana.get(customer)
		answers(t, "timeline", status, http.StatusOK, body,
			`<blockquote class="words">Tue Jun 2, 12:00 PM, adviser: No answer. Rang out.`+"\nTue Jun 2, 12:00 PM, adviser: Left a voicemail.\nComes on Monday &lt;script&gt;",
			`<blockquote class="words">Asked for the hours.</blockquote>`, `What to say</summary><div class="words say">Say what was measured.`,
			"Call by adviser", `name="day" type="date" max="2026-06-02" value="2026-06-02" required`, `type="time" value="12:00" required`)
		if strings.Contains(body, `<blockquote class="words">Say what`) {
			t.Error("what was to be said stands as what was said")
		}
		status, body, _ = ana.get(path("/contacts/%d", call))
		answers(t, "the contact", status, http.StatusOK, body, "No answer. Rang out.", "Booked a visit. Comes on Monday")
	})
}
