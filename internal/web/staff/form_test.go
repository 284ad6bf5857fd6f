package staff

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestForm(t *testing.T) {
	zone := time.FixedZone("there", -5*3600)
	read := func(value string) *form {
		r := &http.Request{PostForm: url.Values{"x": {value}}, Form: url.Values{}}
		return &form{visit: &visit{Request: r}, zone: zone}
	}
	for typed, want := range map[string]struct {
		minor int64
		wrong bool
	}{
		"": {0, false}, " 1,234.50 ": {123450, false}, "$12000": {1_200_000, false}, "USD 5": {500, false},
		"0.05": {5, false}, "12,50": {0, true}, "-5": {0, true}, "(5)": {0, true}, "CAD 5": {0, true}, "five": {0, true},
		"1e9": {0, true}, "99999999999": {0, true}, "1.234": {0, true}, "<b>5</b>": {0, true},
	} {
		f := read(typed)
		if got := f.money("x", "Amount", "USD"); f.problem() == "" && got != want.minor || (f.problem() != "") != want.wrong {
			t.Errorf("%q: %d, %q", typed, got, f.problem())
		}
	}
	for typed, want := range map[string]string{
		"": "", "2026-06-02": "2026-06-02 23:59:59", "2026-02-30": "!", "06/02/2026": "!", "0001-01-01": "!", "2026-06-02\x00": "!",
	} {
		f := read(typed)
		got := ""
		if at := f.deadline("x", "Day"); !at.IsZero() {
			got = at.Format(time.DateTime)
		}
		if f.problem() != "" {
			got = "!"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	for typed, want := range map[string]string{
		" a\r\nb ": "a\nb", "a\x00\x1b[31mb": "a[31mb", "a\xffb": "ab", "\u202eabc": "abc",
	} {
		if got := read(typed).text("x", "Words"); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	f := read(strings.Repeat("ä", longestText+1))
	if f.text("x", "Words"); f.problem() == "" {
		t.Error("a text without end is taken")
	}
}
