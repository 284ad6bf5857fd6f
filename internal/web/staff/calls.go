package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/notify/call"
)

// Calls is where the calls to make are.
type Calls interface {
	Count(ctx context.Context, now, dueBy time.Time, who string) (int, error)
	Open(ctx context.Context, now, dueBy time.Time, who string, limit int) ([]store.CallToMake, error)
	Done(ctx context.Context, since time.Time, limit int) ([]store.CallDone, error)
	Ended(ctx context.Context, id int64) (store.CallDone, error)
	Claim(ctx context.Context, now time.Time, id int64, who string) error
	Release(ctx context.Context, now time.Time, id int64, who string) error
	End(ctx context.Context, now time.Time, e store.CallEnd) error
	PutOff(ctx context.Context, now time.Time, e store.CallEnd, next time.Time) error
}

// mostCalls is how many customers to call a page shows, and how many calls made.
const mostCalls = 200

// callsView is what the page shows.
type callsView struct {
	Today, Later []callView
	More         bool // there are more than the page shows
	Done         []store.CallDone
	Problem      string
	Typed        callForm // what was typed when recording a call did not work
}

// callView is one customer to call.
type callView struct {
	store.CallToMake
	ID           int64 // of the call that is due first
	Mine, Others bool  // is being called by the reader, by somebody else
	Clock        string
	BadHour      bool   // where the customer is
	FirstDay     string // on which they may be called again
	Typed        callForm
}

// With are the other calls that the conversation is about.
func (c callView) With() []store.OpenCall { return c.Calls[1:] }

// say is what to say, without the line ends of a letter: a phone is narrower.
func say(words string) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(words), "\n") {
		switch {
		case i == 0:
		case line == "" || strings.HasPrefix(line, "- ") || strings.HasSuffix(b.String(), "\n"):
			b.WriteByte('\n')
		default:
			b.WriteByte(' ')
		}
		b.WriteString(strings.TrimSpace(line))
	}
	return b.String()
}

// callForm is how a call went, as it was typed.
type callForm struct {
	ID   int64
	Note string
	Day  string
}

// callOutcome is a button.
type callOutcome struct {
	State outreach.State
	Label string
	Means string
}

// Again reports whether the call may be made again on another day.
func (o callOutcome) Again() bool {
	switch o.State {
	case outreach.CallReached, outreach.CallVoicemail, outreach.CallNoAnswer:
		return true
	}
	return false
}

// callLabels name the outcomes of calls on buttons.
var callLabels = map[outreach.State]string{
	outreach.CallReached: "Spoke with them", outreach.CallBooked: "Booked a visit",
	outreach.CallNotNeeded: "Done, or not wanted any more", outreach.CallRefused: "Asked to be left alone",
	outreach.CallWrong: "Wrong number", outreach.CallVoicemail: "Left a voicemail", outreach.CallNoAnswer: "No answer",
}

// tried tells how an earlier try at a call went.
func tried(t store.CallTry) string {
	code, note, _ := strings.Cut(t.Why, ": ")
	return ended(callLabels[outreach.State(code)]) + spaced(note)
}

// callOutcomes lists the outcomes of calls that reached nobody, or the others. The
// one that cannot be taken back lightly does not stand beside the most frequent.
func callOutcomes(nobody bool) []callOutcome {
	states := []outreach.State{
		outreach.CallReached, outreach.CallBooked, outreach.CallNotNeeded, outreach.CallWrong, outreach.CallRefused,
	}
	if nobody {
		states = []outreach.State{outreach.CallNoAnswer, outreach.CallVoicemail}
	}
	out := make([]callOutcome, len(states))
	for i, state := range states {
		effects, _ := call.EffectsOf(state)
		out[i] = callOutcome{State: state, Label: callLabels[state], Means: effects.Sentence}
	}
	return out
}

// callPages are the advisers' list of calls.
type callPages struct{ *Site }

func (s callPages) callsPage(v *visit) error { return s.showCalls(v, http.StatusOK, callsView{}) }

func (s callPages) showCalls(v *visit, status int, view callsView) error {
	end := endOfDay(v.now.In(s.zone))
	open, err := s.callees(v, end, mostCalls+1)
	if err != nil {
		return err
	}
	if view.More = len(open) > mostCalls; view.More {
		open = open[:mostCalls]
	}
	for _, c := range open {
		cv := s.callView(v, c)
		due := c.First().DueAt
		if slices.ContainsFunc(c.Calls, func(c store.OpenCall) bool { return c.ID == view.Typed.ID }) {
			cv.Typed, view.Typed = view.Typed, callForm{}
		}
		if due.After(end) && !cv.Mine {
			view.Later = append(view.Later, cv)
		} else {
			view.Today = append(view.Today, cv)
		}
	}
	view.Done, err = s.Calls.Done(v.Context(), end.AddDate(0, 0, -1), mostCalls)
	if err != nil {
		return err
	}
	view.Done = slices.CompactFunc(view.Done, sameTalk)
	if status != http.StatusOK {
		v.status = status
	}
	s.show(v, "calls", view)
	return nil
}

// callees lists customers to call, the playbooks by their names.
func (s callPages) callees(v *visit, dueBy time.Time, limit int) ([]store.CallToMake, error) {
	list, err := s.Calls.Open(v.Context(), v.now, dueBy, v.user.Login, limit)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	names, err := s.playbookNames(v)
	for _, k := range list {
		for i := range k.Calls {
			k.Calls[i].Playbook = names.of(k.Calls[i].Playbook)
		}
	}
	return list, err
}

// sameTalk reports whether two calls were one conversation.
func sameTalk(a, b store.CallDone) bool {
	return a.CustomerID == b.CustomerID && a.At.Equal(b.At.Time) && a.Who == b.Who && a.Why == b.Why
}

func (s callPages) callView(v *visit, c store.CallToMake) callView {
	claim := c.Claim()
	out := callView{
		CallToMake: c, ID: c.First().ID, Mine: claim.ClaimedBy == v.user.Login, Others: claim.ID != 0 && claim.ClaimedBy != v.user.Login,
		FirstDay: v.now.In(s.zone).Format(time.DateOnly),
	}
	out.Clock, out.BadHour = s.clockOf(v.now, c)
	return out
}

// clockOf tells what time it is where the customer may be, "" when it is the
// shop's time and a good one. Nobody may be called before 8 or after 21 hours by their own clock
// (47 CFR 64.1200(c)(1)).
func (s callPages) clockOf(now time.Time, c store.CallToMake) (words string, bad bool) {
	zones, _ := hours.Zones(c.TimeZone, c.PostalCode, c.Region, c.First().Number, s.zone.String())
	var clocks []string
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue
		}
		there := now.In(zone)
		if clock := there.Format("3:04 PM"); !slices.Contains(clocks, clock) {
			clocks = append(clocks, clock)
		}
		bad = bad || there.Hour() < 8 || there.Hour() >= 21
	}
	if !bad && len(clocks) == 1 && clocks[0] == now.In(s.zone).Format("3:04 PM") {
		return "", false
	}
	return strings.Join(clocks, " or "), bad
}

func (s callPages) claimCall(v *visit) error {
	return s.changeCall(v, "/calls#call-"+v.PathValue("id"), callForm{}, func(id int64) error {
		return s.Calls.Claim(v.Context(), v.now, id, v.user.Login)
	})
}

func (s callPages) releaseCall(v *visit) error {
	return s.changeCall(v, "/calls#call-"+v.PathValue("id"), callForm{}, func(id int64) error {
		return s.Calls.Release(v.Context(), v.now, id, v.user.Login)
	})
}

func (s callPages) recordCall(v *visit) error {
	f := form{visit: v, zone: s.zone}
	typed := callForm{Note: f.text("note", "Note"), Day: v.PostFormValue("day")}
	day := f.day("day", "Call again on")
	end := store.CallEnd{
		With: f.ids("with"), Replies: f.ids("reply"),
		Outcome: outreach.State(v.PostFormValue("outcome")), Note: typed.Note, Who: v.user.Login,
	}
	effects, known := call.EffectsOf(end.Outcome)
	today := v.now.In(s.zone).Format(time.DateOnly)
	switch {
	case !known:
		f.complain("Say how the call went.")
	case !day.IsZero() && !(callOutcome{State: end.Outcome}).Again():
		f.complain("A day to call again does not go with “%s”. Leave it empty, or write it in the note.", callLabels[end.Outcome])
	case !day.IsZero() && day.Format(time.DateOnly) < today:
		f.complain("The day to call again has passed.")
	}
	return s.changeCall(v, "/calls", typed, func(id int64) error {
		if len(f.wrong) > 0 {
			return problem{http.StatusUnprocessableEntity, f.problem()}
		}
		end.ContactID, end.EndReason = id, effects.EndReason
		end.OptOut, end.Invalidate = effects.OptOut, effects.InvalidateAddress
		told, err := s.endCall(v, end, day)
		if err == nil {
			s.tell(v, told)
		}
		return err
	})
}

// endCall records a call and says what was made of it. A day to call again leaves it
// on the list; one beyond its time, on which the customer wants to hear of it, is kept
// as they would choose it on their page.
func (s callPages) endCall(v *visit, end store.CallEnd, day time.Time) (told string, err error) {
	if day.IsZero() {
		effects, _ := call.EffectsOf(end.Outcome)
		return effects.Sentence, s.Calls.End(v.Context(), v.now, end)
	}
	err = s.Calls.PutOff(v.Context(), v.now, end, atNine(day))
	if !errors.Is(err, store.ErrTooLate) || end.Outcome != outreach.CallReached {
		return "The call stays on the list and is due again " + s.day(day) + ".", err
	}
	end.EndReason, end.Later = call.EndedLater, day
	return "Spoken with the customer. It is put off to " + s.day(day) + ", and the playbook for work that is put off takes it up then.",
		s.Calls.End(v.Context(), v.now, end)
}

// atNine is when a call that was put off to a day is due on it.
func atNine(day time.Time) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 9, 0, 0, 0, day.Location())
}

// changeCall does something with the call that the address names and goes to a place
// of the list, or shows it with what was typed and why it did not work.
func (s callPages) changeCall(v *visit, to string, typed callForm, change func(id int64) error) error {
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return problem{http.StatusNotFound, "There is no such call."}
	}
	typed.ID = id
	err = change(id)
	var claimed store.ClaimedError
	var wrong problem
	switch {
	case err == nil:
		return v.to(to)
	case errors.As(err, &claimed):
		wrong = problem{http.StatusConflict, fmt.Sprintf("%s has been making this call since %s. You changed nothing.", claimed.Who, s.when(claimed.Since))}
	case errors.Is(err, store.ErrNotOpen):
		done, err := s.Calls.Ended(v.Context(), id)
		if errors.Is(err, store.ErrNotOpen) {
			return problem{http.StatusNotFound, "There is no such call."}
		}
		if err != nil {
			return err
		}
		wrong = problem{http.StatusConflict, s.wasFirst(done)}
	case errors.Is(err, store.ErrTooLate):
		wrong = problem{http.StatusUnprocessableEntity, "This call may not wait that long: what it is about is out of date by then. " +
			"Choose a day within the time shown, or leave the day empty to end the call here."}
	case !errors.As(err, &wrong):
		return err
	}
	return s.showCalls(v, wrong.status, callsView{Problem: wrong.words, Typed: typed})
}

// wasFirst tells somebody who was second how a call ended.
func (s callPages) wasFirst(done store.CallDone) string {
	if label, ok := callLabels[done.State]; ok {
		return fmt.Sprintf("%s recorded this call to %s before you, %s: %s. You changed nothing.", done.Who, done.Customer, s.when(done.At.Time), label)
	}
	return fmt.Sprintf("This call to %s left the list, %s: %s. You changed nothing.", done.Customer, s.when(done.At.Time), done.Why)
}
