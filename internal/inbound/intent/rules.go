package intent

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed rules/*.yaml
var ruleFiles embed.FS

// languages in the order in which their rules are tried.
var languages = []string{"en", "es", "fr"}

// byLanguage holds one text for each language.
type byLanguage map[string]string

// ruleset is all the rules, read.
type ruleset struct {
	spelling   spelling
	common     map[string]map[string]bool // language -> words that tell it
	lexicon    *lexicon
	lead, tail phrases // words of courtesy, of all languages
	courtesy   phrases // both
	keywords   []pattern
	harmless   []rule
	rules      []rule // those of the gravest class first
	scales     scales
	matchers   sync.Pool
}

// rule is one group of patterns with a common meaning.
type rule struct {
	id       string
	class    Class
	detail   Detail
	why      string
	final    bool // its words say so much that no others are weighed
	patterns []pattern
}

// pattern is what is looked for in one language.
type pattern struct {
	language string
	node     node
}

// ruleSource is a rule as it is written.
type ruleSource struct {
	ID     string     `yaml:"id"`
	Class  Class      `yaml:"class"`
	Detail Detail     `yaml:"detail"`
	Why    string     `yaml:"why"`
	Final  bool       `yaml:"final"`
	Find   byLanguage `yaml:",inline"`
}

// find reports whether the rule applies to a message, by the patterns of which
// language.
func (r *rule) find(m *matcher) (language string, ok bool) {
	for i := range r.patterns {
		if p := &r.patterns[i]; m.found(&p.node) {
			return p.language, true
		}
	}
	return "", false
}

// hide puts the harmless phrases out of the sight of the other rules. The marks
// around them stay.
func (r *ruleset) hide(m *matcher) {
	for i := range r.harmless {
		for k := range r.harmless[i].patterns {
			if n := &r.harmless[i].patterns[k].node; m.found(n) {
				m.load(replace(m, n, "["+r.harmless[i].id+"]"))
			}
		}
	}
}

// replace puts marker in the place of what fits n.
func replace(m *matcher, n *node, marker string) []string {
	var left []string
	for i := 0; i < len(m.tokens); {
		end := i
		m.eachAt(n, i, func(longer int) { end = longer })
		if end == i {
			left = append(left, m.tokens[i])
			i++
			continue
		}
		found := m.tokens[i:end]
		first := slices.IndexFunc(found, func(t string) bool { return !isMark(t) })
		last := len(found)
		for isMark(found[last-1]) {
			last--
		}
		left = append(left, found[:first]...)
		left = append(append(left, marker), found[last:]...)
		i = end
	}
	return left
}

func loadRules(files embed.FS) (*ruleset, error) {
	var words struct {
		Common  byLanguage            `yaml:"common"`
		Keyword byLanguage            `yaml:"keywords"`
		Groups  map[string]byLanguage `yaml:"groups"`
	}
	r := &ruleset{common: map[string]map[string]bool{}, lexicon: newLexicon()}
	if err := readYAML(files, "words", &words); err != nil {
		return nil, err
	}
	if err := readYAML(files, "spelling", &r.spelling); err != nil {
		return nil, err
	}
	for language, list := range words.Common {
		r.common[language] = set(list)
	}
	var lead, tail strings.Builder
	for _, language := range languages {
		lead.WriteString(words.Groups["lead"][language])
		tail.WriteString(words.Groups["tail"][language])
	}
	r.lead, r.tail = newPhrases(lead.String()), newPhrases(tail.String())
	r.courtesy = newPhrases(lead.String() + tail.String())
	vocabularies := r.vocabularies(words.Groups)
	for _, language := range slices.Sorted(maps.Keys(words.Keyword)) {
		n, err := vocabularies[language].lines(words.Keyword[language])
		if err != nil {
			return nil, fmt.Errorf("keywords: %w", err)
		}
		r.keywords = append(r.keywords, pattern{language: language, node: n})
	}
	var err error
	if r.harmless, err = readRules(files, "harmless", vocabularies); err != nil {
		return nil, err
	}
	for _, class := range Classes() {
		rules, err := readRules(files, string(class), vocabularies)
		if err != nil {
			return nil, err
		}
		r.rules = append(r.rules, rules...)
	}
	r.spelling.prepare(r.lexicon)
	r.matchers.New = func() any { return &matcher{lexicon: r.lexicon, lead: r.lead, tail: r.tail} }
	return r, nil
}

func readYAML(files embed.FS, name string, into any) error {
	source, err := files.ReadFile("rules/" + name + ".yaml")
	if err != nil {
		return err
	}
	dec := yaml.NewDecoder(bytes.NewReader(source))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("read rules/%s.yaml: %w", name, err)
	}
	return nil
}

// vocabularies makes a vocabulary for each language.
func (r *ruleset) vocabularies(groups map[string]byLanguage) map[string]*vocabulary {
	all := map[string]*vocabulary{}
	for _, language := range languages {
		v := &vocabulary{lexicon: r.lexicon, groups: map[string]string{}, read: map[string]node{}}
		for name, patterns := range groups {
			v.groups[name] = patterns[language]
		}
		all[language] = v
	}
	return all
}

// readSources reads rules/name.yaml or, where the rules are many, the files
// rules/name-1-theme.yaml and so on in their order.
func readSources(files embed.FS, name string) ([]ruleSource, error) {
	paths, err := fs.Glob(files, "rules/"+name+"*.yaml")
	if err != nil {
		return nil, err
	}
	var all []ruleSource
	for _, path := range paths {
		var sources []ruleSource
		if err := readYAML(files, strings.TrimSuffix(strings.TrimPrefix(path, "rules/"), ".yaml"), &sources); err != nil {
			return nil, err
		}
		all = append(all, sources...)
	}
	return all, nil
}

func readRules(files embed.FS, name string, vocabularies map[string]*vocabulary) ([]rule, error) {
	sources, err := readSources(files, name)
	if err != nil {
		return nil, err
	}
	rules := make([]rule, 0, len(sources))
	for _, s := range sources {
		r := rule{id: s.ID, class: s.Class, detail: s.Detail, why: s.Why, final: s.Final}
		if r.class == "" {
			r.class = Class(name)
		}
		for language := range s.Find {
			if !slices.Contains(languages, language) {
				return nil, fmt.Errorf("rule %s: there is no language %q", s.ID, language)
			}
		}
		for _, language := range languages {
			if s.Find[language] == "" {
				continue
			}
			n, err := vocabularies[language].lines(s.Find[language])
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", s.ID, err)
			}
			r.patterns = append(r.patterns, pattern{language: language, node: n})
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
