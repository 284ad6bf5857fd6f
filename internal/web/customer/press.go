package customer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// maxForm is the length of the longest form that is read, in bytes.
const maxForm = 16 << 10

// errUnclear means that a form cannot have come from our page.
var errUnclear = errors.New("the form is not one of ours")

// form is a press as it was sent.
type form struct {
	Key, Do, Item, Until, Why, Text string
}

// press records what the customer chose and shows the page anew.
func (p *Pages) press(w http.ResponseWriter, r *http.Request, id int64) {
	f, err := readForm(w, r)
	if err != nil {
		p.unclear(w, r, spoken(r), err)
		return
	}
	ctx, cancel := recording(r)
	defer cancel()
	words := spoken(r)
	page, err := p.desk.Page(ctx, id)
	var press outreach.Press
	if err == nil {
		words = wordsFor(page.Locale)
		if press, err = f.press(page, p.now()); err != nil {
			p.unclear(w, r, words, err)
			return
		}
		press.ContactID = id
		err = p.desk.Press(ctx, press)
	}
	switch {
	case errors.Is(err, outreach.ErrNoPage):
		p.gone(w, r)
	case err != nil:
		p.log.ErrorContext(r.Context(), "a customer's answer could not be recorded", "contact", id, "error", err)
		p.again(w, r, words, page.Shop, f)
	default:
		// Relative, so that it is right behind a proxy that takes a part of the path away.
		w.Header().Set("Location", token(r)+anchor(press))
		w.WriteHeader(http.StatusSeeOther)
	}
}

// anchor is the part of the page where the answer to a press stands.
func anchor(press outreach.Press) string {
	if press.Item == 0 {
		return ""
	}
	return fmt.Sprintf("#item-%d", press.Item)
}

// again shows a press that could not be recorded, ready to be sent once more:
// with the same key, for it may have been recorded after all.
func (p *Pages) again(w http.ResponseWriter, r *http.Request, words *words, shop outreach.Shop, f form) {
	p.answer(w, r, http.StatusServiceUnavailable, "message.html", message{
		layout:  p.layout(words, words.NotRecordedHeading, shop),
		Heading: words.NotRecordedHeading, Text: words.NotRecorded, Again: &f,
	})
}

func (p *Pages) unclear(w http.ResponseWriter, r *http.Request, words *words, err error) {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		p.tell(w, r, http.StatusRequestEntityTooLarge, words, words.NotRecordedHeading, words.TooLong)
		return
	}
	p.tell(w, r, http.StatusBadRequest, words, words.UnclearHeading, words.Unclear)
}

func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return form{}, fmt.Errorf("read form: %w", err)
	}
	f := form{
		Key: r.PostForm.Get("key"), Do: r.PostForm.Get("do"), Item: r.PostForm.Get("item"),
		Until: r.PostForm.Get("until"), Why: r.PostForm.Get("why"), Text: cleanText(r.PostForm.Get("text")),
	}
	if f.Key == "" {
		f.Key = rand.Text()
	}
	return f, nil
}

// press reads the form as an answer to page, or returns errUnclear.
func (f form) press(page outreach.Page, now time.Time) (outreach.Press, error) {
	press := outreach.Press{
		Key: f.once(), Action: outreach.Action(f.Do), Reason: outreach.CancelReason(f.Why), Text: f.Text, At: now,
	}
	var ok bool
	if press.Item, ok = f.item(page); !ok {
		return outreach.Press{}, errUnclear
	}
	switch press.Action {
	case outreach.ActionLater:
		press.Until, ok = reminderDay(f.Until, now, page.Shop)
	case outreach.ActionReason:
		// Own words do without one of ours.
		ok = slices.Contains(outreach.CancelReasons(), press.Reason) || (f.Why == "" && f.Text != "")
	case outreach.ActionBook, outreach.ActionAsk, outreach.ActionNotThis, outreach.ActionElsewhere,
		outreach.ActionSold, outreach.ActionStop:
	default:
		ok = false
	}
	if !ok || (press.Action != outreach.ActionReason && f.Why != "") {
		return outreach.Press{}, errUnclear
	}
	return press, nil
}

// item returns the item a form is about, 0 for all of the page, and whether it
// is one of the page's.
func (f form) item(page outreach.Page) (id int64, ok bool) {
	if f.Item == "" || f.Item == "0" {
		return 0, true
	}
	id, err := strconv.ParseInt(f.Item, 10, 64)
	return id, err == nil && slices.ContainsFunc(page.Items, func(i outreach.PageItem) bool { return i.ID == id })
}

// once is the same for the same press sent twice, and another for whatever else
// is chosen on the same copy of the page, which "back" brings up again.
func (f form) once() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Key, f.Do, f.Item, f.Until, f.Why, f.Text}, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// cleanText returns what a person wrote without what no person writes, at most
// outreach.MaxPressText bytes of it.
func cleanText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			if r == '\t' || r == '\r' {
				return ' '
			}
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	s = strings.ToValidUTF8(s[:min(len(s), outreach.MaxPressText)], "") // without half a letter at the end
	return strings.TrimSpace(s)
}
