package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// CallEnd is how a conversation on the telephone went and what that means.
type CallEnd struct {
	ContactID int64
	// With are other open calls to the same customer that it settled, too.
	With []int64
	// Replies are the tasks of the customer that it answered, when somebody answered.
	Replies    []int64
	Outcome    outreach.State
	Note       string
	Who        string
	EndReason  string // ends the follow-ups when not ""
	OptOut     bool   // of every address of the customer
	Invalidate bool   // the number is somebody else's
	// Later is the day before which the customer, whom somebody spoke with, wants to
	// hear no more of what the calls are about, zero for none.
	Later time.Time
}

// callEntry begins what the history says of a call.
const callEntry = "call: "

func (e CallEnd) why() string {
	why := callEntry + string(e.Outcome)
	if e.Note != "" {
		why += ": " + e.Note
	}
	return why
}

// CallTold takes from an entry of a contact's history how somebody said that a call
// went, and what they noted; ok is false when the entry is not about that.
func CallTold(why string) (outcome outreach.State, note string, ok bool) {
	rest, ok := strings.CutPrefix(why, callEntry)
	code, note, _ := strings.Cut(rest, ": ")
	return outreach.State(code), note, ok
}

// answer is what the call says of a reply that it answered.
func (e CallEnd) answer() TaskEnd {
	end := TaskEnd{Outcome: "answered", Note: "by telephone", Who: e.Who, EndReason: e.EndReason}
	if e.Outcome == outreach.CallReached {
		end.EndReason = "" // what was spoken of need not be all that is being followed up
	}
	if e.OptOut {
		end.Outcome, end.Decided, end.OptOut = "opt_out", true, true
	}
	return end
}

// settled are those of the customer's open calls that the conversation was about.
// That a number is somebody else's says nothing of another number.
func (e CallEnd) settled(open []openCall) []openCall {
	first := open[0]
	return slices.DeleteFunc(slices.Clone(open), func(c openCall) bool {
		return c.ID != first.ID && (!slices.Contains(e.With, c.ID) || e.Invalidate && c.Address != first.Address)
	})
}

// End records a conversation, once: the second person to do so gets ErrNotOpen. A
// call to a customer whom somebody else is calling stays as it is, with a
// ClaimedError.
func (c Calls) End(ctx context.Context, now time.Time, e CallEnd) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		open, err := c.hold(ctx, tx, now, e.ContactID, e.Who)
		if err != nil {
			return err
		}
		calls := e.settled(open)
		var followUps []int64
		var results []outreach.Result
		for _, call := range calls {
			followUps = append(followUps, call.FollowUpID)
			results = append(results, outreach.Result{ContactID: call.ID, State: e.Outcome, Why: e.why(), Provider: "call"})
		}
		if !e.Later.IsZero() {
			if err := c.leaveUntil(ctx, tx, now, e.Later, calls); err != nil {
				return err
			}
		}
		if e.EndReason != "" {
			// First of all: a follow-up that has nothing left to do ends without a reason.
			if err := closeFollowUps(ctx, tx, now, e.EndReason, followUps, ""); err != nil {
				return err
			}
		}
		if err := c.letGo(ctx, tx, open); err != nil {
			return err
		}
		taken, err := Queue(c).record(ctx, tx, now, e.Who, results)
		if err != nil {
			return err
		}
		if taken < len(calls) {
			return ErrNotOpen
		}
		if err := c.follow(ctx, tx, now, e, calls); err != nil {
			return err
		}
		detail := "from open to " + string(e.Outcome)
		if !e.Later.IsZero() {
			detail += ", not before " + e.Later.UTC().Format(time.RFC3339)
		}
		return auditCalls(ctx, tx, now, e.Who, "record call", detail, calls)
	})
}

// letGo ends the claim on calls.
func (c Calls) letGo(ctx context.Context, tx *sqlx.Tx, calls []openCall) error {
	var a args
	_, err := tx.ExecContext(ctx, `update contacts set claimed_by = '', claimed_at = null where id in `+in(&a, callIDs(calls)), a.list...)
	if err != nil {
		return fmt.Errorf("end claim: %w", err)
	}
	return nil
}

// follow does what the outcome of a conversation means beyond its calls.
func (c Calls) follow(ctx context.Context, tx *sqlx.Tx, now time.Time, e CallEnd, calls []openCall) error {
	if e.EndReason != "" {
		for _, call := range calls {
			if err := endFollowUp(ctx, tx, now, outreach.Ending{FollowUpID: call.FollowUpID, Reason: e.EndReason}); err != nil {
				return err
			}
		}
		if err := c.answerReplies(ctx, tx, now, e, calls[0].CustomerID); err != nil {
			return err
		}
	}
	if e.Invalidate {
		if err := markAddress(ctx, tx, calls[0].Address, outreach.AddressInvalid, ""); err != nil {
			return err
		}
	}
	if !e.OptOut {
		return nil
	}
	var all []outreach.OptOut
	for _, call := range calls {
		all = append(all, outreach.OptOut{
			Address: call.Address, Person: true, Reason: "said on the phone", Source: e.Who, RecordedAt: now,
		})
	}
	if _, err := c.refuse(ctx, tx, all...); err != nil {
		return err
	}
	// Also what is not on file with the numbers, or not yet.
	return Customers(c).leaveAlone(ctx, tx, now, calls[0].CustomerID, "", e.Who, "said on the phone")
}

// leaveUntil writes down that a customer wants to hear of what calls are about on a
// day, as when they say so on their page. It fails with ErrTooLate where nothing of
// it can wait: a canceled order.
func (c Calls) leaveUntil(ctx context.Context, tx *sqlx.Tx, now, day time.Time, calls []openCall) error {
	later := outreach.Answer{Action: outreach.ActionLater, Until: day}
	some := false
	for _, call := range calls {
		items, err := itemIDs(ctx, tx, call.ID)
		if err != nil {
			return err
		}
		for _, it := range items {
			if !it.canBe(later.Action) {
				continue
			}
			some, later.Item = true, it.ID
			if err := Inbox(c).answerOne(ctx, tx, now, it, later); err != nil {
				return err
			}
		}
	}
	if !some {
		return ErrTooLate
	}
	return nil
}

// answerReplies closes the tasks that a conversation answered. One that asks
// whether the customer wants to be left alone stays until somebody has said so.
func (c Calls) answerReplies(ctx context.Context, tx *sqlx.Tx, now time.Time, e CallEnd, customerID int64) error {
	end := e.answer()
	var a args
	query := `select id from tasks where done_at is null and customer_id = ` + a.add(customerID) + ` and id in ` + in(&a, e.Replies)
	if !end.Decided {
		query += ` and review_by is null`
	}
	var open []int64
	if err := tx.SelectContext(ctx, &open, query+` order by id`, a.list...); err != nil {
		return fmt.Errorf("look for replies that were answered: %w", err)
	}
	for _, end.ID = range open {
		if err := Tasks(c).done(ctx, tx, now, end); err != nil {
			return err
		}
	}
	return nil
}

// PutOff records a conversation that is to be gone on with, or did not come about,
// and leaves its calls on the list, due again at next. It fails with ErrTooLate
// where one of them may not wait so long. What was said, also on a voicemail, counts
// as had from now on; what somebody was told is the answer to what they wrote.
func (c Calls) PutOff(ctx context.Context, now time.Time, e CallEnd, next time.Time) error {
	return c.tx(ctx, func(tx *sqlx.Tx) error {
		open, err := c.hold(ctx, tx, now, e.ContactID, e.Who)
		if err != nil {
			return err
		}
		calls := e.settled(open)
		var events [][]any
		for _, call := range calls {
			if !call.NotAfter.IsZero() && next.After(call.NotAfter.Time) {
				return ErrTooLate
			}
			events = append(events, []any{call.ID, at(now), outreach.CallOpen, outreach.CallOpen, e.Who, e.why()})
		}
		if err := c.letGo(ctx, tx, open); err != nil {
			return err
		}
		a := args{list: []any{at(next), e.Outcome.Reached(), at(now)}}
		_, err = tx.ExecContext(ctx, `
			update contacts set due_at = $1, next_at = $1, handed_at = case when $2 then `+c.moment("$3")+` else handed_at end
			where id in `+in(&a, callIDs(calls)), a.list...)
		if err != nil {
			return fmt.Errorf("put call off: %w", err)
		}
		if err := writeEvents(ctx, tx, events); err != nil {
			return err
		}
		if e.Outcome == outreach.CallReached {
			if err := c.answerReplies(ctx, tx, now, e, calls[0].CustomerID); err != nil {
				return err
			}
		}
		return auditCalls(ctx, tx, now, e.Who, "put call off", string(e.Outcome)+", due again "+next.UTC().Format(time.RFC3339), calls)
	})
}
