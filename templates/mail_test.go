package templates

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

const mailHead = "---\nname: test\nchannel: email\nlocale: en\nclass: marketing\nsubject: Hi {{customer.first_name}}\n---\n"

func TestMailShowsValuesAsTheyAre(t *testing.T) {
	for _, name := range []string{
		"*Pat*", "_x_ __y__", "[a](javascript:alert(1))", "![i](http://example.com/x.png)", "<script>alert(1)</script>",
		"&lt;b&gt; &amp; & \"q\" 'a'", "`code` ~~x~~", "# title", "1. one", "- item", "> quote", "---", "a\\*b\\", "{{shop.name}}",
		"<https://example.com>", "|a|b|", "é 😀 ñ", "===", "&nbsp;&#42;",
	} {
		t.Run(name, func(t *testing.T) {
			d := sampleData()
			d.Customer.FirstName = name
			r := render(t, mailHead+"{{customer.first_name}}\n\nA {{customer.first_name}} [b {{customer.first_name}}]({{link.page}}) c\n\n- {{customer.first_name}}\n", d)
			shown := clean(name, maxName)
			if r.Subject != "Hi "+shown {
				t.Errorf("subject %q", r.Subject)
			}
			words := shownWords(t, r.HTML)
			for _, want := range []string{shown, "A " + shown, "b " + shown} {
				if !strings.Contains(words, want) {
					t.Errorf("%q is not among the shown words:\n%s", want, words)
				}
			}
			flat := strings.Join(strings.Fields(r.Text), " ")
			if want := "A " + shown + " b " + shown + " (https://care.example.com/p/7Yk2vQexamplePageAB34cd) c"; !strings.Contains(flat, want) {
				t.Errorf("%q is not in the text:\n%s", want, r.Text)
			}
			if !strings.Contains(r.Text, "- "+shown) {
				t.Errorf("no list item in the text:\n%s", r.Text)
			}
		})
	}
}

func TestMailLinks(t *testing.T) {
	tests := []struct{ address, want string }{
		{"https://example.com/a?b=c&d=(e)", "https://example.com/a?b=c&d=(e)"},
		{"http://example.com", "http://example.com"},
		{"mailto:service@example.com", "mailto:service@example.com"},
		{"tel:+12125550123", "tel:+12125550123"},
		{"javascript:alert(1)", ""},
		{"JAVASCRIPT:alert(1)", ""},
		{"java\\script:alert(1)", ""},
		{"&#106;avascript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"vbscript:x", ""},
		{"file:///etc/passwd", ""},
		{"//example.com", ""},
		{"/relative", ""},
		{"https:", ""},
		{"#top", ""},
	}
	for _, test := range tests {
		r := render(t, mailHead+"see [here]("+test.address+")", sampleData())
		got := links(t, r.HTML)
		got = slices.DeleteFunc(got, func(l string) bool { return strings.HasPrefix(l, "https://care.example.com/u/") })
		if want := slices.DeleteFunc([]string{test.want}, func(l string) bool { return l == "" }); !slices.Equal(got, want) {
			t.Errorf("%s: got links %q, want %q", test.address, got, want)
		}
		if !strings.Contains(r.Text, "see here") {
			t.Errorf("%s: the words are lost:\n%s", test.address, r.Text)
		}
	}
}

func TestMailMarkdown(t *testing.T) {
	body := `# Title

One **two** *three*\
four
five &copy; <b>six</b>

1. a
2. b

   c

> said

- x
  - y

---

[tel](tel:+12125550123) [service@example.com](mailto:service@example.com) [https://example.com](https://example.com)
`
	r := render(t, mailHead+body, sampleData())
	wantText := `Title

One two three
four five © <b>six</b>

1. a

2. b

   c

> said

- x
  - y

---

tel (+12125550123) service@example.com https://example.com
`
	if got, _, _ := strings.Cut(r.Text, "\n---\nRiverside"); got != wantText {
		t.Errorf("text:\n%s\nwant:\n%s", got, wantText)
	}
	for _, want := range []string{"<h2", "<strong>two</strong>", "<em>three</em><br>", "<ol", "<blockquote", "<hr", "<ul"} {
		if !strings.Contains(r.HTML, want) {
			t.Errorf("no %s in\n%s", want, r.HTML)
		}
	}
	checkHTML(t, r.HTML)
}

func TestMailWrapsText(t *testing.T) {
	r := render(t, mailHead+strings.Repeat("wörter und ", 40)+"\n\n- "+strings.Repeat("item ", 40)+"\n\n"+strings.Repeat("x", 100), sampleData())
	for _, line := range strings.Split(r.Text, "\n") {
		if n := len([]rune(line)); n > lineWidth && !strings.HasPrefix(line, "xxx") {
			t.Errorf("%d characters: %s", n, line)
		}
		if strings.HasSuffix(line, " ") {
			t.Errorf("space at the end of %q", line)
		}
	}
	if !strings.Contains(r.Text, "\n  item") {
		t.Errorf("the list item is not indented:\n%s", r.Text)
	}
}

func TestMailFooterCannotBeLeftOut(t *testing.T) {
	full := sampleData()
	noLink, mailLink, onlyReply := full, full, full
	noLink.Links = Links{UnsubscribeMail: "unsubscribe@example.com"}
	mailLink.Links = Links{UnsubscribeMail: "mailto:unsubscribe@example.com?subject=unsubscribe%207"}
	onlyReply.Links = Links{}
	tests := []struct {
		name, locale string
		data         Data
		text         []string
		link         string
	}{
		{"link", "en", full, []string{"If you would", "rather not get these emails:\nhttps://care.example.com/u/7Yk2vQexampleUnsubscribe\n"}, "https://care.example.com/u/7Yk2vQexampleUnsubscribe"},
		{"link", "es", full, []string{"Si prefiere no", "https://care.example.com/u/7Yk2vQexampleUnsubscribe\n"}, "https://care.example.com/u/7Yk2vQexampleUnsubscribe"},
		{"mail", "en", noLink, []string{"or write to unsubscribe@example.com."}, "mailto:unsubscribe@example.com"},
		{"mail", "es", mailLink, []string{"o escriba a unsubscribe@example.com."}, "mailto:unsubscribe@example.com?subject=unsubscribe%207"},
		{"reply", "en", onlyReply, []string{"reply to this one and say so in any words."}, ""},
		{"reply", "es", onlyReply, []string{"responda a este y díganoslo con sus palabras."}, ""},
	}
	for _, test := range tests {
		t.Run(test.name+" "+test.locale, func(t *testing.T) {
			r := render(t, strings.Replace(mailHead, "locale: en", "locale: "+test.locale, 1)+"Hello\n\n<!--", test.data)
			flat := strings.Join(strings.Fields(r.Text), " ")
			for _, want := range append(test.text, "Riverside Auto Care LLC ·", "100 Example Street, Springfield, NY 10001", "(212) 555-0123") {
				if !strings.Contains(r.Text, want) && !strings.Contains(flat, want) {
					t.Errorf("no %q in\n%s", want, r.Text)
				}
			}
			if !strings.Contains(shownWords(t, r.HTML), "100 Example Street") || !strings.Contains(r.HTML, `<html lang="`+test.locale+`">`) {
				t.Errorf("no address or language in\n%s", r.HTML)
			}
			if got := links(t, r.HTML); test.link != "" && !slices.Contains(got, test.link) {
				t.Errorf("got links %q", got)
			}
		})
	}
}

func TestMailIsRefusedWithoutSender(t *testing.T) {
	d := sampleData()
	d.Shop.Name, d.Shop.PostalAddress = "", " "
	tmpl, _ := Parse([]byte(mailHead + "Hello"))
	var missing *MissingError
	if _, err := tmpl.Render(d); !errors.As(err, &missing) || !slices.Equal(missing.Fields, []string{"shop.name", "shop.address"}) {
		t.Errorf("got %v", err)
	}
}

func TestMailSubjectIsOneLine(t *testing.T) {
	d := sampleData()
	d.Customer.FirstName = "Pat\r\nBcc: everyone@example.com\u2028x"
	if got := render(t, mailHead+"Hello", d).Subject; got != "Hi Pat Bcc: everyone@example.com x" {
		t.Errorf("got %q", got)
	}
}

// checkHTML fails unless every element is closed in order.
func checkHTML(t *testing.T, page string) {
	t.Helper()
	var open []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("not closed: %v", open)
			}
			return
		case html.StartTagToken:
			name, _ := z.TagName()
			if !slices.Contains([]string{"meta", "br", "hr"}, string(name)) {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Errorf("</%s> closes %v in\n%s", name, open, page)
				return
			}
			open = open[:len(open)-1]
		case html.SelfClosingTagToken, html.CommentToken:
			t.Errorf("unexpected %s", z.Raw())
		}
	}
}

// elements calls visit for each node of a page.
func elements(t *testing.T, page string, visit func(*html.Node)) {
	t.Helper()
	checkHTML(t, page)
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		visit(n)
	}
}

var allowedElements = strings.Fields("html head meta title style body div h1 h2 h3 h4 h5 h6 main footer p br hr ul ol li blockquote em strong a")

func shownWords(t *testing.T, page string) string {
	t.Helper()
	var words strings.Builder
	elements(t, page, func(n *html.Node) {
		switch {
		case n.Type == html.TextNode && n.Parent.Data != "style":
			words.WriteString(n.Data)
		case n.Type == html.ElementNode && !slices.Contains(allowedElements, n.Data):
			t.Errorf("unexpected element %s", n.Data)
		}
	})
	return words.String()
}

func links(t *testing.T, page string) []string {
	t.Helper()
	var found []string
	elements(t, page, func(n *html.Node) {
		for _, a := range n.Attr {
			if a.Key == "href" || a.Key == "src" {
				found = append(found, a.Val)
			}
		}
	})
	return found
}

func TestSenderIsNamedOnce(t *testing.T) {
	for _, tt := range []struct{ name, legal, want string }{
		{"Maple Street Auto", "", "Maple Street Auto"},
		{"Maple Street Auto", "Maple Street Auto", "Maple Street Auto"},
		{"Maple Street Auto", "Maple Street Auto LLC", "Maple Street Auto LLC"},
		{"Maple Street Auto", "The MAPLE STREET AUTO Company", "The MAPLE STREET AUTO Company"},
		{"Maple Street Auto", "Example Holdings Inc.", "Maple Street Auto (Example Holdings Inc.)"},
	} {
		d := sampleData()
		d.Shop.Name, d.Shop.LegalName = tt.name, tt.legal
		if got, _, _ := strings.Cut(senderLine(&run{data: &d}), " · "); got != tt.want {
			t.Errorf("%q, legally %q, signs as %q; want %q", tt.name, tt.legal, got, tt.want)
		}
	}
}

func TestCreditsAreNoPrices(t *testing.T) {
	for _, minor := range []int64{0, -4500} {
		d := sampleData()
		d.Items[0].Line.Price.Minor, d.Items[0].Order.Total.Minor, d.Items[0].Canceled.Total.Minor = minor, minor, minor
		r := render(t, mailHead+"{{if first.price}}price{{end}}{{if order.total}}total{{end}}{{if canceled.total}}canceled{{end}}none\n", d)
		if !strings.HasPrefix(strings.TrimSpace(r.Text), "none") {
			t.Errorf("%d cents: %s", minor, r.Text)
		}
	}
}
