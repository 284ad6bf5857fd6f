package tone

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed rules/*.yaml
var ruleFiles embed.FS

// rule is one entry of a rules file. Its patterns stand one a line; see [compilePattern].
type rule struct {
	ID       string   `yaml:"id"`
	Severity Severity `yaml:"severity"`
	Why      string   `yaml:"why"`
	Class    string   `yaml:"class"` // only for texts of this class, if set
	Field    string   `yaml:"field"` // only in this field, if set
	// Negatable is false for a rule that a "no" before its words does not turn into its opposite.
	Negatable *bool   `yaml:"negatable"`
	EN        wording `yaml:"en"`
	ES        wording `yaml:"es"`
}

// wording is the part of a rule that belongs to a language.
type wording struct {
	Instead string `yaml:"instead"`
	Find    string `yaml:"find"`   // what the rule speaks against
	After   string `yaml:"after"`  // right before the words found, makes them harmless
	Unless  string `yaml:"unless"` // in the same sentence, makes them harmless
}

// entry is a rule compiled for one language.
type entry struct {
	rule
	instead       string
	after, unless *index[step]
}

// book is all the rules of one language.
type book struct {
	vocabulary *vocabulary
	entries    []*entry
	find       *index[candidate]
	optOut     *index[step] // says how to end the messages
}

// candidate is a pattern of a rule.
type candidate struct {
	entry *entry
	match step
}

// library is all the compiled rules.
type library struct {
	books   map[string]*book // by language
	lexicon lexicon
}

// rulebooks holds the rules of this program. A fault in them is a fault of the program; a test compiles
// them.
var rulebooks = sync.OnceValue(func() library {
	l, err := loadLibrary(ruleFiles)
	if err != nil {
		panic("tone: " + err.Error())
	}
	return l
})

// booksFor returns the rules for a locale, or those of all languages.
func (l library) booksFor(locale string) []*book {
	language, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(locale, "_", "-")), "-")
	if b, ok := l.books[language]; ok {
		return []*book{b}
	}
	return []*book{l.books["en"], l.books["es"]}
}

func loadLibrary(files fs.FS) (library, error) {
	rules, err := readRules(files)
	if err != nil {
		return library{}, err
	}
	l := library{books: map[string]*book{}, lexicon: lexicon{}}
	for language, part := range map[string]func(rule) wording{
		"en": func(r rule) wording { return r.EN },
		"es": func(r rule) wording { return r.ES },
	} {
		if l.books[language], err = newBook(files, language, rules, part, l.lexicon); err != nil {
			return library{}, fmt.Errorf("compile the %s rules: %w", language, err)
		}
	}
	return l, nil
}

func readRules(files fs.FS) ([]rule, error) {
	names, err := fs.Glob(files, "rules/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list rules: %w", err)
	}
	var all []rule
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "words.") {
			continue
		}
		var rules []rule
		if err := readYAML(files, name, &rules); err != nil {
			return nil, err
		}
		all = append(all, rules...)
	}
	return all, nil
}

func readYAML(files fs.FS, name string, into any) error {
	f, err := files.Open(name)
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	defer f.Close()
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

func newBook(files fs.FS, language string, rules []rule, part func(rule) wording, lex lexicon) (*book, error) {
	var groups map[string]string
	if err := readYAML(files, "rules/words."+language+".yaml", &groups); err != nil {
		return nil, err
	}
	v := &vocabulary{groups: map[string][]string{}, parsed: map[string]node{}, lexicon: lex}
	for name, members := range groups {
		v.groups[name] = lines(members)
	}
	v.lead = set(groups["lead"])
	negation, err := compileAll(groups["negation"], v)
	if err != nil {
		return nil, err
	}
	optOut, err := compileAll(groups["optout"], v)
	if err != nil {
		return nil, err
	}
	b := &book{vocabulary: v, find: newIndex[candidate](), optOut: indexed(optOut)}
	for _, r := range rules {
		if err := b.add(r, part(r), negation); err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.ID, err)
		}
	}
	return b, nil
}

func (b *book) add(r rule, w wording, negation []pattern) error {
	find, err := compileAll(w.Find, b.vocabulary)
	if err != nil {
		return err
	}
	after, err := compileAll(w.After, b.vocabulary)
	if err != nil {
		return err
	}
	unless, err := compileAll(w.Unless, b.vocabulary)
	if err != nil {
		return err
	}
	if r.Negatable == nil || *r.Negatable {
		after = append(after, negation...)
	}
	e := &entry{rule: r, instead: w.Instead, after: indexed(after), unless: indexed(unless)}
	b.entries = append(b.entries, e)
	for _, p := range find {
		b.find.add(p.first, candidate{entry: e, match: p.match})
	}
	return nil
}

// lines splits a block of patterns; a line that begins with -- is a comment.
func lines(block string) []string {
	var all []string
	for line := range strings.Lines(block) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			all = append(all, line)
		}
	}
	return all
}

func compileAll(block string, v *vocabulary) ([]pattern, error) {
	var all []pattern
	for _, line := range lines(block) {
		p, err := compilePattern(line, v)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}
