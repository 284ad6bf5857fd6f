package tone

import "strings"

// shortForms are contractions and text-speak, opened so that a rule is written once, in full words.
var shortForms = map[string]string{
	"cannot": "can not", "cant": "can not", "can't": "can not", "wont": "will not", "won't": "will not",
	"shan't": "shall not", "dont": "do not", "isnt": "is not", "arent": "are not", "wasnt": "was not",
	"havent": "have not", "hasnt": "has not", "hadnt": "had not", "didnt": "did not", "doesnt": "does not",
	"couldnt": "could not", "wouldnt": "would not", "shouldnt": "should not", "let's": "let us",
	"youve": "you have", "youre": "you are", "youll": "you will", "weve": "we have",
	"gonna": "going to", "wanna": "want to", "gotta": "have to", "gimme": "give me",
	"u": "you", "ur": "your", "pls": "please", "plz": "please", "2day": "today", "b4": "before", "rn": "right now", "thru": "through",
	"appt": "appointment", "appts": "appointments", "tech": "technician", "techs": "technicians", "yall": "you all",
	"y'all": "you all", "lemme": "let me", "cuz": "because", "coz": "because", "r": "are", "txt": "text", "msg": "message",
	"wknd": "weekend", "tmr": "tomorrow", "2morrow": "tomorrow",
	"q": "que", "xq": "por que", "pq": "por que", "x": "por", "xfa": "por favor", "xfavor": "por favor", "tmb": "tambien",
	"2nite": "tonight", "tonite": "tonight", "tmrw": "tomorrow", "cancelled": "canceled", "til": "until", "till": "until",
}

// sameAs are words that a rule need not tell apart: whether an adviser writes as "I" or the shop as "we",
// and the forms for vos beside those for tú.
var sameAs = map[string]string{
	"i": "we", "me": "us", "my": "our", "nos": "us",
	"vos": "usted", "ud": "usted", "podes": "puedes", "tenes": "tienes", "queres": "quieres", "venis": "vienes", "perdes": "pierdes",
	"sos": "eres", "seguis": "sigues", "decis": "dices", "elegis": "eliges", "preferis": "prefieres",
	"veni": "ven", "hacelo": "hazlo", "decime": "dime", "decinos": "dinos", "ponete": "ponte", "decidite": "decidete",
}

// subjects keep their verb when "'s" is opened: "it's" is "it is", but "customer's" is "customer".
var subjects = set("it that there this what here who he she how where everything nothing time")

// expand opens a contraction into its words, in the forms that rules are matched on.
func expand(w string) []string {
	words := opened(w)
	for i, one := range words {
		if same, ok := sameAs[one]; ok {
			words[i] = same
		}
	}
	return words
}

func opened(w string) []string {
	if full, ok := shortForms[w]; ok {
		return strings.Fields(full)
	}
	stem, ending, ok := cutLast(w, '\'')
	if !ok {
		return []string{w}
	}
	switch ending {
	case "t":
		if base, isNot := strings.CutSuffix(stem, "n"); isNot {
			return []string{base, "not"}
		}
	case "ve":
		return []string{stem, "have"}
	case "re":
		return []string{stem, "are"}
	case "ll":
		return []string{stem, "will"}
	case "d":
		return []string{stem, "would"}
	case "m":
		return []string{stem, "am"}
	case "s":
		if subjects[stem] {
			return []string{stem, "is"}
		}
		return []string{stem}
	}
	return []string{strings.ReplaceAll(w, "'", "")}
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

var disguises = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "$", "s", "@", "a")

// undisguise reads digits and signs inside a word as the letters they stand for: "l1mited", "$ave".
func undisguise(w string) string {
	if !strings.ContainsAny(w, "abcdefghijklmnopqrstuvwxyz") {
		return w
	}
	return disguises.Replace(w)
}

// segment cuts letters that were written apart into known words where that comes out even, else it
// leaves them as one word.
func segment(letters string, known func(string) bool) []string {
	const longest = 40
	if known(letters) || len(letters) > longest {
		return []string{letters}
	}
	cut := make([]int, len(letters)+1) // cut[i]: where the word that ends at i begins, or -1
	for i := 1; i <= len(letters); i++ {
		cut[i] = -1
		for j := range i {
			if cut[j] >= 0 && i-j > 1 && known(letters[j:i]) {
				cut[i] = j
				break
			}
		}
	}
	var words []string
	for i := len(letters); i > 0; i = cut[i] {
		if cut[i] < 0 {
			return []string{letters}
		}
		words = append([]string{letters[cut[i]:i]}, words...)
	}
	return words
}
