package intent

import (
	"fmt"
	"strings"
)

// Parts of the labeled replies, and the languages of each.
var (
	corpusParts     = []string{"development", "held-out-1", "held-out-2"}
	corpusLanguages = []string{"en", "es"}
)

// Figure is how well one class is recognized in one part of the labeled
// replies.
type Figure struct {
	Part     string
	Language string
	Class    Class
	Labeled  int // replies that a person gave this class
	Found    int // replies that the rules gave it
	Right    int // replies that both gave it
}

// Precision is the share of what was found that is right; 1 if nothing was
// found.
func (f Figure) Precision() float64 { return share(f.Right, f.Found) }

// Recall is the share of what was labeled that was found; 1 if nothing was
// labeled.
func (f Figure) Recall() float64 { return share(f.Right, f.Labeled) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// Figures measures the rules by all labeled replies.
func Figures() ([]Figure, error) {
	var figures []Figure
	for _, part := range corpusParts {
		for _, language := range corpusLanguages {
			examples, err := Corpus(part, language)
			if err != nil {
				return nil, err
			}
			figures = append(figures, measure(part, language, examples)...)
		}
	}
	return figures, nil
}

func measure(part, language string, examples []Example) []Figure {
	labeled, found, right := map[Class]int{}, map[Class]int{}, map[Class]int{}
	for _, e := range examples {
		got := Classify(e.Text).Class
		labeled[e.Class]++
		found[got]++
		if got == e.Class {
			right[got]++
		}
	}
	var figures []Figure
	for _, c := range Classes() {
		figures = append(figures, Figure{
			Part: part, Language: language, Class: c,
			Labeled: labeled[c], Found: found[c], Right: right[c],
		})
	}
	return figures
}

// String writes a figure as a row of a Markdown table.
func (f Figure) String() string {
	return fmt.Sprintf("| %s | %s | `%s` | %d | %.3f | %.3f |", f.Part, f.Language, f.Class, f.Labeled, f.Precision(), f.Recall())
}

// FiguresTable writes all figures as a Markdown table.
func FiguresTable() (string, error) {
	figures, err := Figures()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("| part | language | class | replies | precision | recall |\n|---|---|---|---:|---:|---:|\n")
	for _, f := range figures {
		b.WriteString(f.String() + "\n")
	}
	return b.String(), nil
}
