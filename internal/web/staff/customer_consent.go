package staff

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
	"github.com/courtesyd/courtesyd/internal/store"
)

// tellings are the ways in which a customer tells somebody something.
var tellings = []string{"in person", "by phone", "on paper"}

// recordConsent keeps what a customer agreed to. Nothing is assumed: each field is
// chosen by whoever heard it.
func (s customerForms) recordConsent(v *visit) error {
	return s.act(v, "consent", func(id int64, f *form) (string, error) {
		file, err := s.Customers.File(v.Context(), v.now, id)
		if err != nil {
			return "", err
		}
		how := v.PostFormValue("how")
		c := outreach.Consent{
			CustomerID: id, Channel: outreach.Channel(v.PostFormValue("channel")), Class: outreach.Class(v.PostFormValue("class")),
			State: outreach.ConsentGiven, Basis: outreach.ConsentBasis(v.PostFormValue("basis")), Wording: f.text("wording", "Words"),
			Source: "staff:" + v.user.Login + ", " + how,
		}
		switch {
		case !c.Channel.Valid():
			f.complain("Choose what they agreed to: texts, e-mails or calls.")
		case c.Class != outreach.Marketing && c.Class != outreach.Informational:
			f.complain("Choose what for.")
		case !slices.Contains(tellings, how):
			f.complain("Choose how they agreed.")
		case c.Basis != outreach.ConsentWritten && c.Basis != outreach.ConsentExpress:
			f.complain("Choose whether they signed it or said it.")
		case c.Basis == outreach.ConsentWritten && how != "on paper":
			// 47 CFR 64.1200(f)(9): written consent bears a signature.
			f.complain("What was said is not written consent: choose “said it”, or “on paper” where they signed.")
		case c.Wording == "":
			f.complain("Write down the exact words they agreed to.")
		}
		noes := refusedAt(file, c.Channel)
		c.OccurredAt = s.agreedAt(f, noes)
		if len(f.wrong) > 0 {
			return "", nil
		}
		if err := s.Customers.RecordConsent(v.Context(), v.now, v.user.Login, c); err != nil {
			return "", err
		}
		if why := s.withoutEffect(file, c, noes); why != "" {
			s.warn(v, "It is on file, but it has no effect: "+why)
			return "", nil
		}
		return "Recorded: " + consentWords(c) + ".", nil
	})
}

// agreedAt reads when a customer agreed: just now, or earlier. A day alone counts
// from its beginning, so that nothing looks later than it was; where they refused on
// that day, or it is today, the hour says which came first.
func (s customerForms) agreedAt(f *form, noes []time.Time) time.Time {
	if f.PostFormValue("when") == "now" {
		return f.now
	}
	day, typed := f.day("day", "Day"), strings.TrimSpace(f.PostFormValue("time"))
	ended := endOfDay(day)
	no := slices.IndexFunc(noes, func(at time.Time) bool { return !at.Before(day) && !at.After(ended) })
	switch {
	case len(f.wrong) > 0:
	case day.IsZero():
		f.complain("Say when they agreed: just now, or on which day.")
	case day.After(f.now):
		f.complain("The day lies ahead.")
	case typed != "":
		clock, err := time.Parse("15:04", typed)
		if err != nil {
			f.complain("Time: write it as hours and minutes, for example 14:30.")
			return day
		}
		day = time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), 0, 0, s.zone)
		if day.After(f.now) {
			f.complain("The time lies ahead.")
		}
	case !ended.Before(f.now):
		f.complain("Give the time, too, or choose “just now”.")
	case no >= 0:
		f.complain("They refused on that day, at %s. Give the time at which they agreed: what was agreed to before a refusal does not count.", s.clock(noes[no]))
	}
	return day
}

// refusedAt is when the customer refused a channel, as far as that outlasts a lift:
// what was agreed to before is void (47 CFR 64.1200(a)(10)).
func refusedAt(file store.File, ch outreach.Channel) (noes []time.Time) {
	for _, c := range file.Consents {
		if c.State != outreach.ConsentGiven && (c.Channel == "" || c.Channel == ch) {
			noes = append(noes, c.OccurredAt)
		}
	}
	for _, a := range file.Addresses {
		for _, o := range slices.Concat(a.OptOuts, a.Lifted) {
			if ch == outreach.SMS && a.Kind == outreach.PhoneNumber && closes(o, ch) && !o.Tentative {
				noes = append(noes, o.RecordedAt)
			}
		}
	}
	return noes
}

// closes reports whether an opt-out is about a channel.
func closes(o outreach.OptOut, ch outreach.Channel) bool { return o.Channel == "" || o.Channel == ch }

// withoutEffect says why nothing goes out by what a customer has agreed to, "" when
// something may.
func (s customerForms) withoutEffect(file store.File, c outreach.Consent, noes []time.Time) string {
	for _, at := range noes {
		if !at.Before(c.OccurredAt) {
			return fmt.Sprintf("they refused on %s, which was later. Record what they have agreed to since, if they have.", s.when(at))
		}
	}
	if c.Channel == outreach.SMS && c.Class == outreach.Marketing && c.Basis != outreach.ConsentWritten {
		return "for offers by text the law wants a signed consent. What they said is enough for information about their own vehicle; record that by itself." // 47 CFR 64.1200(a)(2)
	}
	for _, a := range file.Addresses {
		for _, o := range a.OptOuts {
			if a.Kind != c.Channel.AddressKind() || !closes(o, c.Channel) {
				continue
			}
			until := "until the customer asks to hear from us again and a manager takes it back, under “How to reach them”."
			if o.Tentative {
				until = "until somebody decides: somebody has yet to read what they meant, on the page Today."
			}
			return fmt.Sprintf("%s is left alone since %s, %s", phone.Readable(a.Value), s.when(o.RecordedAt), until)
		}
	}
	return ""
}
