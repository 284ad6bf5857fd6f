package staff

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// Whatever is sent, nothing breaks: each form does what it says or says what is
// wrong, and nothing is left for the operator's log.
func TestNobodyTypesThis(t *testing.T) {
	values := map[string]string{
		"no text":    "a\x00b\xff\xe2\x82c\xed\xa0\x80",
		"no number":  "99999999999999999999999999",
		"beyond ids": "9223372036854775807",
		"below ids":  "-9223372036854775808",
		"first day":  "0000-01-01",
		"a megabyte": strings.Repeat("ab c", 1<<18),
		"signs":      "a\r\nSet-Cookie: x=y\r\n\r\n\u202e👩‍👩‍👧‍👦 \"><b>{{.}}%s%00' or 1=1; --",
	}
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.seed()
		boss := o.signedIn(outreach.RoleGeneralManager)
		for name, value := range values {
			check := func(status int, what ...any) {
				t.Helper()
				if status >= 500 || strings.Contains(o.log.String(), "level=ERROR") {
					t.Errorf("%s, %v: %d %s", name, what, status, o.log)
				}
				o.log.Reset()
			}
			for _, form := range strangeForms {
				path, fields := o.strange(boss, form)
				for i := 0; i < len(fields); i += 2 {
					odd := append([]string(nil), fields...)
					odd[i+1] = value
					status, _, _ := boss.post(path, odd...)
					check(status, path, fields[i])
				}
			}
			if len(value) > 2000 {
				value = value[:2000]
			}
			for _, query := range strangeQueries {
				status, _, _ := boss.get(query + url.QueryEscape(value))
				check(status, query)
			}
		}
		for _, path := range []string{"/", "/calls", "/recovery", "/log", "/users", "/log.csv"} {
			if status, _, _ := boss.get(path); status != 200 {
				t.Errorf("afterwards %s: %d", path, status)
			}
		}
	})
}

// strange writes what a form is about and fills its numbers in.
func (o *office) strange(boss *person, form []string) (path string, fields []string) {
	o.t.Helper()
	n := o.Count(`select count(*) from customers`)
	number := fmt.Sprintf("+1312555%04d", n)
	who := o.AddCustomer(fixture.Customer{Name: "Ana Example", Phone: number, Texts: true})
	var task, call, planned, kase, last string
	newest := func(query string) string { return o.Strings(`select cast(max(id) as text) from ` + query)[0] }
	switch {
	case strings.Contains(form[0], "repl"):
		o.writes(number, "Can I wait there?", outreach.Task{Kind: outreach.TaskQuestion, DueAt: o.now.Add(time.Hour)})
		task, last = newest("tasks"), newest("contacts")
	case strings.Contains(form[0], "/calls/"):
		id, _ := o.AddOpenCall(fixture.OpenCall{Customer: who, Number: number, Since: noon})
		call = fmt.Sprint(id)
	case strings.Contains(form[0], "/contacts/"):
		id, _ := o.AddPlanned(fixture.Planned{Customer: who, Channel: outreach.SMS, Due: noon})
		planned = fmt.Sprint(id)
	case strings.Contains(form[0], "/recovery/"):
		boss.post("/recovery", "customer_id", fmt.Sprint(who), "happened", "a scratch")
		kase = newest("recovery_cases")
	}
	fill := strings.NewReplacer("{customer}", fmt.Sprint(who), "{task}", task, "{call}", call, "{planned}", planned, "{case}", kase, "{number}", number, "{last}", last)
	for _, field := range form[1:] {
		fields = append(fields, fill.Replace(field))
	}
	return fill.Replace(form[0]), fields
}

// strangeForms are addresses with their fields as a person would fill them in.
var strangeForms = [][]string{
	{"/signin", "login", "adviser", "password", secret, "to", "/"},
	{"/stop", "why", "a reason"},
	{"/resume", "channel", "sms", "seen", "1"},
	{"/replies/{task}", "note", "x", "outcome", "answered"},
	{"/contacts/{planned}/hold", "to", "/"},
	{"/contacts/{planned}/remove", "note", "x", "to", "/"},
	{"/calls/{call}", "outcome", "voicemail", "day", "2026-06-03", "note", "x", "with", "{call}", "reply", "1"},
	{"/recovery", "order_id", "", "customer_id", "{customer}", "happened", "x"},
	{"/recovery", "order", "7001", "happened", "x"},
	{"/recovery/{case}", "version", "0", "value", "10", "insured", "1", "apologized_on", "2026-06-01", "decide_by", "2026-06-06", "happened", "x"},
	{"/recovery/{case}/decision", "version", "0", "decision", "x"},
	{"/recovery/{case}/mistake", "version", "0", "reason", "x"},
	{"/customers/{customer}/reply", "answers", "{last}", "seen", "{last}", "advised", "x", "any_hour", "1", "words", "Gladly"},
	{"/customers/{customer}/note", "words", "x"},
	{
		"/customers/{customer}/call", "outcome", "reached", "day", "2026-06-01", "time", "10:00", "number", "{number}", "answers", "1",
		"call", "", "note", "x",
	},
	{
		"/customers/{customer}/consent", "channel", "sms", "class", "marketing", "how", "on paper", "basis", "written", "day", "2026-06-01",
		"time", "10:00", "when", "earlier", "wording", "x",
	},
	{"/customers/{customer}/optout", "channel", "all", "how", "in person"},
	{"/customers/{customer}/lift", "address", "{number}", "asked", "1"},
	{"/users", "login", "new", "name", "New", "role", "adviser", "adviser", "New", "email", "new@shop.test", "password", secret},
	{"/users/1", "name", "Boss", "role", "general_manager", "adviser", ""},
}

var strangeQueries = []string{
	"/signin?to=", "/ahead/2026-06-02?after=", "/ahead/", "/contacts/", "/customers/", "/recovery/", "/log?q=", "/log?vehicle=", "/log?order=",
	"/log?state=", "/log?reason=", "/log?from=", "/log?customer_id=", "/log?before=", "/log.csv?q=", "/log.csv?playbook=", "/calls?changed=",
	"/recovery?customer_id=", "/recovery?search=", "/customers?q=", "/customers/1?older=",
}
