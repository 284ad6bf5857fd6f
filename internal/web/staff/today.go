package staff

import (
	"cmp"
	"context"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Ahead is what is planned and what waits to be done.
type Ahead interface {
	Ahead(ctx context.Context, f store.AheadFilter) ([]store.Ahead, error)
	CountAhead(ctx context.Context, f store.AheadFilter) (int, error)
	NextAhead(ctx context.Context, rehearsal bool) (time.Time, error)
	Pending(ctx context.Context, now time.Time) ([]store.Pending, error)
	Doubtful(ctx context.Context, before time.Time, limit int) ([]store.Doubtful, error)
	Failures(ctx context.Context, since time.Time) ([]store.Failure, error)
	AtWork(ctx context.Context, now time.Time, deadAfter time.Duration) (n int, last time.Time, err error)
	Fresh(ctx context.Context) (bool, error)
}

const (
	aheadShown = 50
	aheadDays  = 7
	aheadMost  = 1000 // is counted; beyond that nobody wants the number
	callsShown = 5
)

// todayView is what the page shows.
type todayView struct {
	Troubles    []trouble
	Own, Others []replyView
	MoreReplies int
	Days        []dayView
	Later       time.Time // when the next contact is planned, where Days is empty
	Calls       int
	FirstCalls  []store.CallToMake
	Fresh       bool // no order was ever imported
	Rehearsal   bool
	Pilot       bool
}

// Replies counts those that wait.
func (t todayView) Replies() int { return len(t.Own) + len(t.Others) + t.MoreReplies }

// dayView is one day's part of what goes out next.
type dayView struct {
	Day      time.Time
	Name     string // "Today" and "Tomorrow", else ""
	Count    int
	Contacts []aheadView
}

// More reports whether the day has more contacts than are shown.
func (d dayView) More() bool { return d.Count > len(d.Contacts) }

// Many reports whether there are too many to count.
func (d dayView) Many() bool { return d.Count >= aheadMost }

// todayPages show what waits and what goes out next.
type todayPages struct{ *Site }

func (s todayPages) todayPage(v *visit) (err error) {
	view := todayView{Rehearsal: s.rehearsal(), Pilot: s.Mode == outreach.Pilot}
	if view.Troubles, err = troubleFinder(s).troubles(v); err != nil {
		return err
	}
	if view.Own, view.Others, view.MoreReplies, err = replyPages(s).replies(v); err != nil {
		return err
	}
	if view.Days, err = s.days(v); err != nil {
		return err
	}
	if len(view.Days) == 0 {
		if view.Later, err = s.Ahead.NextAhead(v.Context(), s.rehearsal()); err != nil {
			return err
		}
		if view.Fresh, err = s.Ahead.Fresh(v.Context()); err != nil {
			return err
		}
	}
	if view.Calls, view.FirstCalls, err = s.calls(v); err != nil {
		return err
	}
	s.show(v, "today", view)
	return nil
}

// calls returns how many customers are to be called today, and the first few of them.
func (s todayPages) calls(v *visit) (n int, first []store.CallToMake, err error) {
	end := endOfDay(v.now.In(s.zone))
	if n, err = s.Calls.Count(v.Context(), v.now, end, v.user.Login); err != nil || n == 0 {
		return 0, nil, err
	}
	first, err = callPages(s).callees(v, end, min(n, callsShown))
	return n, first, err
}

func (s *Site) rehearsal() bool { return s.Mode == outreach.Rehearsal }

// midnight is the beginning of a day by the shop's clock, days after the one of t.
func (s *Site) midnight(t time.Time, days int) time.Time {
	t = t.In(s.zone)
	return time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, 0, 0, s.zone)
}

// days returns what goes out next, day by day, without days on which nothing does.
func (s todayPages) days(v *visit) ([]dayView, error) {
	list, err := s.ahead(v, store.AheadFilter{Until: s.midnight(v.now, aheadDays), Limit: aheadShown})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var out []dayView
	for i := range aheadDays {
		f := s.dayFilter(v.now, s.midnight(v.now, i))
		f.Limit = aheadMost
		d := dayView{Day: s.midnight(v.now, i), Name: []string{"Today", "Tomorrow", ""}[min(i, 2)]}
		if d.Count, err = s.Ahead.CountAhead(v.Context(), f); err != nil {
			return nil, err
		}
		for _, c := range list {
			if c.NextAt.Before(f.Until) && !c.NextAt.Before(f.From) {
				d.Contacts = append(d.Contacts, c)
			}
		}
		if d.Count > 0 {
			out = append(out, d)
		}
	}
	return out, nil
}

// dayFilter asks for one day's contacts. What is late counts as today's.
func (s *Site) dayFilter(now, day time.Time) store.AheadFilter {
	f := store.AheadFilter{Rehearsal: s.rehearsal(), From: day, Until: s.midnight(day, 1)}
	if !day.After(now) {
		f.From = time.Time{}
	}
	return f
}

// aheadView is a planned contact as the page shows it.
type aheadView struct {
	store.Ahead
	foreseen
	Due bool // its time has come
}

// Way is the channel by which it would go.
func (a aheadView) Way() string { return a.by(a.Channel) }

// Excerpt is where its words begin; the guide for a call tells nothing at a glance.
func (a aheadView) Excerpt() string {
	if a.Way() == string(outreach.Call) {
		return ""
	}
	return cmp.Or(a.Ruling.Subject, a.Ruling.Body)
}

// ahead lists planned contacts with their words, where they can be had.
func (s todayPages) ahead(v *visit, f store.AheadFilter) ([]aheadView, error) {
	f.Rehearsal = s.rehearsal()
	list, err := s.Ahead.Ahead(v.Context(), f)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ids := make([]int64, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	rulings := s.foresee(v.Context(), ids)
	names, err := s.playbookNames(v)
	if err != nil {
		return nil, err
	}
	out := make([]aheadView, len(list))
	for i, c := range list {
		c.Playbook = names.of(c.Playbook)
		out[i] = aheadView{Ahead: c, foreseen: rulings[c.ID], Due: !c.NextAt.After(v.now)}
	}
	return out, nil
}
