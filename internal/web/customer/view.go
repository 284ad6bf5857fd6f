package customer

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// view is a customer's page in its final words.
type view struct {
	layout
	Key      string // makes the presses of this copy of the page its own
	Limit    int    // characters a text field takes
	Heading  string
	Greeting string
	Intro    string
	Notes    []string // what was heard or settled
	Stopped  bool
	Items    []itemView
	Answer   string   // what is written above the choices
	Choices  []choice // what all of the page can be answered with
	Sold     []choice
}

// itemView is one thing the message spoke of.
type itemView struct {
	ID      int64
	Name    string
	Finding string
	Photo   *picture
	Facts   []fact
	Told    string // what the customer has said about it
	Closed  bool
	Reasons []option // to tap, for a canceled order
	Choices []choice // where there are several items; else they stand with the rest
}

type fact struct{ Label, Value string }

// picture is a photo that exists, in the size it is sent.
type picture struct {
	Address       string // relative to the page's
	Description   string
	Width, Height int
}

// view turns a page into words. token is the one it was asked for with.
func (p *Pages) view(page outreach.Page, token string) view {
	w := wordsFor(page.Locale)
	now := p.now().In(page.Shop.Location())
	v := view{
		layout: p.layout(w, w.heading(page.Items), page.Shop),
		Key:    rand.Text(), Limit: maxField,
		Heading: w.heading(page.Items), Greeting: w.greeting(page.FirstName),
		Stopped: page.Stopped,
	}
	if !page.SentAt.IsZero() {
		v.Intro = fmt.Sprintf(w.Intro, w.Locale.Date(page.SentAt.In(now.Location()), now))
	}
	if page.Rehearsed {
		v.Notes = append(v.Notes, w.Rehearsed)
	}
	if page.Waiting {
		v.Notes = append(v.Notes, fmt.Sprintf(w.Waiting, page.Shop.Name))
	}
	if page.Stopped {
		v.Title = p.layout(w, w.StoppedHeading, page.Shop).Title
		return v
	}
	settled := len(page.Items) > 0
	for _, item := range page.Items {
		v.Items = append(v.Items, p.item(w, item, now, token))
		settled = settled && item.Closed
	}
	if settled {
		v.Notes = append(v.Notes, w.AllSettled)
	}
	v.choices(w, page, now)
	return v
}

// choices offers what can be answered: in one list where the page is about one
// thing, else each thing with its own.
func (v *view) choices(w *words, page outreach.Page, now time.Time) {
	v.Answer, v.Choices, v.Sold = w.YourAnswer, w.general(), w.sold(page.Items)
	for i, item := range page.Items {
		offered := w.about(item, now, page.Shop)
		if len(page.Items) == 1 {
			v.Choices = append(v.Choices, offered...)
		} else {
			v.Items[i].Choices = offered
		}
		if item.Canceled && !item.Closed {
			v.Items[i].Reasons = w.reasons()
		}
		if len(v.Items[i].Reasons)+len(v.Items[i].Choices) > 0 {
			v.Answer = w.AnythingElse
		}
		v.sign(v.Items[i].Choices)
	}
	v.Choices = append(v.Choices, choice{Do: outreach.ActionStop, Label: w.Stop})
	v.sign(v.Choices)
	v.sign(v.Sold)
}

func (v *view) sign(choices []choice) {
	for i := range choices {
		choices[i].Key = v.Key
	}
}

func (p *Pages) item(w *words, item outreach.PageItem, now time.Time, token string) itemView {
	v := itemView{
		ID: item.ID, Name: item.Name, Finding: item.Finding, Closed: item.Closed,
		Facts: w.facts(item, now), Told: w.told(item, now),
	}
	if v.Name == "" {
		v.Name = w.heading([]outreach.PageItem{item})
	}
	if width, height, ok := p.photos.size(item.Photo); ok {
		v.Photo = &picture{
			Address:     fmt.Sprintf("%s/photo/%d", token, item.ID),
			Description: fmt.Sprintf(w.PhotoOf, v.Name),
			Width:       width, Height: height,
		}
	}
	return v
}

// heading says what a page with these items is about.
func (w *words) heading(items []outreach.PageItem) string {
	canceled := 0
	for _, item := range items {
		if item.Canceled {
			canceled++
		}
	}
	switch {
	case len(items) == 0 || (canceled > 0 && canceled < len(items)):
		return w.AboutMessage
	case canceled == 0:
		return w.Found
	}
	if heading, ok := w.About[items[0].Kind]; ok {
		return heading
	}
	return w.About[outreach.OrderVoid]
}

func (w *words) greeting(firstName string) string {
	if name := strings.TrimSpace(firstName); name != "" {
		return fmt.Sprintf(w.Hello, name)
	}
	return w.HelloNobody
}

// facts are what is known of an item; what is not known is not mentioned.
func (w *words) facts(item outreach.PageItem, now time.Time) []fact {
	var facts []fact
	add := func(label, value string) { facts = append(facts, fact{label, value}) }
	if item.Price.Minor > 0 && !item.Canceled { // who is asked for a reason is not told a price
		add(w.Price, w.price(item, now))
	}
	if item.Duration > 0 {
		add(w.TimeNeeded, w.roughly(item.Duration))
	}
	if item.Vehicle != "" {
		add(w.Vehicle, item.Vehicle)
	}
	if !item.Day.IsZero() {
		label := w.Visit
		if item.Canceled {
			label = w.Day
		}
		add(label, w.Locale.Date(item.Day.In(now.Location()), now))
	}
	return facts
}

func (w *words) price(item outreach.PageItem, now time.Time) string {
	amount := item.Price.String()
	if item.PriceValidUntil.IsZero() {
		return amount
	}
	pattern := w.PriceHolds
	if !now.Before(item.PriceValidUntil) { // it is the end of the last day
		pattern = w.PriceHeld
	}
	return fmt.Sprintf(pattern, amount, w.Locale.Date(item.PriceValidUntil.In(now.Location()), now))
}

// told repeats what the customer has said about an item, "" when nothing.
func (w *words) told(item outreach.PageItem, now time.Time) string {
	on := w.Locale.Date(item.AnsweredAt.In(now.Location()), now)
	switch item.Answer {
	case outreach.ActionLater:
		return fmt.Sprintf(w.ToldLater, on, w.Locale.Date(item.Until.In(now.Location()), now))
	case outreach.ActionReason:
		if reason, ok := w.Reasons[item.Reason]; ok {
			return fmt.Sprintf(w.ToldReason, on, reason)
		}
		return fmt.Sprintf(w.ToldWhy, on)
	}
	if pattern, ok := w.Told[item.Answer]; ok {
		return fmt.Sprintf(pattern, on)
	}
	return ""
}
