package staff

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// replyWay is a message of the customer's with where an answer to it may go.
type replyWay struct {
	store.Question
	Against []string // why it cannot go where they wrote from, in sentences
	To      []replyTo
}

// OnPage reports whether they wrote nothing but used their page.
func (w replyWay) OnPage() bool { return w.Provider == "page" }

// replyTo is where an answer may go.
type replyTo struct {
	Value   string // in the form: the message and, where they did not write from there, the address
	Channel string
	Address string
}

// replyValue names a message and where its answer goes, "" for where it came from.
func replyValue(message int64, to string) string {
	value := strconv.FormatInt(message, 10)
	if to != "" {
		value += ":" + to
	}
	return value
}

// chosenReply finds the message that is answered, and where the answer goes.
func chosenReply(file store.File, value string) (q store.Question, to string, ok bool) {
	message, to, _ := strings.Cut(value, ":")
	i := slices.IndexFunc(file.Questions, func(q store.Question) bool { return replyValue(q.ID, "") == message })
	if i < 0 {
		return q, "", false
	}
	if q = file.Questions[i]; to != "" {
		q.Channel = string(outreach.WritingTo(to))
	}
	return q, to, true
}

// prepareReply finds out where the customer can be answered now. The form that did
// not work keeps what it had.
func (s answerPages) prepareReply(v *visit, view *customerView) error {
	f := &view.Reply
	f.Seen, f.Call = view.File.Newest, s.callWords(v, view.File)
	for i, q := range view.Questions {
		way := replyWay{Question: q}
		var err error
		if way.Against, err = s.against(v, view, q.ID, ""); err == nil && i == 0 {
			way.To, err = s.elsewhere(v, view, q.ID)
		}
		switch {
		case errors.Is(err, outreach.ErrOtherMode):
			f.Stopped = "The program is rehearsing, so nothing leaves the shop. Call the customer, or answer from your own mailbox, and record it here."
			return nil
		case err != nil:
			return err
		}
		if len(way.Against) == 0 {
			way.To = slices.Insert(way.To, 0, replyTo{replyValue(q.ID, ""), q.Channel, q.Address})
		}
		if f.Chosen == "" && len(way.To) > 0 {
			f.Chosen = way.To[0].Value
		}
		f.Ways = append(f.Ways, way)
	}
	return nil
}

// elsewhere finds where an answer may go by ways by which the customer has not
// written: their first address for each.
func (s answerPages) elsewhere(v *visit, view *customerView, message int64) (out []replyTo, err error) {
	var known []string
	for _, q := range view.Questions {
		known = append(known, q.Channel)
	}
	for _, a := range view.Addresses {
		channel := string(outreach.WritingTo(a.Value))
		if slices.Contains(known, channel) {
			continue
		}
		against, err := s.against(v, view, message, a.Value)
		if err != nil {
			return nil, err
		}
		if len(against) == 0 {
			known, out = append(known, channel), append(out, replyTo{replyValue(message, a.Value), channel, a.Value})
		}
	}
	return out, nil
}

// against says what speaks against an answer, but for the hour, of which the form
// warns.
func (s answerPages) against(v *visit, view *customerView, message int64, to string) (out []string, err error) {
	look, err := s.Answers.Look(v.Context(), v.now, outreach.OwnWords{
		CustomerID: view.Customer.ID, Answers: message, To: to, Author: v.user.Login, Body: "x",
	})
	if err != nil {
		return nil, err
	}
	for _, r := range look.Against {
		if r.OfTheHour() {
			view.Reply.Late = s.hourWords(v.now, look)
		} else {
			out = append(out, r.Sentence())
		}
	}
	return out, nil
}

// callWords says whether a person can call a customer who cannot be answered in
// writing, as far as the customer's will and numbers go.
func (s answerPages) callWords(v *visit, file store.File) string {
	words := "Nor is there a number to call."
	for _, a := range file.Addresses {
		if a.Kind != outreach.PhoneNumber || a.Status == outreach.AddressInvalid {
			continue
		}
		reasons := gate.Personal(v.now, gate.Facts{
			Channel: outreach.Call, Address: &a.Address, Deceased: file.Customer.Deceased, OptOuts: a.OptOuts, Consents: file.Consents,
		}).Reasons
		if !slices.ContainsFunc(reasons, func(r gate.Reason) bool { return r == gate.OptedOut || r == gate.NoConsent || r == gate.Deceased }) {
			return "A person can call."
		}
		words = "Nor do they want to be called."
	}
	return words
}
