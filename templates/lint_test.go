package templates

import (
	"fmt"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/templates/tone"
)

const (
	goodText = "{{shop.name}}: Hello {{customer.first_name | default \"there\"}}, your car can wait to be looked at. Reply STOP to opt out."
	goodMail = "Hello,\n\nthis is {{shop.name}}. We noted {{first.name}}.\n"
)

func TestLint(t *testing.T) {
	spanish := func(source string) string { return strings.Replace(source, "locale: en", "locale: es", 1) }
	tests := []struct {
		name, source string
		want         string // rule, severity, line, column and words of the one finding; "" for none
	}{
		{"good text", smsHead + goodText, ""},
		{"good mail", strings.Replace(mailHead, "Hi {{customer.first_name}}", "Your car", 1) + goodMail, ""},
		{"syntax", smsHead + "{{shop.nam}}: hi", `template.syntax error 7:3 ""`},
		{"possibly empty", smsHead + goodText + " {{vehicle.model}}", `placeholder.may-be-empty warning 7:123 ""`},
		{"guarded", smsHead + goodText + " {{if vehicle.model}}{{vehicle.model}}{{end}}{{if not order.number}}-{{else}}{{order.number}}{{end}}", ""},
		{"single braces", smsHead + goodText + " {customer.first_name}", `placeholder.brackets error 7:123 "{customer.first_name}"`},
		{"square brackets", smsHead + goodText + " [first_name]", `placeholder.brackets error 7:123 "[first_name]"`},
		{"emoji", smsHead + goodText + " 👍🏽", `sms.encoding warning 7:123 "👍"`},
		{"accent in English", smsHead + goodText + " así", `sms.encoding warning 7:125 "í"`},
		{"curly quotes are mended", smsHead + goodText + " “it’s”…", ""},
		{"no shop name", smsHead + strings.Replace(goodText, "{{shop.name}}: ", "", 1), `shop-name.missing error 7:1 ""`},
		{"no opt-out", smsHead + strings.Replace(goodText, " Reply STOP to opt out.", "", 1), `opt-out.missing error 7:1 ""`},
		{
			"long", smsHead + strings.Replace(goodText, "car", "car. "+strings.Repeat("We know it and like it. ", 12)+"It", 1),
			`sms.long warning 0:0 ""`,
		},
		{"accents in Spanish", spanish(smsHead + "{{shop.name}}: Hola. Está listo. Responda STOP para salir."), ""},
		{"refused for ordinary data", smsHead + goodText + " {{customer.company}}", `placeholder.may-be-empty warning 7:123 "", template.refused error 0:0 ""`},
		{"link", strings.Replace(mailHead, "Hi {{customer.first_name}}", "Your car", 1) + goodMail + "\n[more](javascript:x)", `link.address error 0:0 ""`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range Lint("x.md", []byte(test.source)) {
				if f.File != "x.md" || f.Why == "" {
					t.Errorf("incomplete finding %+v", f)
				}
				got = append(got, fmt.Sprintf("%s %s %d:%d %q", f.Rule, f.Severity, f.Line, f.Column, f.Text))
			}
			if strings.Join(got, ", ") != test.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), test.want)
			}
		})
	}
}

func TestLintFindsPressureWhereverItStands(t *testing.T) {
	mail := strings.Replace(mailHead, "Hi {{customer.first_name}}", "Last chance for your brakes", 1) + goodMail
	tests := []struct {
		name, source string
		line, column int
	}{
		{"body", smsHead + "{{shop.name}}: hello.\nThis is your last chance. Reply STOP to opt out.", 8, 14},
		{"subject", mail, 6, 10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, f := range Lint("x.md", []byte(test.source)) {
				if f.Severity == tone.Error && strings.EqualFold(f.Text, "last chance") && f.Line == test.line && f.Column == test.column {
					return
				}
			}
			t.Errorf("not found: %+v", Lint("x.md", []byte(test.source)))
		})
	}
}

func TestLintPlaybook(t *testing.T) {
	findings := LintPlaybook("x.yaml", []byte(strings.Replace(goodPlaybook, "30 8 * * 1-5", "30 2 * * 1-5", 1)))
	if len(findings) != 1 || findings[0].Severity != tone.Warning || findings[0].Line != 5 || findings[0].File != "x.yaml" {
		t.Errorf("got %+v", findings)
	}
	findings = LintPlaybook("x.yaml", []byte(strings.Replace(goodPlaybook, "trigger:", "triger:", 1)))
	if len(findings) != 2 || findings[0].Severity != tone.Error {
		t.Errorf("got %+v", findings)
	}
}
