package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// marked are the letters that people leave the mark off when they look for a name.
// The indexes on names are made with the same ones.
const (
	marked   = "áéíóúüñÁÉÍÓÚÜÑ"
	unmarked = "aeiouunaeiouun"
)

// folded is a text in small letters without marks, as fold makes it. PostgreSQL is
// told to compare by bytes, as SQLite does; both know the case of ASCII letters only.
func (d *DB) folded(text string) string {
	if d.postgres {
		return `translate(lower(` + text + ` collate "C"), '` + marked + `', '` + unmarked + `')`
	}
	out, to := "lower("+text+")", []rune(unmarked)
	for i, r := range []rune(marked) {
		out = "replace(" + out + ", '" + string(r) + "', '" + string(to[i]) + "')"
	}
	return out
}

// fold makes what was typed comparable with what is folded.
func fold(text string) string {
	from, to := []rune(marked), []rune(unmarked)
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return unicode.ToLower(r)
		}
		for i := range from {
			if r == from[i] {
				return to[i]
			}
		}
		return r
	}, text)
}

// begins is the condition that a column begins with a text, whatever case and marks
// either has. Of letters beyond those that are folded, the first fits in both cases.
func (d *DB) begins(a *args, column, text string) string {
	name, typed := d.folded(column), fold(text)
	first, n := utf8.DecodeRuneInString(typed)
	spellings := unique([]string{typed, string(unicode.ToLower(first)) + typed[n:], string(unicode.ToUpper(first)) + typed[n:]})
	if first < utf8.RuneSelf {
		spellings = spellings[:1]
	}
	ways := make([]string, len(spellings))
	for i, s := range spellings {
		ways[i] = name + " >= " + a.add(s) + " and " + name + " < " + a.add(s+string(unicode.MaxRune))
	}
	return "(" + strings.Join(ways, " or ") + ")"
}

// named are the ways in which the name of customers k, or of their company, begins
// with a text: "Pat", "Pat Ex", "Example, Pat". Each has an index.
func (d *DB) named(a *args, text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	if len(words) == 0 {
		return nil
	}
	whole := strings.Join(strings.Fields(text), " ")
	ways := []string{
		"k.company <> '' and " + d.begins(a, "k.company", whole), d.begins(a, "k.last_name", whole), d.begins(a, "k.first_name", whole),
	}
	for i := 1; i < len(words); i++ {
		one, two := strings.Join(words[:i], " "), strings.Join(words[i:], " ")
		ways = append(ways, d.begins(a, "k.first_name", one)+" and "+d.begins(a, "k.last_name", two),
			d.begins(a, "k.last_name", one)+" and "+d.begins(a, "k.first_name", two))
	}
	return ways
}
