package templates

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

func TestRenderPlaceholders(t *testing.T) {
	spanish := strings.Replace(smsHead, "locale: en", "locale: es", 1)
	tests := []struct{ name, head, body, want string }{
		{"fields", smsHead, "{{shop.name}} {{shop.phone}} {{vehicle.year}} {{vehicle.make}} {{vehicle.model}} {{order.number}}", "Riverside Auto Care (212) 555-0123 2016 Honda Civic 20417"},
		{"names", smsHead, "{{customer.name}}, {{adviser.name}}, {{adviser.first_name}}", "Pat Sample, Dana Example, Dana"},
		{"money and dates", smsHead, "{{first.price}} until {{first.price_until}}, {{canceled.total}}", "$486 until June 30, $486"},
		{"dates in Spanish", spanish, "{{first.price}} hasta el {{first.price_until}}", "$486 hasta el 30 de junio"},
		{"condition", smsHead, "{{if first.price}}yes{{else}}no{{end}} {{if customer.company}}yes{{else}}no{{end}}", "yes no"},
		{"not", smsHead, "{{if not customer.company}}person{{end}}", "person"},
		{"else if", smsHead, "{{if canceled.is_no_show}}a{{else if canceled.is_appointment_canceled}}b{{else}}c{{end}}", "b"},
		{"list", smsHead, "{{range services}}{{.name}}: {{.finding}}; {{end}}", "Front brake pads: pads 2 mm, rotors at discard; Cabin air filter: dirty;"},
		{"count", smsHead, "and {{others.count}} other{{if not others.is_one}}s{{end}}", "and one other"},
		{"lines alone leave none", smsHead, "a\n{{if first.price}}\nb\n{{end}}\nc\n\nd", "a b c\nd"},
		{"comment", smsHead, "a{{/* for the manager */}}b", "ab"},
		{"spaces collapse", smsHead, "a  {{if customer.company}}x{{end}}  b", "a b"},
		{"word processor's marks", smsHead, "“It’s” – 5\u00a0min…", `"It's" - 5 min...`},
		{"composed", smsHead, "jalapen\u0303o", "jalapeño"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := render(t, test.head+test.body, sampleData()).Text; got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestRenderNeverLeavesAHole(t *testing.T) {
	tests := []struct{ body, want string }{
		{"{{customer.company}}", "customer.company is empty for this customer and the template gives no default"},
		{
			"{{customer.company}} {{shop.legal_name}} {{customer.company}}",
			"customer.company, shop.legal_name are empty for this customer and the template gives no default",
		},
		{"{{link.page}}", "link.page is empty for this customer and the template gives no default"},
	}
	for _, test := range tests {
		tmpl, problems := Parse([]byte(smsHead + test.body))
		if problems != nil {
			t.Fatal(message(problems))
		}
		d := sampleData()
		d.Shop.LegalName, d.Links.Page = "", "https://example.com/with a space"
		r, err := tmpl.Render(d)
		var missing *MissingError
		if !errors.As(err, &missing) || err.Error() != test.want || r != (Rendered{}) {
			t.Errorf("%s: got %v and %+v", test.body, err, r)
		}
	}
	tmpl, _ := Parse([]byte(smsHead + "{{range services}}{{.name}}{{end}}"))
	if _, err := tmpl.Render(Data{}); err == nil || !strings.HasPrefix(err.Error(), "services is empty") {
		t.Errorf("empty list: got %v", err)
	}
	if got := render(t, smsHead+`{{customer.company | default ""}}x`, Data{}).Text; got != "x" {
		t.Errorf("empty default: got %q", got)
	}
}

func TestRenderGreetsOnlyPeople(t *testing.T) {
	d := sampleData()
	d.Customer.Kind, d.Customer.Company = outreach.Fleet, "Example Fleet"
	got := render(t, smsHead+`{{customer.first_name | default "there"}} {{customer.name}}`, d).Text
	if got != "there Example Fleet" {
		t.Errorf("got %q", got)
	}
}

func TestRenderNamesTheMostSeriousFirst(t *testing.T) {
	d := sampleData()
	d.Items[0], d.Items[1] = d.Items[1], d.Items[0]
	d.Items[0].Vehicle = &outreach.Vehicle{ID: 2, Make: "Ford", Model: "F-150"}
	got := render(t, smsHead+"{{first.name}}, {{vehicle.name}}:{{range services}} {{.name}}{{if .other_vehicle}} ({{.other_vehicle}}){{end}}{{end}}", d).Text
	if want := "Front brake pads, Honda Civic: Front brake pads Cabin air filter (Ford F-150)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if d.Items[0].Line.Name != "Cabin air filter" {
		t.Error("the caller's items were reordered")
	}
}

func TestRenderRefusesEndlessText(t *testing.T) {
	tmpl, problems := Parse([]byte(smsHead + "{{range services}}" + strings.Repeat("{{.finding}}", 200) + "{{end}}"))
	if problems != nil {
		t.Fatal(message(problems))
	}
	d := sampleData()
	d.Items[0].Line.Finding, d.Items[1].Line.Finding = strings.Repeat("x", 500), strings.Repeat("y", 500)
	if _, err := tmpl.Render(d); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Pat", "Pat"},
		{"  Pat \t\r\n O'Neil ", "Pat O'Neil"},
		{"a\x00b\u202ec\u200bd\u2066e", "abcde"},
		{"caf\xe9", "caf"},
		{"Zoe\u0308", "Zoë"},
		{"👨‍👩‍👧 ☀️", "👨‍👩‍👧 ☀️"},
		{"", ""},
		{"\x00 ", ""},
		{strings.Repeat("x", maxName), strings.Repeat("x", maxName)},
		{strings.Repeat("x", 500), strings.Repeat("x", maxName-1) + "…"},
		{strings.Repeat("ab ", 100), strings.Repeat("ab ", 26) + "a…"},
		{strings.Repeat("👨‍👩‍👧", 100), strings.Repeat("👨‍👩‍👧", 15) + "👨‍👩…"},
	}
	for _, test := range tests {
		got := clean(test.in, maxName)
		if got != test.want {
			t.Errorf("clean(%.20q) = %q, want %q", test.in, got, test.want)
		}
		if n := utf8.RuneCountInString(got); n > maxName {
			t.Errorf("clean(%.20q) has %d characters", test.in, n)
		}
	}
}

func TestDateShowsTheYearWhenInDoubt(t *testing.T) {
	now := time.Date(2026, 12, 20, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		day    time.Time
		locale Locale
		want   string
	}{
		{time.Date(2027, 1, 3, 0, 0, 0, 0, time.UTC), English, "January 3"},
		{time.Date(2027, 9, 3, 0, 0, 0, 0, time.UTC), English, "September 3, 2027"},
		{time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Spanish, "1 de marzo de 2026"},
		{time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Spanish, "1 de diciembre"},
		{time.Time{}, Spanish, ""},
	}
	for _, test := range tests {
		if got := test.locale.Date(test.day, now); got != test.want {
			t.Errorf("%v: got %q, want %q", test.day, got, test.want)
		}
	}
}

func TestDateIsTheShops(t *testing.T) {
	d := sampleData()
	d.Zone = nil // America/New_York, from the shop
	d.Items[0].Line.PriceValidUntil = time.Date(2026, 6, 30, 3, 59, 0, 0, time.UTC)
	if got := render(t, smsHead+"{{first.price_until}}", d).Text; got != "June 29" {
		t.Errorf("got %q", got)
	}
}

func TestTemplateServesManyAtOnce(t *testing.T) {
	c, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Templates[:6] {
		tmpl, _ := Parse([]byte(s.Text))
		want, err := tmpl.Render(sampleData())
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if got, err := tmpl.Render(sampleData()); err != nil || got != want {
					t.Errorf("%s: got %+v, %v", s.File, got, err)
				}
			})
		}
		group.Wait()
	}
}

func BenchmarkRender(b *testing.B) {
	c, err := Shipped()
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range c.Templates {
		if s.Name != "declined-safety-1" || s.Locale != English {
			continue
		}
		tmpl, _ := Parse([]byte(s.Text))
		d := sampleData()
		b.Run(string(s.Channel), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := tmpl.Render(d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
