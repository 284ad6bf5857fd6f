package staff

import (
	"errors"
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
)

// helpers are what the pages can call.
func (s *Site) helpers() template.FuncMap {
	return template.FuncMap{
		"when":  s.when,
		"day":   func(t time.Time) string { return t.In(s.zone).Format("Mon Jan 2, 2006") },
		"plain": func(code string) string { return strings.ReplaceAll(code, "_", " ") },
		"phone": phone.Readable,
		"dict":  dict,
		"may":   func(u outreach.User, role string) bool { return u.Role.May(outreach.Role(role)) },
	}
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
