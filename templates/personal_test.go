package templates

import (
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

func TestPersonal(t *testing.T) {
	shop := outreach.Shop{Name: "Oak Auto", LegalName: "Oak Auto LLC", PostalAddress: "1 Sample Street, Springfield", Phone: "+12125550123"}
	for typed, want := range map[string]string{
		"Yes, come by.":               "Oak Auto: Yes, come by.",
		"oak auto here: yes.":         "oak auto here: yes.",
		"  “Yes” – at 9…\r\n\r\nPat ": "Oak Auto: \"Yes\" - at 9...\nPat",
	} {
		if r := Personal(shop, outreach.SMS, "Pat Sample", "ignored", typed); r.Text != want || r.Subject != "" || r.Segments != 1 {
			t.Errorf("%q: %+v, want %q", typed, r, want)
		}
	}
	r := Personal(shop, outreach.Email, "Pat\nSample", "Re: Your\r\nBcc: x", "Dear Ana,\r\n\r\nyes.\n")
	if want := "Dear Ana,\n\nyes.\n\nPat Sample\nOak Auto LLC · 1 Sample Street, Springfield · (212) 555-0123\n"; r.Text != want {
		t.Errorf("mail: %q, want %q", r.Text, want)
	}
	if strings.ContainsAny(r.Subject, "\r\n") {
		t.Errorf("subject: %q", r.Subject)
	}
}
