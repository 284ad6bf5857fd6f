package staff

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/scheduler"
	"github.com/courtesyd/courtesyd/templates"
	"github.com/courtesyd/courtesyd/templates/tone"
)

// Answers is the way out for what people write to customers themselves.
type Answers interface {
	Look(ctx context.Context, now time.Time, w outreach.OwnWords) (scheduler.Outlook, error)
	Send(ctx context.Context, now time.Time, w outreach.OwnWords) (scheduler.Outlook, error)
}

// replyForm is the box in which a person answers.
type replyForm struct {
	Ways    []replyWay // one for each way by which the customer wrote
	Chosen  string     // what is answered and where the answer goes, see replyTo
	Call    string     // whether a person can call
	Words   string
	Late    string         // the warning of the hour, "" when it is a good one
	AnyHour bool           // the box for it is ticked
	Advice  []tone.Finding // about the tone
	Advised string         // stands for the words that the advice is about
	Stopped string         // why nobody can be answered here, "" when somebody can
	Problem string
	Seen    int64
}

// answerPages answer customers as a person.
type answerPages struct{ *Site }

// hourWords warns of the hour where the customer lives.
func (s answerPages) hourWords(now time.Time, look scheduler.Outlook) string {
	var clocks []string
	for _, c := range look.Clocks {
		clocks = append(clocks, c.Format("3:04 PM"))
	}
	slices.Sort(clocks)
	clocks = slices.Compact(clocks)
	words := "It is " + strings.Join(clocks, " or ") + " where the customer lives."
	if slices.Contains(look.Against, gate.ClosedDay) && len(look.Clocks) > 0 {
		words = "It is " + look.Clocks[0].Format("Monday, January 2") + ", " + strings.Join(clocks, " or ") + ", where the customer lives: a day on which nobody is contacted."
	}
	return words
}

// blocking are the kinds of advice that a person must follow, too: words on which
// carriers act whoever sent them, and links for which they block the sender.
var blocking = []string{"control-word", "shortener"}

// answer sends what a person wrote to the customer, or shows what speaks against
// it with the words kept. Advice about the tone is shown once and does not block;
// see blocking for what does.
func (s answerPages) answer(v *visit) error {
	id, err := customerID(v)
	if err != nil {
		return err
	}
	file, err := s.Customers.File(v.Context(), v.now, id)
	if errors.Is(err, store.ErrNoCustomer) {
		return errNoCustomer
	}
	if err != nil {
		return err
	}
	reply := replyForm{AnyHour: v.PostFormValue("any_hour") != ""}
	again := func(status int, words string) error {
		reply.Problem = words
		return customerPages(s).showCustomer(v, status, file.Customer.ID, customerView{Reply: reply})
	}
	typed := form{visit: v, zone: s.zone}
	reply.Words = typed.text("words", "Your words")
	reply.Chosen = v.PostFormValue("answers")
	q, to, asked := chosenReply(file, reply.Chosen)
	switch {
	case len(typed.wrong) > 0:
		return again(http.StatusUnprocessableEntity, typed.problem())
	case !asked:
		reply.Chosen = ""
		return again(http.StatusConflict, "The customer wrote again meanwhile. Read it below; your words are still here.")
	case reply.Words == "":
		return again(http.StatusUnprocessableEntity, "Write something first.")
	}
	w := s.ownWords(v, file, q, reply)
	w.To = to
	if words, stop := s.heedTone(v, &reply, file, q, w); stop {
		return again(http.StatusUnprocessableEntity, words)
	}
	out, err := s.Answers.Send(v.Context(), v.now, w)
	switch {
	case errors.Is(err, outreach.ErrSpokenSince), errors.Is(err, outreach.ErrNotTheirs):
		return again(http.StatusConflict, "Not sent: there is a newer message in this conversation. Read it below, and send yours if it is still right.")
	case errors.Is(err, store.ErrUndecided):
		return again(http.StatusConflict, "Not sent: decide first whether the customer asked to be left alone. The reply waits on the page Today.")
	case errors.Is(err, outreach.ErrOtherMode):
		return again(http.StatusConflict, "Not sent: the program is rehearsing, and nothing leaves the shop.")
	case err != nil:
		return err
	case out.ContactID == 0:
		return again(http.StatusUnprocessableEntity, s.notSent(v.now, out, w.Body))
	}
	s.tell(v, "Your answer is on its way. It stands in the timeline below, with what becomes of it.")
	return v.to(fmt.Sprintf("%s#contact-%d", customerPath(file.Customer.ID), out.ContactID))
}

// ownWords puts what was typed into the words in which it is sent.
func (s answerPages) ownWords(v *visit, file store.File, q store.Question, f replyForm) outreach.OwnWords {
	shop := s.shopByID(q.Shop)
	subject := q.Subject
	if subject == "" {
		subject = "Your message to " + shop.Name
	} else if !strings.HasPrefix(strings.ToLower(subject), "re:") {
		subject = "Re: " + subject
	}
	r := templates.Personal(shop, outreach.Channel(q.Channel), v.user.Name, subject, f.Words)
	seen, err := strconv.ParseInt(v.PostFormValue("seen"), 10, 64)
	if err != nil {
		seen = 0
	}
	return outreach.OwnWords{
		CustomerID: file.Customer.ID, Answers: q.ID, Subject: r.Subject, Body: r.Text, Author: v.user.Login, AnyHour: f.AnyHour, Seen: seen,
	}
}

func (s answerPages) shopByID(id string) outreach.Shop {
	for _, shop := range s.Shops {
		if shop.ID == id {
			return shop
		}
	}
	return outreach.Shop{Name: id}
}

// heedTone looks at the author's words, not at what is put around them, as a
// manager's template is looked at. stop says that they do not go yet: the author has
// not seen the advice, or must follow it.
func (s answerPages) heedTone(v *visit, f *replyForm, file store.File, q store.Question, w outreach.OwnWords) (words string, stop bool) {
	findings := tone.Check(tone.Text{
		Channel: q.Channel, Locale: file.Customer.Locale, Class: string(outreach.Informational), Subject: w.Subject, Body: f.Words,
		ShopName: s.shopByID(q.Shop).Name,
	})
	f.Advice = slices.DeleteFunc(findings, func(t tone.Finding) bool { return t.Category == "shop-name" || t.Category == "reading-level" })
	if len(f.Advice) == 0 {
		return "", false
	}
	f.Advised = fingerprint(w.Body)
	if slices.ContainsFunc(f.Advice, func(t tone.Finding) bool { return slices.Contains(blocking, t.Category) }) {
		return "Not sent: the phone companies act on some of these words. Change them first.", true
	}
	if v.PostFormValue("advised") == f.Advised {
		return "", false
	}
	return "Not sent yet. Read this once more; then change it, or send it as it is.", true
}

// fingerprint stands for words in a form.
func fingerprint(words string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(words)) // a hash never fails
	return strconv.FormatUint(h.Sum64(), 36)
}

// notSent says why an answer of such words did not go.
func (s answerPages) notSent(now time.Time, out scheduler.Outlook, body string) string {
	var why []string
	for _, r := range out.Against {
		if r.OfTheHour() {
			why = append(why, s.hourWords(now, out)+" Tick the box if it shall go now all the same.")
			break
		}
		if r == gate.TooLong {
			why = append(why, tooLong(body, out.MaxSegments))
			continue
		}
		why = append(why, r.Sentence())
	}
	return "Not sent. " + strings.Join(why, " ")
}

// tooLong says by how much a text is longer than the shop allows.
func tooLong(body string, segments int) string {
	n := templates.Segments(body)
	words := fmt.Sprintf("With the shop’s name before it the text is %d characters long; the shop allows %d (%s).",
		n.Units, n.Encoding.Room(segments), count(segments, "message", "messages in one"))
	if len(n.Guilty) > 0 {
		words += fmt.Sprintf(" Without the sign “%c” it could have %d.", n.Guilty[0].Rune, templates.GSM7.Room(segments))
	}
	return words
}
