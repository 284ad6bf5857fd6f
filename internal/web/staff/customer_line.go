package staff

import (
	"fmt"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
	"github.com/courtesyd/courtesyd/internal/store"
)

// lineView is one line of a customer's timeline.
type lineView struct {
	Anchor  string
	At      time.Time
	Side    string // "theirs", "ours" or "" for what nobody said
	Head    string
	State   string // what became of a message
	Why     string // in sentences
	Subject string
	Words   string
	Guide   string // what to say in a call
	Fine    string // small print
	Steps   []store.ContactEvent
}

// line tells of one thing that happened.
func (s customerPages) line(e store.Entry, names playbookNames) lineView {
	l := lineView{Anchor: fmt.Sprintf("e%d-%d", e.Kind, e.ID), At: e.At}
	switch e.Kind {
	case store.EntryContact:
		l.Anchor = fmt.Sprintf("contact-%d", e.ID)
		e.Contact.Playbook = names.of(e.Contact.Playbook)
		s.contactLine(&l, e)
	case store.EntryNote:
		l.Head, l.Words = "Note by "+e.Who, e.Note
	case store.EntryConsent:
		l.Head, l.Fine = consentWords(e.Consent), "Recorded by "+e.Who
		if l.Words = e.Consent.Wording; e.Consent.State != outreach.ConsentGiven {
			l.Words, l.Why = "", sentenceOf(e.Consent.Wording)
		}
	case store.EntryOptOut:
		l.Head, l.Fine = "To be left alone: "+scope(e.OptOut), by(e.OptOut.Reason, e.Who)
		if e.OptOut.Tentative {
			l.Why = "Until somebody has read what they meant."
		}
	case store.EntryLifted:
		l.Head, l.Why, l.Fine = "To hear from us again: "+phone.Readable(e.OptOut.Address), sentenceOf(e.Detail), by("", e.Who)
	case store.EntryAudit:
		l.Head, l.Fine = sentenceOf(e.What), by(e.Detail, e.Who)
	case store.EntryCaseOpened:
		l.Head, l.Words, l.Fine = "Recovery case opened", e.Detail, by("", e.Who)
	case store.EntryCaseClosed:
		l.Head, l.Words, l.Fine = "Recovery case closed", e.Detail, by("", e.Who)
	case store.EntryEnded:
		l.Head, l.Why = "Follow-up ended early: "+names.of(e.Detail), told(e.What)
	}
	return l
}

// by names who did something.
func by(what, who string) string {
	switch {
	case what == "" && who == "":
		return ""
	case who == "":
		return sentenceOf(what)
	case what == "":
		return "By " + who
	}
	return sentenceOf(what) + " By " + who
}

// sentenceOf makes a sentence of words that may be none.
func sentenceOf(words string) string {
	if words == "" {
		return ""
	}
	if strings.HasSuffix(words, ".") {
		return words
	}
	return sentence(words)
}

// scope says what an opt-out is for.
func scope(o outreach.OptOut) string {
	words := phone.Readable(o.Address)
	switch o.Channel {
	case outreach.SMS:
		words += ", by text"
	case outreach.Email:
		words += ", by e-mail"
	case outreach.Call:
		words += ", by telephone"
	}
	return words
}

// fates say what became of a message.
var fates = map[outreach.State]string{
	outreach.Planned: "on its way", outreach.Handed: "being sent", outreach.Accepted: "sent", outreach.Delivered: "delivered",
	outreach.Undelivered: "could not be delivered", outreach.Bounced: "came back", outreach.Failed: "was not taken by the provider",
	outreach.Unconfirmed: "may have left, nobody knows", outreach.ClosedByHand: "settled by hand", outreach.Rehearsed: "rehearsed, nothing left the shop",
}

func (s customerPages) contactLine(l *lineView, e store.Entry) {
	c := e.Contact
	channel, state := outreach.Channel(c.Channel), outreach.State(c.State)
	l.Subject, l.Words, l.Steps = c.Subject, c.Body, e.Steps
	if c.Address != "" {
		l.Fine = phone.Readable(c.Address)
	}
	if c.Direction == string(outreach.Inbound) {
		l.Side, l.Why = "theirs", dealtWith(e.Steps)
		l.Head = "They wrote by " + ways[channel] + ": " + meant(e.Answer)
		if c.Provider == "page" {
			l.Head = "On their page: " + meant(e.Answer)
		}
		return
	}
	l.Side = "ours"
	what := strings.ToUpper(ways[channel][:1]) + ways[channel][1:]
	if e.Author != "" {
		what += " by " + e.Author
	}
	switch state {
	case outreach.Suppressed, outreach.Expired:
		l.Side, l.Head, l.Why = "", "Not contacted", told(c.Reason)
		if channel != "" {
			l.Head += " by " + ways[channel]
		}
	case outreach.Canceled:
		l.Side, l.Head, l.Why = "", "Called off: "+ways[channel], told(c.Reason)
	case outreach.CallOpen:
		l.Head, l.State = "Call", "on the advisers’ list"
	default:
		l.Head, l.State, l.Why = what, fates[state], told(c.Reason)
		if label, ok := callLabels[state]; ok {
			l.State = label
		}
	}
	if channel == outreach.Call {
		s.callLine(l, e)
	}
	if c.Playbook != "" {
		l.Fine = joinFine(l.Fine, fmt.Sprintf("%s, version %d, step %d", c.Playbook, c.PlaybookVersion, c.Step))
	}
	if c.Template != "" && c.TemplateVersion > 0 {
		l.Fine = joinFine(l.Fine, fmt.Sprintf("template %s version %d", c.Template, c.TemplateVersion))
	}
}

// callLine tells what was said in a call: each try that has words or reached nobody,
// and the end.
func (s customerPages) callLine(l *lineView, e store.Entry) {
	if e.Contact.Step > 0 {
		l.Guide, l.Words = say(e.Contact.Body), "" // else they are the note itself
	}
	var said []string
	for _, step := range e.Steps {
		outcome, note, ok := store.CallTold(step.Why)
		switch {
		case !ok:
		case step.From == step.To:
			said = append(said, ended(fmt.Sprintf("%s, %s: %s", s.when(step.At.Time), step.By, callLabels[outcome]))+spaced(note))
		case e.Contact.Step > 0:
			l.Head = "Call by " + step.By
			said = append(said, note)
		}
	}
	if len(said) > 0 {
		l.Words = strings.TrimSpace(strings.Join(said, "\n"))
	}
}

// spaced puts a space before words that may be none.
func spaced(words string) string {
	if words == "" {
		return ""
	}
	return " " + words
}

// dealtWith tells how the shop's people dealt with what a customer wrote. Its state
// stays as it is by that.
func dealtWith(steps []store.ContactEvent) string {
	var out []string
	for _, step := range steps {
		if step.From == step.To && step.Why != "" {
			out = append(out, sentenceOf(doer(step.By)+": "+why(step.Why)))
		}
	}
	return strings.Join(out, " ")
}

func joinFine(a, b string) string {
	if a == "" {
		return b
	}
	return a + " · " + b
}
