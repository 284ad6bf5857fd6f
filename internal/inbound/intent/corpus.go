package intent

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed testdata/*.txt
var corpusFiles embed.FS

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
	source, err := corpusFiles.ReadFile("testdata/" + part + "." + language + ".txt")
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
