package staff

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/notify/call"
)

// customerForms write down what somebody tells of a customer.
type customerForms struct{ customerPages }

// act does something about the customer that the address names, and goes back to
// the page: with what was typed, and why it did not work, where it did not.
func (s customerForms) act(v *visit, name string, do func(id int64, f *form) (told string, err error)) error {
	id, err := customerID(v)
	if err != nil {
		return err
	}
	f := form{visit: v, zone: s.zone}
	told, err := do(id, &f)
	var claimed store.ClaimedError
	again := func(status int, words string) error {
		return s.showCustomer(v, status, id, customerView{Problem: words, Typed: v.PostForm, Form: name})
	}
	switch {
	case len(f.wrong) > 0:
		return again(http.StatusUnprocessableEntity, f.problem())
	case errors.Is(err, store.ErrNoCustomer):
		return errNoCustomer
	case errors.Is(err, store.ErrNoAddress):
		return again(http.StatusUnprocessableEntity, "There is no such number or address on file for this customer. Nothing was changed.")
	case errors.Is(err, store.ErrUndecided):
		return again(http.StatusConflict, "Decide first whether the customer asked to be left alone: the reply waits on the page Today. Nothing was changed.")
	case errors.Is(err, store.ErrNotOpen):
		return again(http.StatusConflict, "Somebody else has recorded this call meanwhile. Nothing was changed.")
	case errors.As(err, &claimed):
		return again(http.StatusConflict, sentence(claimed.Error())+" Nothing was changed.")
	case err != nil:
		return err
	}
	s.tell(v, told)
	return v.to(customerPath(id))
}

func (s customerForms) addNote(v *visit) error {
	return s.act(v, "note", func(id int64, f *form) (string, error) {
		words := f.text("words", "Note")
		if words == "" {
			f.complain("Write the note first.")
		}
		if len(f.wrong) > 0 {
			return "", nil
		}
		return "The note is in the timeline.", s.Customers.AddNote(v.Context(), v.now, id, v.user.Login, words)
	})
}

// recordCustomerCall keeps a call that took place: one from the advisers' list, or
// another.
func (s customerForms) recordCustomerCall(v *visit) error {
	return s.act(v, "call", func(id int64, f *form) (string, error) {
		end := store.CallEnd{Outcome: outreach.State(v.PostFormValue("outcome")), Note: f.text("note", "Note"), Who: v.user.Login}
		effects, known := call.EffectsOf(end.Outcome)
		if !known {
			f.complain("Say how the call went.")
		}
		file, err := s.Customers.File(v.Context(), v.now, id)
		if err != nil {
			return "", err
		}
		listed := slices.IndexFunc(file.Calls, func(c store.Call) bool { return fmt.Sprint(c.ID) == v.PostFormValue("call") })
		if v.PostFormValue("call") != "" && listed < 0 {
			return "", store.ErrNotOpen
		}
		end.EndReason, end.OptOut, end.Invalidate = effects.EndReason, effects.OptOut, effects.InvalidateAddress
		if listed >= 0 {
			// One conversation is about everything on the list.
			end.ContactID = file.Calls[listed].ID
			for _, c := range file.Calls {
				end.With = append(end.With, c.ID)
			}
			if v.PostFormValue("answers") != "" {
				end.Replies = []int64{file.Task.ID}
			}
			if len(f.wrong) > 0 {
				return "", nil
			}
			return effects.Sentence, s.Calls.End(v.Context(), v.now, end)
		}
		took := store.TookPlace{CustomerID: id, CallEnd: end, Answers: v.PostFormValue("answers") != "", ShopID: s.Shops[0].ID}
		took.At, took.Number = s.whenCalled(f), s.numberOf(f, file, end.Invalidate)
		if len(f.wrong) > 0 {
			return "", nil
		}
		told := effects.Sentence
		if end.Outcome == outreach.CallReached {
			// What was spoken of need not be what is being followed up.
			took.EndReason, told = "", "The call is in the timeline and counts as a contact."
		}
		return told, s.Customers.RecordCall(v.Context(), v.now, took)
	})
}

// whenCalled reads the day and time of a call, which is not ahead.
func (s customerForms) whenCalled(f *form) time.Time {
	day := f.day("day", "Day of the call")
	clock, err := time.Parse("15:04", f.PostFormValue("time"))
	switch {
	case len(f.wrong) > 0:
		return day
	case day.IsZero() || err != nil:
		f.complain("Give the day and time of the call.")
		return day
	}
	at := time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), 0, 0, s.zone)
	if at.After(f.now) {
		f.complain("A call is recorded once it took place.")
	}
	return at
}

// numberOf reads which of the customer's numbers was called.
func (s customerForms) numberOf(f *form, file store.File, needed bool) string {
	typed := f.PostFormValue("number")
	for _, a := range file.Addresses {
		if a.Kind == outreach.PhoneNumber && a.Value == typed {
			return typed
		}
	}
	switch {
	case typed != "":
		f.complain("This number is not on file for this customer. Choose one of theirs, or write it in the note.")
	case needed:
		f.complain("Say which number is somebody else’s.")
	}
	return ""
}

// optOut records that a customer told somebody to leave them alone.
func (s customerForms) optOut(v *visit) error {
	return s.act(v, "optout", func(id int64, f *form) (string, error) {
		which, how := v.PostFormValue("channel"), v.PostFormValue("how")
		ch := outreach.Channel(which)
		told := "Nothing more goes to this customer."
		switch {
		case which == "all":
			ch = ""
		case ch.Valid():
			told = "Nothing more goes to this customer by " + ways[ch] + "."
		default:
			f.complain("Choose what they do not want any more.")
		}
		if !slices.Contains(tellings, how) {
			f.complain("Choose how they told you.")
		}
		if len(f.wrong) > 0 {
			return "", nil
		}
		return told, s.Customers.OptOut(v.Context(), v.now, id, ch, v.user.Login, "told_to_staff_"+reasonCode(how))
	})
}

// reasonCode is how an opt-out's reason names the way it was told.
func reasonCode(how string) string {
	return map[string]string{"in person": "in_person", "by phone": "by_phone", "on paper": "on_paper"}[how]
}

// lift lets messages go to an address again because its owner asked for it.
func (s customerForms) lift(v *visit) error {
	return s.act(v, "lift", func(id int64, f *form) (string, error) {
		if v.PostFormValue("asked") == "" {
			f.complain("Only the customer can take this back. Tick that they asked for it.")
			return "", nil
		}
		n, err := s.Customers.Lift(v.Context(), v.now, id, f.text("address", "Address"), v.user.Login)
		told := "Messages may go to this address again. What they had agreed to before does not come back: for texts, record what they agree to now."
		if n == 0 {
			told = "Nothing stood against this address any more."
		}
		return told, err
	})
}
