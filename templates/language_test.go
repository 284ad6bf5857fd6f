package templates

import (
	"strings"
	"testing"
)

const smsHead = "---\nname: test\nchannel: sms\nlocale: en\nclass: marketing\n---\n"

const groupList = "; known are adviser, canceled, customer, first, link, order, others, shop, vehicle"

func TestParseReportsEveryMistakeWithItsPlace(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"unknown field", "Hi\nand {{customer.frist_name}}", `line 8, column 7: customer has no "frist_name"; did you mean customer.first_name?`},
		{"unknown group", "{{custmer.first_name}}", `line 7, column 3: there is no "custmer"; did you mean customer?`},
		{"unknown word", "{{firstname}}", `line 7, column 3: "firstname" is not part of the template language; did you mean first?`},
		{"column counts characters", "é😀ñ {{shop.nme}}", `line 7, column 7: shop has no "nme"; did you mean shop.name?`},
		{"group alone", "{{customer}}", "line 7, column 3: {{customer}} alone says nothing; choose one of customer.company, customer.first_name, customer.last_name, customer.name"},
		{"too deep", "{{customer.first_name.x}}", `line 7, column 3: customer has no "first_name.x"; did you mean customer.first_name?`},
		{"item outside the list", "{{.name}}", "line 7, column 3: .name is only known within {{range services}}; for the most serious item write {{first.name}}"},
		{"unknown item field", "{{range services}}{{.prize}}{{end}}", `line 7, column 21: an item has no "prize"; did you mean .price?`},
		{"dot", "{{range services}}{{.}}{{end}}", "line 7, column 21: {{.}} alone says nothing; choose one of .agreed_date, .finding, .is_safety, .name, .other_vehicle, .price, .price_until"},
		{"list printed", "{{services}}", "line 7, column 3: services is a list: write {{range services}}{{.name}}{{end}}"},
		{"field of the list", "{{services.name}}", "line 7, column 3: services is a list: use {{range services}}{{.name}}{{end}}, or {{first.name}} for the most serious"},
		{"condition printed", "{{canceled.is_no_show}}", "line 7, column 3: canceled.is_no_show can only be asked for: {{if canceled.is_no_show}}…{{end}}"},
		{"unclosed tag", "Hi {{customer.first_name", `line 7, column 4: this "{{" is never closed with "}}"`},
		{"half closed tag", "Hi {{shop.name} and {{shop.phone}}", `line 7, column 4: this "{{" is never closed with "}}"`},
		{"unopened tag", "Hi customer.first_name}}", `line 7, column 23: "}}" has no "{{" before it`},
		{"empty tag", "{{}}", "line 7, column 3: an empty tag; write the name of a placeholder, for example {{customer.first_name}}"},
		{"if without end", "{{if first.price}}x", "line 7, column 1: this {{if}} has no {{end}}"},
		{"if without condition", "{{if}}x{{end}}", "line 7, column 5: if needs a condition, for example {{if first.price}}"},
		{"end without if", "x{{end}}", "line 7, column 2: {{end}} has no {{if}} or {{range}} before it"},
		{"end with words", "{{if first.price}}x{{end if}}", "line 7, column 20: {{end}} stands alone, without further words"},
		{"else without if", "{{else}}", "line 7, column 1: {{else}} has no {{if}} before it"},
		{"else twice", "{{if first.price}}a{{else}}b{{else}}c{{end}}", "line 7, column 29: nothing may follow {{else}} but {{end}}"},
		{"else with something", "{{if first.price}}a{{else first.name}}b{{end}}", `line 7, column 20: after {{else}} only "if" and a condition may follow`},
		{"missing pipe", `{{customer.first_name default "x"}}`, `line 7, column 23: a "|" is missing before default`},
		{"unquoted default", `{{customer.first_name | default there}}`, `line 7, column 33: write the default in double quotes, for example | default "there"`},
		{"single quotes", `{{customer.first_name | default 'there'}}`, `line 7, column 3: cannot read {{customer.first_name | default 'there'}}: write the default in double quotes, for example | default "there"`},
		{"missing quote", "{{customer.first_name | default \"there}}\nx", `line 7, column 3: cannot read {{customer.first_name | default "there}}: a quotation mark is missing`},
		{"two defaults", `{{customer.first_name | default "a" | default "b"}}`, `line 7, column 39: one default with one text: | default "there"`},
		{"another filter", `{{customer.first_name | upper}}`, `line 7, column 25: after "|" only default "…" may follow, not upper`},
		{"default in a condition", `{{if first.price | default "x"}}a{{end}}`, `line 7, column 20: a condition asks whether a placeholder is there and takes no default`},
		{"comparison", `{{if eq first.price "x"}}a{{end}}`, `line 7, column 6: "eq" is not part of the template language` + groupList},
		{"printf", `{{printf "%d" 3}}`, `line 7, column 3: "printf" is not part of the template language` + groupList},
		{"call", "{{call customer.first_name}}", `line 7, column 3: "call" is not part of the template language` + groupList},
		{"html", "{{html shop.name}}", `line 7, column 3: "html" is not part of the template language` + groupList},
		{"index", "{{index services 0}}", `line 7, column 3: "index" is not part of the template language` + groupList},
		{"pipe into print", "{{shop.name | printf}}", `line 7, column 15: after "|" only default "…" may follow, not printf`},
		{"variable", "{{$x := shop.name}}", "line 7, column 3: variables are not allowed"},
		{"unknown variable", "{{$x}}", "line 7, column 3: cannot read {{$x}}: variables are not allowed"},
		{"root variable", "{{$.customer}}", "line 7, column 4: variables are not allowed"},
		{"number", "{{3}}", "line 7, column 3: only a placeholder may stand here, not 3"},
		{"text", `{{"x"}}`, `line 7, column 3: "x" is plain text and needs no braces`},
		{"define", `{{define "x"}}y{{end}}`, "line 7, column 1: {{define}} is not part of the template language; there are placeholders, {{if}} and {{range services}}"},
		{"template", `{{template "x"}}`, "line 7, column 1: {{template}} is not part of the template language; there are placeholders, {{if}} and {{range services}}"},
		{"with", "{{with shop.name}}x{{end}}", "line 7, column 1: {{with}} is not part of the template language; there are placeholders, {{if}} and {{range services}}"},
		{"range over a number", "{{range 2000000000}}x{{end}}", "line 7, column 9: only the list services can be repeated: {{range services}}…{{end}}"},
		{"range with variables", "{{range $i, $s := services}}x{{end}}", "line 7, column 9: only the list services can be repeated: {{range services}}…{{end}}"},
		{"range in range", "{{range services}}{{range services}}x{{end}}{{end}}", "line 7, column 27: a list cannot be repeated within itself"},
		{"trim marks", "a {{- if first.price -}} b{{end}}", `line 7, column 3: no "-" within the braces: an {{if}}, {{else}}, {{range}} or {{end}} alone on its line leaves no empty line`},
		{"depth", strings.Repeat("{{if first.price}}", 5) + "x" + strings.Repeat("{{end}}", 5), "line 7, column 73: more than 4 conditions within each other; use {{else if}} or two templates"},
		{
			"all at once", "{{customer.nam}}\n{{if}}{{vehicle.modle}}\n{{foo.bar}}", `line 7, column 3: customer has no "nam"; did you mean customer.name?
line 8, column 1: this {{if}} has no {{end}}
line 8, column 5: if needs a condition, for example {{if first.price}}
line 8, column 9: vehicle has no "modle"; did you mean vehicle.model?
line 9, column 3: there is no "foo"` + groupList,
		},
		{"control character", "a\nb\x00", "line 8, column 2: an invisible control character; delete it"},
		{"no text", " \n", "line 7: the template has no text"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tmpl, problems := Parse([]byte(smsHead + test.body))
			if tmpl != nil {
				t.Error("got a template in spite of the problems")
			}
			if got := message(problems); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func message(problems Problems) string {
	if err := problems.Err(); err != nil {
		return err.Error()
	}
	return ""
}

func TestParseReportsTheFrontMatter(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"none", "Hello", `line 1: a template begins with a line "---", then name, channel, locale and class, then another "---"`},
		{"unclosed", "---\nname: x\n", `line 1: the front matter is not closed by a second line "---"`},
		{"unknown key", strings.Replace(smsHead, "class", "clas", 1) + "x", "line 2, column 1: class is missing\nline 5, column 1: unknown key \"clas\"; did you mean class?"},
		{"twice", strings.Replace(smsHead, "locale: en", "locale: en\nlocale: es", 1) + "x", `line 5, column 1: key "locale" stands twice`},
		{"channel", strings.Replace(smsHead, "sms", "smss", 1) + "x", `line 3, column 10: unknown channel "smss"; did you mean sms?`},
		{"name", strings.Replace(smsHead, "test", "../Test", 1) + "x", "line 2, column 7: " + nameRule},
		{"subject of a text", strings.Replace(smsHead, "locale", "subject: x\nlocale", 1) + "x", "line 4, column 10: only an e-mail has a subject"},
		{"mail without subject", strings.Replace(smsHead, "sms", "email", 1) + "x", "line 2, column 1: subject is missing; every e-mail has one"},
		{
			"mistake in the subject", strings.Replace(smsHead, "sms", "email\nsubject: 'Your {{vehicle.modl}}'", 1) + "x",
			`line 4, column 18: vehicle has no "modl"; did you mean vehicle.model?`,
		},
		{"not YAML", "---\nname: [\n---\nx", "line 2: not readable as YAML: did not find expected node content"},
		{"not UTF-8", smsHead + "caf\xe9", "line 1: the file is not UTF-8 text; save it as UTF-8"},
		{"too long", smsHead + strings.Repeat("x", maxSource), "line 1: the file has 16444 bytes; a template may have at most 16384"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, problems := Parse([]byte(test.source)); message(problems) != test.want {
				t.Errorf("got  %s\nwant %s", message(problems), test.want)
			}
		})
	}
}

func TestParseForgivesEditors(t *testing.T) {
	for name, body := range map[string]string{
		"curly quotes":        "{{customer.last_name | default “there”}}",
		"no-break spaces":     "{{\u00a0customer.last_name\u00a0|\u00a0default\u00a0\"there\"\u00a0}}",
		"spaces and newlines": "{{ customer.last_name\n| default \"there\" }}",
		"braces in quotes":    `{{if order.number}}{{end}}{{customer.last_name | default "there"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			source := "\ufeff" + strings.ReplaceAll(smsHead+body, "\n", "\r\n")
			d := sampleData()
			d.Customer.LastName = ""
			if got := render(t, source, d).Text; got != "there" {
				t.Errorf("got %q", got)
			}
		})
	}
}

// render parses and renders; both must succeed.
func render(t *testing.T, source string, d Data) Rendered {
	t.Helper()
	tmpl, problems := Parse([]byte(source))
	if problems != nil {
		t.Fatalf("parse:\n%s", message(problems))
	}
	r, err := tmpl.Render(d)
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	return r
}
