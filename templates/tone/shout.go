package tone

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plainCapitals are words of the trade and of daily life that are rightly written in capitals.
var plainCapitals = set(`abs ac acc ase atf awd bcm bev cel cng cv cvt def dot dpf dsg dtc dvi ecm ecu egr esc ev evap
	fwd gdi hev hid hp hvac icm imei led lof lpg maf map mil mot nvh obd oem oe pcm pcv phev psi rpm rwd srs suv tcm tdi tpms
	tsb tsi vin vvt wd ro po id ok am pm usa us uk eeuu usd mxn eur sms mms pdf url faq llc inc ltd corp sa cv rl spa qr gps
	usb aaa aarp napa carfax dmv epa nhtsa itv vtv rfc iva mpg mph kph km mm cm lb lbs qt oz ft nm ah cca agm tba tbd eta
	eng diy rsvp`)

// makes are written in capitals by many shop systems, with the model behind them.
var makes = set(`audi acura bmw buick cadillac chevrolet chevy chrysler dodge fiat ford genesis gmc honda hyundai infiniti isuzu
	jaguar jeep kia lexus lincoln mazda mercedes mini mitsubishi nissan porsche ram saab saturn scion seat smart subaru
	suzuki tesla toyota volkswagen volvo vw`)

// keywords stand in capitals where a text explains them; the control-word rules look after them.
var keywords = set(`stop help yes start unstop end quit cancel revoke optout stopall unsubscribe
	info arret alto baja fin cancelar ayuda si sr sra`)

// shortShouts are the words of two or three letters that shout in capitals; others may be initials.
var shortShouts = set("now not you all due buy act pay get try our today new hot big win ya hoy no mas muy")

var greetings = set("hi hello hey dear hola estimado estimada querido querida buenas buenos dias tardes mr mrs ms sr sra")

var (
	exclamations = regexp.MustCompile(`!`)
	punctuated   = regexp.MustCompile(`[!?]\s?[!?]+`)
	modelYear    = regexp.MustCompile(`^(?:19|20)\d\d$`)
)

const (
	whyCapitals   = "Words in capitals read as shouting."
	whyMarks      = "Several marks in a row read as shouting."
	whyManyMarks  = "Many exclamation marks read as excitement or alarm, not as concern."
	whyEmoji      = "Strings of emoji and alarm signs push; the words should carry the message."
	whySpaced     = "Letters set apart shout, and make a spam filter suspicious."
	calmText      = "Write it in ordinary letters."
	calmMark      = "One mark, or a full stop."
	fewestMarks   = "Full stops; at most one exclamation mark, for a thank-you."
	wordsForEmoji = "Leave them out."
)

// shoutingHits finds capitals, rows of marks and emoji, and letters set apart.
func shoutingHits(t Text, d *document) []hit {
	hits := capitalHits(t, d)
	hits = append(hits, markHits(t, d)...)
	hits = append(hits, emojiHits(d)...)
	for i, tok := range d.tokens {
		if tok.spaced && (i == 0 || d.tokens[i-1].start != tok.start) {
			hits = append(hits, hit{tok.start, tok.end, "shouting.spaced", Error, whySpaced, calmText})
		}
	}
	return hits
}

func capitalHits(t Text, d *document) []hit {
	names := set(strings.ToLower(fold(t.ShopName).text))
	var hits []hit
	name, replied := false, false // within a name in capitals; after a verb of reply in the sentence
	for i, tok := range d.tokens {
		replied = replied && tok.pause < sentence || replyVerbs[tok.norm]
		if i > 0 && d.tokens[i-1].start == tok.start {
			continue // the second half of a contraction
		}
		if !tok.caps {
			name = false
			continue
		}
		keyword := replied && isKeyword(d, i)
		if name = name && tok.pause == noPause || nameFollows(d, i) || opensText(d, i); name {
			continue
		}
		if !keyword && shouts(tok) && !names[tok.norm] {
			hits = append(hits, hit{tok.start, tok.end, "shouting.capitals", Warning, whyCapitals, calmText})
		}
	}
	return graver(hits, d)
}

// replyVerbs come before a keyword that the customer may answer with; keywords are set in capitals.
var replyVerbs = set("reply text respond answer send write responda responde envie envia conteste contesta escriba escribe mande manda")

// urgent words are no keywords to answer with, and make none of their neighbours one.
var urgent = set("now today asap immediately before hoy ya ahora inmediatamente antes")

// isKeyword reports whether the word at i may be a keyword: at most two in a row, none of them urgent.
func isKeyword(d *document, i int) bool {
	from, to := i, i+1
	for from > 0 && d.tokens[from].pause == noPause && d.tokens[from-1].caps {
		from--
	}
	for to < len(d.tokens) && d.tokens[to].pause == noPause && d.tokens[to].caps {
		to++
	}
	return to-from <= 2 && !slices.ContainsFunc(d.tokens[from:to], func(t token) bool { return urgent[t.norm] })
}

// nameFollows reports whether a row of capitals that begins at i is a name: after a greeting, or a
// vehicle after its year or its make.
func nameFollows(d *document, i int) bool {
	if i == 0 || d.tokens[i].pause > noPause {
		return false
	}
	before := d.tokens[i-1]
	return greetings[before.norm] || makes[before.norm] || modelYear.MatchString(before.norm)
}

// opensText reports whether the row of capitals at i opens the text and ends with a colon or a dash, as
// a shop's name does.
func opensText(d *document, i int) bool {
	if i > 0 {
		return false
	}
	end, name, lex := 0, false, rulebooks().lexicon
	for end < len(d.tokens) && d.tokens[end].caps && (end == 0 || d.tokens[end].pause == noPause) {
		name = name || !lex.knows(d.tokens[end].norm)
		end++
	}
	rest := strings.TrimLeft(d.source[d.tokens[end-1].end:], " ")
	next, _ := utf8.DecodeRuneInString(rest)
	return name && strings.ContainsRune(":-–—", next)
}

func shouts(tok token) bool {
	letters := strings.TrimFunc(tok.norm, func(r rune) bool { return !unicode.IsLetter(r) })
	switch {
	case plainCapitals[letters], makes[letters], keywords[letters], strings.ContainsAny(tok.norm, "0123456789"), !strings.ContainsAny(tok.norm, "aeiouy"):
		return false
	case len(letters) < 4:
		return shortShouts[letters]
	}
	return true
}

// graver makes errors of the warnings where more than one word is in capitals, or where the one is a
// word of the rules and so no name.
func graver(hits []hit, d *document) []hit {
	lex := rulebooks().lexicon
	for i, h := range hits {
		w := strings.ToLower(fold(d.source[h.start:h.end]).text)
		if len(hits) > 1 || lex.knows(w) {
			hits[i].severity = Error
		}
	}
	return hits
}

func markHits(t Text, d *document) []hit {
	var hits []hit
	for _, m := range punctuated.FindAllStringIndex(d.folded.text, -1) {
		hits = append(hits, hit{d.folded.at[m[0]], d.folded.at[m[1]], "shouting.marks", Error, whyMarks, calmMark})
	}
	const many, tooMany = 3, 5
	all := exclamations.FindAllStringIndex(d.folded.text, -1)
	if len(all) < many {
		return hits
	}
	severity := Warning
	if t.Channel == "sms" || len(all) >= tooMany || d.field == "subject" {
		severity = Error
	}
	at := all[many-1]
	return append(hits, hit{d.folded.at[at[0]], d.folded.at[at[1]], "shouting.marks", severity, whyManyMarks, fewestMarks})
}

// alarms are the emoji that shout on their own.
const alarms = "🚨⚠⏰⏳⌛🔥📢📣💥🛑⛔‼⁉💣☠💀🆘"

func emojiHits(d *document) []hit {
	const several = 3
	var places []hit
	for i, r := range d.source {
		if !isEmoji(r) {
			continue
		}
		h := hit{i, i + utf8.RuneLen(r), "shouting.emoji", Warning, whyEmoji, wordsForEmoji}
		if strings.ContainsRune(alarms, r) {
			h.severity = Error
		}
		places = append(places, h)
	}
	if len(places) >= several {
		places[several-1].severity = Error
		return places
	}
	return slices.DeleteFunc(places, func(h hit) bool { return h.severity == Warning })
}

func isEmoji(r rune) bool {
	return r >= 0x1F300 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || strings.ContainsRune(alarms, r)
}
