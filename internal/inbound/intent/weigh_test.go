package intent

import "testing"

// TestWeighing has replies that no phrase finds, or that a phrase misleads.
func TestWeighing(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		class Class
		rule  string
	}{
		"i would be grateful if this was the last message i got from you": {Revoke, "weighed"},
		"keep it up n ill sue":          {Revoke, "weighed"},
		"asdkjh wqeoriu":                {Hold, "unknown-words"},
		"Bitte keine Nachrichten mehr":  {Hold, "unknown-words"},
		"Thursday at nine works for me": {None, ""},
	} {
		got := Classify(text)
		if got.Class != want.class || want.rule != "" && got.Rule != want.rule {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
		if Why(got.Rule) == "" {
			t.Errorf("%q: no reason is given for %s", text, got.Rule)
		}
	}
}

// TestWeightsTellWhatTheyHaveNotSeen weighs a part of the corpus by what was
// learned from the others: the weights alone must tell refusals from ordinary
// replies.
func TestWeightsTellWhatTheyHaveNotSeen(t *testing.T) {
	t.Parallel()
	var others, part []Example
	for _, name := range corpusParts {
		for _, language := range corpusLanguages {
			examples, err := Corpus(name, language)
			if err != nil {
				t.Fatal(err)
			}
			if name == "held-out-13" {
				part = append(part, examples...)
			} else {
				others = append(others, examples...)
			}
		}
	}
	r := shipped()
	learned := r.learn(others)
	right, all := map[Class]float64{}, map[Class]float64{}
	for _, e := range part {
		w := learned.of(r.normalize(e.Text).tokens())
		all[e.Class]++
		if e.Class == Revoke && w.revoke > 0.5 || e.Class == None && w.revoke < 0.5 {
			right[e.Class]++
		}
	}
	if right[Revoke] < 0.87*all[Revoke] || right[None] < 0.87*all[None] {
		t.Errorf("of %v replies, %v are weighed right", all, right)
	}
}
