package staff

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

const (
	anasPhone = "+13125550141"
	anasMail  = "ana@example.com"
)

// client is a customer with a car, something left undone, and a question.
func (o *office) client() (id int64, path string) {
	o.t.Helper()
	id = o.AddCustomer(fixture.Customer{Name: "Ana <i>Example</i>", Phone: anasPhone, Email: anasMail})
	car := o.AddVehicle(id, "2018 Subaru Outback")
	o.Exec(`update vehicles set plate = '<b>AB', vin = 'VIN1' where id = $1`, car)
	o.AddOrder(fixture.Order{Customer: id, Vehicle: car, Number: "7001", Closed: o.now.AddDate(0, 0, -9), Lines: []fixture.Line{
		{Name: "Front brake pads", Finding: "2 mm <b>left</b>", Severity: outreach.SeveritySafety, Price: 42_000},
		{Name: "Recall", Auth: outreach.Authorized, PayType: "warranty", Done: o.now.AddDate(0, 0, -9)},
	}})
	o.writes(anasPhone, "Can I wait <b>there</b>?", outreach.Task{Kind: outreach.TaskQuestion, DueAt: o.now.Add(time.Hour)})
	return id, "/customers/" + strconv.FormatInt(id, 10)
}

// hidden reads a hidden field of the form for an answer.
func hidden(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `"[^>]* value="(\w+)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("the page has no field %s", name)
	}
	return m[1]
}

func mentions(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	if strings.Contains(body, "<script>") || strings.Contains(body, "<b>") || strings.Contains(body, "<i>") {
		t.Error("what somebody wrote is not escaped")
	}
}

func TestCustomerPage(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		pat := o.signedIn(outreach.RoleAdviser)
		id, path := o.client()
		kin := o.AddCustomer(fixture.Customer{Name: "Kim Example", Phone: anasPhone, Email: "kim@example.com"})
		if err := (store.Customers{DB: b.DB}).AddNote(t.Context(), o.now, kin, "pat", "Kim's secret"); err != nil {
			t.Fatal(err)
		}
		o.Exec(`insert into appointments (shop_id, customer_id, starts_at) values ('main', $1, $2)`, id, o.now.AddDate(0, 0, 3))
		status, body, _ := pat.get(path)
		if status != http.StatusOK {
			t.Fatal(status)
		}
		mentions(t, body, "<h1>Ana &lt;i&gt;Example&lt;/i&gt;</h1>", "(312) 555-0141", "Kim Example", "Front brake pads", "$420", "2 mm &lt;b&gt;left",
			"warranty", "order 7001", "Can I wait &lt;b&gt;there", "Waiting for an answer", "Answer by text", "Appointment", "&lt;b&gt;AB")
		if strings.Contains(body, "Kim's secret") || strings.Contains(body, "kim@example.com") {
			t.Error("something of another customer")
		}
		o.Exec(`insert into recovery_cases (shop_id, customer_id, opened_at) values ('main', $1, $2)`, kin, o.now)
		_, body, _ = pat.get(path)
		mentions(t, body, "A recovery case is open for somebody who shares", "Nothing automatic goes out")
		o.Exec(`update customers set merged_into = $1 where id = $2`, id, kin)
		if status, _, to := pat.get("/customers/" + strconv.FormatInt(kin, 10)); status != http.StatusSeeOther || to != path {
			t.Errorf("merged: %d %s", status, to)
		}
		for _, bad := range []string{"/customers/0", "/customers/x", "/customers/999999"} {
			if status, _, _ := pat.get(bad); status != http.StatusNotFound {
				t.Errorf("%s: %d", bad, status)
			}
		}
		for _, mark := range []string{"x", "1-2", "99999999999999999999-1-1", "-9223372036854775808-1-1", "9223372036854775807-1-1", "1-1-1'"} {
			if status, _, _ := pat.get(path + "?older=" + mark); status != http.StatusOK {
				t.Errorf("from %s: %d", mark, status)
			}
		}
		for range store.TimelinePage + 5 {
			o.Exec(`insert into notes (customer_id, at, by_whom, words) values ($1, $2, 'pat', 'one of many')`, id, o.now)
		}
		_, body, _ = pat.get(path)
		older := regexp.MustCompile(`class="older" href="([^"]+)"`).FindStringSubmatch(body)
		if older == nil || strings.Count(body, "one of many") != store.TimelinePage {
			t.Fatalf("%d entries, older %v", strings.Count(body, "one of many"), older)
		}
		_, body, _ = pat.get(strings.TrimSuffix(older[1], "#timeline"))
		if strings.Count(body, "one of many") != 5 || strings.Contains(body, `class="older"`) {
			t.Error("the second page is not the rest")
		}
	})
}

func TestSearchPage(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		pat := o.signedIn(outreach.RoleAdviser)
		_, path := o.client()
		for query, want := range map[string]string{
			"ana": path, "312-555-0141": path, "5550141": path, "7001": path, anasMail: path, "nobody": "No customer found", "": "Find",
			strings.Repeat("a", 5000): "No customer found", "\x00\xff' or 1=1 --": "No customer found", "<script>": "No customer found",
		} {
			status, body, _ := pat.get("/customers?q=" + escape(query))
			if status != http.StatusOK {
				t.Errorf("%q: %d", query, status)
			}
			mentions(t, body, want)
		}
		for i := range mostFound + 1 {
			o.AddCustomer(fixture.Customer{Name: fmt.Sprintf("Sam Many%d", i)})
		}
		if _, body, _ := pat.get("/customers?q=many"); strings.Count(body, `href="/customers/`) != mostFound || !strings.Contains(body, "narrow it") {
			t.Error("too many are shown, or it is not said")
		}
	})
}

func TestAnswerOnPage(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		pat, meg := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)
		_, path := o.client()
		_, body, _ := pat.get(path)
		seen, asked := hidden(t, body, "seen"), hidden(t, body, "answers")
		send := func(p *person, words string, more ...string) (int, string, string) {
			return p.post(path+"/reply", append([]string{"seen", seen, "answers", asked, "words", words}, more...)...)
		}
		count := func() int { return b.Count(`select count(*) from contacts where written_by <> ''`) }

		if status, body, _ := send(pat, "  \n "); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Write something") {
			t.Errorf("nothing written: %d", status)
		}
		status, body, _ := send(pat, strings.Repeat("many words ", 90)+"😀")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("a text without end: %d", status)
		}
		mentions(t, body, "is 1011 characters long; the shop allows 268 (4 messages in one). Without the sign “😀” it could have 612.")
		status, body, _ = send(pat, "Reply YES to confirm.")
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "phone companies act") || !strings.Contains(body, "Reply YES to confirm.") {
			t.Errorf("a control word: %d", status)
		}
		if status, _, _ := send(pat, "Reply YES to confirm.", "advised", hidden(t, body, "advised")); status != http.StatusUnprocessableEntity {
			t.Errorf("a control word, insisted on: %d", status)
		}
		const pushy = "You are welcome to wait. Act now before it is too late!"
		status, body, _ = send(pat, pushy)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "Send it as it is") || count() != 0 {
			t.Fatalf("pushy: %d", status)
		}
		o.Exec(`update customers set time_zone = 'Europe/Athens'`) // far from home, on a holiday
		advised := hidden(t, body, "advised")
		if status, body, _ = send(pat, pushy, "advised", advised); status != http.StatusUnprocessableEntity || !strings.Contains(body, "It is 8:00 PM where the customer lives") || count() != 0 {
			t.Errorf("in the evening: %d", status)
		}
		status, _, to := send(pat, pushy, "advised", advised, "any_hour", "yes")
		if status != http.StatusSeeOther || count() != 1 {
			t.Fatalf("sent: %d", status)
		}
		got := b.Strings(`select state, written_by, any_hour, body, address from contacts join contact_words on contact_id = id where written_by <> ''`)[0]
		want := "planned adviser 1 Example Auto Care: " + pushy + " " + anasPhone
		if got != want && got != strings.Replace(want, " 1 ", " true ", 1) {
			t.Errorf("planned: %s", got)
		}
		if n := b.Count(`select count(*) from tasks where done_at is null`); n != 0 {
			t.Errorf("%d tasks are open", n)
		}
		_, body, _ = pat.get(path)
		mentions(t, body, `id="`+to[strings.Index(to, "#")+1:]+`"`, "Text by adviser", "on its way")
		// The second to answer learns of it, with the words kept.
		status, body, _ = send(meg, "Yes, do come.", "any_hour", "yes")
		if status != http.StatusConflict || !strings.Contains(body, "newer message") || !strings.Contains(body, "Yes, do come.") || count() != 1 {
			t.Errorf("the second: %d, %d planned", status, count())
		}
		if !strings.HasPrefix(to, path+"#contact-") {
			t.Errorf("leads to %s", to)
		}
		o.Exec(`insert into opt_outs (address, reason, source, recorded_at) values ($1, 'stop', 'test', $2)`, anasPhone, o.now)
		_, body, _ = meg.get(path)
		mentions(t, body, "This cannot be answered by text", "asked not to be contacted")
		seen = b.Strings(`select max(id) from contacts`)[0]
		if status, _, _ := send(meg, "Yes, do come.", "any_hour", "yes"); status != http.StatusUnprocessableEntity || count() != 1 {
			t.Errorf("after the no: %d", status)
		}
		if strings.Contains(o.log.String(), anasPhone) {
			t.Error("the number is in the log")
		}
	})
}

func TestWriteDown(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		pat, meg := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleManager)
		_, path := o.client()
		call := []string{"outcome", "booked", "note", "Comes <b>Monday</b>", "day", "2026-06-02", "time", "11:30", "number", anasPhone, "answers", "yes"}
		consent := []string{"channel", "sms", "class", "marketing", "basis", "written", "how", "on paper", "wording", "I agree <b>to texts</b>", "day", "2026-06-01"}
		with := func(fields []string, name, value string) []string {
			out := slices.Clone(fields)
			out[slices.Index(out, name)+1] = value
			return out
		}
		for name, tc := range map[string]struct {
			to     string
			fields []string
		}{
			"empty note":            {"/note", []string{"words", " "}},
			"long note":             {"/note", []string{"words", strings.Repeat("x", 20_000)}},
			"no outcome":            {"/call", with(call, "outcome", "sent")},
			"a call to come":        {"/call", with(call, "time", "23:30")},
			"no time":               {"/call", with(call, "time", "")},
			"a strange day":         {"/call", with(call, "day", "yesterday")},
			"somebody's number":     {"/call", with(call, "number", "+13125550199")},
			"whose wrong number":    {"/call", with(with(call, "outcome", "wrong_number"), "number", "+13125550199")},
			"consent to nothing":    {"/consent", with(consent, "channel", "")},
			"consent for anything":  {"/consent", with(consent, "class", "")},
			"consent somehow":       {"/consent", with(consent, "how", "telepathy")},
			"spoken is not written": {"/consent", with(consent, "how", "by phone")},
			"consent without basis": {"/consent", with(consent, "basis", "implied")},
			"consent without words": {"/consent", with(consent, "wording", " ")},
			"consent without a day": {"/consent", with(consent, "day", "")},
			"consent some day":      {"/consent", with(consent, "day", "June")},
			"consent ahead":         {"/consent", with(consent, "day", "2026-06-09")},
			"left alone from what":  {"/optout", []string{"how", "by phone"}},
			"left alone, how":       {"/optout", []string{"channel", "all"}},
		} {
			status, body, _ := pat.post(path+tc.to, tc.fields...)
			if status != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
				t.Errorf("%s: %d", name, status)
			}
		}
		if status, _, _ := pat.post(path+"/call", append(slices.Clone(call), "call", "77")...); status != http.StatusConflict {
			t.Errorf("a call that is not on the list: %d", status)
		}
		if n := b.Count(`select count(*) from audit_log where who = 'adviser'`); n != 0 {
			t.Fatalf("%d things were recorded", n)
		}
		do := func(p *person, to string, fields ...string) {
			t.Helper()
			if status, body, _ := p.post(path+to, fields...); status != http.StatusSeeOther {
				t.Fatalf("%s: %d %s", to, status, regexp.MustCompile(`role="alert">([^<]*)`).FindString(body))
			}
		}
		do(pat, "/note", "words", "Likes coffee & "+hostile)
		do(pat, "/call", call...)
		do(pat, "/consent", consent...)
		do(pat, "/optout", "channel", "email", "how", "in person")
		_, body, _ := meg.get(path)
		mentions(t, body, "Likes coffee &amp;", "Comes &lt;b&gt;Monday", "Booked a visit", "I agree &lt;b&gt;to texts", "Agreed to texts, offers and reminders, in writing",
			"Left alone by e-mail", "To be left alone: ana@example.com, by e-mail")
		if got := b.Strings(`select state, channel, written_by, ended_at is not null, handed_at is null from contacts where channel = 'call'`); len(got) != 1 || !strings.HasPrefix(got[0], "booked call adviser") {
			t.Errorf("the call: %v", got)
		}
		if n := b.Count(`select count(*) from tasks where done_at is null`); n != 0 {
			t.Error("what they wrote still waits")
		}
		if status, _, _ := pat.post(path+"/lift", "asked", "yes", "address", anasMail); status != http.StatusForbidden {
			t.Errorf("an adviser lifts: %d", status)
		}
		if status, _, _ := meg.post(path+"/lift", "address", anasMail); status != http.StatusUnprocessableEntity {
			t.Errorf("lifted unasked: %d", status)
		}
		do(meg, "/lift", "asked", "yes", "address", anasMail)
		_, body, _ = meg.get(path)
		mentions(t, body, "To hear from us again: ana@example.com", "The customer asked to hear from us again.", "By manager")
		want := []string{"adviser add note", "adviser deal with reply", "adviser record call", "adviser record consent", "adviser opt out", "adviser record opt-out", "manager lift opt-out"}
		if got := b.Strings(`select who, what from audit_log where who in ('adviser', 'manager') order by id`); !slices.Equal(got, want) {
			t.Errorf("audit log: %q", got)
		}
	})
}
