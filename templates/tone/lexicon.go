package tone

// lexicon numbers the words that the rules name, of all languages together, so that matching compares
// numbers. Zero is the number of a word that no rule names.
type lexicon map[string]int

// enter gives a word its number.
func (l lexicon) enter(w string) int {
	if _, ok := l[w]; !ok {
		l[w] = len(l) + 1
	}
	return l[w]
}

// knows reports whether a rule names the word, or the beginning of it, which is entered as "declin*".
func (l lexicon) knows(w string) bool {
	if l[w] != 0 {
		return true
	}
	const longest = 24 // no rule names a longer beginning
	for n := prefixLength; n <= min(len(w), longest); n++ {
		if l[w[:n]+"*"] != 0 {
			return true
		}
	}
	return false
}

// wordSet is a set of numbers of words.
type wordSet []uint64

func (s *wordSet) add(id int) {
	for len(*s) <= id/64 {
		*s = append(*s, 0)
	}
	(*s)[id/64] |= 1 << (id % 64)
}

func (s wordSet) has(id int) bool {
	return id/64 < len(s) && s[id/64]&(1<<(id%64)) != 0
}
