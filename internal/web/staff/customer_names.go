package staff

import (
	"cmp"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// doers names who does and brings things, by what is kept of them: a login, a
// provider, an import, a command.
type doers map[string]string

// doers reads the names of the shop's people.
func (s customerPages) doers(v *visit) (doers, error) {
	users, err := s.Users.All(v.Context())
	if err != nil {
		return nil, err
	}
	names := doers{"page": "the customer’s page", "twilio": "Twilio", "smtp": "the mail server", "mail": "mail", "cli": "the command line"}
	for _, u := range users {
		names[u.Login] = u.Name
	}
	return names, nil
}

func (n doers) of(who string) string {
	kind, rest, _ := strings.Cut(who, ":")
	switch {
	case who == "":
		return ""
	case kind == "staff":
		login, how, _ := strings.Cut(rest, ", ")
		return n.of(login) + ", " + how
	case kind == "import":
		return "an import (" + rest + ")"
	case kind == "cli" && rest != "":
		return rest + ", on the command line"
	}
	return cmp.Or(n[who], doer(who))
}

// inWords puts into words what is kept in codes of what a customer's page shows.
func (n doers) inWords(f *store.File, entries []store.Entry) {
	for _, a := range f.Addresses {
		for i := range a.OptOuts {
			a.OptOuts[i] = n.refusal(a.OptOuts[i])
		}
	}
	for i := range f.Consents {
		f.Consents[i] = n.consent(f.Consents[i])
	}
	for i := range entries {
		e := &entries[i]
		e.Who, e.Author = n.of(e.Who), n.of(e.Author)
		e.OptOut, e.Consent = n.refusal(e.OptOut), n.consent(e.Consent)
		for j := range e.Steps {
			e.Steps[j].By = n.of(e.Steps[j].By)
		}
	}
}

func (n doers) refusal(o outreach.OptOut) outreach.OptOut {
	o.Reason, o.Source = refusedSo(o.Reason), n.of(o.Source)
	return o
}

// consent has a reason in place of words where something was taken back.
func (n doers) consent(c outreach.Consent) outreach.Consent {
	if c.State == outreach.ConsentRevoked {
		c.Wording = refusedSo(c.Wording)
	}
	c.Source = n.of(c.Source)
	return c
}

// refusals say how a refusal came, where meanings do not.
var refusals = map[string]string{
	"told_to_staff":            "told somebody at the shop",
	"told_to_staff_in_person":  "told somebody at the shop in person",
	"told_to_staff_by_phone":   "told somebody at the shop by phone",
	"told_to_staff_on_paper":   "told somebody at the shop on paper",
	"page":                     "chose “Please stop” on their page",
	"one_click":                "unsubscribed in their mail program",
	"mailto":                   "wrote to the address for unsubscribing",
	"unclear_and_not_reviewed": "may have asked to be left alone, and nobody said otherwise in time",
	"imported":                 "in a list that was imported",
	"21610":                    "the phone company says that they opted out",
	outreach.ReasonComplaint:   "reported a message as unwanted",
}

// refusedSo says how a refusal came, given the reason that is kept: a code, one with
// a note, or words.
func refusedSo(reason string) string {
	code, note, noted := strings.Cut(reason, ": ")
	words := cmp.Or(refusals[code], meanings[code])
	switch {
	case words == "":
		return strings.ReplaceAll(reason, "_", " ")
	case noted:
		return words + ": " + note
	}
	return words
}

// languages are what customers speak, by the locale.
var languages = map[string]string{"en": "English", "es": "Spanish", "fr": "French"}

// spoken is the language of a locale in words, "" where it is the shop's.
func (s customerPages) spoken(locale string) string {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if language == "" || strings.HasPrefix(strings.ToLower(s.Shops[0].Locale), language) {
		return ""
	}
	return cmp.Or(languages[language], locale)
}

// dated shows an instant, without the hour where only the day is known.
func (s *Site) dated(t time.Time) string {
	if local := t.In(s.zone); local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0 {
		return s.day(t)
	}
	return s.when(t)
}
