package templates

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
)

var update = flag.Bool("update", false, "write the golden files")

// stops matches two full stops in a row, which three dots are not.
var stops = regexp.MustCompile(`[^.]\.\.(?:[^.]|$)`)

func shipped(t *testing.T) Catalog {
	t.Helper()
	c, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestShippedTemplatesAreCourteous(t *testing.T) {
	for _, s := range shipped(t).Templates {
		for _, f := range Lint(s.File, []byte(s.Text)) {
			t.Errorf("%s:%d:%d %s %s (%s) %q: %s", f.File, f.Line, f.Column, f.Severity, f.Rule, f.Sample, f.Text, f.Why)
		}
	}
}

func TestShippedTemplatesRenderEverySample(t *testing.T) {
	for _, s := range shipped(t).Templates {
		tmpl, _ := Parse([]byte(s.Text))
		for _, sample := range Samples() {
			r, err := tmpl.Render(sample.Data)
			if err != nil {
				t.Errorf("%s, %s is refused: %v", s.File, sample.Name, err)
				continue
			}
			if strings.Contains(r.Text, "  ") && s.Channel == outreach.SMS || strings.Contains(r.Text, " .") || stops.MatchString(r.Text) {
				t.Errorf("%s, %s reads badly:\n%s", s.File, sample.Name, r.Text)
			}
			if s.Channel == outreach.Email {
				shownWords(t, r.HTML)
			}
		}
	}
}

func TestShippedTextsAreShort(t *testing.T) {
	for _, s := range shipped(t).Templates {
		if s.Channel != outreach.SMS {
			continue
		}
		tmpl, _ := Parse([]byte(s.Text))
		for _, sample := range Samples() {
			if !strings.HasPrefix(sample.Name, "canceled as") && (!sample.Typical || sample.Locale != s.Locale) {
				continue
			}
			r, err := tmpl.Render(sample.Data)
			if err != nil {
				t.Fatal(err)
			}
			if r.Segments > 3 || r.Encoding == GSM7 && r.Segments > 2 {
				t.Errorf("%s, %s: %d segments in %s:\n%s", s.File, sample.Name, r.Segments, r.Encoding, r.Text)
			}
		}
	}
}

// TestConfirmationOfAnOptOut: it names the shop, says that no more will come, and
// nothing besides, whatever is or is not known of the customer.
func TestConfirmationOfAnOptOut(t *testing.T) {
	promise := map[Locale]string{English: "No more messages will be sent", Spanish: "No le enviaremos otros mensajes"}
	for _, s := range shipped(t).Templates {
		if s.Name != outreach.ConfirmationTemplate {
			continue
		}
		said, known := promise[s.Locale]
		if !known || s.Channel != outreach.SMS || s.Class != outreach.Informational {
			t.Errorf("%s is not needed, or by another channel or class", s.File)
		}
		delete(promise, s.Locale)
		full := sampleData()
		full.Shop.Name = "Riverside Auto Care and Tires of Peña Street, Springfield"
		for _, d := range []Data{full, {Shop: full.Shop}} {
			r := render(t, s.Text, d)
			if r.Segments != 1 || r.Encoding != GSM7 || !strings.HasPrefix(r.Text, full.Shop.Name+": ") || !strings.Contains(r.Text, said) {
				t.Errorf("%s: %d segments in %s: %s", s.File, r.Segments, r.Encoding, r.Text)
			}
			if strings.ContainsAny(r.Text, "?¿0123456789%$") || strings.Contains(r.Text, "://") {
				t.Errorf("%s asks, sells or leads elsewhere: %s", s.File, r.Text)
			}
		}
	}
	if len(promise) > 0 {
		t.Errorf("no confirmation in %v", promise)
	}
}

// TestShippedMessagesOfferThePage wants the page's address in each text and mail
// where there is one, the shop's phone number either way, and no trace of it
// where there is none.
func TestShippedMessagesOfferThePage(t *testing.T) {
	with, without := sampleData(), sampleData()
	without.Links = Links{}
	for _, s := range shipped(t).Templates {
		if s.Channel == outreach.Call || s.Name == outreach.ConfirmationTemplate {
			continue
		}
		number := phone.Readable(with.Shop.Phone)
		if text := render(t, s.Text, with).Text; !strings.Contains(text, with.Links.Page) || !strings.Contains(text, number) {
			t.Errorf("%s does not offer the page and the phone:\n%s", s.File, text)
		}
		if text := render(t, s.Text, without).Text; strings.Contains(text, "https:") || !strings.Contains(text, number) {
			t.Errorf("%s without a public address:\n%s", s.File, text)
		}
	}
}

func TestShippedPlaybooks(t *testing.T) {
	c := shipped(t)
	var heads []Head
	for _, s := range c.Templates {
		heads = append(heads, s.Head)
		if want := string(s.Locale) + "/" + s.Name + "." + string(s.Channel) + ".md"; s.File != want {
			t.Errorf("%s should be called %s", s.File, want)
		}
	}
	byPriority := slices.SortedFunc(slices.Values(c.Playbooks), func(a, b PlaybookSource) int { return a.Priority - b.Priority })
	var order []string
	used := map[string]bool{}
	for _, p := range byPriority {
		order = append(order, p.ID)
		if p.File != p.ID+".yaml" {
			t.Errorf("%s should be called %s.yaml", p.File, p.ID)
		}
		for _, f := range LintPlaybook(p.File, []byte(p.Text)) {
			t.Errorf("%s: %s", p.File, f.Why)
		}
		for _, sentence := range MissingTemplates(p.Playbook, heads) {
			t.Error(sentence)
		}
		if p.Conditions.MaxAge == 0 {
			t.Errorf("%s would contact people about old history", p.ID)
		}
		for _, s := range p.Steps {
			for _, ch := range s.Channels {
				used[s.Template+string(ch)] = true
			}
		}
	}
	want := []string{"deferred", "declined-safety", "canceled-order", "declined-maintenance", "inspection-reminder"}
	if !slices.Equal(order, want) {
		t.Errorf("priorities give %v, want %v", order, want)
	}
	for _, h := range heads {
		if h.Name != outreach.ConfirmationTemplate && !used[h.Name+string(h.Channel)] {
			t.Errorf("no playbook uses template %s for %s", h.Name, h.Channel)
		}
	}
}

func TestMissingTemplates(t *testing.T) {
	p := outreach.Playbook{ID: "x", Steps: []outreach.Step{{Template: "a", Channels: []outreach.Channel{outreach.SMS, outreach.Email}}}}
	have := []Head{
		{Name: "a", Channel: outreach.SMS, Locale: English},
		{Name: "a", Channel: outreach.Email, Locale: English},
		{Name: "a", Channel: outreach.SMS, Locale: Spanish},
	}
	want := []string{"playbook x, step 1: there is no template a for email in es"}
	if got := MissingTemplates(p, have); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestGolden(t *testing.T) {
	c := shipped(t)
	for _, file := range []string{
		"en/declined-safety-1.sms.md", "en/declined-safety-1.email.md", "en/declined-safety-1.call.md",
		"es/declined-safety-1.sms.md", "es/declined-safety-1.email.md", "es/canceled-order.email.md",
	} {
		i := slices.IndexFunc(c.Templates, func(s Source) bool { return s.File == file })
		if i < 0 {
			t.Fatalf("no %s", file)
		}
		for _, sample := range Samples() {
			if !sample.Typical && sample.Name != "quotes, markup and emoji" || sample.Locale != "" && sample.Locale != c.Templates[i].Locale {
				continue
			}
			r := render(t, c.Templates[i].Text, sample.Data)
			name := strings.ReplaceAll(strings.TrimSuffix(file, ".md"), "/", "-") + "." + strings.Fields(strings.ReplaceAll(sample.Name, ",", ""))[0]
			golden(t, name+".txt", "Subject: "+r.Subject+"\n\n"+r.Text)
			if r.HTML != "" {
				golden(t, name+".html", r.HTML)
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run go test ./templates -update and look at the change\n%s", name, got)
	}
}
