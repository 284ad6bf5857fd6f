package intent

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed rules/*.yaml
var ruleFiles embed.FS

// languages in the order in which their rules are tried.
var languages = []string{"en", "es", "fr"}

// byLanguage holds one text for each language.
type byLanguage map[string]string

// ruleset is all the rules, compiled.
type ruleset struct {
	spelling spelling
	common   map[string]map[string]bool // language -> words that tell it
	keywords []keywords
	harmless []rule
	rules    []rule // those of the gravest class first
}

// keywords matches a message of opt-out words and courtesy alone.
type keywords struct {
	language string
	whole    *regexp.Regexp
}

// rule is one group of patterns with a common meaning.
type rule struct {
	id       string
	class    Class
	detail   Detail
	patterns map[string]*regexp.Regexp // by language
}

// ruleSource is a rule as it is written.
type ruleSource struct {
	ID     string     `yaml:"id"`
	Class  Class      `yaml:"class"`
	Detail Detail     `yaml:"detail"`
	Why    string     `yaml:"why"`
	Find   byLanguage `yaml:",inline"`
}

// find reports whether the rule applies to an encoded message, by the patterns
// of which language.
func (r rule) find(text string) (language string, ok bool) {
	for _, language := range languages {
		if re := r.patterns[language]; re != nil && re.MatchString(text) {
			return language, true
		}
	}
	return "", false
}

// hide puts the phrases of a harmless rule out of the sight of other rules.
// The pauses around them stay.
func (r rule) hide(text string) string {
	for _, language := range languages {
		re := r.patterns[language]
		if re == nil {
			continue
		}
		text = re.ReplaceAllStringFunc(text, func(found string) string {
			before := found[:strings.IndexByte(found, '<')]
			after := found[strings.LastIndexByte(found, '>')+1:]
			return before + "<[" + r.id + "]>" + after
		})
	}
	return text
}

func loadRules(files embed.FS) (*ruleset, error) {
	var words struct {
		Common  byLanguage            `yaml:"common"`
		Keyword byLanguage            `yaml:"keywords"`
		Groups  map[string]byLanguage `yaml:"groups"`
	}
	r := &ruleset{common: map[string]map[string]bool{}}
	if err := readYAML(files, "words", &words); err != nil {
		return nil, err
	}
	if err := readYAML(files, "spelling", &r.spelling); err != nil {
		return nil, err
	}
	r.spelling.prepare()
	for language, list := range words.Common {
		r.common[language] = set(list)
	}
	vocabularies, err := compileGroups(words.Groups)
	if err != nil {
		return nil, err
	}
	for _, language := range slices.Sorted(maps.Keys(words.Keyword)) {
		k, err := compileKeywords(language, words.Keyword[language], vocabularies)
		if err != nil {
			return nil, err
		}
		r.keywords = append(r.keywords, k)
	}
	if r.harmless, err = compileRules(files, "harmless", vocabularies); err != nil {
		return nil, err
	}
	for _, class := range Classes() {
		rules, err := compileRules(files, string(class), vocabularies)
		if err != nil {
			return nil, err
		}
		r.rules = append(r.rules, rules...)
	}
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

// compileGroups makes a vocabulary for each language. The words that lead and
// tail clauses are in all of them, for people mix languages.
func compileGroups(groups map[string]byLanguage) (map[string]*vocabulary, error) {
	all := map[string]*vocabulary{}
	for _, language := range languages {
		v := &vocabulary{groups: map[string]string{}, compiled: map[string]string{}}
		for name, patterns := range groups {
			v.groups[name] = patterns[language]
		}
		for _, name := range []string{"lead", "tail"} {
			for _, other := range languages {
				if other != language {
					v.groups[name] += "\n" + groups[name][other]
				}
			}
			if _, err := v.group(name); err != nil {
				return nil, err
			}
		}
		all[language] = v
	}
	return all, nil
}

func compileKeywords(language, patterns string, vocabularies map[string]*vocabulary) (keywords, error) {
	v := vocabularies[language]
	e, err := v.lines(patterns)
	if err != nil {
		return keywords{}, fmt.Errorf("keywords: %w", err)
	}
	courtesy := `(?:` + v.compiled["lead"] + `|` + v.compiled["tail"] + `)*`
	whole, err := regexp.Compile(`^` + courtesy + e + `(?:` + e + `|` + v.compiled["lead"] + `|` + v.compiled["tail"] + `)*$`)
	if err != nil {
		return keywords{}, fmt.Errorf("keywords: %w", err)
	}
	return keywords{language: language, whole: whole}, nil
}

func compileRules(files embed.FS, name string, vocabularies map[string]*vocabulary) ([]rule, error) {
	var sources []ruleSource
	if err := readYAML(files, name, &sources); err != nil {
		return nil, err
	}
	rules := make([]rule, 0, len(sources))
	for _, s := range sources {
		r := rule{id: s.ID, class: s.Class, detail: s.Detail, patterns: map[string]*regexp.Regexp{}}
		if r.class == "" {
			r.class = Class(name)
		}
		for language, lines := range s.Find {
			v, ok := vocabularies[language]
			if !ok {
				return nil, fmt.Errorf("rule %s: there is no language %q", s.ID, language)
			}
			e, err := v.lines(lines)
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", s.ID, err)
			}
			if r.patterns[language], err = regexp.Compile(e); err != nil {
				return nil, fmt.Errorf("rule %s: %w", s.ID, err)
			}
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
