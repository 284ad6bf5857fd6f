package stories

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/mailhost"
)

// TestByMail tells the stories of customers who are written to by mail, with one
// mail server for all of them.
func TestByMail(t *testing.T) {
	t.Parallel()
	host := mailhost.Start(t)
	for name, story := range map[string]struct {
		setup
		tell func(s *shop)
	}{
		"one click":     {setup{secure: true}, oneClick},
		"bounces":       {setup{}, bounces},
		"a question":    {setup{}, question},
		"reported spam": {setup{mode: outreach.Pilot}, reportedAsSpam},
	} {
		t.Run(name, func(t *testing.T) {
			story.mails = host
			each(t, story.setup, story.tell)
		})
	}
}

// apart is an address of a mailbox that no other story knows.
func (s *shop) apart(mailbox string) string {
	name, domain, _ := strings.Cut(mailbox, "@")
	word := strings.NewReplacer("/", "-", "_", "-").Replace(s.t.Name())
	return strings.ToLower(name + "+" + word + "@" + domain)
}

// Each mail is opened by a scanner first, which follows every link and changes
// nothing. Then Pat's mail program unsubscribes as RFC 8058 says, and Ana's in the
// other encoding: both are heard, and nothing more comes.
func oneClick(s *shop) {
	pat := s.customer(fixture.Customer{Name: "Pat Sample", Email: s.apart(mailhost.Pat)})
	ana := s.customer(fixture.Customer{Name: "Ana Prueba", Email: s.apart(mailhost.Ana), Locale: "es"})
	for _, who := range []*customer{pat, ana} {
		s.Declines(who.id, s.clock.Now(), "Front brake pads")
	}
	s.until("Feb 5 18:00")
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	s.must(parts.WriteField("List-Unsubscribe", "One-Click"))
	s.must(parts.Close())
	for who, body := range map[*customer]struct{ encoding, body string }{
		pat: {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		ana: {parts.FormDataContentType(), form.String()},
	} {
		l := who.opensMail()
		press := who.oneClick(l)
		for _, link := range append(address.FindAllString(l.text+" "+l.html, -1), press) {
			for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodHead} {
				s.asks(method, link, "", "")
			}
		}
		if n := s.Count(`select count(*) from opt_outs o join contact_words w on w.address = o.address where w.address = $1`, who.email); n > 0 {
			s.t.Error("a scanner has unsubscribed the customer")
		}
		for range 2 { // pressed twice
			if got := s.asks(http.MethodPost, press, body.encoding, body.body); got.StatusCode != http.StatusOK || len(got.Cookies()) > 0 {
				s.t.Errorf("one click was answered by %s with cookies %v", got.Status, got.Cookies())
			}
		}
	}
	s.nobodyWaits()
	s.until("Apr 20 12:00")
	pat.hearsNothing()
	ana.hearsNothing()
	s.logs(
		"out email accepted declined-safety/1",
		"out call canceled asked_to_stop declined-safety/2",
		"out email canceled asked_to_stop declined-safety/3",
		"out email accepted declined-safety/1",
		"out call canceled asked_to_stop declined-safety/2",
		"out email canceled asked_to_stop declined-safety/3",
		"in email received unsubscribed",
		"in email received unsubscribed",
	)
}

// asks the shop's web server, as a program does.
func (s *shop) asks(method, link, encoding, body string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, strings.TrimRight(link, ").,"), strings.NewReader(body))
	s.must(err)
	r.Header.Set("Content-Type", encoding)
	client := *s.web.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	s.must(err)
	s.must(answer.Body.Close())
	if answer.StatusCode != http.StatusOK {
		s.t.Errorf("%s %s: %s", method, link, answer.Status)
	}
	return answer
}

// Pat's address does not exist: it is given up at once, and what is left goes by
// call. Ana's mailbox is full, which may pass: only when three mails in a month
// have come back is that address given up, too.
func bounces(s *shop) {
	pat := s.customer(fixture.Customer{Name: "Pat Sample", Email: s.apart(mailhost.Nobody), Phone: "+12125550123"})
	ana := s.customer(fixture.Customer{Name: "Ana Prueba", Email: s.apart(mailhost.Full)})
	s.AddOrder(fixture.Order{Number: "50006", Customer: pat.id, Closed: s.clock.Now(), Lines: []fixture.Line{{Name: "Front brake pads"}}})
	s.Declines(ana.id, s.clock.Now(), "Battery")
	back := func(c *customer, mails int, then outreach.AddressStatus) {
		s.t.Helper()
		s.await("a mail to come back", func() bool {
			return s.Count(`
				select count(*) from contacts c join contact_words w on w.contact_id = c.id
				where c.state = 'bounced' and w.address = $1`, c.email) == mails
		})
		if got := s.Strings(`select status from addresses where value = $1`, c.email)[0]; got != string(then) {
			s.t.Errorf("after %d bounces the address of %s is %s, want %s", mails, c.email, got, then)
		}
	}
	s.until("Feb 5 10:05")
	back(pat, 1, outreach.AddressBounced)
	back(ana, 1, outreach.AddressOK)
	s.until("Feb 16 12:00")
	s.AddCanceled(fixture.Canceled{Customer: ana.id, At: s.clock.Now()})
	s.until("Feb 17 12:00")
	back(ana, 2, outreach.AddressOK)
	s.until("Mar 4 12:00")
	back(ana, 3, outreach.AddressBounced)
	s.AddCanceled(fixture.Canceled{Customer: ana.id, At: s.clock.Now()})
	s.until("Apr 20 12:00")
	s.nobodyWaits()
	s.explains("50006", "step 1 by e-mail on Thu Feb 5 2026, 10:00: it came back (", "5.1.1",
		"step 3 was on the call list from Wed Mar 4 2026, 10:00")
	s.logs(
		"out email bounced declined-safety/1",
		"out call expired past_not_after declined-safety/2",
		"out call expired past_not_after declined-safety/3",
		"out email bounced soft_bounce declined-safety/1",
		"out call suppressed no_address declined-safety/2",
		"out email bounced soft_bounce declined-safety/3",
		"out email bounced soft_bounce canceled-order/1",
		"out email suppressed address_bounced,too_soon_after_last,no_address canceled-order/1",
	)
}

// Ana answers by mail, in Spanish, with our mail and its words about unsubscribing
// below. It is a question and no refusal: an adviser answers, and the matter goes
// on. What her mail program answers while she is away stops nothing.
func question(s *shop) {
	ana := s.customer(fixture.Customer{Name: "Ana Prueba", Email: s.apart(mailhost.Ana), Locale: "es"})
	s.AddOrder(fixture.Order{Number: "50007", Customer: ana.id, Adviser: "Robin Wrenfield", Closed: s.clock.Now(), Lines: []fixture.Line{{Name: "Frenos delanteros"}}})
	s.until("Feb 5 10:05")
	first := ana.opensMail()
	ana.answers(first, "Estoy de vacaciones hasta el lunes. Por favor no me escriban antes.", "Auto-Submitted: auto-replied")
	s.await("the answer of a machine", func() bool { return len(s.logged()) == 4 })
	s.nobodyWaits()
	ana.answers(first, "Hola, ¿cuánto tiempo tarda? Necesito el carro para ir a trabajar.\n\nAna")
	s.await("Ana's answer", func() bool { return len(s.logged()) == 5 })
	if task := s.waiting(); task.Kind != "question" || task.Adviser != "Robin Wrenfield" || strings.Contains(task.Words, ">") {
		s.t.Errorf("the task is %+v", task)
	}
	s.until("Feb 6 09:00")
	s.says("Robin Wrenfield", inbound.Answered, "dos horas; la espera aquí")
	s.until("Mar 4 12:00")
	last := ana.opensMail()
	if !strings.Contains(last.text, "Frenos delanteros") {
		s.t.Errorf("the last mail reads: %s", last.text)
	}
	s.until("May 20 12:00")
	ana.hearsNothing()
	s.logs(
		"out email accepted declined-safety/1",
		"out call suppressed no_address declined-safety/2",
		"out email accepted declined-safety/3",
		"in email received auto_reply",
		"in email received question",
	)
	s.explains("50007", "the customer answered on Thu Feb 5 2026, 10:05 (answered: dos horas; la espera aquí)")
}

// Pat tells the mail provider that a mail is spam, and the provider reports it:
// Pat is left alone, and a pilot stops until somebody has had a look.
func reportedAsSpam(s *shop) {
	pat := s.customer(fixture.Customer{Name: "Pat Sample", Email: s.apart(mailhost.Pat)})
	ana := s.customer(fixture.Customer{Name: "Ana Prueba", Email: s.apart(mailhost.Ana)})
	s.Declines(pat.id, s.clock.Now(), "Front brake pads")
	s.until("Feb 4 12:00")
	s.Declines(ana.id, s.clock.Now(), "Battery")
	s.until("Feb 5 18:00")
	l := pat.opensMail()
	pat.sends(strings.Trim(l.Get("Return-Path"), "<>"), `From: <feedback@provider.test>
To: bounce@maple.test
Subject: FW: `+l.Get("Subject")+`
Message-ID: <report@provider.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=part

--part
Content-Type: text/plain

This is an abuse report for a message received on Thu, 5 Feb 2026.

--part
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Provider/1.0
Version: 1

--part
Content-Type: text/rfc822-headers

From: `+l.Get("From")+`
To: `+l.Get("To")+`
Subject: `+l.Get("Subject")+`
Message-ID: `+l.Get("Message-Id")+`

--part--
`)
	s.await("the report", func() bool { return s.Count(`select count(*) from opt_outs`) > 0 })
	s.until("Apr 20 12:00")
	pat.hearsNothing()
	ana.hearsNothing()
	s.logs(
		"out email accepted declined-safety/1",
		"out call canceled asked_to_stop declined-safety/2",
		"out email canceled asked_to_stop declined-safety/3",
		"out email expired stop_all,past_not_after declined-safety/1",
		"out call suppressed stop_all,no_address declined-safety/2",
		"out email expired stop_all,past_not_after declined-safety/3",
	)
}
