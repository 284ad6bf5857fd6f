package customer

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// errAway is what the desk says while the database is away.
var errAway = errors.New("connection refused")

// send makes a request that follows no redirect and returns the answer with its body.
func (s *site) send(t *testing.T, method, path, contentType, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

const (
	formType  = "application/x-www-form-urlencoded"
	multipart = "multipart/form-data; boundary=part"
)

// RFC 8058 section 3.1: the body is one of two encodings of one field. Whoever
// posts anything else to the address has refused all the same.
func TestOneClick(t *testing.T) {
	oneField := "--part\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--part--\r\n"
	for name, c := range map[string]struct{ contentType, body, how string }{
		"urlencoded":         {formType, "List-Unsubscribe=One-Click", "one_click"},
		"multipart":          {multipart, oneField, "one_click"},
		"charset given":      {formType + "; charset=utf-8", "List-Unsubscribe=One-Click", "one_click"},
		"other letters":      {formType, "list-unsubscribe=one-click", "one_click"},
		"empty":              {"", "", "one_click"},
		"JSON":               {"application/json", `{"List-Unsubscribe":"One-Click"}`, "one_click"},
		"wrong content type": {"text/plain", "List-Unsubscribe=One-Click", "one_click"},
		"broken encoding":    {formType, "%%%=%zz", "one_click"},
		"broken multipart":   {multipart, "--part\r\nnot a part", "one_click"},
		"no boundary":        {"multipart/form-data", oneField, "one_click"},
		"much too long":      {formType, "a=" + strings.Repeat("x", 100<<10), "one_click"},
		"our button":         {formType, "how=page", "page"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, aPage(brakes()))
			answer, text := s.send(t, http.MethodPost, s.stop, c.contentType, c.body,
				"Origin", "https://mail.example", "Sec-Fetch-Site", "cross-site")
			if answer.StatusCode != http.StatusOK || len(answer.Cookies()) > 0 {
				t.Errorf("answer %d, cookies %v", answer.StatusCode, answer.Cookies())
			}
			if _, stops := s.desk.heard(); !slices.Equal(stops, []string{c.how}) {
				t.Errorf("recorded %v, expected %s", stops, c.how)
			}
			if !strings.Contains(text, english.StoppedHeading) || !strings.Contains(text, english.Stopped) {
				t.Errorf("the answer says %s", text)
			}
		})
	}
}

func TestOpeningChangesNothing(t *testing.T) {
	s := serve(t, aPage(brakes()))
	s.shoot(t, "brakes.jpg", 40, 30)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, path := range []string{s.page, s.stop, s.page + "/photo/12", s.page + "?do=stop&key=1", s.stop + "?List-Unsubscribe=One-Click"} {
			if answer, _ := s.send(t, method, path, "", ""); answer.StatusCode != http.StatusOK {
				t.Errorf("%s: %d", method, answer.StatusCode)
			}
		}
	}
	if presses, stops := s.desk.heard(); len(presses)+len(stops) > 0 {
		t.Errorf("recorded %v, %v", presses, stops)
	}
}

func TestOnlyGetAndPost(t *testing.T) {
	s := serve(t, aPage(brakes()))
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
		for _, path := range []string{s.page, s.stop} {
			answer, _ := s.send(t, method, path, formType, "do=stop")
			if allowed := answer.Header.Get("Allow"); answer.StatusCode != http.StatusMethodNotAllowed || allowed != "GET, HEAD, POST" {
				t.Errorf("%s: %d, allowed %q", method, answer.StatusCode, allowed)
			}
		}
	}
	if presses, stops := s.desk.heard(); len(presses)+len(stops) > 0 {
		t.Errorf("recorded %v, %v", presses, stops)
	}
}

func TestStoppingTwiceIsFine(t *testing.T) {
	s := serve(t, aPage(brakes()))
	s.send(t, http.MethodPost, s.stop, formType, "how=page")
	answer, text := s.send(t, http.MethodPost, s.stop, formType, "how=page")
	if answer.StatusCode != http.StatusOK || !strings.Contains(text, english.StoppedBefore) {
		t.Errorf("the second time: %d %s", answer.StatusCode, text)
	}
	if _, stops := s.desk.heard(); len(stops) != 2 {
		t.Errorf("recorded %v", stops)
	}
	_, text = s.send(t, http.MethodGet, s.stop, "", "")
	if !strings.Contains(text, english.StoppedBefore) || strings.Contains(text, "<button") {
		t.Errorf("the page afterwards: %s", text)
	}
}

func TestRefusalsInSpanish(t *testing.T) {
	page := aPage(brakes())
	page.Locale = "es"
	s := serve(t, page)
	_, text := s.send(t, http.MethodGet, s.stop, "", "", "Accept-Language", "en")
	for _, want := range []string{`lang="es"`, "Oprima el botón y Riverbend Auto Care no volverá", spanish.PressStop} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q: %s", want, text)
		}
	}
	if _, text = s.send(t, http.MethodPost, s.stop, "", ""); !strings.Contains(text, spanish.Stopped) {
		t.Errorf("the answer says %s", text)
	}
}

func TestLanguageAskedFor(t *testing.T) {
	s := serve(t, aPage(brakes()))
	for header, want := range map[string]*words{
		"": &english, "en-US,en;q=0.9": &english, "es": &spanish, "es-MX,es;q=0.9,en;q=0.5": &spanish, "*": &english,
		"fr,es;q=0.3": &spanish, "en;q=0.2,es;q=0.8": &spanish, "fr": &english, "%%%,,;q=": &english,
	} {
		_, text := s.send(t, http.MethodGet, "/u/none", "", "", "Accept-Language", header)
		if !strings.Contains(text, want.BadLinkHeading) || !strings.Contains(text, `lang="`+string(want.Locale)+`"`) {
			t.Errorf("%q is answered with %s", header, text)
		}
	}
}

func TestBadTokens(t *testing.T) {
	s := serve(t, aPage(brakes()))
	u, p := strings.TrimPrefix(s.stop, "/u/"), strings.TrimPrefix(s.page, "/p/")
	for _, path := range []string{
		"/u/" + p, "/p/" + u, "/u/" + u[:len(u)-3], "/p/" + p[:len(p)-3], "/u/x", "/p/x", "/p/%00", "/u/%2e%2e%2f",
		"/p/" + strings.Repeat("A", 4000),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			answer, text := s.send(t, method, path, formType, "do=stop")
			if answer.StatusCode != http.StatusNotFound || !strings.Contains(text, english.BadLink) {
				t.Errorf("%s %.60s: %d %s", method, path, answer.StatusCode, text)
			}
		}
	}
	if presses, stops := s.desk.heard(); len(presses)+len(stops) > 0 {
		t.Errorf("recorded %v, %v", presses, stops)
	}
}

// Programs that make an address in a text clickable take along what stands behind it.
func TestTrailingPunctuation(t *testing.T) {
	s := serve(t, aPage(brakes()))
	for _, path := range []string{s.page + ".", s.page + "%3E", s.stop + ")", s.stop + "%E2%80%9D,"} {
		if answer, _ := s.send(t, http.MethodGet, path, "", ""); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

func TestRefusalWhileTheDatabaseIsAway(t *testing.T) {
	s := serve(t, aPage(brakes()))
	s.desk.writing = errAway
	for _, read := range []error{nil, errAway} {
		s.desk.reading = read
		answer, text := s.send(t, http.MethodPost, s.stop, formType, "List-Unsubscribe=One-Click", "Accept-Language", "en")
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			t.Errorf("answer %d, retry after %q", answer.StatusCode, answer.Header.Get("Retry-After"))
		}
		for _, want := range []string{"reply STOP", "call the shop", `value="page"`, english.PressStop} {
			if !strings.Contains(text, want) {
				t.Errorf("the answer lacks %q: %s", want, text)
			}
		}
	}
	if answer, _ := s.send(t, http.MethodGet, s.stop, "", ""); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the page: %d", answer.StatusCode)
	}
	// The words of the page are not needed to record a refusal.
	s.desk.writing = nil
	if answer, _ := s.send(t, http.MethodPost, s.stop, "", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("a refusal without words: %d", answer.StatusCode)
	}
	if strings.Contains(s.log.String(), strings.TrimPrefix(s.stop, "/u/")) {
		t.Error("the token is in the log")
	}
}

func TestForgottenContact(t *testing.T) {
	s := serve(t, aPage(brakes()))
	s.desk.page.ContactID++
	s.desk.writing = outreach.ErrNoPage
	for _, path := range []string{s.page, s.stop} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			answer, text := s.send(t, method, path, formType, "do=stop&key=1")
			if answer.StatusCode != http.StatusNotFound || !strings.Contains(text, english.Gone) {
				t.Errorf("%s: %d %s", method, answer.StatusCode, text)
			}
		}
	}
}
