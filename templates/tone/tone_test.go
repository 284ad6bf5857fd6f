package tone

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// rulesOf are the ids of the rules found, in order.
func rulesOf(findings []Finding) []string {
	ids := make([]string, 0, len(findings))
	for _, f := range findings {
		ids = append(ids, f.Rule)
	}
	return ids
}

// blocked reports whether any of the findings stands in the way of approval.
func blocked(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}

func call(locale, body string) Text {
	return Text{Channel: "call", Locale: locale, Class: "marketing", Body: body}
}

func TestFindingSaysWhere(t *testing.T) {
	t.Parallel()
	text := Text{
		Channel: "email", Locale: "en", Class: "marketing", ShopName: "Oak Auto", FirstLineOfBody: 7,
		Subject: "Last chance", Body: "Hello from Oak Auto.\n\nÁé “{{x.y}}”: you declined\nthe brakes.",
	}
	findings := Check(text)
	at := slices.IndexFunc(findings, func(f Finding) bool { return f.Rule == "blame.you-refused" })
	if at < 0 {
		t.Fatalf("no blame found: %v", findings)
	}
	got := findings[at]
	if got.Field != "body" || got.Line != 9 || got.Column != 15 || got.Text != "you declined" {
		t.Errorf("got %s %d:%d %q; want body 9:15 %q", got.Field, got.Line, got.Column, got.Text, "you declined")
	}
	if got.Category != "blame" || got.Severity != Error || got.Why == "" || got.Instead == "" {
		t.Errorf("incomplete finding: %+v", got)
	}
	if first := findings[0]; first.Field != "subject" || first.Line != 1 || first.Column != 1 {
		t.Errorf("the subject does not come first: %+v", first)
	}
}

func TestFindingSpansItsWords(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Please a\u200bct now, Ana", "Please ａｃｔ　ｎｏｗ, Ana", "Please A c t  n o w, Ana"} {
		findings := Check(call("en", text))
		found := slices.ContainsFunc(findings, func(f Finding) bool {
			return f.Category == "pressure" && strings.Contains(text, f.Text) && len([]rune(f.Text)) >= 7
		})
		if !found {
			t.Errorf("%q: no pressure with its words: %v", text, findings)
		}
	}
}

// TestDisguises spells one phrase in ways that a plain search misses.
func TestDisguises(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"curly quote":    "Don’t wait any longer",
		"no quote":       "Dont wait any longer",
		"zero width":     "Don't wa\u200bit any longer",
		"soft hyphen":    "Don't wa\u00adit any longer",
		"full width":     "Ｄｏｎ'ｔ ｗａｉｔ any longer",
		"cyrillic":       "Don't w\u0430it any longer",
		"digits":         "D0n't w4it any longer",
		"letters apart":  "Don't w a i t any longer",
		"dotted":         "Don't w.a.i.t. any longer",
		"double spaces":  "Don't   wait   any longer",
		"combining mark": "Don't wai\u0301t any longer",
		"wrapped line":   "Don't\nwait any longer",
		"bold":           "**Don't** _wait_ any longer",
		"mathematical":   "Don't 𝘄𝗮𝗶𝘁 any longer",
		"capitals":       "DON'T WAIT any longer",
	} {
		findings := Check(call("en", text))
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Category == "pressure" }) {
			t.Errorf("%s: %q passes: %v", name, text, findings)
		}
	}
}

func TestAccentsDoNotMatter(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Última oportunidad", "Ultima oportunidad", "U\u0301LTIMA OPORTUNIDAD"} {
		if !blocked(Check(call("es", text))) {
			t.Errorf("%q passes", text)
		}
	}
}

func TestUnknownLocaleIsCheckedInBothLanguages(t *testing.T) {
	t.Parallel()
	for locale, want := range map[string][2]bool{ // English found, Spanish found
		"en": {true, false}, "en-US": {true, false}, "EN_us": {true, false},
		"es": {false, true}, "es-419": {false, true}, "": {true, true}, "fr": {true, true}, "est": {true, true},
	} {
		english := blocked(Check(call(locale, "You declined the brakes.")))
		spanish := blocked(Check(call(locale, "Usted rechazó los frenos.")))
		if got := [2]bool{english, spanish}; got != want {
			t.Errorf("locale %q: English, Spanish found %v; want %v", locale, got, want)
		}
	}
}

func TestShopName(t *testing.T) {
	t.Parallel()
	const stop = " Reply STOP to opt out."
	for _, test := range []struct {
		name string
		text Text
		want string
	}{
		{"template, first", Text{Channel: "sms", Body: "{{shop.name}}: your pads were at 3 mm." + stop}, ""},
		{"template, spaced tag", Text{Channel: "sms", Body: "Hi, it's {{ shop.name }}." + stop}, ""},
		{"template, piped tag", Text{Channel: "sms", Body: `{{shop.name | default "us"}}: hello.` + stop}, ""},
		{"template, missing", Text{Channel: "sms", Body: "Your pads were at 3 mm." + stop}, "shop-name.missing"},
		{"template, late", Text{Channel: "sms", Body: "Your front pads were at 3 mm when your car was here in May, says {{shop.name}}." + stop}, "shop-name.late"},
		{"finished", Text{Channel: "sms", ShopName: "Joe's Auto & Tire", Body: "Joe’s AUTO & Tire: hello." + stop}, ""},
		{"finished, other name", Text{Channel: "sms", ShopName: "Joe's Auto", Body: "Ann's Auto: hello." + stop}, "shop-name.missing"},
		{"email, in the subject", Text{Channel: "email", ShopName: "Oak Auto", Subject: "Oak Auto: your inspection", Body: "Hello."}, ""},
		{"email, nowhere", Text{Channel: "email", ShopName: "Oak Auto", Subject: "Your inspection", Body: "Hello."}, "shop-name.missing"},
		{"call", Text{Channel: "call", Body: "Ask what got in the way."}, ""},
	} {
		test.text.Locale, test.text.Class = "en", "marketing"
		ids := strings.Join(rulesOf(Check(test.text)), " ")
		if ids != test.want {
			t.Errorf("%s: got %q; want %q", test.name, ids, test.want)
		}
	}
}

func TestWayOut(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"Reply STOP to opt out.":                       "",
		"Text stop to end.":                            "",
		"To opt out, reply STOP.":                      "",
		"STOP to unsubscribe":                          "",
		"Responda STOP para no recibir más.":           "",
		"Envíe la palabra STOP.":                       "",
		"Stop by any time.":                            "opt-out.missing",
		"We will stop when you say so.":                "opt-out.missing",
		"":                                             "opt-out.missing",
		"You can opt out only by texting STOP.":        "opt-out.exclusive",
		"The only way to stop these is to reply STOP.": "opt-out.exclusive",
		"La única forma de no recibir más es responder STOP.":        "opt-out.exclusive",
		"Reply STOP to opt out. Opt-outs by phone are not accepted.": "opt-out.exclusive",
		"Reply STOP to opt out, or tell us in any way you like.":     "",
	} {
		text := Text{Channel: "sms", Class: "marketing", Body: "{{shop.name}}: hello. " + body}
		got := strings.Join(rulesOf(Check(text)), " ")
		if got != want {
			t.Errorf("%q: got %q; want %q", body, got, want)
		}
		text.Class, text.Body = "informational", "{{shop.name}}: hello."
		if findings := Check(text); len(findings) != 0 {
			t.Errorf("an informational text needs no way out: %v", findings)
		}
	}
}

func TestControlWords(t *testing.T) {
	t.Parallel()
	for body, bad := range map[string]bool{
		"Reply YES to book.": true, "reply yes": true, "Text back “CANCEL”.": true, "Send END.": true,
		"Reply with the word QUIT.": true, "Reply UNSUBSCRIBE to opt out.": true, "Reply STOP to reschedule.": true,
		"Text START to go ahead.": true, "Reply INFO for the price.": true, "Reply 1 for Monday or YES for Tuesday.": true,
		"Reply HELP for help.": false, "Reply STOP to opt out.": false, "Reply BOOK or LATER.": false,
		"Reply to this message any time.": false, "Text us to cancel.": false, "Reply 1 or 2.": false,
		"Call or text us when you start your trip.": false, "Yes, we can help.": false,
		"Responda SÍ para confirmar.": true, "Conteste si": true, "Mande ALTO.": true, "Escriba CANCELAR.": true,
		"Responda CITA o LUEGO.": false, "Responda si quiere.": false, "Responda AYUDA para ayuda.": false,
		"Escríbanos si le conviene.": false,
	} {
		got := slices.Contains(rulesOf(Check(call("", body))), "control-word.answer")
		if got != bad {
			t.Errorf("%q: found %v; want %v", body, got, bad)
		}
	}
}

func TestShorteners(t *testing.T) {
	t.Parallel()
	for body, bad := range map[string]bool{
		"bit.ly/x": true, "HTTPS://BIT.LY/x": true, "http://www.tinyurl.com/y": true, "(t.co/abc)": true,
		"rb.gy/x.": true, "ｂｉｔ.ly/x": true, "b\u200bit.ly/x": true, "lnkd.in/a": true, "https://is.gd/a?b": true, "custom.short.gy/a": true,
		"https://oakauto.example/bit.ly": false, "oakauto.com/t.co": false, "rabbit.ly.example/x": false,
		"https://notbit.ly/x": false, "mail@bit.example.com": false,
	} {
		got := slices.Contains(rulesOf(Check(call("en", "See "+body))), "shortener.public")
		if got != bad {
			t.Errorf("%q: found %v; want %v", body, got, bad)
		}
	}
}

func TestShouting(t *testing.T) {
	t.Parallel()
	for body, bad := range map[string]bool{
		"Your BRAKES are worn": true, "PLEASE call": true, "act NOW": true, "Hi!! there": true, "really?!": true,
		"F R E E": true, "One! Two! Three! Four! Five!": true, "⏰ your car": true, "Su auto ESTÁ LISTO": true,
		"ABS, VIN and TPMS": false, "RO 4471, OK": false, "2015 HONDA CIVIC EX": false, "Hi MARIA,": false, "Hola JOSÉ LUIS,": false,
		"ABC AUTO: hello": false, "Thank you!": false, "¡Gracias!": false, "U.S. and 9 a.m.": false, "A/C and 5W-30": false,
		"Your F150 and RAV4": false, "Reply BOOK or LATER": false, "All good 🙂": false, "What day? Any!": false,
	} {
		got := slices.ContainsFunc(Check(call("en", body)), func(f Finding) bool { return f.Category == "shouting" })
		if got != bad {
			t.Errorf("%q: found %v; want %v", body, got, bad)
		}
	}
	named := Text{Channel: "call", Locale: "en", ShopName: "BRAKES AND MORE", Body: "This is Dana of BRAKES AND MORE."}
	if findings := Check(named); len(findings) != 0 {
		t.Errorf("the shop's own name shouts: %v", findings)
	}
}

func TestSameTextSameFindings(t *testing.T) {
	t.Parallel()
	text := call("", "LAST CHANCE!! You declined; usted rechazó. Reply YES. bit.ly/x. Only 2 slots left. 10% off if you book today.")
	first := Check(text)
	for range 20 {
		if again := Check(text); !slices.Equal(first, again) {
			t.Fatalf("findings differ:\n%v\n%v", first, again)
		}
	}
}

// TestRulesServeBothLanguages keeps the two languages equally strong, and each rule usable by a manager.
func TestRulesServeBothLanguages(t *testing.T) {
	t.Parallel()
	rules, err := readRules(ruleFiles)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.ID] || !strings.Contains(r.ID, ".") {
			t.Errorf("id %q is doubled or has no category", r.ID)
		}
		seen[r.ID] = true
		if r.Severity != Error && r.Severity != Warning || r.Why == "" {
			t.Errorf("%s: severity %q, why %q", r.ID, r.Severity, r.Why)
		}
		for language, w := range map[string]wording{"en": r.EN, "es": r.ES} {
			if w.Instead == "" || len(lines(w.Find)) == 0 {
				t.Errorf("%s has no %s wording", r.ID, language)
			}
		}
	}
}

// TestRemediesAreCourteous runs the check on its own advice.
func TestRemediesAreCourteous(t *testing.T) {
	t.Parallel()
	for language, b := range rulebooks().books {
		for _, e := range b.entries {
			for _, f := range Check(call(language, e.instead)) {
				if f.Severity == Error {
					t.Errorf("%s advises %q, which has %s %q", e.ID, e.instead, f.Rule, f.Text)
				}
			}
		}
	}
}

func TestPatternErrors(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"(a", "a)", "a||b", "()", "@nobody", "<color>", "..x", "..99", "ab*", "please?", "a ..", "|"} {
		v := &vocabulary{groups: map[string][]string{}, parsed: map[string]node{}, lexicon: lexicon{}}
		if _, err := compilePattern(src, v); err == nil {
			t.Errorf("pattern %q compiles", src)
		}
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	groups := map[string][]string{"day": {"monday|tuesday", "<num>"}}
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"book now", "book now", true},
		{"book now", "book, now", false},
		{"book now", "book. Now", false},
		{"give us a call", "give me a call", true},
		{"(we|i) am waiting", "I'm waiting", true},
		{"no tienes que", "no tenés que", true},
		{"book ..2 now", "book a car now", true},
		{"book ..2 now", "book one big car now", false},
		{"book ..2 now", "book it, now", false},
		{"book ...2 now", "book it, now", true},
		{"book ...2 now", "book it. Now", false},
		{"declin* it", "declining it", true},
		{"(go|come in) now", "come in now", true},
		{"(go|come in) now", "come now", false},
		{"call us? now", "call now", true},
		{"call us? now", "call us now", true},
		{"call us? now", "call, now", false},
		{"by @day", "by tuesday", true},
		{"by @day", "by 5pm", true},
		{"do not", "don't", true},
		{"^ call", "please call", true},
		{"^ call", "we call", false},
		{"^ call", "well, call", true},
		{"^ x? call", "call", true},
		{"call $", "call!", true},
		{"call $", "call me", false},
		{"<money> off", "$20 off", true},
		{"<percent>", "15 %", true},
		{"<phone>", "(212) 555-0123", true},
		{"<link>", "see oakauto.example/x", true},
		{"<date>", "{{price.valid_until}}", true},
		{"<any> off", "zzz off", false}, // a rule cannot begin with anything: nothing would index it
	} {
		v := &vocabulary{groups: groups, lead: set("please"), parsed: map[string]node{}, lexicon: lexicon{}}
		p, err := compilePattern(test.pattern, v)
		if err != nil {
			t.Fatal(err)
		}
		d := read(test.text, "body", true, v.lexicon)
		x, got := indexed([]pattern{p}), false
		for i := range d.tokens {
			got = got || matches(x, d, i, anywhere)
		}
		if got != test.want {
			t.Errorf("%q in %q: %v; want %v", test.pattern, test.text, got, test.want)
		}
	}
}

// TestLongTexts bounds the work on a megabyte of what is hardest for the rules.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	const size, limit = 1 << 20, 20 * time.Second // about half a second, but for -race and busy machines
	for name, unit := range map[string]string{
		"letters apart": "a ", "opening braces": "{{", "nested tags": "{{a}}{{", "one sentence": "you book now we ",
		"marks": "FREE!?😱\xff\xfe", "negations": "no not never ", "links": "http://a.b.\n", "digits": "1 2-3.",
		"findings": "you still have not declined by friday, only 2 slots left ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			findings := Check(call("", strings.Repeat(unit, size/len(unit))))
			if took := time.Since(begin); took > limit {
				t.Errorf("%v for a megabyte", took)
			}
			if !slices.Contains(rulesOf(findings), "reading-level.too-long") {
				t.Error("a megabyte passes for a message")
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		"Reply STOP to opt out.", "{{shop.name}}: {{if x}}act now{{end}}", "{{{{}}}}", "\xff\xfe{{", "a\u0301\u200b ｂｉｔ.ly/x",
		"N O W", "¡¡Última!! oportunidad", "$1,2.3 % 12%%", "http://[::1", "it's 'tis ' '' cannot", "🏳️‍🌈🚨", "\n\n- x\n1. y",
	} {
		f.Add(seed, "en", "sms")
	}
	f.Fuzz(func(t *testing.T, body, locale, channel string) {
		text := Text{Channel: channel, Locale: locale, Class: "marketing", Subject: body, Body: body, ShopName: body}
		for _, finding := range Check(text) {
			if !strings.Contains(body, finding.Text) || finding.Line < 1 || finding.Column < 1 {
				t.Fatalf("misplaced: %+v", finding)
			}
			if finding.Rule == "" || finding.Category == "" || finding.Why == "" || finding.Instead == "" {
				t.Fatalf("incomplete: %+v", finding)
			}
		}
	})
}
