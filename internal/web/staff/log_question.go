package staff

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/scheduler"
)

// logQuestion is what somebody asks of the log, as typed. It is all in the
// page's address, so that a view can be kept and sent to somebody.
type logQuestion struct{ url.Values }

// logNames are the filters in the order of the form, by their names in the address.
var logNames = []struct{ name, words string }{
	{"q", "Search"},
	{"customer", "Customer"},
	{"vehicle", "Plate or VIN"},
	{"order", "Order number"},
	{"adviser", "Adviser"},
	{"channel", "Channel"},
	{"direction", "Direction"},
	{"state", "What became of it"},
	{"reason", "Reason"},
	{"playbook", "Playbook"},
	{"shop", "Shop"},
	{"from", "From"},
	{"to", "To"},
	{"customer_id", "Customer number"},
}

const (
	paramBefore = "before"
	paramAfter  = "after"
)

// readLogQuestion takes from an address what a log can be asked, and drops the
// fields that were left empty.
func readLogQuestion(all url.Values) logQuestion {
	ask := logQuestion{url.Values{}}
	for _, n := range logNames {
		if text := strings.TrimSpace(all.Get(n.name)); text != "" {
			ask.Set(n.name, text)
		}
	}
	for _, name := range []string{paramBefore, paramAfter} {
		if all.Has(name) {
			ask.Set(name, all.Get(name))
		}
	}
	return ask
}

// filters are what was asked, without the place.
func (q logQuestion) filters() url.Values {
	out := url.Values{}
	for name, values := range q.Values {
		if name != paramBefore && name != paramAfter {
			out[name] = values
		}
	}
	return out
}

// Narrowed reports whether anything is filtered.
func (q logQuestion) Narrowed() bool { return len(q.filters()) > 0 }

// Detailed reports whether more is filtered than by the field for all.
func (q logQuestion) Detailed() bool {
	f := q.filters()
	f.Del("q")
	return len(f) > 0
}

// Address is where the newest of it is.
func (q logQuestion) Address() string { return q.address("/log") }

func (q logQuestion) address(path string) string {
	if f := q.filters().Encode(); f != "" {
		return path + "?" + f
	}
	return path
}

func (q logQuestion) before(p store.LogPlace) string { return q.at(paramBefore, p) }
func (q logQuestion) after(p store.LogPlace) string  { return q.at(paramAfter, p) }

func (q logQuestion) at(name string, p store.LogPlace) string {
	f := q.filters()
	f.Set(name, fmt.Sprintf("%d.%d", p.At.UnixMicro(), p.ID))
	return "/log?" + f.Encode()
}

// place reads where the page begins, and which way it goes from there.
func (q logQuestion) place() (p store.LogPlace, way store.LogWay, ok bool) {
	name := paramBefore
	if !q.Has(paramBefore) {
		if !q.Has(paramAfter) {
			return p, store.Older, true
		}
		name, way = paramAfter, store.Newer
	}
	micros, id, _ := strings.Cut(q.Get(name), ".")
	m, err1 := strconv.ParseInt(micros, 10, 64)
	n, err2 := strconv.ParseInt(id, 10, 64)
	p = store.LogPlace{At: time.UnixMicro(m).UTC(), ID: n}
	// Databases know fewer years than Go.
	return p, way, err1 == nil && err2 == nil && n > 0 && p.At.Year() >= 1 && p.At.Year() <= 9999
}

// logFilter makes a filter of what was asked and says what is wrong with it.
func (s logPages) logFilter(ask logQuestion) (f store.LogFilter, wrong []string) {
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	const longest = 100
	for _, n := range logNames {
		text := ask.Get(n.name)
		if utf8.RuneCountInString(text) > longest || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			complain("%s: write a single line of at most %d characters.", n.words, longest)
		}
	}
	f = store.LogFilter{
		Search: ask.Get("q"), AreaCode: s.areaCode(), Name: ask.Get("customer"), Vehicle: ask.Get("vehicle"),
		Order: ask.Get("order"), Adviser: ask.Get("adviser"), Channel: outreach.Channel(ask.Get("channel")),
		Direction: outreach.Direction(ask.Get("direction")), Reason: ask.Get("reason"), Playbook: ask.Get("playbook"),
		Shop: ask.Get("shop"),
	}
	if f.Channel != "" && !f.Channel.Valid() {
		complain("Channel: choose text, e-mail or call.")
	}
	if f.Direction != "" && f.Direction != outreach.Outbound && f.Direction != outreach.Inbound {
		complain("Direction: choose what went out or what came in.")
	}
	if f.Shop != "" && !slices.ContainsFunc(s.Shops, func(shop outreach.Shop) bool { return shop.ID == f.Shop }) {
		complain("Shop: choose one of the shops.")
	}
	f.Happened = ask.Get("state") == "" // what is only planned is on Today's page
	if state := outreach.State(ask.Get("state")); state != "" {
		if f.States = []outreach.State{state}; stateWords[state] == "" {
			complain("What became of it: choose one of the list.")
		}
	}
	if text := ask.Get("customer_id"); text != "" {
		var err error
		if f.CustomerID, err = strconv.ParseInt(text, 10, 64); err != nil || f.CustomerID < 1 {
			complain("There is no such customer.")
		}
	}
	f.Since, f.Before = s.logDate(ask, "from", complain), s.logDate(ask, "to", complain)
	if !f.Before.IsZero() {
		f.Before = s.midnight(f.Before, 1) // through the end of the day
	}
	if !f.Since.IsZero() && !f.Before.IsZero() && !f.Since.Before(f.Before) {
		complain("From is later than To: no day is between them.")
	}
	return f, wrong
}

// logDate reads a date as the beginning of the day by the shop's clock.
func (s logPages) logDate(ask logQuestion, name string, complain func(string, ...any)) time.Time {
	text := ask.Get(name)
	if text == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(time.DateOnly, text, s.zone)
	if err != nil || t.Year() < 1900 || t.Year() > 2999 {
		complain("%s: write the day as year, month and day, for example 2026-05-31.", strings.ToUpper(name[:1])+name[1:])
		return time.Time{}
	}
	return t
}

// choice is an option of a list.
type choice struct {
	Value, Words string
	Chosen       bool
}

// logFields are the lists of the form.
type logFields struct {
	Advisers, Channels, Directions, States, Reasons, Playbooks []choice
}

// fields fills the lists with what there is in the log.
func (q logQuestion) fields(c store.LogChoices, names playbookNames) logFields {
	f := logFields{
		Advisers: q.choices("adviser", c.Advisers, func(name string) string { return name }),
		Channels: q.choices("channel", []string{"sms", "email", "call"}, func(ch string) string { return ways[outreach.Channel(ch)] }),
		Directions: q.choices("direction", []string{"out", "in"}, func(d string) string {
			if d == string(outreach.Inbound) {
				return "came in"
			}
			return "went out"
		}),
		Reasons:   q.choices("reason", c.Reasons, reasonChoice),
		Playbooks: q.choices("playbook", c.Playbooks, names.of),
	}
	states := []string{string(outreach.Planned)}
	for _, s := range outreach.Happened() {
		states = append(states, string(s))
	}
	f.States = q.choices("state", states, func(s string) string { return stateWords[outreach.State(s)] })
	slices.SortFunc(f.Reasons, func(a, b choice) int { return cmp.Compare(a.Words, b.Words) })
	return f
}

// choices makes options, with what was asked among them: a kept address may ask
// for what is not there any more.
func (q logQuestion) choices(name string, values []string, words func(string) string) (out []choice) {
	asked := q.Get(name)
	if asked != "" && !slices.Contains(values, asked) {
		out = append(out, choice{Value: asked, Words: asked, Chosen: true})
	}
	for _, v := range values {
		out = append(out, choice{Value: v, Words: words(v), Chosen: v == asked})
	}
	return out
}

// reasonChoice tells a reason in a list: why something did not go out, or how a
// reply was understood.
func reasonChoice(code string) string {
	if words, ok := meanings[code]; ok {
		return "Reply: " + words
	}
	return strings.TrimSuffix(scheduler.ReasonSentence(code), ".")
}

// stateWords say what became of a contact.
var stateWords = map[outreach.State]string{
	outreach.Planned:       "planned",
	outreach.Handed:        "being sent",
	outreach.Accepted:      "sent",
	outreach.Delivered:     "delivered",
	outreach.Undelivered:   "not delivered",
	outreach.Bounced:       "came back",
	outreach.Failed:        "refused by the provider",
	outreach.Unconfirmed:   "in doubt",
	outreach.Suppressed:    "not contacted",
	outreach.Expired:       "expired",
	outreach.Canceled:      "canceled",
	outreach.Rehearsed:     "rehearsed",
	outreach.ClosedByHand:  "settled by a person",
	outreach.Received:      "came in",
	outreach.CallOpen:      "to be made",
	outreach.CallReached:   "reached",
	outreach.CallVoicemail: "voicemail",
	outreach.CallNoAnswer:  "no answer",
	outreach.CallWrong:     "wrong number",
	outreach.CallRefused:   "asked to be left alone",
	outreach.CallBooked:    "booked",
	outreach.CallNotNeeded: "not needed any more",
}

// became says what became of a contact.
func became(state string) string {
	return cmp.Or(stateWords[outreach.State(state)], strings.ReplaceAll(state, "_", " "))
}

// bad reports whether somebody should look at what became of a contact.
func bad(state string) bool {
	switch outreach.State(state) {
	case outreach.Undelivered, outreach.Bounced, outreach.Failed, outreach.Unconfirmed, outreach.CallWrong:
		return true
	}
	return false
}

// why tells a reason that is a code, or somebody's own words.
func why(words string) string {
	if outcome, note, ok := store.CallTold(words); ok {
		return ended(callLabels[outcome]) + spaced(note)
	}
	if words == "" || strings.ContainsAny(words, " .") {
		return words
	}
	return told(words)
}

// doer names who changed a contact: a person, or the program in one of its parts.
func doer(who string) string {
	if who == "" || who == "courtesyd" || strings.HasPrefix(who, "daemon ") {
		return "the program"
	}
	return who
}
