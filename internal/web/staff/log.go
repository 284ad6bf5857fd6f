package staff

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/logcsv"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// OutreachLog is what the pages read of the log.
type OutreachLog interface {
	Page(ctx context.Context, f store.LogFilter, from store.LogPlace, way store.LogWay, size int) (store.LogPage, error)
	Each(ctx context.Context, f store.LogFilter, each func(store.LogEntry) error) error
	Choices(ctx context.Context) (store.LogChoices, error)
	Contact(ctx context.Context, id int64) (store.LogContact, error)
}

// logSize is how many contacts a page of the log shows at most.
const logSize = 50

// logView is what the page shows.
type logView struct {
	Ask     logQuestion
	Fields  logFields
	Shops   []outreach.Shop // when there are several
	Days    []logDay
	Problem string
	Newer   string // addresses, "" where there is nothing
	Older   string
	CSV     string
	// Looked is how far back it looked where next to nothing fits, else zero.
	Looked time.Time
}

// logDay is the contacts of one day by the shop's clock.
type logDay struct {
	Day     time.Time
	Entries []store.LogEntry
}

// logPages show what was sent and heard, and what was not.
type logPages struct{ *Site }

func (s logPages) logPage(v *visit) error {
	ask := readLogQuestion(v.URL.Query())
	filter, wrong := s.logFilter(ask)
	from, way, ok := ask.place()
	if !ok {
		wrong = append(wrong, "The address of this page is not whole. The filters are as they were; look again from the newest on.")
	}
	choices, err := s.Outreach.Choices(v.Context())
	if err != nil {
		return err
	}
	names, err := s.playbookNames(v)
	if err != nil {
		return err
	}
	view := logView{Ask: ask, Fields: ask.fields(choices, names), Problem: strings.Join(wrong, " ")}
	if len(s.Shops) > 1 {
		view.Shops = s.Shops
	}
	if view.Problem != "" {
		v.status = http.StatusUnprocessableEntity
		s.show(v, "log", view)
		return nil
	}
	page, err := s.Outreach.Page(v.Context(), filter, from, way, logSize)
	if err != nil {
		return err
	}
	for i := range page.Entries {
		page.Entries[i].Playbook = names.of(page.Entries[i].Playbook)
	}
	view.Days, view.CSV = s.byDay(page.Entries), ask.address("/log.csv")
	if from.ID != 0 && (way == store.Older || page.More) {
		view.Newer = ask.after(page.Start)
	}
	if page.More || way == store.Newer {
		view.Older = ask.before(page.End)
	}
	if page.Stopped {
		view.Looked = page.End.At
		if way == store.Newer {
			view.Looked = page.Start.At
		}
	}
	s.show(v, "log", view)
	return nil
}

// byDay keeps the order and puts contacts of one day together.
func (s logPages) byDay(entries []store.LogEntry) (days []logDay) {
	for _, e := range entries {
		day := s.midnight(e.When(), 0)
		if n := len(days); n == 0 || !days[n-1].Day.Equal(day) {
			days = append(days, logDay{Day: day})
		}
		last := &days[len(days)-1]
		last.Entries = append(last.Entries, e)
	}
	return days
}

// logCSV sends all that is filtered, however much it is.
func (s logPages) logCSV(v *visit) error {
	filter, wrong := s.logFilter(readLogQuestion(v.URL.Query()))
	if len(wrong) > 0 {
		return problem{http.StatusUnprocessableEntity, strings.Join(wrong, " ")}
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="outreach-log-`+v.now.In(s.zone).Format(time.DateOnly)+`.csv"`)
	out, err := logcsv.New(v.w, func(address string) string { return address })
	if err != nil {
		return nil // nobody is there to read it
	}
	rows := 0
	err = s.Outreach.Each(v.Context(), filter, func(e store.LogEntry) error {
		const patience = 500 // rows that must be taken in time, or the reader counts as gone
		if rows++; rows%patience == 1 {
			if err := v.stayOpen(); err != nil {
				return err
			}
		}
		return out.Entry(e)
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		if v.Context().Err() == nil {
			s.Config.Log.Error("the log could not be exported whole", "rows", rows, "error", err)
		}
		// What was sent looks like a file; it must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
	return nil
}

// stayOpen gives a long answer more time.
func (v *visit) stayOpen() error {
	const more = 30 * time.Second
	return http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(more))
}
