package scheduler_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/scheduler"
)

const answerWords = "Example Auto Care: Yes, you can wait here."

// asks is a customer who has asked something by text, with what a person answers.
func (o *office) asks() outreach.OwnWords {
	o.t.Helper()
	c := o.AddCustomer(fixture.Customer{Phone: phone(1)})
	o.hears(phone(1), "Can I wait at the shop while it is done?")
	if n := o.Count(`select count(*) from tasks where done_at is null`); n != 1 {
		o.t.Fatalf("%d open tasks", n)
	}
	return outreach.OwnWords{
		CustomerID: c, Answers: int64(o.Count(`select max(id) from contacts`)), Body: answerWords, Author: "kim",
		Seen: int64(o.Count(`select max(id) from contacts`)),
	}
}

func (o *office) answers() scheduler.Answers {
	return scheduler.Answers{Store: store.Answers{DB: o.DB}, Settings: o.settings}
}

func (o *office) answer(w outreach.OwnWords) scheduler.Outlook {
	o.t.Helper()
	out, err := o.answers().Send(o.t.Context(), o.clock.Now(), w)
	o.must(err)
	return out
}

const (
	openTasks = `select kind from tasks where done_at is null`
	personal  = `select state, reason from contacts where written_by <> ''`
)

// TestAnswer leaves as it was written, to where the customer wrote from, without
// any consent on record but that they asked, and closes the task.
func TestAnswer(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		w := o.asks()
		look, err := o.answers().Look(t.Context(), o.clock.Now(), w)
		o.must(err)
		if len(look.Against) != 0 || look.ContactID != 0 || o.Count(`select count(*) from contacts where written_by <> ''`) != 0 {
			o.t.Fatalf("looking: %+v", look)
		}
		out := o.answer(w)
		if out.ContactID == 0 || len(o.Strings(openTasks)) != 0 {
			o.t.Fatalf("%+v, open tasks %v", out, o.Strings(openTasks))
		}
		o.work()
		sent := o.text.messages()
		if len(sent) != 1 || sent[0].Text != answerWords || sent[0].To != phone(1) || !sent[0].ByPerson || sent[0].Unsubscribe != "" || sent[0].Answers != "" {
			o.t.Fatalf("sent %+v", sent)
		}
		if got := o.Strings(`select state, class, template, written_by, outcome, done_by from contacts, tasks where written_by <> ''`); got[0] != "accepted informational  kim answered kim" {
			o.t.Errorf("in the log: %q", got)
		}
		o.work()
		if len(o.text.messages()) != 1 {
			o.t.Error("it was sent again")
		}
	})
}

// TestAnswerByMail goes to the address the customer wrote from, not to another one.
func TestAnswerByMail(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Phone: phone(1), Email: mail(1)})
		o.AddAddress(c, outreach.EmailAddress, mail(2), outreach.UnknownLine)
		o.must(o.desk().Receive(t.Context(), outreach.Arrival{
			Provider: "mail", ProviderID: "m1@example.com/0123", Channel: outreach.Email, From: mail(2), Subject: "My car", Body: "Is it ready?", At: o.clock.Now(),
		}))
		last := int64(o.Count(`select max(id) from contacts`))
		o.answer(outreach.OwnWords{CustomerID: c, Answers: last, Seen: last, Subject: "Re: My car", Body: "Tomorrow at noon.", Author: "kim"})
		o.work()
		sent := o.mail.messages()
		if len(sent) != 1 || sent[0].To != mail(2) || sent[0].Subject != "Re: My car" || sent[0].Text != "Tomorrow at noon." || sent[0].HTML != "" || sent[0].Answers != "m1@example.com/0123" {
			o.t.Errorf("sent %+v", sent)
		}
	})
}

// TestAnswerStaysBack where something came between: it is not sent, and that
// nobody answered is not forgotten.
func TestAnswerStaysBack(t *testing.T) {
	for name, tc := range map[string]struct {
		between func(o *office, w outreach.OwnWords)
		want    string
	}{
		"opt-out": {func(o *office, _ outreach.OwnWords) { o.optOut(phone(1)) }, "suppressed opted_out"},
		"brake": {func(o *office, _ outreach.OwnWords) {
			o.must(store.Controls{DB: o.DB}.StopAll(o.t.Context(), o.clock.Now(), "me", "x"))
		}, "suppressed stop_all,quiet_hours"},
		"number is no longer theirs": {func(o *office, w outreach.OwnWords) {
			o.Exec(`update addresses set value = $1 where customer_id = $2`, phone(2), w.CustomerID)
		}, "suppressed no_address"},
		"the evening began": {func(o *office, _ outreach.OwnWords) { o.clock.set(wall(o.t, "2026-06-02 19:00")) }, "suppressed quiet_hours"},
		"the provider refuses": {func(o *office, _ outreach.OwnWords) {
			o.text.says(notify.Outcome{Result: notify.Refused, Code: "21211"})
		}, "failed refused_by_provider"},
	} {
		t.Run(name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 18:40", func(o *office) {
				w := o.asks()
				o.answer(w)
				tc.between(o, w)
				o.work()
				o.until("2026-06-02 20:05")
				if got := o.Strings(personal); len(got) != 1 || got[0] != tc.want {
					o.t.Errorf("the answer: %q, want %q", got, tc.want)
				}
				if got := o.Strings(openTasks); !slices.Equal(got, []string{"reply"}) {
					o.t.Errorf("open tasks: %v", got)
				}
				if n := o.Count(`select count(*) from contacts c join replies r on r.contact_id = c.id join tasks t on t.id = r.task_id
					where c.id = $1 and c.answered_at is null and t.done_at is null`, w.Answers); n != 1 {
					o.t.Error("what the customer wrote does not wait")
				}
			})
		})
	}
}

// TestAnswerIsNotPlanned where it would not go: nothing is written, nothing closed.
func TestAnswerIsNotPlanned(t *testing.T) {
	for name, tc := range map[string]struct {
		at     string
		before func(o *office, w *outreach.OwnWords)
		want   []gate.Reason
		err    error
	}{
		"opt-out": {before: func(o *office, _ *outreach.OwnWords) { o.optOut(phone(1)) }, want: []gate.Reason{gate.OptedOut}},
		"brake": {before: func(o *office, _ *outreach.OwnWords) {
			o.must(store.Controls{DB: o.DB}.StopAll(o.t.Context(), o.clock.Now(), "me", "x"))
		}, want: []gate.Reason{gate.StopAll}},
		"landline": {before: func(o *office, _ *outreach.OwnWords) { o.Exec(`update addresses set line_type = 'landline'`) }, want: []gate.Reason{gate.LandlineForSMS}},
		"asked weeks ago": {before: func(o *office, _ *outreach.OwnWords) {
			o.clock.set(wall(o.t, "2026-06-12 12:00"))
		}, want: []gate.Reason{gate.NoConsent}},
		"evening":             {at: "2026-06-02 21:40", want: []gate.Reason{gate.QuietHours}},
		"evening, on purpose": {at: "2026-06-02 21:40", before: func(_ *office, w *outreach.OwnWords) { w.AnyHour = true }},
		"too long":            {before: func(_ *office, w *outreach.OwnWords) { w.Body = strings.Repeat("many words ", 90) }, want: []gate.Reason{gate.TooLong}},
		"wrote again":         {before: func(o *office, _ *outreach.OwnWords) { o.hears(phone(1), "And what does it cost?") }, err: outreach.ErrSpokenSince},
		"another's message":   {before: func(o *office, w *outreach.OwnWords) { w.CustomerID = o.AddCustomer(fixture.Customer{Phone: phone(3)}) }, err: outreach.ErrNotTheirs},
		"no message":          {before: func(_ *office, w *outreach.OwnWords) { w.Answers = 999999 }, err: outreach.ErrNotTheirs},
		"rehearsing":          {before: func(o *office, _ *outreach.OwnWords) { o.settings.Policy.Mode = outreach.Rehearsal }, err: outreach.ErrOtherMode},
		"may want to be alone": {before: func(o *office, w *outreach.OwnWords) {
			o.Exec(`update tasks set kind = 'review', review_by = $1`, o.clock.Now())
		}, err: store.ErrUndecided},
	} {
		t.Run(name, func(t *testing.T) {
			at := tc.at
			if at == "" {
				at = "2026-06-02 12:00"
			}
			eachOffice(t, at, func(o *office) {
				w := o.asks()
				if tc.before != nil {
					tc.before(o, &w)
				}
				out, err := o.answers().Send(t.Context(), o.clock.Now(), w)
				if !errors.Is(err, tc.err) || !slices.Equal(out.Against, tc.want) {
					o.t.Fatalf("%+v, %v, want %v, %v", out, err, tc.want, tc.err)
				}
				want := 0
				if tc.err == nil && tc.want == nil {
					want = 1
				}
				if n := o.Count(`select count(*) from contacts where written_by <> ''`); n != want || len(o.Strings(openTasks)) != 1-want {
					o.t.Errorf("%d answers planned, open tasks %v", n, o.Strings(openTasks))
				}
			})
		})
	}
}

// TestTwoAnswerAtOnce: one of them does, and the other one learns of it.
func TestTwoAnswerAtOnce(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		w := o.asks()
		var group sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			group.Go(func() { _, errs[i] = o.answers().Send(t.Context(), o.clock.Now(), w) })
		}
		group.Wait()
		late := 0
		for _, err := range errs {
			if errors.Is(err, outreach.ErrSpokenSince) {
				late++
			} else if err != nil {
				o.t.Error(err)
			}
		}
		o.work()
		if late != len(errs)-1 || len(o.text.messages()) != 1 {
			o.t.Errorf("%d were told, %d texts", late, len(o.text.messages()))
		}
	})
}

// TestNoWinsOverAnAnswer however the two meet: once the "no" is recorded nothing
// more is handed over.
func TestNoWinsOverAnAnswer(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		for n := range 10 {
			from := phone(10 + n)
			c := o.AddCustomer(fixture.Customer{Phone: from})
			o.hears(from, "Can I wait there? "+from)
			last := int64(o.Count(`select max(id) from contacts`))
			var group sync.WaitGroup
			var recorded int
			group.Go(func() { o.optOut(from); recorded = len(o.text.to()) })
			group.Go(func() {
				if _, err := o.answers().Send(t.Context(), o.clock.Now(), outreach.OwnWords{CustomerID: c, Answers: last, Seen: last, Body: answerWords, Author: "kim"}); err != nil {
					t.Error(err)
				}
				if _, err := o.Drain(t.Context()); err != nil {
					t.Error(err)
				}
			})
			group.Wait()
			if _, err := o.Drain(t.Context()); err != nil {
				t.Error(err)
			}
			// What was handed over before the "no" may still arrive; nothing that was after it.
			late := o.Count(`select count(*) from contacts c join contact_words w on w.contact_id = c.id join opt_outs p on p.address = w.address
				join contact_events e on e.contact_id = c.id and e.to_state = 'handed'
				where c.written_by <> '' and w.address = $1 and c.handed_at > p.recorded_at`, from)
			if late != 0 {
				t.Errorf("%s was written to after the no (%d texts at that time)", from, recorded)
			}
		}
		if n := o.Count(`select count(*) from contacts where state = 'planned' and written_by <> ''`); n != 0 {
			t.Errorf("%d answers still wait", n)
		}
	})
}
