package templates

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

func FuzzParsePlaybook(f *testing.F) {
	f.Add(goodPlaybook)
	for _, schedule := range []string{"TZ=0", "@every -1h", "0 0 31 2 *", "CRON_TZ=", "1-0 * * * *"} {
		f.Add(strings.Replace(goodPlaybook, "30 8 * * 1-5", schedule, 1))
	}
	f.Fuzz(func(t *testing.T, source string) {
		p, problems := ParsePlaybook([]byte(source))
		if problems == nil && (p.ID == "" || len(p.Steps) == 0 || p.ControlShare < 0 || p.ControlShare > 0.5) {
			t.Errorf("accepted %+v", p)
		}
	})
}

func FuzzParseRender(f *testing.F) {
	c, err := Shipped()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range c.Templates {
		f.Add(s.Text, "Pat")
	}
	for _, body := range []string{
		"{{if first.price}}{{else if vehicle.name}}\n{{end}}", "{{range services}}\n{{.name}}\n{{else}}{{end}}", "{{{{", "}}{{", "{{\"}}\"}}",
		"{{/* */}}{{/*}}", "{{customer.first_name | default \"\\\"\"}}", "[x]({{link.page}})", "* * *\n1) a\n\t- b", "“{{”", "{{end}}{{else}}",
	} {
		f.Add(smsHead+body, "*x*")
		f.Add(mailHead+body, "<b>")
	}
	f.Fuzz(func(t *testing.T, source, value string) {
		tmpl, problems := Parse([]byte(source))
		if (tmpl == nil) != (len(problems) > 0) {
			t.Fatalf("template %v with problems %v", tmpl, problems)
		}
		lines := 1 + strings.Count(source, "\n")
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines+1 || p.Column < 0 || p.Message == "" {
				t.Errorf("problem without a place: %+v", p)
			}
		}
		if tmpl == nil {
			return
		}
		d := sampleData()
		d.Customer.FirstName, d.Items[0].Line.Name, d.Items[0].Line.Finding = value, value, value
		d.Links.Page = value
		r, err := tmpl.Render(d)
		if err != nil {
			return
		}
		for _, text := range []string{r.Subject, r.Text, r.HTML} {
			if !utf8.ValidString(text) {
				t.Errorf("not UTF-8: %q", text)
			}
		}
		if strings.ContainsFunc(r.Subject, unicode.IsControl) {
			t.Errorf("control character in subject %q", r.Subject)
		}
		if tmpl.Channel == outreach.Email {
			shownWords(t, r.HTML)
			for _, l := range links(t, r.HTML) {
				scheme, _, _ := strings.Cut(strings.ToLower(l), ":")
				if scheme != "http" && scheme != "https" && scheme != "mailto" && scheme != "tel" {
					t.Errorf("link to %q", l)
				}
			}
		}
	})
}
