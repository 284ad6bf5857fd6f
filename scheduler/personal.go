package scheduler

import (
	"context"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates"
)

// personal rules on what somebody at the shop wrote to a customer: to the address
// the customer wrote from, soon or not at all.
func (j *judge) personal(d outreach.Due) outreach.Ruling {
	ch := d.Contact.Channel
	v := verdict{channel: ch, address: d.ReplyTo, words: templates.Rendered{Subject: d.Subject, Text: d.Body}}
	v.template = approved{Template: &templates.Template{Head: templates.Head{Class: outreach.Informational}}}
	if ch == outreach.SMS {
		v.words.Segments = templates.Segments(d.Body).Segments
	}
	shop, _ := j.settings.shop(d.Shop.ID)
	f := j.facts(d, shop, ch)
	f.Address, f.Segments = replyAddress(d), v.words.Segments
	f.Zones, f.Holidays = zones(d), hours.Holidays(f.Country)
	f.AskedAt, f.AnyHour = d.AskedAt, d.Contact.AnyHour
	if j.settings.Off[ch] {
		f.ChannelHold = "this channel is switched off"
	}
	switch v.Decision = gate.Personal(j.now, f); v.Verdict {
	case gate.Allow:
		return j.allow(d, v, nil)
	case gate.Wait:
		return wait(d, v)
	}
	return refuse(d, []verdict{v})
}

// answerWithin is for how long an answer may be on its way to the provider.
const answerWithin = time.Hour

// AnswerStore is where people's answers are planned.
type AnswerStore interface {
	Judge(ctx context.Context, r outreach.HandOver, w outreach.OwnWords, decide outreach.Decide) (outreach.Ruling, error)
	Plan(ctx context.Context, r outreach.HandOver, w outreach.OwnWords, decide outreach.Decide) (outreach.Ruling, error)
}

// Answers lets people answer customers in their own words. What it plans is
// judged once more when it is handed over.
type Answers struct {
	Store    AnswerStore
	Settings Settings
}

// Outlook says what becomes of an answer.
type Outlook struct {
	ContactID int64         // the planned contact, 0 when it was not planned
	Against   []gate.Reason // what speaks against it now, none when it may go
	// Clocks are what it is now where the customer may be, each once.
	Clocks []time.Time
	// MaxSegments is how many segments a text may fill, 0 for any number.
	MaxSegments int
}

// Look says what would become of an answer now. It fails with
// outreach.ErrOtherMode while the installation rehearses.
func (a Answers) Look(ctx context.Context, now time.Time, w outreach.OwnWords) (Outlook, error) {
	return a.judged(ctx, now, w, a.Store.Judge)
}

// Send plans an answer where nothing speaks against it. Its errors are those of
// storage, see AnswerStore.
func (a Answers) Send(ctx context.Context, now time.Time, w outreach.OwnWords) (Outlook, error) {
	return a.judged(ctx, now, w, a.Store.Plan)
}

func (a Answers) judged(
	ctx context.Context, now time.Time, w outreach.OwnWords,
	ask func(context.Context, outreach.HandOver, outreach.OwnWords, outreach.Decide) (outreach.Ruling, error),
) (out Outlook, err error) {
	if a.Settings.rehearsal() {
		return out, outreach.ErrOtherMode
	}
	now = now.Truncate(time.Microsecond)
	w.NotAfter = now.Add(answerWithin)
	r := outreach.HandOver{Now: now, HistorySince: now}
	r.PilotDay, _ = a.Settings.countedFrom(now, "")
	for ch := range a.Settings.SenderPerDay {
		if _, since := a.Settings.countedFrom(now, ch); !since.IsZero() {
			r.SenderDay = since
		}
	}
	ruling, err := ask(ctx, r, w, func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
		out.Clocks = clocks(now, due[0])
		return []outreach.Ruling{newJudge(now, due[0].Contact.Channel, &a.Settings, &library{}, inst).personal(due[0])}
	})
	if err != nil {
		return out, err
	}
	out.ContactID, out.MaxSegments = ruling.Contact.ID, a.Settings.Policy.MaxSegments
	if ruling.Contact.Reason != "" {
		for code := range strings.SplitSeq(ruling.Contact.Reason, ",") {
			out.Against = append(out.Against, gate.Reason(code))
		}
	}
	return out, nil
}

// clocks are what the clocks show where a customer may be, the earliest first.
func clocks(now time.Time, d outreach.Due) []time.Time {
	var out []time.Time
	seen := map[int]bool{}
	for _, name := range zones(d) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			continue // the gate says so
		}
		local := now.In(loc)
		if _, offset := local.Zone(); !seen[offset] {
			seen[offset], out = true, append(out, local)
		}
	}
	return out
}
