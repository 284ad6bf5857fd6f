package staff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Replies are what customers said and nobody has answered yet.
type Replies interface {
	Open(ctx context.Context, limit int) ([]store.Waiting, error)
	Said(ctx context.Context, tasks []int64) (map[int64][]store.Said, error)
	ByID(ctx context.Context, id int64) (task outreach.Task, ok bool, err error)
	Done(ctx context.Context, now time.Time, e store.TaskEnd) error
}

// Enough replies are read to find everybody's own among them, and no more are
// shown than somebody can answer.
const (
	repliesRead  = 1000
	repliesShown = 40
)

// replyView is a reply as the page shows it.
type replyView struct {
	store.Waiting
	Said     []store.Said
	Overdue  bool
	Left     string // how long until it is due, or since it was
	Review   bool   // somebody has to say whether the customer wants to be left alone
	Outcomes []outcomeButton
}

// Phone reports whether the customer can be called where they wrote from.
func (r replyView) Phone() bool { return outreach.KindOf(r.Address) == outreach.PhoneNumber }

// outcomeButton is one way to deal with a reply.
type outcomeButton struct {
	Value inbound.Outcome
	Label string
}

// replyPages show what customers said, and take how it was dealt with.
type replyPages struct{ *Site }

// replies returns those that wait, in two parts: what the visitor is to look at,
// and what others are; more counts those that are not shown.
func (s replyPages) replies(v *visit) (own, others []replyView, more int, err error) {
	waiting, err := s.Replies.Open(v.Context(), repliesRead)
	if err != nil {
		return nil, nil, 0, err
	}
	rank := func(w store.Waiting) int {
		if concerns(v.user, w) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(waiting, func(a, b store.Waiting) int { return cmp.Compare(rank(a), rank(b)) })
	more = max(len(waiting)-repliesShown, 0)
	waiting = waiting[:len(waiting)-more]
	ids := make([]int64, len(waiting))
	for i, w := range waiting {
		ids[i] = w.ID
	}
	said, err := s.Replies.Said(v.Context(), ids)
	if err != nil {
		return nil, nil, 0, err
	}
	for _, w := range waiting {
		view := newReplyView(v.now, w, said[w.ID])
		if rank(w) == 0 {
			own = append(own, view)
		} else {
			others = append(others, view)
		}
	}
	return own, others, more, nil
}

// concerns reports whether a reply is for a user: a manager looks after all of
// them, an adviser after their own and those that are nobody's.
func concerns(u outreach.User, w store.Waiting) bool {
	if u.Role.May(outreach.RoleManager) || w.Adviser == "" {
		return true
	}
	return strings.EqualFold(w.Adviser, u.Adviser) || strings.EqualFold(w.Adviser, u.Name)
}

func newReplyView(now time.Time, w store.Waiting, said []store.Said) replyView {
	r := replyView{Waiting: w, Said: said, Overdue: !w.DueAt.After(now), Review: !w.ReviewBy.IsZero()}
	for i := len(said) - 1; i > 0; i-- {
		if said[i].OursAt.Equal(said[i-1].OursAt.Time) {
			r.Said[i].Ours = "" // one message of ours is shown once
		}
	}
	r.Left = span(w.DueAt.Sub(now).Abs())
	for _, o := range inbound.Outcomes() {
		if effects, _ := inbound.EffectsOf(o); r.Review && effects.Decided || !r.Review && o != inbound.NotAnOptOut {
			r.Outcomes = append(r.Outcomes, outcomeButton{o, outcomeLabels[o]})
		}
	}
	return r
}

var outcomeLabels = map[inbound.Outcome]string{
	inbound.Answered:    "Answered already",
	inbound.Booked:      "Booked an appointment",
	inbound.NotNeeded:   "No longer needed",
	inbound.NotAnOptOut: "Not asking to be left alone",
	inbound.OptOut:      "Wants to be left alone",
	inbound.WrongNumber: "Wrong number",
}

// answerReply records how a reply was dealt with. The first one to do so wins; the
// second is told who that was.
func (s replyPages) answerReply(v *visit) error {
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return noReply
	}
	outcome := inbound.Outcome(v.PostFormValue("outcome"))
	effects, ok := inbound.EffectsOf(outcome)
	if !ok {
		return problem{http.StatusUnprocessableEntity, "Say how it was dealt with: press one of the buttons below the reply."}
	}
	note, err := written(v, "note", "Note")
	if err != nil {
		return err
	}
	err = s.Replies.Done(v.Context(), v.now, store.TaskEnd{
		ID: id, Outcome: string(outcome), Note: note, Who: v.user.Login,
		EndReason: effects.EndReason, Decided: effects.Decided, OptOut: effects.OptOut, Wrong: effects.Wrong,
	})
	switch {
	case errors.Is(err, store.ErrNoTask):
		return s.answeredBy(v, id)
	case errors.Is(err, store.ErrUndecided):
		return problem{http.StatusUnprocessableEntity, "This customer may have asked to be left alone. Say first whether that is so."}
	case err != nil:
		return err
	}
	s.tell(v, effects.Sentence)
	return v.to("/")
}

var noReply = problem{http.StatusNotFound, "There is no such reply."}

// answeredBy says who was first.
func (s replyPages) answeredBy(v *visit, id int64) error {
	task, ok, err := s.Replies.ByID(v.Context(), id)
	switch {
	case err != nil:
		return err
	case !ok || task.DoneAt.IsZero():
		return noReply
	case task.Outcome == outreach.CustomerMerged:
		return s.mergedReply(v, task.CustomerID)
	}
	how := task.Outcome
	if label, ok := outcomeLabels[inbound.Outcome(how)]; ok {
		how = label
	}
	return problem{http.StatusConflict, s.nameOf(v, task.DoneBy) + " dealt with this on " + s.when(task.DoneAt) + ": " +
		strings.ToLower(how[:1]) + how[1:] + ". Nothing was changed."}
}

// mergedReply leads to where a reply waits since two entries of its customer became
// one.
func (s replyPages) mergedReply(v *visit, customer int64) error {
	file, err := s.Customers.File(v.Context(), v.now, customer)
	if err != nil {
		return err
	}
	view := problemView{
		Words: "This customer was entered twice, and both entries are one now. Nothing was changed. What they wrote has been answered there since.",
		To:    customerPath(file.Customer.ID), Link: "To the customer",
	}
	if file.Task.ID != 0 {
		view.Words = "This customer was entered twice, and both entries are one now. Nothing was changed: what they wrote waits there."
		view.To, view.Link = fmt.Sprintf("/#reply-%d", file.Task.ID), "To what they wrote"
	}
	v.status = http.StatusConflict
	s.show(v, "problem", view)
	return nil
}
