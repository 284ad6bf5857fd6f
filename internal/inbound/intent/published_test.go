package intent

import (
	"slices"
	"strings"
	"testing"
)

// published are replies from the law, from court cases, from the providers'
// lists and from the trade, with what they may be read as, the best first.
var published = []struct {
	want []string // class, or class/detail
	text []string
}{
	// 47 CFR 64.1200(a)(10), Twilio, CTIA and Canadian carriers: as the whole message.
	{[]string{"revoke/keyword"}, []string{
		"STOP", "stop", "Stop.", "STOP!", " stop ", "“Stop”", "Stopall", "STOP ALL", "Quit", "END", "cancel", "Unsubscribe",
		"Revoke", "opt out", "opt-out", "OPTOUT", "ARRET", "Arrêt", "ARRETE", "ARRETEZ", "REMOVE", "TD", "alto", "no mas",
	}},
	{[]string{"revoke"}, []string{
		"UNSUBSCRIBE ME", "I want to opt-out of these emails", "remove me", "do not contact me", "stop texting me",
		"take me off the list", "stop please", "Please opt me out", "please opt me out", "leave me alone",
		"I've changed my mind and don't want to receive these anymore", "Please do not send any further messages",
		"I don't want these messages anymore. This is your last warning!",
		"I would appreciate it if we discontinue any further texts",
		"Thank you but I would like the text messages to stop can we make that happen",
		"cease and desist all communications", "not interested, stop", "lose my number", "Who is this? Stop.",
		"my lawyer will hear of this", "I am going to report you to the FCC", "this is harassment",
		"no me manden mas", "deja de llamarme", "deja de escribirme", "Not interested. Please take my number off your list",
	}},
	{[]string{"revoke/wrong_number"}, []string{
		"wrong number", "wrong person", "número equivocado", "no soy Beto", "no soy la persona que busca",
		"this isn't Pat's phone anymore",
	}},
	{[]string{"revoke/calls_only"}, []string{
		"don't stop texting me, but stop calling", "stop calling but text is fine", "no me llamen pero los mensajes sí",
	}},
	{[]string{"revoke/texts_only"}, []string{"stop texting, call me", "no me manden mensajes, mejor llámeme"}},
	{[]string{"none"}, []string{
		"", "yes", "No", "Sure", "I stopped by the lot", "Stop by the lot Friday", "Can you stop by Tuesday?",
		"Sounds good, I will end up needing tires before winter", "I will end up needing tires",
		"We had to cancel our trip but the Silverado is fine", "We had to cancel our trip", "No problem, send it.",
		"they can quit looking", "don't stop texting", "I'll stop by Friday",
	}},
	{[]string{"hold"}, []string{"Cancel that, I will come Tuesday", "Not interested", "🛑", "👎", "cancel my appointment", "cancel it"}},
	{[]string{"hold", "revoke"}, []string{"Stop!!! jk", "STOP lol jk", "stop... just kidding"}},
	{[]string{"none", "hold"}, []string{
		"you said reply STOP to opt out?", "\"Reply STOP to opt out\" what does that mean",
		"if I unsubscribe do I still get the pickup text?",
	}},
	// Only START and UNSTOP, as the whole message, lift an opt-out.
	{[]string{"none/opt_in"}, []string{"START", "start", "Unstop", "UNSTOP", "Start.", "EMPEZAR", "Comenzar", "opt in", "subscribe"}},
	{[]string{"none/yes"}, []string{"YES", "Yes!", "SI", "sí"}},
	{[]string{"none"}, []string{"start the work please", "can you start Monday", "puede empezar el lunes?"}},
	{[]string{"none/help"}, []string{"HELP", "Help", "INFO", "AYUDA", "ayuda"}},
	// By e-mail, with a signature below.
	{[]string{"revoke"}, []string{
		"STOP\n\n--\nJane Placeholder\nExample Realty\n+1 212 555 0123", "Stop\n\nSent from my iPhone",
		"Please unsubscribe me.\n\nThanks,\nJane", "stop\n\nJane Placeholder, CPA\n123 Sample Street",
		"Remove me.\r\n\r\nOn Mon, Mar 2, 2026 at 9:00 AM Example Garage <a@example.com> wrote:\r\n> Hi Jane\r\n> Reply STOP to opt out",
	}},
}

func TestPublishedReplies(t *testing.T) {
	t.Parallel()
	for _, test := range published {
		for _, text := range test.text {
			got := Classify(text)
			fits := slices.ContainsFunc(test.want, func(want string) bool {
				return want == string(got.Class) || want == string(got.Class)+"/"+string(got.Detail)
			})
			if !fits {
				t.Errorf("%q: %s/%s by %s, want %s", text, got.Class, got.Detail, got.Rule, strings.Join(test.want, " or "))
			}
		}
	}
}

// TestDisguisedRefusals writes refusals with letters that look alike, with marks
// that do not show, and broken.
func TestDisguisedRefusals(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"S\u200bT\u200bO\u200bP", "\u202eSTOP\u202c", "\ufeffSTOP", "ＳＴＯＰ", "𝐒𝐓𝐎𝐏", "Ⓢⓣⓞⓟ", "ѕtор", "STОP", "ѕТОР texting me",
		"st\u00adop", "S̶T̶O̶P̶", "STOP\x00", "\xff\xfeSTOP", "ST\xffOP", "st-op", "$T0P", "s.t.o.p texting", "stop\ttexting\tme",
	} {
		if got := Classify(text); got.Class == None {
			t.Errorf("%q: %+v, want it suppressed", text, got)
		}
	}
}

// TestRefusalAmongOtherWords puts refusals behind and before replies that refuse
// nothing, and the other way around, as people do who dictate.
func TestRefusalAmongOtherWords(t *testing.T) {
	t.Parallel()
	refusals := map[string][]string{
		"en": {"please stop texting me", "don't text me anymore", "take me off your list", "unsubscribe", "no more messages", "wrong number"},
		"es": {"ya no me manden mensajes", "quítenme de la lista", "no me escriban más", "número equivocado"},
	}
	misses, tries := 0, 0
	for language, refusals := range refusals {
		examples, err := Corpus("development", language)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range examples {
			if e.Class != None || strings.ContainsAny(e.Text, "“\"") {
				continue
			}
			refusal := refusals[i%len(refusals)]
			for _, text := range []string{e.Text + ". " + refusal, refusal + ". " + e.Text, e.Text + " " + refusal} {
				tries++
				if got := Classify(text); got.Class == None {
					misses++
					t.Logf("%q: %+v", text, got)
				}
			}
		}
	}
	if misses*100 > tries {
		t.Errorf("%d of %d refusals among other words were missed", misses, tries)
	}
}
