package intent

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed corpus/*.txt
var corpusFiles embed.FS

// Parts of the labeled replies, and the languages of each.
var (
	corpusParts     = []string{"development", "held-out-1", "held-out-2", "held-out-3", "held-out-4", "held-out-5", "held-out-6", "held-out-7", "held-out-8", "held-out-9", "held-out-10", "held-out-11", "held-out-12", "held-out-13", "held-out-14", "held-out-15", "held-out-16", "held-out-17", "held-out-18", "held-out-19", "held-out-20"}
	corpusLanguages = []string{"en", "es"}
)

// Example is a reply with the classes a person gave it.
type Example struct {
	Text   string
	Class  Class
	Detail Detail
}

// Corpus reads one part of the labeled replies in one language. The rules were
// written with the part "development" in view; each of the parts "held-out-1"
// and so on was written afterwards, and measured before anything was mended.
func Corpus(part, language string) ([]Example, error) {
	source, err := corpusFiles.ReadFile("corpus/" + part + "." + language + ".txt")
	if err != nil {
		return nil, fmt.Errorf("read labeled replies: %w", err)
	}
	var examples []Example
	for line := range strings.Lines(string(source)) {
		label, text, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		class, detail, labeled := strings.Cut(label, "/")
		if !ok || !labeled {
			return nil, fmt.Errorf("labeled replies %s.%s: %q has no label", part, language, line)
		}
		examples = append(examples, Example{Text: text, Class: Class(class), Detail: Detail(detail)})
	}
	return examples, nil
}

// wholeCorpus is all parts in all languages.
func wholeCorpus() ([]Example, error) {
	var all []Example
	for _, part := range corpusParts {
		for _, language := range corpusLanguages {
			examples, err := Corpus(part, language)
			if err != nil {
				return nil, err
			}
			all = append(all, examples...)
		}
	}
	return all, nil
}
