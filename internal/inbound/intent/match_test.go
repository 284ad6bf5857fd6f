package intent

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// plainRules decides as the rules do, by regular expressions that are tried one
// after the other: slow, and simple enough to be right.
type plainRules struct {
	*ruleset
	compiled map[*node]*regexp.Regexp
}

func encode(tokens []string) string {
	var b strings.Builder
	for _, t := range tokens {
		if isMark(t) {
			b.WriteString(t)
		} else {
			b.WriteString("<" + t + ">")
		}
	}
	return b.String()
}

func (p phrases) expression() string {
	var all []string
	for phrase := range p.all {
		all = append(all, encode(strings.Fields(phrase)))
	}
	return "(?:" + strings.Join(all, "|") + ")*"
}

func (r *plainRules) expression(n *node) string {
	var parts []string
	for i := range n.parts {
		parts = append(parts, r.expression(&n.parts[i]))
	}
	switch n.kind {
	case token:
		for _, w := range r.lexicon.classes[n.class] {
			switch start, open := strings.CutSuffix(w, "*"); {
			case open:
				parts = append(parts, "<"+start+"[^>]*>")
			case isMark(w):
				parts = append(parts, regexp.QuoteMeta(w))
			default:
				parts = append(parts, "<"+regexp.QuoteMeta(w)+">")
			}
		}
		return "(?:" + strings.Join(parts, "|") + ")"
	case sequence:
		return strings.Join(parts, "")
	case choice:
		return "(?:" + strings.Join(parts, "|") + ")"
	case option:
		return "(?:" + parts[0] + ")?"
	case gap:
		return "(?:<[^>]*>){0," + strconv.Itoa(n.words) + "}"
	case gapCommas:
		return ",?(?:<[^>]*>,?){0," + strconv.Itoa(n.words) + "}"
	case clauseStart:
		return "[.,?]" + r.lead.expression()
	case clauseEnd:
		return r.tail.expression() + "[.,?]"
	case textStart:
		return `^\.` + r.lead.expression()
	case textEnd:
		return r.tail.expression() + "[.,?]$"
	}
	panic("there is no such node")
}

func (r *plainRules) regexp(n *node, form func(string) string) *regexp.Regexp {
	re, ok := r.compiled[n]
	if !ok {
		re = regexp.MustCompile(form(r.expression(n)))
		re.Longest()
		r.compiled[n] = re
	}
	return re
}

func (r *plainRules) decide(m message) (rule, language string) {
	courtesy := "(?:" + r.courtesy.expression() + ")"
	for i := range r.keywords {
		re := r.regexp(&r.keywords[i].node, func(e string) string {
			return "^" + courtesy + e + "(?:" + e + "|" + strings.TrimSuffix(r.courtesy.expression(), "*") + ")*$"
		})
		if re.MatchString(encode(m.words)) {
			return "keyword", r.keywords[i].language
		}
	}
	text := encode(m.tokens())
	whole := func(e string) string { return e }
	for i := range r.harmless {
		for k := range r.harmless[i].patterns {
			text = r.regexp(&r.harmless[i].patterns[k].node, whole).ReplaceAllStringFunc(text, func(found string) string {
				end := strings.LastIndexByte(found, '>') + 1
				return found[:strings.IndexByte(found, '<')] + "<[" + r.harmless[i].id + "]>" + found[end:]
			})
		}
	}
	for i := range r.rules {
		for k := range r.rules[i].patterns {
			if p := &r.rules[i].patterns[k]; r.regexp(&p.node, whole).MatchString(text) {
				return r.rules[i].id, p.language
			}
		}
	}
	return "other", ""
}

// TestMatcherDecidesLikeRegularExpressions compares the two on labeled replies,
// and on mixes of their words and sentences, some of them long.
func TestMatcherDecidesLikeRegularExpressions(t *testing.T) {
	t.Parallel()
	rules := shipped()
	plain := &plainRules{ruleset: rules, compiled: map[*node]*regexp.Regexp{}}
	random := rand.New(rand.NewPCG(7, 5))
	var texts, words []string
	for _, e := range everyExample(t) {
		texts = append(texts, e.Text)
		words = append(words, strings.Fields(e.Text)...)
	}
	random.Shuffle(len(texts), func(i, k int) { texts[i], texts[k] = texts[k], texts[i] })
	texts = texts[:25]
	some := func(from []string, n int, between string) string {
		var mix []string
		for range n {
			mix = append(mix, from[random.IntN(len(from))])
		}
		return strings.Join(mix, between)
	}
	for _, length := range []int{64, 130} {
		texts = append(texts, some(words, length, " "))
	}
	for range 10 {
		texts = append(texts, some(words, 1+random.IntN(15), " "), some(texts[:25], 2, ", "))
	}
	for _, text := range texts {
		m := rules.normalize(text)
		if len(m.words) == 0 || m.tapback != "" {
			continue
		}
		rule, language := plain.decide(m)
		if got, _ := rules.decide(m); got.Rule != rule || got.Language != language {
			t.Errorf("%q: the matcher finds %s (%s), regular expressions %s (%s)", text, got.Rule, got.Language, rule, language)
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern, tokens string
		want            bool
	}{
		{"stop texting", ". please stop texting me .", true},
		{"stop texting", ". stop , texting .", false},
		{"text*", ". texted .", true},
		{"(call|stop it) now?", ". stop it .", true},
		{"call ..2 back", ". call me right back .", true},
		{"call ..2 back", ". call me right on back .", false},
		{"call ..2 back", ". call , back .", false},
		{"call ...2 back", ". call , me , back .", true},
		{"call ...2 back", ". call . me back .", false},
		{"^ stop", ". ok , please kindly stop .", true},
		{"^ stop", ". they stop .", false},
		{"^ stop", ". yes , thank you stop .", true},
		{"^^ stop", ". well . stop .", false},
		{"^^ stop $$", ". please stop now please .", true},
		{"stop $", ". stop now . ok .", true},
		{"stop $", ". stop here .", false},
		{"stop $$", ". stop . ok .", false},
		{"stop ?$", ". stop ?", true},
		{"stop ?$", ". stop .", false},
		{"[stop-by] today", ". [stop-by] , today .", true},
	} {
		v := vocabulary{lexicon: newLexicon(), read: map[string]node{}}
		n, err := v.lines(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		m := &matcher{lexicon: v.lexicon, lead: newPhrases("ok|please|kindly|thank you"), tail: newPhrases("now|please")}
		m.load(strings.Fields(test.tokens))
		if got := m.found(&n); got != test.want {
			t.Errorf("%q in %q: %t, want %t", test.pattern, test.tokens, got, test.want)
		}
	}
}

func TestPatternsThatAreNone(t *testing.T) {
	for pattern, want := range map[string]string{
		"(stop":  `pattern "(stop": a parenthesis is not closed`,
		"stop)":  `pattern "stop)": ")" has nothing before it`,
		"(a|)":   `pattern "(a|)": an alternative is empty`,
		"don't":  `pattern "don't": "don't" is no word`,
		"@who":   `pattern "@who": no group is named "who"`,
		"a ..13": `pattern "a ..13": "..13" is no word`,
	} {
		v := vocabulary{lexicon: newLexicon(), read: map[string]node{}}
		if _, err := v.lines(pattern); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", pattern, err, want)
		}
	}
}

func everyExample(t testing.TB) []Example {
	t.Helper()
	all, err := wholeCorpus()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
