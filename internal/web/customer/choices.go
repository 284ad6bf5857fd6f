package customer

import (
	"fmt"
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// choice is one button, or what opens into a few.
type choice struct {
	Key   string // of the copy of the page it stands on
	Do    outreach.Action
	Item  int64 // 0 for all of the page
	Label string
	Open  *panel // what the button opens, nil when a press of it is all
}

// panel is what a choice asks for before it is sent.
type panel struct {
	Hint  string
	Field string   // label of a text field, "" for none
	Limit int      // characters the field takes
	Send  string   // the button below the field
	Days  []option // to be reminded on
}

// option is one of several buttons with the same name.
type option struct{ Value, Label string }

// maxField is how many characters a text field takes: in the letters of the
// languages we speak, and in emoji, they fit into outreach.MaxPressText bytes.
const maxField = outreach.MaxPressText / 2

// delays are the times after which a customer can ask to be reminded.
var delays = []struct {
	value string
	after func(day time.Time) time.Time
	label func(*words) string
}{
	{"2w", func(d time.Time) time.Time { return d.AddDate(0, 0, 14) }, func(w *words) string { return w.TwoWeeks }},
	{"1m", func(d time.Time) time.Time { return monthsLater(d, 1) }, func(w *words) string { return w.OneMonth }},
	{"3m", func(d time.Time) time.Time { return monthsLater(d, 3) }, func(w *words) string { return w.ThreeMonths }},
	{"6m", func(d time.Time) time.Time { return monthsLater(d, 6) }, func(w *words) string { return w.SixMonths }},
}

// reminderDay returns the day a delay ends, by the shop's calendar, and whether
// there is such a delay.
func reminderDay(value string, now time.Time, shop outreach.Shop) (day time.Time, ok bool) {
	for _, d := range delays {
		if d.value == value {
			return d.after(today(now, shop)), true
		}
	}
	return time.Time{}, false
}

// today returns the beginning of the day at the shop.
func today(now time.Time, shop outreach.Shop) time.Time {
	y, m, d := now.In(shop.Location()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, shop.Location())
}

// general returns what can be said about the page as a whole, but for the wish
// to be left alone.
func (w *words) general() []choice {
	return []choice{
		{Do: outreach.ActionBook, Label: w.Book, Open: &panel{Hint: w.BookHint, Field: w.BookField, Limit: maxField, Send: w.Send}},
		{Do: outreach.ActionAsk, Label: w.Ask, Open: &panel{Field: w.AskField, Limit: maxField, Send: w.Send}},
	}
}

// about returns what can be said about one item that is not settled, without
// what has been said already.
func (w *words) about(item outreach.PageItem, now time.Time, shop outreach.Shop) []choice {
	if item.Canceled || item.Closed {
		return nil
	}
	var days []option
	for _, d := range delays {
		day := w.Locale.Date(d.after(today(now, shop)), now)
		days = append(days, option{Value: d.value, Label: d.label(w) + " (" + day + ")"})
	}
	all := []choice{
		{Do: outreach.ActionLater, Item: item.ID, Label: w.Later, Open: &panel{Days: days}},
		{Do: outreach.ActionNotThis, Item: item.ID, Label: w.NotThis},
		{Do: outreach.ActionElsewhere, Item: item.ID, Label: w.Elsewhere},
	}
	return slices.DeleteFunc(all, func(c choice) bool {
		return c.Do == item.Answer && c.Do != outreach.ActionLater
	})
}

// sold returns a choice for each car the page speaks of, and one for the page
// where it is the only one.
func (w *words) sold(items []outreach.PageItem) []choice {
	open := slices.DeleteFunc(slices.Clone(items), func(i outreach.PageItem) bool {
		return i.Closed || i.Answer == outreach.ActionSold || (i.Canceled && i.Vehicle == "") // which need not be about a car
	})
	if len(open) == 0 {
		return nil
	}
	another := func(i outreach.PageItem) bool { return i.Vehicle != items[0].Vehicle }
	if !slices.ContainsFunc(items, another) {
		return []choice{{Do: outreach.ActionSold, Label: w.SoldThis}}
	}
	var all []choice
	var cars []string
	for _, item := range open {
		if item.Vehicle != "" && !slices.Contains(cars, item.Vehicle) {
			cars = append(cars, item.Vehicle)
			all = append(all, choice{Do: outreach.ActionSold, Item: item.ID, Label: fmt.Sprintf(w.SoldNamed, item.Vehicle)})
		}
	}
	return all
}

// reasons returns why a canceled order may have been canceled.
func (w *words) reasons() []option {
	var all []option
	for _, reason := range outreach.CancelReasons() {
		all = append(all, option{Value: string(reason), Label: w.Reasons[reason]})
	}
	return all
}
