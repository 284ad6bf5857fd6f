package staff

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/notify"
)

// A daily mail is the page Today for one person, without what a mailbox should not
// keep: it counts, and names neither customers nor what they said.

//go:embed daily.txt
var dailyWords string

// dailyView is what a daily mail tells.
type dailyView struct {
	Name, Login, Shop string
	Replies, Late     int // that wait, and those of them that are past their time
	Calls             int
	Ahead             int // planned for today, for managers
	Many              bool
	Rehearsal         bool
	Stopped           bool
	Troubles          []string    // for managers
	Cases             []dailyCase // for the general manager
}

// dailyCase is an open recovery case.
type dailyCase struct {
	Words, Path string
	overdue     bool
}

// DailyMail writes what waits for somebody today, as plain text. The text is empty
// when nothing does.
func (s *Site) DailyMail(ctx context.Context, now time.Time, to outreach.User) (subject, text string, err error) {
	return dailyMail{troubleFinder{s}}.write(ctx, now, to)
}

// dailyMail is what is sent in the morning.
type dailyMail struct{ troubleFinder }

func (s dailyMail) write(ctx context.Context, now time.Time, to outreach.User) (subject, text string, err error) {
	view := dailyView{
		Name: strings.Join(strings.Fields(to.Name), " "), Login: to.Login, Shop: s.Shops[0].Name, Rehearsal: s.rehearsal(),
	}
	if err := s.waitsFor(ctx, now, to, &view); err != nil {
		return "", "", err
	}
	if to.Role.May(outreach.RoleManager) {
		if err := s.runs(ctx, now, to, &view); err != nil {
			return "", "", err
		}
	}
	if to.Role.May(outreach.RoleGeneralManager) {
		if view.Cases, err = s.openCases(ctx, now); err != nil {
			return "", "", err
		}
	}
	found := view.sum()
	if len(found) == 0 {
		return "", "", nil
	}
	var b strings.Builder
	if err := s.daily.ExecuteTemplate(&b, "daily", view); err != nil {
		return "", "", fmt.Errorf("write daily mail: %w", err)
	}
	return now.In(s.zone).Format("Monday, January 2") + ": " + strings.Join(found, ", "), b.String(), nil
}

// waitsFor finds what anybody has to do: answer and call.
func (s dailyMail) waitsFor(ctx context.Context, now time.Time, to outreach.User, view *dailyView) error {
	waiting, err := s.Replies.Open(ctx, repliesRead)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if !concerns(to, w) {
			continue
		}
		view.Replies++
		if !w.DueAt.After(now) {
			view.Late++
		}
	}
	view.Calls, err = s.Calls.Count(ctx, now, endOfDay(now.In(s.zone)), to.Login)
	return err
}

// runs finds how the program does: what goes out, and what is wrong.
func (s dailyMail) runs(ctx context.Context, now time.Time, to outreach.User, view *dailyView) (err error) {
	f := s.dayFilter(now, s.midnight(now, 0))
	f.Limit = aheadMost
	if view.Ahead, err = s.Ahead.CountAhead(ctx, f); err != nil {
		return err
	}
	view.Many = view.Ahead >= aheadMost
	found, err := s.stoppedAll(ctx, now)
	if err != nil {
		return err
	}
	view.Stopped = len(found) > 0
	looks := []look{s.heldChannels, s.badFeeds, s.badDocuments, s.doubtsCounted, s.failuresSinceYesterday}
	if !to.Role.May(outreach.RoleGeneralManager) { // who gets them one by one
		looks = append(looks, s.lateCases)
	}
	more, err := gather(ctx, now, looks...)
	for _, t := range append(found, more...) {
		// Providers' words may repeat whom a message was for.
		view.Troubles = append(view.Troubles, notify.Scrub(t.Words))
	}
	return err
}

// stoppedAll tells of the brake, which every page shows at its top.
func (s dailyMail) stoppedAll(ctx context.Context, _ time.Time) ([]trouble, error) {
	brakes, err := s.Brake.Brakes(ctx)
	b, on := brakes[""]
	if err != nil || !on {
		return nil, err
	}
	return []trouble{{Words: "All sending is stopped since " + s.when(b.At.Time) + ": " + ended(b.Value)}}, nil
}

// doubtsCounted is doubts without names.
func (s dailyMail) doubtsCounted(ctx context.Context, now time.Time) ([]trouble, error) {
	list, err := s.Ahead.Doubtful(ctx, now.Add(-doubtAfter), aheadMost)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return []trouble{{Words: "Nobody knows whether " + count(len(list), "message", "messages") + " left. Look whether they arrived."}}, nil
}

func (s dailyMail) failuresSinceYesterday(ctx context.Context, now time.Time) ([]trouble, error) {
	return s.failed(ctx, s.midnight(now, -1), "since yesterday")
}

// openCases lists the recovery cases with what each waits for, those first that are
// overdue.
func (s dailyMail) openCases(ctx context.Context, now time.Time) ([]dailyCase, error) {
	open, err := s.Recovery.OpenCases(ctx, now)
	out := make([]dailyCase, len(open))
	for i, c := range open {
		out[i] = dailyCase{Words: s.caseWords(c, now), Path: fmt.Sprintf("/recovery/%d", c.ID), overdue: c.Overdue(now)}
	}
	return out, err
}

// caseWords says what a case waits for, and until when.
func (s dailyMail) caseWords(c store.Case, now time.Time) string {
	var awaited []string
	await := func(what string, by time.Time) {
		switch {
		case by.IsZero():
			what += ", without a deadline"
		case by.Before(now):
			what += ", overdue since " + s.when(by)
		default:
			what += ", by " + s.when(by)
		}
		awaited = append(awaited, what)
	}
	if !c.Decided() {
		await("your decision", c.DecideBy)
	}
	if !c.NextAt.IsZero() {
		await("the next step", c.NextAt)
	}
	if len(awaited) == 0 {
		awaited = []string{"its next step, or to be closed"}
	}
	return fmt.Sprintf("Case %d of %s awaits %s.", c.ID, s.day(c.OpenedAt), strings.Join(awaited, "; and "))
}

// sum counts what there is to tell, for the subject.
func (v dailyView) sum() (found []string) {
	add := func(n int, one, many string) {
		if n > 0 {
			found = append(found, count(n, one, many))
		}
	}
	late := 0
	for _, c := range v.Cases {
		if c.overdue {
			late++
		}
	}
	add(late, "recovery case overdue", "recovery cases overdue")
	add(len(v.Cases)-late, "recovery case open", "recovery cases open")
	add(len(v.Troubles), "problem", "problems")
	add(v.Replies, "reply waiting", "replies waiting")
	add(v.Calls, "call", "calls")
	add(v.Ahead, "going out", "going out")
	return found
}

// count writes a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// dailyTemplate reads the words of the daily mail.
func (s *Site) dailyTemplate() (*template.Template, error) {
	t, err := template.New("").Funcs(template.FuncMap{"count": count, "at": s.at}).Parse(dailyWords)
	if err != nil {
		return nil, fmt.Errorf("read the words of the daily mail: %w", err)
	}
	return t, nil
}

// at says where more is to be seen: the page's address where people know how to
// reach it, else its name.
func (s *Site) at(path, page string) string {
	if s.URL == "" {
		return "See the page " + page + "."
	}
	return s.URL + path
}
