package staff

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// caseFor opens a case and returns its address.
func (o *office) caseFor(who *person) string {
	o.t.Helper()
	customer := o.AddCustomer(fixture.Customer{Name: "Pat Example", Phone: calleePhone})
	status, _, to := who.post("/recovery", "customer_id", path("%d", customer), "happened", "The oil ran out.")
	if status != http.StatusSeeOther {
		o.t.Fatalf("open: %d", status)
	}
	return to
}

func TestFactsOfACase(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana := o.signedIn(outreach.RoleAdviser)
		to := o.caseFor(ana)
		status, _, _ := ana.post(to, "version", "0", "happened", "The drain plug was loose. "+nasty, "apologized_by", "Gus Sample",
			"apologized_on", "2026-06-02", "value", "$12,000", "repair", "5,000.50", "insured", "4000", "asked", "A new engine.",
			"offered", "A rental car.", "next_step", "Ana calls.", "next_by", "2026-06-03", "decide_by", "2026-06-05")
		if status != http.StatusSeeOther {
			t.Fatalf("save: %d", status)
		}
		status, body, _ := ana.get(to)
		answers(t, "saved", status, http.StatusOK, body, "The case is saved.", "The drain plug was loose. &lt;script&gt;", `value="Gus Sample"`, `value="2026-06-02"`,
			"$12,000", "− $5,000.50", "$6,999.50", "expected to cover $4,000", "$2,999.50 of the estimate is left", "decides by Fri Jun 5, 2026",
			"from “The oil ran out.” to “The drain plug was loose.")
		got := b.Strings(`select value_minor, repair_minor, insured_minor, currency, version from recovery_cases`)
		if !slices.Equal(got, []string{"1200000 500050 400000 USD 1"}) {
			t.Errorf("kept %q", got)
		}
		for name, c := range map[string]struct{ field, typed, says string }{
			"no amount":          {"value", "a lot", "such as 1,234.50"},
			"another currency":   {"repair", "CAD 5", "in USD"},
			"below nothing":      {"insured", "-5", "such as 1,234.50"},
			"no day":             {"next_by", "soon", "as year, month and day"},
			"a day to come":      {"apologized_on", "2026-06-03", "once it was made"},
			"decided yesterday":  {"decide_by", "2026-06-01", "The day of “To be decided by” has passed"},
			"done yesterday":     {"next_by", "2020-01-01", "The day of “Next step by” has passed"},
			"words without end":  {"asked", strings.Repeat("a", longestText+1), "write less"},
			"a form without end": {"version", "", "not complete"},
		} {
			fields := []string{"version", "1", "happened", "typed words", c.field, c.typed}
			if c.field == "version" {
				fields = fields[2:]
			}
			status, body, _ := ana.post(to, fields...)
			answers(t, name, status, http.StatusUnprocessableEntity, body, c.says)
			if c.field != "version" && !strings.Contains(body, "typed words") {
				t.Errorf("%s: what was typed is lost", name)
			}
		}
		if n := b.Count(`select version from recovery_cases`); n != 1 {
			t.Errorf("version %d", n)
		}
		o.now = noon.AddDate(0, 0, 2) // a deadline that has passed by itself may stay
		o.Exec(`update sessions set expires_at = $1`, time.Now().AddDate(9, 0, 0))
		if status, _, _ := ana.post(to, "version", "1", "happened", "x", "next_by", "2026-06-03", "decide_by", "2026-06-05"); status != http.StatusSeeOther {
			t.Errorf("an overdue case cannot be written on: %d", status)
		}
	})
}

// The second of two people is shown what the first changed and keeps their words.
func TestTwoPeopleEditACase(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana, gus := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)
		to := o.caseFor(ana)
		was := []string{"version", "0", "was_happened", "The oil ran out.", "was_decide_by", "2026-06-04", "decide_by", "2026-06-04"}
		if status, _, _ := gus.post(to, append(was, "happened", "The plug was loose.", "asked", "A new engine.")...); status != http.StatusSeeOther {
			t.Fatalf("the first: %d", status)
		}
		status, body, _ := ana.post(to, append(was, "happened", "The filter leaked.", "offered", "A rental car.")...)
		answers(t, "the second", status, http.StatusConflict, body, "Somebody else changed this case", "manager, Tue Jun 2, 12:00 PM: what happened from",
			">The filter leaked.</textarea>", "Somebody else wrote here: The plug was loose.", ">A rental car.</textarea>", ">A new engine.</textarea>",
			`name="version" value="1"`)
		if got := b.Strings(`select what_happened, offered from recovery_cases`); !slices.Equal(got, []string{"The plug was loose. "}) {
			t.Errorf("kept %q", got)
		}
		statuses := make([]int, 8)
		var all sync.WaitGroup
		for i := range statuses {
			all.Go(func() { statuses[i], _, _ = gus.post(to, "version", "1", "happened", path("Version %d", i)) })
		}
		all.Wait()
		slices.Sort(statuses)
		if statuses[0] != http.StatusSeeOther || statuses[1] != http.StatusConflict || statuses[7] != http.StatusConflict {
			t.Errorf("eight at once: %v", statuses)
		}
	})
}

// Advisers write facts, managers close what was none, the general manager decides
// and closes after that.
func TestRightsOfACase(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		ana, gus, gm := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager), o.signedIn(outreach.RoleGeneralManager)
		to := o.caseFor(ana)
		for name, c := range map[string]struct {
			who    *person
			path   string
			fields []string
			status int
			says   string
		}{
			"an adviser decides":         {ana, "/decision", []string{"version", "0", "decision", "x"}, http.StatusForbidden, "for the general manager"},
			"a manager decides":          {gus, "/decision", []string{"version", "0", "decision", "x"}, http.StatusForbidden, "for the general manager"},
			"a manager closes":           {gus, "/close", []string{"version", "0", "lesson", "x"}, http.StatusForbidden, "for the general manager"},
			"an adviser drops it":        {ana, "/mistake", []string{"version", "0", "reason", "x"}, http.StatusForbidden, "for managers"},
			"closed before decided":      {gm, "/close", []string{"version", "0", "lesson", "typed words"}, http.StatusUnprocessableEntity, "Decide first"},
			"decided without words":      {gm, "/decision", []string{"version", "0", "decision", " "}, http.StatusUnprocessableEntity, "Write down what you decided"},
			"dropped without a reason":   {gus, "/mistake", []string{"version", "0"}, http.StatusUnprocessableEntity, "why this was no case"},
			"no such case":               {gus, "9999/mistake", []string{"version", "0", "reason", "x"}, http.StatusNotFound, "no such case"},
			"decided on an old version":  {gm, "/decision", []string{"version", "-1", "decision", "typed words"}, http.StatusConflict, "typed words"},
			"dropped on another version": {gus, "/mistake", []string{"version", "-1", "reason", "typed words"}, http.StatusConflict, "typed words"},
		} {
			status, body, _ := c.who.post(to+c.path, c.fields...)
			answers(t, name, status, c.status, body, c.says)
		}
		if _, body, _ := ana.get(to); strings.Contains(body, "/decision") || strings.Contains(body, "/mistake") {
			t.Error("an adviser is shown buttons that do not work")
		}
		if status, _, _ := gm.post(to+"/decision", "version", "0", "decision", "We pay for the engine."); status != http.StatusSeeOther {
			t.Fatalf("decide: %d", status)
		}
		status, body, _ := gus.post(to+"/mistake", "version", "1", "reason", "x")
		answers(t, "dropped after the decision", status, http.StatusUnprocessableEntity, body, "general manager decided")
		status, body, _ = gm.post(to+"/close", "version", "1", "lesson", "")
		answers(t, "closed without a lesson", status, http.StatusUnprocessableEntity, body, "what the shop learned")
		if status, _, _ := gm.post(to+"/close", "version", "1", "lesson", "Two people look at the plug."); status != http.StatusSeeOther {
			t.Fatalf("close: %d", status)
		}
		status, body, _ = ana.post(to, "version", "2", "happened", "typed words")
		answers(t, "changed when closed", status, http.StatusConflict, body, "closed meanwhile", "typed words", "Two people look at the plug.")
		status, body, _ = ana.get("/recovery?search=plug")
		answers(t, "search", status, http.StatusOK, body, "Lesson: Two people look at the plug.", "No case is open")
		got := b.Strings(`select who, what, detail from audit_log where object like 'recovery case %' order by id`)
		want := []string{
			"adviser open recovery case The oil ran out.",
			"general_manager decide recovery case decision: “We pay for the engine.”",
			"general_manager close recovery case lesson: “Two people look at the plug.”",
		}
		if !slices.Equal(got, want) {
			t.Errorf("audit log %q", got)
		}
	})
}

func TestCaseOpenedByMistake(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		gus := o.signedIn(outreach.RoleManager)
		to := o.caseFor(gus)
		if status, _, _ := gus.post(to+"/mistake", "version", "0", "reason", "It was another car."); status != http.StatusSeeOther {
			t.Fatalf("status %d", status)
		}
		status, body, _ := gus.get(to)
		answers(t, "closed", status, http.StatusOK, body, "The case is closed as opened by mistake.", "Opened by mistake: It was another car.")
	})
}
