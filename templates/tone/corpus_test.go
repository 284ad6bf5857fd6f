package tone

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample is a labelled line of a corpus.
type sample struct {
	text   Text
	want   []string // categories; none for a courteous text
	source string
}

// score counts, for one category in one corpus, what was found.
type score struct{ hit, missed, extra int }

func (s score) precision() float64 { return ratio(s.hit, s.hit+s.extra) }
func (s score) recall() float64    { return ratio(s.hit, s.hit+s.missed) }

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// TestCorpus measures the check on labelled texts of this trade. Each held-out part was written after the rules
// and measured before any of its lines was mended. On first sight the check spoke against these shares of the
// bad lines, English and Spanish: three of four and four of five in the sixth part, six and five of ten in the
// veiled seventh, three of four and two of three in the eighth, three of four in the ninth, two of three and four
// of nine in the tenth, nine of ten in the plain eleventh, and seven and eight of ten in the twelfth; and against
// none to seven courteous lines in a hundred, in the small twelfth one of ten. So a new text may well be missed:
// add it here, and mend the pattern, not the sample.
//
// A line that is bad may have findings of further
// categories (a threat is often a deadline as well), so a false alarm is a finding on a courteous line.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			samples := readCorpus(t, file)
			scores := map[string]score{}
			clean, alarms, errors, bad, caught := 0, 0, 0, 0, 0
			for _, s := range samples {
				findings := Check(s.text)
				if len(s.want) > 0 {
					bad++
					if len(findings) > 0 {
						caught++
					}
				} else {
					clean++
					if len(findings) > 0 {
						alarms++
						t.Logf("false alarm: %s\n\t%s", s.source, brief(findings))
					}
					if blocked(findings) {
						errors++
					}
				}
				tally(t, s, findings, scores)
			}
			for _, category := range slices.Sorted(maps.Keys(scores)) {
				s := scores[category]
				t.Logf("%-16s precision %.2f recall %.2f of %d", category, s.precision(), s.recall(), s.hit+s.missed)
				if s.precision() < 0.9 || s.recall() < 0.9 {
					t.Errorf("%s: precision %.2f, recall %.2f; want 0.90 each", category, s.precision(), s.recall())
				}
			}
			t.Logf("bad lines %d, with any finding %d", bad, caught)
			t.Logf("courteous lines %d, with a finding %d, with an error %d", clean, alarms, errors)
			if ratio(alarms, clean) > 0.05 {
				t.Errorf("findings on %d of %d courteous lines; want at most 5 %%", alarms, clean)
			}
		})
	}
}

func tally(t *testing.T, s sample, findings []Finding, scores map[string]score) {
	t.Helper()
	found := map[string]bool{}
	for _, f := range findings {
		found[f.Category] = true
	}
	for _, category := range s.want {
		c := scores[category]
		if found[category] {
			c.hit++
		} else {
			c.missed++
			t.Logf("missed %s: %s\n\t%s", category, s.source, brief(findings))
		}
		scores[category] = c
	}
	if len(s.want) == 0 {
		for category := range found {
			c := scores[category]
			c.extra++
			scores[category] = c
		}
	}
}

func brief(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "[%s %s %q] ", f.Severity, f.Rule, f.Text)
	}
	return b.String()
}

func readCorpus(t *testing.T, file string) []sample {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	language := strings.Split(filepath.Base(file), ".")[1]
	var samples []sample
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		labels, words, ok := strings.Cut(line, " | ")
		if !ok {
			t.Fatalf("%s: no label: %s", file, line)
		}
		samples = append(samples, newSample(language, labels, words))
	}
	return samples
}

func newSample(language, labels, words string) sample {
	s := sample{source: labels + " | " + words}
	s.text = Text{Channel: "call", Locale: language, Class: "marketing", Body: words}
	for label := range strings.FieldsSeq(labels) {
		switch label {
		case "clean":
		case "@sms", "@email":
			s.text.Channel = label[1:]
			s.text.ShopName = shopIn(words)
		case "@informational":
			s.text.Class = "informational"
		case "@subject":
			s.text.Channel, s.text.Subject, s.text.Body = "email", words, "{{shop.name}}"
		default:
			s.want = strings.Split(label, ",")
		}
	}
	return s
}

// shopIn is the shop that writes: these are the only names in the corpora.
func shopIn(words string) string {
	for _, name := range []string{"Oak Street Auto", "Oak Auto", "ABC AUTO", "Taller Robles", "Taller Olmo"} {
		if strings.Contains(strings.ToLower(words), strings.ToLower(name)) {
			return name
		}
	}
	return ""
}
