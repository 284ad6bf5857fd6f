package tone

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text without what hides a word from a rule: compatibility forms, accents, invisible
// characters, look-alike letters of other scripts. Case is kept, for it says who shouts.
type folded struct {
	text  string
	at    []int  // for each byte of text, and its end, the byte of the source that it comes from
	alien []bool // for each byte of text, whether a look-alike letter of another script stood there
}

// lookAlikes maps the Cyrillic and Greek letters that pass for Latin ones.
var lookAlikes = pairs(
	"АВЕЅІЈКМНОРСТХУаеоіјѕрсухһԁԛԝҮΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορυχ",
	"ABESIJKMHOPCTXYaeoijspcyxhdqwYABEZHIKMNOPTYXaeikvopux")

// plainMarks maps the quotes, dashes and marks that compatibility forms leave as they are.
var plainMarks = pairs("‘’‛ʼ´`′“”„«»–—‐−❗❕❓❔", "''''''''''''''''"+"----"+"!!??")

func pairs(from, to string) map[rune]rune {
	target := []rune(to)
	m := make(map[rune]rune, len(target))
	for i, r := range []rune(from) {
		m[r] = target[i]
	}
	return m
}

func fold(source string) folded {
	var b strings.Builder
	f := folded{at: make([]int, 0, len(source)+1), alien: make([]bool, 0, len(source))}
	write := func(r rune, from int, alien bool) {
		n, _ := b.WriteRune(r)
		for range n {
			f.at = append(f.at, from)
			f.alien = append(f.alien, alien)
		}
	}
	for i, r := range source {
		if r < utf8.RuneSelf {
			write(r, i, false)
			continue
		}
		if plain, ok := plainMarks[r]; ok {
			write(plain, i, false)
			continue
		}
		if strings.ContainsRune("™®©", r) || unicode.In(r, unicode.Cf, unicode.Mn) {
			continue
		}
		for _, part := range norm.NFKD.String(string(r)) {
			if unicode.Is(unicode.Mn, part) {
				continue
			}
			latin, alien := lookAlikes[part]
			if !alien {
				latin = part
			}
			write(latin, i, alien)
		}
	}
	f.at = append(f.at, len(source))
	f.text = b.String()
	return f
}
