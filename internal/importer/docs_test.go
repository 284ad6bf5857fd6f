package importer

import (
	"os"
	"strings"
	"testing"
)

// The document names every field and every built-in profile.
func TestDocumentIsComplete(t *testing.T) {
	doc, err := os.ReadFile("../../docs/import.md")
	if err != nil {
		t.Fatal(err)
	}
	names := BuiltIns()
	for _, kind := range Kinds() {
		for _, f := range fieldsOf(kind) {
			names = append(names, string(f))
		}
	}
	for _, name := range names {
		if !strings.Contains(string(doc), "`"+name+"`") {
			t.Errorf("docs/import.md does not mention `%s`", name)
		}
	}
}
