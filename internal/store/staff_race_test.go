package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// expected are the answers by which somebody learns that another was first.
func expected(err error) bool {
	var planned store.NotPlannedError
	var claimed store.ClaimedError
	for _, e := range []error{
		store.ErrNotOpen, store.ErrNoTask, store.ErrUndecided, store.ErrCaseClosed, store.ErrCaseChanged,
		outreach.ErrSpokenSince, outreach.ErrNotTheirs,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return err == nil || errors.As(err, &planned) || errors.As(err, &claimed)
}

// TestStaffAtOnceWithEverything lets the shop's people work on households that
// customers, the program and other people are at work with. Nobody may be told
// that something failed, but that somebody else was first.
func TestStaffAtOnceWithEverything(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		rounds := 20
		if !b.Postgres {
			rounds = 5 // one writer at a time: there is nothing to collide
		}
		c := gather(b, 2)
		ctx := t.Context()
		// All share two numbers, so that whoever works on one of them meets the others.
		n := 2 * rounds
		customers, calls, planned := make([]int64, n), make([]int64, n), make([]int64, n)
		for i := range n {
			number := c.phones[i%2]
			customers[i] = b.AddCustomer(fixture.Customer{Phone: number, Email: fmt.Sprintf("staff%d@example.com", i), Texts: true})
			var followUp int64
			calls[i], followUp = b.AddOpenCall(fixture.OpenCall{Customer: customers[i], Number: number, Since: noon})
			planned[i], _ = b.AddPlanned(fixture.Planned{Customer: customers[i], FollowUp: followUp, Step: 2, Channel: outreach.SMS, Due: noon})
		}
		inbox, tasks, queue := store.Inbox{DB: b.DB}, store.Tasks{DB: b.DB}, store.Queue{DB: b.DB}
		list, people, holds, cases := store.Calls{DB: b.DB}, store.Customers{DB: b.DB}, store.Holds{DB: b.DB}, store.Recovery{DB: b.DB}
		work := map[string]func(i int) error{
			"take": func(i int) error {
				a := outreach.Arrival{Provider: "twilio", ProviderID: fmt.Sprint("IN", i), Channel: outreach.SMS, From: c.phones[i%2], At: noon}
				_, err := inbox.Take(ctx, noon, a, heard(i%2 == 0, outreach.TaskReply, i%3 == 0))
				return err
			},
			"end calls": func(i int) error {
				e := store.CallEnd{ContactID: calls[i], Outcome: outreach.CallReached, Who: "kim"}
				switch i % 4 {
				case 0:
					e.Outcome, e.OptOut, e.EndReason = outreach.CallRefused, true, "refused"
				case 1:
					e.Outcome, e.Invalidate, e.EndReason = outreach.CallWrong, true, "wrong_number"
				case 2:
					return list.PutOff(ctx, noon, store.CallEnd{ContactID: e.ContactID, Outcome: outreach.CallVoicemail, Who: "kim"}, noon.AddDate(0, 0, 1))
				}
				return list.End(ctx, noon, e)
			},
			"claim": func(i int) error {
				id := calls[i]
				if err := list.Claim(ctx, noon, id, "lee"); err != nil {
					return err
				}
				return list.Release(ctx, noon, id, "lee")
			},
			"record calls": func(i int) error {
				end := store.CallEnd{Outcome: outreach.CallRefused, Who: "kim", OptOut: i%2 == 0, Invalidate: i%3 == 0, EndReason: "refused"}
				return people.RecordCall(ctx, noon, store.TookPlace{
					CustomerID: customers[i], Number: c.phones[i%2], At: noon, CallEnd: end, Answers: i%2 == 1, ShopID: "main",
				})
			},
			"opt out": func(i int) error {
				return people.OptOut(ctx, noon, customers[i], []outreach.Channel{"", outreach.SMS}[i%2], "kim", "told_to_staff_by_phone")
			},
			"lift": func(i int) error {
				_, err := people.Lift(ctx, noon, customers[i], c.phones[i%2], "pat")
				return err
			},
			"hold": func(i int) error {
				err := holds.Hold(ctx, noon, planned[i], "kim")
				if err == nil && i%2 == 0 {
					err = holds.LetGo(ctx, noon, planned[i], "lee")
				}
				return err
			},
			"remove": func(i int) error { return holds.Remove(ctx, noon, planned[i], "pat", "") },
			"cases": func(i int) error {
				id, _, err := cases.Start(ctx, noon, store.CaseOpening{CustomerID: customers[i], ShopID: "main", Happened: "a scratch", Who: "kim"})
				if err != nil {
					return err
				}
				open, err := cases.ByID(ctx, id)
				if err != nil {
					return err
				}
				open.Lesson, open.ClosedBy, open.ClosedAt = "look twice", "gm", noon
				return cases.Change(ctx, noon, "gm", "close recovery case", open.RecoveryCase)
			},
			"answer": func(i int) error {
				var last int64
				for _, s := range b.Strings(`select cast(max(id) as text) from contacts where direction = 'in' and customer_id = $1 and provider = 'twilio'`, customers[i]) {
					_, _ = fmt.Sscan(s, &last) // there may be none yet
				}
				if last == 0 {
					return nil
				}
				w := outreach.OwnWords{CustomerID: customers[i], Answers: last, Author: "kim", Body: "Gladly.", NotAfter: noon.Add(time.Hour), Seen: 1 << 40}
				_, err := store.Answers{DB: b.DB}.Plan(ctx, handOver(outreach.SMS), w, everyOne(outreach.Handed, ""))
				return err
			},
			"done": func(i int) error {
				open, err := tasks.Open(ctx, 10)
				for _, w := range open {
					e := store.TaskEnd{ID: w.ID, Outcome: "opt_out", Who: "kim", Decided: true, OptOut: true, EndReason: "refused"}
					if err := tasks.Done(ctx, noon, e); err != nil && !errors.Is(err, store.ErrNoTask) {
						return err
					}
				}
				return err
			},
			"judge calls": func(i int) error {
				_, _, err := queue.JudgeCalls(ctx, handOver(outreach.Call), 0, func(_ outreach.Installation, due []outreach.Due) []outreach.Ruling {
					out := make([]outreach.Ruling, len(due))
					for j, d := range due {
						out[j] = outreach.Ruling{Contact: d.Contact}
						if (i+j)%9 == 0 {
							out[j].Contact.State, out[j].Contact.Reason, out[j].EndReason = outreach.Suppressed, "opted_out", "refused"
						}
					}
					return out
				})
				return err
			},
			"hand over": func(i int) error {
				rulings, err := queue.HandOver(ctx, handOver(outreach.SMS), everyOne(outreach.Handed, ""))
				var results []outreach.Result
				for j, r := range rulings {
					result := outreach.Result{ContactID: r.Contact.ID, State: outreach.Planned, NextAt: noon} // it comes again
					if (i+j)%3 == 0 {
						result = outreach.Result{ContactID: r.Contact.ID, State: outreach.Failed}
					}
					results = append(results, result)
				}
				if err == nil && len(results) > 0 {
					_, err = queue.Record(ctx, noon, "test", results)
				}
				return err
			},
		}
		allAtOnce(ctx, t, rounds, work, expected)
	})
}
