package tone

import (
	"net/url"
	"slices"
	"strings"
)

// firstWords is how far into a text message the shop's name may stand: "Hi Ana, this is Leo at …".
const firstWords = 10

// missingHits says what a message must carry and does not. A call carries nothing.
func missingHits(t Text, d *document) []hit {
	var hits []hit
	name := nameAt(t.ShopName, d)
	switch t.Channel {
	case "sms":
		if name < 0 {
			hits = append(hits, hit{0, 0, "shop-name.missing", Error, "A text must say at once which shop it is from.", nameInstead(t)})
		} else if name >= firstWords {
			hits = append(hits, hit{0, 0, "shop-name.late", Warning, "The shop's name comes late; the first words should say who writes.", nameInstead(t)})
		}
		if t.Class == "marketing" && !saysHowToStop(d) {
			hits = append(hits, hit{0, 0, "opt-out.missing", Error, "A marketing text must say how to end the messages.", stopInstead(t)})
		}
	case "email":
		if name < 0 && nameAt(t.ShopName, read(t.Subject, "subject", false, nil)) < 0 {
			hits = append(hits, hit{0, 0, "shop-name.missing", Error, "An email must say which shop it is from.", nameInstead(t)})
		}
	}
	return hits
}

// nameAt is the index of the token where the shop is named, or -1.
func nameAt(shop string, d *document) int {
	var want []string
	for _, tok := range read(shop, "", false, nil).tokens {
		want = append(want, tok.norm)
	}
	for i, tok := range d.tokens {
		if tok.kind == tag && (tok.norm == "shop.name" || tok.norm == "shop_name") {
			return i
		}
		if len(want) > 0 && i+len(want) <= len(d.tokens) && slices.EqualFunc(want, d.tokens[i:i+len(want)],
			func(w string, t token) bool { return w == t.norm }) {
			return i
		}
	}
	return -1
}

func saysHowToStop(d *document) bool {
	for _, b := range rulebooks().books {
		for i := range d.tokens {
			if matches(b.optOut, d, i, anywhere) {
				return true
			}
		}
	}
	return false
}

func nameInstead(t Text) string {
	if spanish(t) {
		return "Empiece con «{{shop.name}}:» o «Hola, le escribe {{shop.name}}.»"
	}
	return "Begin with “{{shop.name}}:” or “Hi, it's {{shop.name}}.”"
}

func stopInstead(t Text) string {
	if spanish(t) {
		return "Responda STOP para no recibir más mensajes."
	}
	return "Reply STOP to opt out."
}

func spanish(t Text) bool {
	return strings.HasPrefix(strings.ToLower(t.Locale), "es")
}

// shorteners are public services whose links carriers filter, since anyone can hide behind them.
var shorteners = set(`bit.ly bitly.com j.mp tinyurl.com goo.gl t.co ow.ly is.gd v.gd buff.ly rebrand.ly short.io shorturl.at
	short.gy cutt.ly rb.gy lnkd.in t.ly s.id tiny.cc tiny.one shorte.st adf.ly bl.ink soo.gd clck.ru x.gd qr.ae wa.link
	mcaf.ee su.pr dlvr.it amzn.to po.st bc.vc u.to snip.ly t2m.io shorturl.com urlzs.com ity.im
	zpr.io da.gd shrtco.de kutt.it dub.sh dub.co tly.link gg.gg trib.al hyperurl.co bitly.ws
	smarturl.it spoo.me chilp.it qrco.de app.link page.link onelink.me go.ly 1url.com ulvis.net n9.cl acortar.link acortaurl.com`)

// shortenerHits finds links of public shorteners, however they are written.
func shortenerHits(d *document) []hit {
	var hits []hit
	for _, tok := range d.tokens {
		if tok.kind == link && isShortener(host(tok.norm)) {
			hits = append(hits, hit{
				tok.start, tok.end, "shortener.public", Error,
				"Carriers filter public short links, and customers cannot see where they lead.",
				"Use a link on the shop's own domain.",
			})
		}
	}
	return hits
}

func isShortener(h string) bool {
	for h != "" {
		if shorteners[h] {
			return true
		}
		_, h, _ = strings.Cut(h, ".")
	}
	return false
}

func host(s string) string {
	if !strings.Contains(s, "://") {
		s = "//" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Hostname(), ".")
}

// disguiseHits finds words whose letters were swapped for digits, signs or foreign letters.
func disguiseHits(d *document) []hit {
	var hits []hit
	for _, tok := range d.tokens {
		if tok.disguised {
			hits = append(hits, hit{
				tok.start, tok.end, "deception.disguised", Error,
				"The word is spelled to slip past a filter.", "Spell it plainly, or leave it out.",
			})
		}
	}
	return hits
}
