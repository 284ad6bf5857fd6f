package customer

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
)

// open returns the page as it is sent.
func (s *site) open(t *testing.T) string {
	t.Helper()
	answer, text := s.send(t, http.MethodGet, s.page, "", "")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", answer.StatusCode, text)
	}
	return text
}

// shows fails the test unless the page has what it should and nothing else.
func shows(t *testing.T, page string, want, never []string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("the page lacks %q", w)
		}
	}
	for _, n := range never {
		if strings.Contains(page, n) {
			t.Errorf("the page has %q", n)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}

func buttons(texts ...string) []string {
	var all []string
	for _, text := range texts {
		all = append(all, ">"+text+"<")
	}
	return all
}

func TestPageInEnglish(t *testing.T) {
	s := serve(t, aPage(brakes()))
	s.shoot(t, "brakes.jpg", 400, 300)
	shows(t, s.open(t), append(buttons(
		"Book a visit", "Ask a question", "Remind me later", "Not this one", "Already done elsewhere",
		"I no longer have this car", "Please stop writing to me",
		"In two weeks (June 17)", "In one month (July 3)", "In three months (September 3)", "In six months (December 3, 2026)",
	),
		`<html lang="en">`, "Hello Dana,", "on June 2.", "Front brake pads", "2.5 mm; new ones have 11 mm.",
		"$289.50, holds until June 30", "about 2 hours", "Honda Civic", "May 31",
		`href="tel:&#43;12125550123"`, "(212) 555-0123", "12 Example Street",
		`alt="Photo: Front brake pads" width="400" height="300"`,
	), []string{"<script", "http:", "https:", "declined"})
}

func TestPageInSpanish(t *testing.T) {
	page := aPage(brakes())
	page.Locale, page.FirstName = "es", ""
	shows(t, serve(t, page).open(t), append(buttons(
		"Pedir una cita", "Hacer una pregunta", "Recordarme más adelante", "Este trabajo no", "Ya lo hice en otro lugar",
		"Ya no tengo este vehículo", "Por favor, ya no me escriban", "En dos semanas (17 de junio)",
	),
		`<html lang="es">`, "Buen día:", "el 2 de junio.", "$289.50, válido hasta el 30 de junio", "unas 2 horas",
	), []string{"Dana", "Hello", "Price", "<img"})
}

// What is not known is not mentioned, and leaves no hole.
func TestPageWithLittleOnIt(t *testing.T) {
	page := aPage(outreach.PageItem{ID: 5, Name: "Wiper blades"})
	page.FirstName, page.SentAt, page.Shop.Phone, page.Shop.PostalAddress = " ", time.Time{}, "", ""
	shows(t, serve(t, page).open(t), []string{"Hello,", "Wiper blades", "I no longer have this car"},
		[]string{"<dl", "tel:", "<img", "$0", "January", "wrote to you"})
}

func TestPageAfterThePriceHeld(t *testing.T) {
	item := brakes()
	item.PriceValidUntil = now
	shows(t, serve(t, aPage(item)).open(t), []string{"$289.50 until June 3. We are glad"}, []string{"holds"})
}

// Two things are answered one by one, a car once.
func TestPageWithSeveralItems(t *testing.T) {
	other := battery()
	other.Vehicle = "Ford F-150"
	for name, c := range map[string]struct {
		items []outreach.PageItem
		sold  map[string]int
	}{
		"one car":  {[]outreach.PageItem{brakes(), battery()}, map[string]int{">I no longer have this car<": 1}},
		"two cars": {[]outreach.PageItem{brakes(), other}, map[string]int{">I no longer have the Honda Civic<": 1, ">I no longer have the Ford F-150<": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			text := serve(t, aPage(c.items...)).open(t)
			for label, n := range c.sold {
				if strings.Count(text, label) != n {
					t.Errorf("%q stands there %d times", label, strings.Count(text, label))
				}
			}
			for label, n := range map[string]int{
				">Book a visit<": 1, ">Ask a question<": 1, ">Please stop writing to me<": 1,
				">Not this one<": 2, ">Already done elsewhere<": 2, ">Remind me later<": 2,
			} {
				if strings.Count(text, label) != n {
					t.Errorf("%q stands there %d times, expected %d", label, strings.Count(text, label), n)
				}
			}
		})
	}
}

func TestPageOfACanceledOrder(t *testing.T) {
	for kind, heading := range english.About {
		item := canceled()
		item.Kind, item.Price = kind, outreach.Money{Minor: 50000}
		shows(t, serve(t, aPage(item)).open(t), append(buttons(
			heading, "The cost", "My plans changed", "I found another way", "A misunderstanding", "Please stop writing to me", "Ask a question",
		), `name="why" value="found_another_way"`), append(buttons("Not this one", "Remind me later"), "$500"))
	}
}

func TestWhatWasSaidIsRepeated(t *testing.T) {
	may := time.Date(2026, 5, 3, 16, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change func(*outreach.PageItem)
		want   string
		gone   string // the button that is pressed already
	}{
		"elsewhere": {func(i *outreach.PageItem) { i.Answer = outreach.ActionElsewhere }, "You told us on May 3: already done elsewhere.", ">Already done elsewhere<"},
		"not this":  {func(i *outreach.PageItem) { i.Answer = outreach.ActionNotThis }, "You told us on May 3: not this one.", ">Not this one<"},
		"sold":      {func(i *outreach.PageItem) { i.Answer = outreach.ActionSold }, "You told us on May 3 that you no longer have this car.", ">I no longer have this car<"},
		"later": {
			func(i *outreach.PageItem) { i.Answer, i.Until = outreach.ActionLater, may.AddDate(0, 3, 0) },
			"You asked us on May 3 to remind you on August 3.", "",
		},
		"asked":  {func(i *outreach.PageItem) { i.Answer = outreach.ActionAsk }, "You asked us about this on May 3.", ""},
		"booked": {func(i *outreach.PageItem) { i.Answer = outreach.ActionBook }, "You told us on May 3 that you would like to come.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			item := brakes()
			item.AnsweredAt = may
			c.change(&item)
			gone := []string{"<never>"}
			if c.gone != "" {
				gone[0] = c.gone
			}
			shows(t, serve(t, aPage(item)).open(t),
				append(buttons("Book a visit", "Remind me later", "Please stop writing to me"), c.want, "choose again"), gone)
		})
	}
	item := canceled()
	item.Answer, item.AnsweredAt, item.Reason = outreach.ActionReason, may, outreach.CanceledPlansChanged
	shows(t, serve(t, aPage(item)).open(t), []string{"You told us on May 3: My plans changed."}, nil)
	item.Reason = ""
	shows(t, serve(t, aPage(item)).open(t), []string{"You told us the reason on May 3."}, nil)
}

func TestSettledPage(t *testing.T) {
	item := brakes()
	item.Closed = true
	shows(t, serve(t, aPage(item)).open(t),
		append(buttons("Please stop writing to me"), english.AllSettled, english.Closed),
		buttons("Not this one", "Remind me later", "Already done elsewhere", "I no longer have this car"))
}

func TestWaitingPage(t *testing.T) {
	page := aPage(brakes())
	page.Waiting = true
	shows(t, serve(t, page).open(t), []string{"We have your message. Somebody at Riverbend Auto Care will answer you."}, nil)
}

// Who reads in a rehearsal what a customer would be sent knows that nobody was.
func TestRehearsedPage(t *testing.T) {
	page := aPage(brakes())
	page.Rehearsed = true
	shows(t, serve(t, page).open(t), append(buttons("Book a visit"), "only rehearsed and went to nobody"), nil)
}

// After "stop" nothing is asked and nothing is offered.
func TestStoppedPage(t *testing.T) {
	page := aPage(brakes())
	page.Stopped, page.Waiting = true, true
	shows(t, serve(t, page).open(t), []string{english.StoppedHeading, "reply START", "We have your message."},
		[]string{"<form", "<button", "<details", "Front brake pads", "$", "Hello"})
}

// Names, findings and texts come from programs and people we do not know.
func TestHostileWords(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>' onload='x {{.}} javascript:alert(1)`
	item := brakes()
	item.Name, item.Finding, item.Vehicle, item.Photo = evil, evil, evil, evil
	page := aPage(item, battery())
	page.FirstName, page.Shop.Name, page.Shop.PostalAddress, page.Shop.Phone = evil, evil, evil, `"javascript:alert(1)`
	s := serve(t, page)
	shows(t, s.open(t), nil, []string{"<script", "<img", "' onload", `href="javascript`, `"javascript`})
	_, text := s.send(t, http.MethodGet, s.stop, "", "")
	shows(t, text, nil, []string{"<script", "<img"})
}

func TestPageWhileTheDatabaseIsAway(t *testing.T) {
	s := serve(t, aPage(brakes()))
	s.desk.reading = errAway
	answer, text := s.send(t, http.MethodGet, s.page, "", "", "Accept-Language", "es")
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || !strings.Contains(text, spanish.Away) {
		t.Errorf("%d %s", answer.StatusCode, text)
	}
}

// The policy allows exactly the style that is sent, and the page needs nothing else.
func TestPolicyFitsThePage(t *testing.T) {
	s := serve(t, aPage(brakes()))
	for _, path := range []string{s.page, s.stop, "/p/bad"} {
		answer, text := s.send(t, http.MethodGet, path, "", "")
		style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(text)
		if style == nil || answer.Header.Get("Content-Security-Policy") != policy([]byte(style[1])) {
			t.Errorf("%s: the policy %q is not that of the style in the page", path, answer.Header.Get("Content-Security-Policy"))
		}
		for header, want := range map[string]string{
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow",
			"X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8", "Set-Cookie": "",
		} {
			if got := answer.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q", path, header, got)
			}
		}
		if strings.Contains(text, "style=") || strings.Contains(text, `rel="stylesheet"`) || strings.Contains(text, "<script") {
			t.Errorf("%s: the page has what the policy forbids: %s", path, text)
		}
	}
}

// The icon is found wherever the page is, also below a path of the shop's site.
func TestPageHasItsIcon(t *testing.T) {
	s := serveAt(t, aPage(brakes()), "https://shop.example/courtesy")
	for _, page := range []string{s.page, "/courtesy" + s.page, s.stop} {
		_, text := s.send(t, http.MethodGet, page, "", "")
		link := regexp.MustCompile(`<link rel="icon" type="image/svg\+xml" href="([^"]+)">`).FindStringSubmatch(text)
		if link == nil {
			t.Fatalf("%s has no icon: %s", page, text)
		}
		icon := (&url.URL{Path: page}).ResolveReference(&url.URL{Path: link[1]})
		if answer, text := s.send(t, http.MethodGet, icon.Path, "", ""); answer.StatusCode != http.StatusOK || !strings.HasPrefix(text, "<svg") {
			t.Errorf("%s: %d %s", icon, answer.StatusCode, text)
		}
	}
}

// A copy of a page has a key that no other copy has.
func TestEachCopyHasItsKey(t *testing.T) {
	s := serve(t, aPage(brakes()))
	key := regexp.MustCompile(`name="key" value="([A-Z2-7]{26})"`)
	first, second := key.FindStringSubmatch(s.open(t)), key.FindStringSubmatch(s.open(t))
	if first == nil || second == nil || first[1] == second[1] {
		t.Errorf("keys %v and %v", first, second)
	}
}

// Behind a proxy the pages may stand below a path, which the proxy may keep.
func TestPublicURLWithAPath(t *testing.T) {
	s := serveAt(t, aPage(brakes()), "https://shop.example/courtesy")
	s.shoot(t, "brakes.jpg", 40, 30)
	for _, prefix := range []string{"", "/courtesy"} {
		_, text := s.send(t, http.MethodGet, prefix+s.page, "", "")
		photo := regexp.MustCompile(`<img src="([^"]+)"`).FindStringSubmatch(text)
		if photo == nil {
			t.Fatalf("no photo: %s", text)
		}
		answer, _ := s.send(t, http.MethodGet, prefix+"/p/"+photo[1], "", "")
		if answer.StatusCode != http.StatusOK {
			t.Errorf("the photo %s below %q: %d", photo[1], prefix, answer.StatusCode)
		}
		answer, _ = s.send(t, http.MethodPost, prefix+s.page, formType, "do=not_this&item=12")
		if target, err := answer.Location(); err != nil || target.Path != prefix+s.page || target.Fragment != "item-12" {
			t.Errorf("a press below %q leads to %v, %v", prefix, target, err)
		}
	}
}

func TestRoughly(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Minute: "about 15 minutes", 25 * time.Minute: "about 30 minutes", 48 * time.Minute: "about 45 minutes",
		55 * time.Minute: "about 1 hour", time.Hour: "about 1 hour", 80 * time.Minute: "about 1.5 hours",
		2 * time.Hour: "about 2 hours", 7*time.Hour + 40*time.Minute: "about 7.5 hours", 12 * time.Hour: "about 12 hours",
	} {
		if got := english.roughly(d); got != want {
			t.Errorf("%v is %q, expected %q", d, got, want)
		}
	}
}

func TestReadablePhone(t *testing.T) {
	for in, want := range map[string]string{
		"+12125550123": "(212) 555-0123", "+442079460123": "+442079460123", "": "", "2125550123": "2125550123",
	} {
		if got := phone.Readable(in); got != want {
			t.Errorf("%q is %q, expected %q", in, got, want)
		}
	}
}
