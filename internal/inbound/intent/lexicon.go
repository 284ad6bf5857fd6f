package intent

import (
	"slices"
	"strings"
)

// lexicon numbers the classes of tokens that patterns ask for. A message is
// looked up in it word by word, so a pattern costs nothing for its words that
// the message does not have.
type lexicon struct {
	classes  [][]string       // the words of each class; "text*" is any that begins so
	numbers  map[string]int   // words of a class, joined -> its number
	words    map[string][]int // word -> numbers of its classes
	prefixes map[string][]int // beginning of words -> numbers of its classes
	comma    int              // number of the class of commas
}

func newLexicon() *lexicon {
	l := &lexicon{numbers: map[string]int{}, words: map[string][]int{}, prefixes: map[string][]int{}}
	l.comma = l.token(",").class
	return l
}

// token is a pattern for one token out of words.
func (l *lexicon) token(words ...string) node {
	words = slices.Compact(slices.Sorted(slices.Values(words)))
	key := strings.Join(words, " ")
	number, ok := l.numbers[key]
	if !ok {
		number = len(l.classes)
		l.numbers[key] = number
		l.classes = append(l.classes, words)
		for _, w := range words {
			if start, ok := strings.CutSuffix(w, "*"); ok {
				l.prefixes[start] = append(l.prefixes[start], number)
			} else {
				l.words[w] = append(l.words[w], number)
			}
		}
	}
	return node{kind: token, class: number}
}

// each calls found with the number of every class that word is of.
func (l *lexicon) each(word string, found func(class int)) {
	for _, class := range l.words[word] {
		found(class)
	}
	for end := range word {
		for _, class := range l.prefixes[word[:end]] {
			found(class)
		}
	}
	for _, class := range l.prefixes[word] {
		found(class)
	}
}

// phrases are the words that may stand in a row before what a clause asks for,
// or after it.
type phrases struct {
	all     map[string]bool
	first   map[string]bool // words that begin one
	longest int             // in words
}

// newPhrases reads a list: alternatives between "|", or one a line.
func newPhrases(list string) phrases {
	p := phrases{all: map[string]bool{}, first: map[string]bool{}}
	for phrase := range strings.FieldsFuncSeq(list, func(c rune) bool { return c == '|' || c == '\n' }) {
		if words := strings.Fields(phrase); len(words) > 0 {
			p.all[strings.Join(words, " ")] = true
			p.first[words[0]] = true
			p.longest = max(p.longest, len(words))
		}
	}
	return p
}
