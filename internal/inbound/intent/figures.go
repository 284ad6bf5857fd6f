package intent

import (
	"fmt"
	"strings"
)

// Figure is how well one class, or one detail of it, is recognized in one part
// of the labeled replies.
type Figure struct {
	Part     string // "all" for all parts together
	Language string
	Class    Class
	Detail   Detail // "" for the class as a whole
	Labeled  int    // replies that a person labeled so
	Found    int    // replies that the rules read so
	Right    int    // replies that both did
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

// ClassFigures measures the rules by each part of the labeled replies, class by
// class.
func ClassFigures() ([]Figure, error) { return classFigures(Classify) }

func classFigures(classify func(text string) Result) ([]Figure, error) {
	var figures []Figure
	for _, part := range corpusParts {
		for _, language := range corpusLanguages {
			examples, err := Corpus(part, language)
			if err != nil {
				return nil, err
			}
			byClass, _ := measure(part, language, examples, classify)
			figures = append(figures, byClass...)
		}
	}
	return figures, nil
}

// DetailFigures measures the rules by all labeled replies of a language, detail
// by detail.
func DetailFigures() ([]Figure, error) {
	var figures []Figure
	for _, language := range corpusLanguages {
		var all []Example
		for _, part := range corpusParts {
			examples, err := Corpus(part, language)
			if err != nil {
				return nil, err
			}
			all = append(all, examples...)
		}
		_, byDetail := measure("all", language, all, Classify)
		figures = append(figures, byDetail...)
	}
	return figures, nil
}

func measure(part, language string, examples []Example, classify func(text string) Result) (byClass, byDetail []Figure) {
	labeled, found, right := map[any]int{}, map[any]int{}, map[any]int{} // by Class, and by Example without text
	for _, e := range examples {
		got := classify(e.Text)
		want, is := Example{Class: e.Class, Detail: e.Detail}, Example{Class: got.Class, Detail: got.Detail}
		labeled[want]++
		labeled[want.Class]++
		found[is]++
		found[is.Class]++
		if is.Class == want.Class {
			right[is.Class]++
		}
		if is == want {
			right[is]++
		}
	}
	figure := func(c Class, d Detail, key any) Figure {
		return Figure{part, language, c, d, labeled[key], found[key], right[key]}
	}
	for _, c := range Classes() {
		byClass = append(byClass, figure(c, "", c))
		for _, d := range c.Details() {
			byDetail = append(byDetail, figure(c, d, Example{Class: c, Detail: d}))
		}
	}
	return byClass, byDetail
}

// String writes a figure as a row of a Markdown table.
func (f Figure) String() string {
	name := string(f.Class)
	if f.Detail != "" {
		name += "/" + string(f.Detail)
	}
	return fmt.Sprintf("| %s | %s | `%s` | %d | %.3f | %.3f |", f.Part, f.Language, name, f.Labeled, f.Precision(), f.Recall())
}

// Table writes figures as a Markdown table.
func Table(figures []Figure) string {
	var b strings.Builder
	b.WriteString("| part | language | class | replies | precision | recall |\n|---|---|---|---:|---:|---:|\n")
	for _, f := range figures {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}
