package intent

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestLabeledReplies holds the rules to the labeled replies: above all, a
// refusal must never pass as an ordinary reply.
func TestLabeledReplies(t *testing.T) {
	t.Parallel()
	examples, results := everyExample(t), map[string]Result{}
	for _, e := range examples {
		if _, ok := results[e.Text]; !ok {
			results[e.Text] = Classify(e.Text)
		}
	}
	stricter := 0
	for _, e := range examples {
		got := results[e.Text]
		switch {
		case got.Class == e.Class || got.Class == Hold && e.Class == Revoke: // a person will see to it
		case got.Class == Hold && e.Class == None, got.Class == Revoke && e.Class == Hold:
			stricter++
		default:
			t.Errorf("%q is %s/%s by %s, want %s/%s", e.Text, got.Class, got.Detail, got.Rule, e.Class, e.Detail)
		}
	}
	if stricter > len(examples)/300 {
		t.Errorf("%d replies of %d are read more strictly than labeled; want at most one in three hundred", stricter, len(examples))
	}
	figures, err := classFigures(func(text string) Result { return results[text] })
	if err != nil {
		t.Fatal(err)
	}
	if table := Table(figures); !strings.Contains(documentation(t), table) {
		t.Errorf("the table in docs/replies.md is not that of `courtesyd replies figures`:\n%s", table)
	}
}

func TestLabelsAreClasses(t *testing.T) {
	count := map[string]int{}
	for _, part := range corpusParts {
		for _, language := range corpusLanguages {
			examples, err := Corpus(part, language)
			if err != nil {
				t.Fatal(err)
			}
			count[language] += len(examples)
			for _, e := range examples {
				if !slices.Contains(e.Class.Details(), e.Detail) {
					t.Errorf("%s.%s: %q has the label %s/%s, which there is not", part, language, e.Text, e.Class, e.Detail)
				}
			}
		}
	}
	if count["en"] < 300 || count["es"] < 250 {
		t.Errorf("%d English and %d Spanish replies are labeled; want 300 and 250", count["en"], count["es"])
	}
}

func TestRulesNameClassesAndReasons(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range shipped().rules {
		if !slices.Contains(r.class.Details(), r.detail) {
			t.Errorf("rule %s: there is no detail %s/%s", r.id, r.class, r.detail)
		}
		if seen[r.id] {
			t.Errorf("two rules are named %s", r.id)
		}
		if seen[r.id] = true; r.why == "" || Why(r.id) != r.why {
			t.Errorf("rule %s: no reason is given, or another: %q", r.id, Why(r.id))
		}
	}
}

func TestEveryDetailIsDocumented(t *testing.T) {
	doc := documentation(t)
	for _, class := range Classes() {
		for _, detail := range class.Details() {
			if !strings.Contains(doc, "`"+string(detail)+"`") {
				t.Errorf("docs/replies.md does not explain %s", detail)
			}
		}
	}
}

func documentation(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("../../../docs/replies.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

func TestQuotedMessageIsNotTheirs(t *testing.T) {
	t.Parallel()
	const ours = "Hi Maria, your front pads measured 3 mm. Reply STOP to opt out."
	for name, test := range map[string]struct {
		text string
		want Class
	}{
		"reply by e-mail":      {"Thursday works\n\nOn Mon, Mar 2, 2026 at 9:00 AM Example Garage <a@example.com> wrote:\n> " + ours, None},
		"below the quotation":  {"On Mon, Mar 2, 2026 Example Garage wrote:\n> " + ours + "\nstop", Revoke},
		"above the quotation":  {"remove me\n\nOn Mon, Mar 2, 2026 Example Garage wrote:\n" + ours, Revoke},
		"in quotation marks":   {"\"" + ours + "\" what does that mean?", None},
		"thumb up":             {"Liked “" + ours + "”", None},
		"thumb down":           {"Disliked “" + ours + "”", Hold},
		"Spanish reaction":     {"Le gustó “" + ours + "”", None},
		"a word in quotations": {"I said \"stop\"", Revoke},
	} {
		if got := Classify(test.text); got.Class != test.want {
			t.Errorf("%s: %+v, want %s", name, got, test.want)
		}
	}
}

func TestLongReplies(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for name, test := range map[string]struct {
		text string
		want Class
	}{
		"nothing found in time":  {strings.Repeat("brakes ", mb/7), Hold},
		"refusal at the start":   {"stop texting me " + strings.Repeat("a", mb), Revoke},
		"nothing but stop":       {strings.Repeat("stop ", mb/5), Revoke},
		"letters set apart":      {strings.Repeat("s t o p ", mb/8), Revoke},
		"lines of quotations":    {strings.Repeat("> x\n", mb/4), Hold},
		"openings of quotations": {strings.Repeat("“", mb), Hold},
		"no text at all":         {strings.Repeat("\xff", mb), Hold},
		"lines like headers":     {strings.Repeat("On x\n", mb/5), Hold},
	} {
		if got := Classify(test.text); got.Class != test.want {
			t.Errorf("%s: %+v, want %s", name, got, test.want)
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, language := range corpusLanguages {
		examples, err := Corpus("development", language)
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range examples {
			f.Add(e.Text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Classify(text)
		if !slices.Contains(got.Class.Details(), got.Detail) || got.Rule == "" {
			t.Errorf("%q: %+v is no result", text, got)
		}
	})
}

func BenchmarkClassify(b *testing.B) {
	for b.Loop() {
		Classify("Thanks, I will stop by on Friday to have the front brakes looked at, what would it cost?")
	}
}
