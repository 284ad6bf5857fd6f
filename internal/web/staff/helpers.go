package staff

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
	"github.com/courtesyd/courtesyd/scheduler"
)

// helpers are what the pages can call.
func (s *Site) helpers() template.FuncMap {
	return template.FuncMap{
		"when":         s.when,
		"day":          s.day,
		"dated":        s.dated,
		"label":        func(outcome outreach.State) string { return callLabels[outcome] },
		"callOutcomes": callOutcomes,
		"tried":        tried,
		"say":          say,
		"shop":         s.shopName,
		"plain":        func(code string) string { return strings.ReplaceAll(code, "_", " ") },
		"phone":        phone.Readable,
		"clock":        s.clock,
		"way":          func(channel string) string { return cmp.Or(ways[outreach.Channel(channel)], channel) },
		"told":         told,
		"became":       became,
		"bad":          bad,
		"why":          why,
		"doer":         doer,
		"oneLine":      func(text string) string { return strings.Join(strings.Fields(text), " ") },
		"answered":     func(a outreach.Action) string { return itemAnswers[a] },
		"lineWords":    lineWords,
		"calledSo":     calledSo,
		"pairs":        pairs,
		"stamp":        func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"meant":        meant,
		"dict":         dict,
		"may":          func(u outreach.User, role string) bool { return u.Role.May(outreach.Role(role)) },
	}
}

// shopName is the name of a shop, "" where there is only one.
func (s *Site) shopName(id string) string {
	for _, shop := range s.Shops {
		if shop.ID == id && len(s.Shops) > 1 {
			return shop.Name
		}
	}
	return ""
}

// when shows an instant by the shop's clock, with the year where it is not this one.
func (s *Site) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(s.zone)
	if local.Year() != s.Now().In(s.zone).Year() {
		return local.Format("Mon Jan 2 2006, 3:04 PM")
	}
	return local.Format("Mon Jan 2, 3:04 PM")
}

// clock shows what an instant is by the shop's clock.
func (s *Site) clock(t time.Time) string { return t.In(s.zone).Format("3:04 PM") }

// span says how long something takes, roughly.
func span(d time.Duration) string {
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return count(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return count(int(d.Hours()), "hour")
	}
	return count(int(d.Hours()/24), "day")
}

// ways are the channels in words.
var ways = map[outreach.Channel]string{outreach.SMS: "text", outreach.Email: "e-mail", outreach.Call: "call"}

// told tells recorded reasons to a person.
func told(codes string) string {
	if codes == "" {
		return ""
	}
	var out []string
	for code := range strings.SplitSeq(codes, ",") {
		out = append(out, scheduler.ReasonSentence(code))
	}
	return strings.Join(out, " ")
}

// without takes a code out of recorded reasons.
func without(codes, code string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(codes, ","), func(c string) bool { return c == code }), ",")
}

// written returns what somebody wrote into a field of a form, called name.
func written(v *visit, field, name string) (string, error) {
	f := form{visit: v}
	text := f.text(field, name)
	if wrong := f.problem(); wrong != "" {
		return "", problem{http.StatusUnprocessableEntity, wrong + " Nothing was changed."}
	}
	return text, nil
}

// day shows the day of an instant by the shop's clock.
func (s *Site) day(t time.Time) string { return t.In(s.zone).Format("Mon Jan 2, 2006") }

// sentence makes a sentence of an error's words.
func sentence(words string) string {
	r, n := utf8.DecodeRuneInString(words)
	return string(unicode.ToUpper(r)) + words[n:] + "."
}

// dict gives a part of a page several values by name.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict wants names and values in turn")
	}
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict wants a name, not %v", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}
