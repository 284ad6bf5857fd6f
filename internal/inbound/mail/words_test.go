package mail

import (
	"strings"
	"testing"
)

func TestOwnWords(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"nothing quoted":   {"Please call me.\nThanks", "Please call me.\nThanks"},
		"marked":           {"Yes\n> old\n>> older\n", "Yes"},
		"answers between":  {"> Friday?\nYes\n> 9 am?\nNo", "Yes\nNo"},
		"attribution":      {"Yes\n\nOn Mon, Mar 2, 2026 at 10:15 AM Maple <service@maple.example.com> wrote:\nHello Pat", "Yes"},
		"broken in two":    {"Sí\n\nEl lun, 2 mar 2026 a las 10:15, Maple Street Auto (<\nservice@maple.example.com>) escribió:\n> Hola", "Sí"},
		"broken in three":  {"Yes\nOn Monday, March 2, 2026,\nMaple Street Auto\n<service@maple.example.com> wrote:\nHello", "Yes"},
		"words below":      {"On 3/2/26, Maple wrote:\n\n> Hello\n\nYes", "Yes"},
		"outlook":          {"Yes\n\nFrom: Maple <service@maple.example.com>\nSent: Monday\nTo: Pat\nSubject: Brakes\n\nHello", "Yes"},
		"outlook, bold":    {"Yes\n*From:* Maple\n*Sent:* Monday\n*To:* Pat\n\nHello", "Yes"},
		"outlook, Spanish": {"Sí\n________________________________\nDe: Maple\nEnviado el: lunes\nPara: Ana\nAsunto: Frenos\n\nHola", "Sí"},
		"separator":        {"Yes\n-----Original Message-----\nHello", "Yes"},
		"Spanish":          {"Sí\n----- Mensaje original -----\nHola", "Sí"},
		"signature":        {"Yes\n-- \nPat Sample\n212 555 0123", "Yes"},
		"phone":            {"Yes\n\nSent from my iPhone\n\nOn Mar 2, 2026, at 10:15, Maple wrote:\n\nHello", "Yes"},
		"phone, Spanish":   {"Sí\nEnviado desde mi iPhone", "Sí"},
		"only a phone":     {"Sent from my iPhone", ""},
		"everything":       {"> Hello\n> STOP to end", ""},

		"from in a sentence": {"From: the front it makes a noise\nwhen I brake", "From: the front it makes a noise\nwhen I brake"},
		"on in a sentence":   {"On Monday I come.\nThe man from the shop wrote: ask for Pat", "On Monday I come.\nThe man from the shop wrote: ask for Pat"},
		"rule of one's own":  {"One\n____________________\nTwo", "One\n____________________\nTwo"},
		"dashes":             {"Two things -- brakes\n--- and tires", "Two things -- brakes\n--- and tires"},
		"sent from a place":  {"Sent from work. Please stop.", "Sent from work. Please stop."},
		"after the phone":    {"Sent from my iPhone. Please stop.", "Sent from my iPhone. Please stop."},
		"phone and carrier":  {"Yes\nSent via the Samsung Galaxy S23, an AT&T smartphone", "Yes"},
	} {
		if got := ownWords(tt.text); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
	if got := ownWords(strings.Repeat("é", maxBodyBytes)); len(got) > maxBodyBytes || !strings.HasSuffix(got, "é") {
		t.Errorf("%d bytes are kept", len(got))
	}
}

func TestTextOf(t *testing.T) {
	for name, tt := range map[string]struct{ source, want string }{
		"inline":         {"Stop <b>now</b>,<i> please</i>.", "Stop now, please."},
		"blocks":         {"<p>one</p><div>two<br>three<br/>four</div>", "one\ntwo\nthree\nfour\n"},
		"quoted":         {"Yes<blockquote type=cite><div>Hello</div><p>Pat</p></blockquote>there", "Yes\n> Hello\n> Pat\nthere"},
		"hidden":         {"<head><title>x</title><style>p{}</style></head><body>a<script>b</script>c</body>", "ac\n"},
		"unclosed head":  {"<head><body>a", "a"},
		"entities":       {"&iexcl;No&nbsp;m&aacute;s&#33;", "¡No más!"},
		"white space":    {"a\n\n   b <span>c</span>\td", "a b c d"},
		"a comment":      {"a<!-- b -->c", "ac"},
		"broken":         {"a < b <<p c", "a < b <"},
		"stray end tags": {"</blockquote></script></p>a", "a"},
	} {
		if got := textOf(tt.source); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
