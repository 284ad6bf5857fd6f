package templates

import (
	"html"
	"strings"

	"github.com/yuin/goldmark/util"

	"github.com/courtesyd/courtesyd/internal/phone"
)

// footer is the end of every e-mail. No template can leave it out: 15 USC
// 7704(a)(5) wants the sender's postal address and a way to say no in every
// commercial message, and CASL wants both in nearly all.
type footer struct {
	sender string // who writes: name, postal address, phone
	reason string // why the reader gets this and how to end it, up to the link
	label  string // the words of the link, "" when replying is the only way
	link   string
	shown  string // the link as plain text shows it
	after  string // what follows the link
}

// newFooter makes the footer from the shop's own data.
func newFooter(r *run) (footer, error) {
	shop := r.data.Shop
	var missing []string
	for _, need := range []struct{ name, value string }{
		{"shop.name", shop.Name}, {"shop.address", shop.PostalAddress},
	} {
		if strings.TrimSpace(need.value) == "" {
			missing = append(missing, need.name)
		}
	}
	if len(missing) > 0 {
		return footer{}, &MissingError{Fields: missing}
	}
	words := footerWords(r.locale)
	f := footer{sender: senderLine(r), reason: words.reply}
	links := r.data.Links
	switch {
	case links.Unsubscribe != "":
		f.reason, f.label, f.after = words.reason, words.label, words.after
		f.link, f.shown = links.Unsubscribe, links.Unsubscribe
	case links.UnsubscribeMail != "":
		address, _, _ := strings.Cut(strings.TrimPrefix(links.UnsubscribeMail, "mailto:"), "?")
		f.reason, f.label, f.after = words.mail, address, "."
		f.link, f.shown = "mailto:"+strings.TrimPrefix(links.UnsubscribeMail, "mailto:"), address
	}
	return f, nil
}

func senderLine(r *run) string {
	shop := r.data.Shop
	name := clean(shop.Name, maxName)
	switch legal := clean(shop.LegalName, maxName); {
	case strings.Contains(strings.ToLower(legal), strings.ToLower(name)):
		name = legal // "Maple Street Auto LLC" says it all
	case legal != "":
		name += " (" + legal + ")"
	}
	parts := []string{name, clean(shop.PostalAddress, maxText)}
	if shop.Phone != "" {
		parts = append(parts, phone.Readable(shop.Phone))
	}
	return strings.Join(parts, " · ")
}

type footerText struct{ reason, label, after, mail, reply string }

func footerWords(l Locale) footerText {
	if l == Spanish {
		return footerText{
			reason: "Le escribimos porque usted es cliente de nuestro taller. Si prefiere no recibir estos correos: ",
			label:  "dejar de recibirlos",
			after:  ". Basta un clic, sin contraseña.",
			mail: "Le escribimos porque usted es cliente de nuestro taller. Si prefiere no recibir estos correos, " +
				"responda a este y díganoslo, o escriba a ",
			reply: "Le escribimos porque usted es cliente de nuestro taller. Si prefiere no recibir estos correos, " +
				"responda a este y díganoslo con sus palabras.",
		}
	}
	return footerText{
		reason: "We write to you because you are a customer of our shop. If you would rather not get these emails: ",
		label:  "unsubscribe",
		after:  ". One click is enough, no password.",
		mail: "We write to you because you are a customer of our shop. If you would rather not get these emails, " +
			"reply to this one and say so, or write to ",
		reply: "We write to you because you are a customer of our shop. If you would rather not get these emails, " +
			"reply to this one and say so in any words.",
	}
}

// text writes the footer for the plain text part. A long link stays whole.
func (f footer) text() string {
	var w textWriter
	w.out.WriteString("\n---\n")
	w.wrap([]byte(f.sender), "", "")
	end := f.reason
	if f.link != "" {
		end += f.shown + f.after
	}
	if f.label != "" && f.label != f.shown {
		end = f.reason + "\n" + f.shown
	}
	w.wrap([]byte(end), "", "")
	return w.out.String()
}

func (f footer) writeHTML(out *strings.Builder) {
	out.WriteString(`<footer style="margin-top:32px;padding-top:12px;border-top:1px solid #999999;font-size:13px">` +
		"\n<p style=\"margin:0 0 8px\">" + html.EscapeString(f.sender) + "</p>\n<p style=\"margin:0\">" +
		html.EscapeString(f.reason))
	if f.link != "" {
		href := string(util.URLEscape([]byte(f.link), false))
		out.WriteString(`<a href="` + html.EscapeString(href) + `">` + html.EscapeString(f.label) + "</a>" +
			html.EscapeString(f.after))
	}
	out.WriteString("</p>\n</footer>\n")
}

// htmlMail puts the document into the shop's layout: one column without tables,
// as wide as the screen allows, light or dark as the reader has it.
func htmlMail(l Locale, shop, subject string, doc markdown, f footer) string {
	var out strings.Builder
	out.Grow(2*len(doc.source) + 2048)
	out.WriteString("<!DOCTYPE html>\n<html lang=\"" + string(l) + "\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
		"<meta name=\"color-scheme\" content=\"light dark\">\n" +
		"<meta name=\"supported-color-schemes\" content=\"light dark\">\n" +
		"<title>" + html.EscapeString(subject) + "</title>\n" +
		"<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){a{color:#8ab4f8}}</style>\n" +
		"</head>\n<body style=\"margin:0;padding:16px\">\n" +
		"<div style=\"max-width:600px;margin:0 auto;font-family:Arial,Helvetica,sans-serif;" +
		"font-size:16px;line-height:1.5\">\n" +
		"<h1 style=\"margin:0 0 24px;font-size:20px;line-height:1.3\">" +
		html.EscapeString(clean(shop, maxName)) + "</h1>\n<main>\n")
	doc.writeHTML(&out)
	out.WriteString("</main>\n")
	f.writeHTML(&out)
	out.WriteString("</div>\n</body>\n</html>\n")
	return out.String()
}
