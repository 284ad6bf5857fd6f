package customer

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// choose posts to the page and returns the answer.
func (s *site) choose(t *testing.T, fields url.Values, headers ...string) (*http.Response, string) {
	t.Helper()
	return s.send(t, http.MethodPost, s.page, formType, fields.Encode(), headers...)
}

func TestPresses(t *testing.T) {
	day := func(month time.Month, day int) time.Time {
		return time.Date(2026, month, day, 0, 0, 0, 0, aShop().Location())
	}
	for name, c := range map[string]struct {
		fields url.Values
		want   outreach.Press
	}{
		"book":                {url.Values{"do": {"book"}, "text": {" Friday "}}, outreach.Press{Action: outreach.ActionBook, Text: "Friday"}},
		"book without a word": {url.Values{"do": {"book"}}, outreach.Press{Action: outreach.ActionBook}},
		"ask":                 {url.Values{"do": {"ask"}, "text": {"Why?\r\nReally?"}}, outreach.Press{Action: outreach.ActionAsk, Text: "Why?\nReally?"}},
		"two weeks":           {url.Values{"do": {"later"}, "item": {"12"}, "until": {"2w"}}, outreach.Press{Action: outreach.ActionLater, Item: 12, Until: day(time.June, 17)}},
		"a month":             {url.Values{"do": {"later"}, "item": {"12"}, "until": {"1m"}}, outreach.Press{Action: outreach.ActionLater, Item: 12, Until: day(time.July, 3)}},
		"three months":        {url.Values{"do": {"later"}, "item": {"12"}, "until": {"3m"}}, outreach.Press{Action: outreach.ActionLater, Item: 12, Until: day(time.September, 3)}},
		"six months":          {url.Values{"do": {"later"}, "item": {"12"}, "until": {"6m"}}, outreach.Press{Action: outreach.ActionLater, Item: 12, Until: day(time.December, 3)}},
		"not this one":        {url.Values{"do": {"not_this"}, "item": {"12"}}, outreach.Press{Action: outreach.ActionNotThis, Item: 12}},
		"elsewhere":           {url.Values{"do": {"elsewhere"}, "item": {"12"}}, outreach.Press{Action: outreach.ActionElsewhere, Item: 12}},
		"sold":                {url.Values{"do": {"sold"}}, outreach.Press{Action: outreach.ActionSold}},
		"stop":                {url.Values{"do": {"stop"}}, outreach.Press{Action: outreach.ActionStop}},
		"reason":              {url.Values{"do": {"why"}, "item": {"21"}, "why": {"cost"}, "text": {""}}, outreach.Press{Action: outreach.ActionReason, Item: 21, Reason: outreach.CanceledForCost}},
		"reason in own words": {url.Values{"do": {"why"}, "item": {"21"}, "text": {"We moved."}}, outreach.Press{Action: outreach.ActionReason, Item: 21, Text: "We moved."}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, aPage(brakes(), canceled()))
			c.fields.Set("key", "k")
			answer, _ := s.choose(t, c.fields)
			target, err := answer.Location()
			if err != nil || answer.StatusCode != http.StatusSeeOther || target.Path != s.page {
				t.Fatalf("answer %d leads to %v, %v", answer.StatusCode, target, err)
			}
			if len(answer.Cookies()) > 0 {
				t.Errorf("cookies %v", answer.Cookies())
			}
			presses, _ := s.desk.heard()
			if len(presses) != 1 || presses[0].Key == "" {
				t.Fatalf("recorded %+v", presses)
			}
			got := presses[0]
			if !got.Until.Equal(c.want.Until) {
				t.Errorf("until %v, expected %v", got.Until, c.want.Until)
			}
			c.want.ContactID, c.want.Key, c.want.At, c.want.Until = contact, got.Key, now, got.Until
			if got != c.want {
				t.Errorf("recorded %+v, expected %+v", got, c.want)
			}
		})
	}
}

func TestUnclearPresses(t *testing.T) {
	for name, fields := range map[string]url.Values{
		"nothing":                {},
		"unknown action":         {"do": {"buy"}},
		"another's item":         {"do": {"not_this"}, "item": {"99"}},
		"no number":              {"do": {"not_this"}, "item": {"12 or 1=1"}},
		"negative":               {"do": {"not_this"}, "item": {"-12"}},
		"later without a day":    {"do": {"later"}, "item": {"12"}},
		"later on an odd day":    {"do": {"later"}, "item": {"12"}, "until": {"2026-13-01"}},
		"unknown reason":         {"do": {"why"}, "item": {"21"}, "why": {"greed"}},
		"no reason, no words":    {"do": {"why"}, "item": {"21"}, "text": {" "}},
		"a reason for something": {"do": {"stop"}, "why": {"cost"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, aPage(brakes(), canceled()))
			answer, text := s.choose(t, fields)
			if answer.StatusCode != http.StatusBadRequest || !strings.Contains(text, english.Unclear) {
				t.Errorf("%d %s", answer.StatusCode, text)
			}
			if presses, _ := s.desk.heard(); len(presses) > 0 {
				t.Errorf("recorded %+v", presses)
			}
		})
	}
}

func TestTheQueryIsNoForm(t *testing.T) {
	s := serve(t, aPage(brakes()))
	answer, _ := s.send(t, http.MethodPost, s.page+"?do=stop&key=1", formType, "")
	if presses, _ := s.desk.heard(); len(presses) > 0 || answer.StatusCode != http.StatusBadRequest {
		t.Errorf("%d, recorded %+v", answer.StatusCode, presses)
	}
}

func TestLongForm(t *testing.T) {
	s := serve(t, aPage(brakes()))
	answer, text := s.choose(t, url.Values{"do": {"ask"}, "text": {strings.Repeat("long ", maxForm)}})
	if answer.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(text, english.TooLong) {
		t.Errorf("%d %s", answer.StatusCode, text)
	}
}

// The same copy of a page sent twice is one press; another choice on it, after
// going back, is another.
func TestKeys(t *testing.T) {
	s := serve(t, aPage(brakes(), battery()))
	key := func(fields url.Values) string {
		s.choose(t, fields)
		presses, _ := s.desk.heard()
		return presses[len(presses)-1].Key
	}
	first := key(url.Values{"key": {"a"}, "do": {"not_this"}, "item": {"12"}})
	if again := key(url.Values{"key": {"a"}, "do": {"not_this"}, "item": {"12"}}); again != first {
		t.Error("the same press has two keys")
	}
	seen := map[string]bool{first: true}
	for _, other := range []url.Values{
		{"key": {"b"}, "do": {"not_this"}, "item": {"12"}},
		{"key": {"a"}, "do": {"not_this"}, "item": {"13"}},
		{"key": {"a"}, "do": {"elsewhere"}, "item": {"12"}},
		{"key": {"a"}, "do": {"later"}, "item": {"12"}, "until": {"2w"}},
		{"key": {"a"}, "do": {"later"}, "item": {"12"}, "until": {"1m"}},
		{"key": {"a"}, "do": {"ask"}, "text": {"one"}},
		{"key": {"a"}, "do": {"ask"}, "text": {"two"}},
		{"do": {"stop"}},
		{"do": {"stop"}}, // no key: each is a press
	} {
		k := key(other)
		if seen[k] {
			t.Errorf("%v has the key of another press", other)
		}
		seen[k] = true
	}
}

func TestOtherSitesCannotPress(t *testing.T) {
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"no browser":                       {nil, http.StatusSeeOther},
		"our page":                         {[]string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, http.StatusSeeOther},
		"our page, old browser":            {[]string{"Origin", "https://shop.example"}, http.StatusSeeOther},
		"our page, old browser, no origin": {[]string{"Origin", "null"}, http.StatusSeeOther},
		"another site":                     {[]string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, http.StatusForbidden},
		"another site without referrer":    {[]string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, http.StatusForbidden},
		"another site, old browser":        {[]string{"Origin", "https://evil.example"}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, aPage(brakes()))
			answer, _ := s.choose(t, url.Values{"do": {"stop"}}, c.headers...)
			presses, _ := s.desk.heard()
			if answer.StatusCode != c.want || (len(presses) == 1) != (c.want == http.StatusSeeOther) {
				t.Errorf("%d, recorded %+v", answer.StatusCode, presses)
			}
		})
	}
}

// What cannot be recorded comes back, to be sent once more with the same key.
func TestNothingWrittenIsLost(t *testing.T) {
	s := serve(t, aPage(brakes()))
	fields := url.Values{"key": {"k"}, "do": {"ask"}, "text": {`Is <b>2.5 mm</b> "safe"?`}}
	s.choose(t, fields)
	for _, c := range []struct{ reading, writing error }{{nil, errAway}, {errAway, errAway}} {
		s.desk.reading, s.desk.writing = c.reading, c.writing
		answer, text := s.choose(t, fields)
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			t.Errorf("answer %d", answer.StatusCode)
		}
		for _, want := range []string{
			"Is &lt;b&gt;2.5 mm&lt;/b&gt; &#34;safe&#34;?", `name="key" value="k"`, `name="do" value="ask"`, "reply STOP", "call the shop",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("the answer lacks %q: %s", want, text)
			}
		}
	}
	s.desk.reading, s.desk.writing = nil, nil
	s.choose(t, fields)
	if presses, _ := s.desk.heard(); len(presses) != 2 || presses[0].Key != presses[1].Key {
		t.Errorf("recorded %+v", presses)
	}
	if strings.Contains(s.log.String(), "2.5 mm") || strings.Contains(s.log.String(), strings.TrimPrefix(s.page, "/p/")) {
		t.Errorf("the log tells too much: %s", s.log)
	}
}

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "  Friday \n": "Friday", "a\x00b\x07c": "abc", "a\xffb": "ab", "tab\there": "tab here", "one\r\ntwo\rthree": "one\ntwo three",
		strings.Repeat("é", 1500): strings.Repeat("é", 1000), "x" + strings.Repeat("é", 1500): "x" + strings.Repeat("é", 999),
	} {
		if got := cleanText(in); got != want {
			t.Errorf("%.40q becomes %.40q (%d bytes), expected %.40q", in, got, len(got), want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		got := cleanText(string(rapid.SliceOfN(rapid.Byte(), 0, 4000).Draw(t, "text")))
		if len(got) > outreach.MaxPressText || !utf8.ValidString(got) || strings.ContainsRune(got, 0) || cleanText(got) != got {
			t.Fatalf("kept %q", got)
		}
	})
}

func TestMonthsLater(t *testing.T) {
	for _, c := range []struct {
		from, want string
		months     int
	}{
		{"2026-01-31", "2026-02-28", 1},
		{"2028-01-31", "2028-02-29", 1},
		{"2026-03-31", "2026-06-30", 3},
		{"2026-08-31", "2027-02-28", 6},
		{"2026-06-03", "2026-07-03", 1},
		{"2026-12-15", "2027-01-15", 1},
	} {
		from, err := time.Parse(time.DateOnly, c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := monthsLater(from, c.months).Format(time.DateOnly); got != c.want {
			t.Errorf("%d months after %s: %s, expected %s", c.months, c.from, got, c.want)
		}
	}
}

// The day begins where the shop is: late in the evening in New York it is
// tomorrow already in the universal time the clock tells.
func TestReminderDayByTheShopsCalendar(t *testing.T) {
	late := time.Date(2026, 6, 4, 2, 0, 0, 0, time.UTC)
	got, ok := reminderDay("2w", late, aShop())
	if want := time.Date(2026, 6, 17, 0, 0, 0, 0, aShop().Location()); !ok || !got.Equal(want) {
		t.Errorf("got %v, %t, expected %v", got, ok, want)
	}
}
