// Package spelling finds the word that somebody meant to type.
package spelling

import "strings"

// Nearest returns the candidate that fewer than limit typing mistakes turn into
// word, capitals or not: the one with the fewest, of several the first, and ""
// when none is that close.
func Nearest(word string, candidates []string, limit int) string {
	best := ""
	for _, c := range candidates {
		if n := mistakes(strings.ToLower(word), strings.ToLower(c)); n < limit {
			best, limit = c, n
		}
	}
	return best
}

// mistakes counts the letters to insert, delete, replace or swap with their
// neighbor to turn a into b.
func mistakes(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(s); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(t)]
}
