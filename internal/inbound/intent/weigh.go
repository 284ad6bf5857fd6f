package intent

import (
	"math"
	"slices"
	"strings"
)

// The rules find the phrases somebody wrote down. What nobody wrote down is
// judged by its words: each trait of a reply (a word, two words in a row) weighs
// as much more or less as it stands in the labeled refusals than in the labeled
// ordinary replies. That is naive Bayes, learned from the corpus at the start.
type scales map[string]weight

// weight is how much a reply, or a trait of it, looks like a refusal and like
// one of doubt: logarithms of odds against an ordinary reply.
type weight struct{ revoke, hold float64 }

// From what weights on a reply is read otherwise than by the rules. Found by
// weighing each part of the corpus with what was learned from the others: of a
// hundred refusals one is below ordinary; of a hundred ordinary replies two or
// three are above sure, and six above doubtful.
const (
	sure     = 1.75 // a refusal, if no rule knows its words
	doubtful = 0.8  // held, if no rule knows its words
	strongly = 3.5  // held, if it looks so much like doubt
	about    = 1.0  // and as much as it looks like doubt, or nearly
	known    = 1.0  // so much more it must be if a rule knows them as something else
	ordinary = -1.0 // a refusal by the rules is held below this,
	clearly  = -1.5 // and doubt is dropped
)

const (
	seldom = 0.3 // counted for a trait that no reply of a class has
	stem   = 5   // letters of a beginning
)

// count is in how many replies of a class a trait stands.
type count struct{ revoke, hold, none float64 }

func (c *count) add(class Class) {
	switch class {
	case Revoke:
		c.revoke++
	case Hold:
		c.hold++
	default:
		c.none++
	}
}

// learn weighs the traits of labeled replies. Replies with the same words count
// once.
func (r *ruleset) learn(examples []Example) scales {
	var all count
	counts, seen := map[string]*count{}, map[string]bool{}
	for _, e := range examples {
		tokens := r.normalize(e.Text).tokens()
		key := strings.Join(tokens, " ")
		if seen[key] {
			continue
		}
		seen[key] = true
		all.add(e.Class)
		for _, trait := range traits(tokens) {
			if counts[trait] == nil {
				counts[trait] = &count{}
			}
			counts[trait].add(e.Class)
		}
	}
	share := func(n, of float64) float64 { return math.Log((n + seldom) / (of + 2*seldom)) }
	s := make(scales, len(counts))
	for trait, c := range counts {
		none := share(c.none, all.none)
		s[trait] = weight{share(c.revoke, all.revoke) - none, share(c.hold, all.hold) - none}
	}
	return s
}

// of adds up the weights of a message's traits. The sum is divided by the
// root of their number, for traits that overlap tell the same thing twice.
func (s scales) of(tokens []string) weight {
	var sum weight
	all := traits(tokens)
	for _, trait := range all {
		sum.revoke += s[trait].revoke
		sum.hold += s[trait].hold
	}
	root := math.Sqrt(float64(len(all) + 1))
	return weight{sum.revoke / root, sum.hold / root}
}

// traits are the words of a message, the beginnings of the long ones, two tokens
// in a row, and two words with one between them; each once.
func traits(tokens []string) []string {
	all := make([]string, 0, 4*len(tokens)+1)
	before := "^"
	var words []string
	for _, t := range tokens {
		all = append(all, before+" "+t)
		before = t
		if t == "?" {
			all = append(all, t)
		}
		if isMark(t) {
			continue
		}
		words = append(words, t)
		all = append(all, t)
		if len(t) > stem {
			all = append(all, t[:stem]+"*")
		}
		if n := len(words); n > 2 {
			all = append(all, words[n-3]+" _ "+t)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// strange reports whether most words stand in no rule and no labeled reply, but
// for those that show such nonsense: it is another language, or none.
func (r *ruleset) strange(words []string) bool {
	known := 0
	for _, word := range words {
		if w, ok := r.scales[word]; ok && w.hold < sure || r.spelling.known[word] {
			known++
		}
	}
	return 2*known < len(words)
}

// weighed is what a reply is read as when its words are weighed as well as
// searched for phrases. Where the two readings differ it is held; only doubt is
// dropped in what is clearly an ordinary reply.
func (r *ruleset) weighed(byPhrase Result, m message) Result {
	w := r.scales.of(m.tokens())
	read := func(class Class, detail Detail, rule string) Result {
		return Result{Class: class, Detail: detail, Rule: rule, Language: byPhrase.Language}
	}
	enough, much, doubt := doubtful, sure, w.hold-about
	if byPhrase.Rule != "other" && byPhrase.Detail != Unclear {
		enough, much, doubt = doubtful+known, sure+known, w.hold+about
	}
	refusal := w.revoke > max(much, doubt)
	switch {
	case byPhrase.Class == Revoke && max(w.revoke, w.hold) < ordinary:
		return read(Hold, Unclear, "weighed")
	case byPhrase.Class == Hold && max(w.revoke, w.hold) < clearly:
		return read(None, Other, "weighed")
	case refusal && (byPhrase.Class == None || byPhrase.Detail == Unclear || byPhrase.Detail == Negative):
		return read(Revoke, Stop, "weighed")
	case byPhrase.Rule == "other" && r.strange(m.words):
		return read(Hold, Unclear, "unknown-words")
	case byPhrase.Class == None && (w.revoke > enough || w.hold > strongly):
		return read(Hold, Unclear, "weighed")
	case byPhrase.Rule == "other" && w.hold > sure && w.revoke > 0:
		return read(Hold, Unclear, "weighed")
	}
	return byPhrase
}
