package intent

import "testing"

func TestTry(t *testing.T) {
	for _, part := range []string{"development"} {
		for _, l := range []string{"en", "es"} {
			ex, err := Corpus(part, l)
			if err != nil {
				t.Fatal(err)
			}
			bad, det := 0, 0
			for _, e := range ex {
				r := Classify(e.Text)
				if r.Class != e.Class {
					bad++
					t.Errorf("%s/%s %q: %+v", e.Class, e.Detail, e.Text, r)
				} else if r.Detail != e.Detail {
					det++
					t.Logf("detail %s/%s %q: %+v", e.Class, e.Detail, e.Text, r)
				}
			}
			t.Logf("%s %s: %d, %d wrong, %d details", part, l, len(ex), bad, det)
		}
	}
}
