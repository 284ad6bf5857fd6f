package mail

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/links"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/notify/email"
)

var (
	noon       = time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC)
	signer     = links.New([]byte("0123456789abcdef0123456789abcdef"), "https://maple.example.com", "stop@maple.example.com")
	returnPath = email.ReturnPath{Mailbox: "bounce", Domain: "maple.example.com", Key: []byte("0123456789abcdef")}
)

func testReader() Reader {
	return Reader{
		Installation: "maple", ReturnPath: returnPath, Tokens: signer,
		UnsubscribeAddress: "stop@maple.example.com", Own: []string{"service@maple.example.com"},
	}
}

// composed is contact 4711's second attempt as it leaves us.
func composed(t testing.TB, contact int64) email.Letter {
	t.Helper()
	composer, err := email.NewComposer(email.ComposerConfig{
		Installation: "maple", ReturnPath: returnPath,
		Default: email.Identity{Name: "Maple Street Auto", Address: "service@maple.example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	letter, err := composer.Compose(notify.Message{
		ContactID: contact, Attempt: 2, ShopID: "main", Channel: outreach.Email,
		To: "pat.sample@customer.example", Subject: "Your front brakes", Text: "Hello Pat,\n",
		Unsubscribe: signer.For(contact).Unsubscribe, UnsubscribeMail: signer.For(contact).UnsubscribeMail,
	})
	if err != nil {
		t.Fatal(err)
	}
	return letter
}

// message returns a file of testdata, with the marks that our own mail carries
// put in and with the line ends of mail.
func message(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	sent := composed(t, 4711)
	token := strings.TrimPrefix(signer.For(4711).Unsubscribe, "https://maple.example.com/u/")
	return []byte(strings.NewReplacer("{VERP}", sent.From, "{ID}", sent.MessageID, "{TOKEN}", token, "\n", "\r\n").Replace(string(raw)))
}

func TestReports(t *testing.T) {
	hard := func(code string) outreach.News {
		return outreach.News{Result: outreach.Result{
			ContactID: 4711, Attempt: 2, State: outreach.Bounced, ErrorCode: code, Mark: outreach.AddressBounced,
		}}
	}
	soft := func(code string) outreach.News {
		return outreach.News{Soft: true, Result: outreach.Result{ContactID: 4711, Attempt: 2, State: outreach.Bounced, ErrorCode: code}}
	}
	held := soft("5.7.26")
	held.Hold = outreach.Email
	unproven := soft("5.1.1")
	unproven.Attempt, unproven.Address = 0, "pat.sample@customer.example"
	byToken := hard("5.1.1")
	byToken.Attempt = 0
	complaint := outreach.News{Complaint: true, Result: outreach.Result{ContactID: 4711, Attempt: 2}}
	tokenComplaint, claimed := complaint, complaint
	tokenComplaint.Attempt, claimed.Attempt = 0, 0
	claimed.Address = "pat.sample@customer.example"

	for name, want := range map[string]Letter{
		"bounce-postfix-unknown":  {Kind: Bounce, News: hard("5.1.1")},
		"bounce-exchange-unknown": {Kind: Bounce, News: hard("5.1.10")},
		"bounce-generic-words":    {Kind: Bounce, News: hard("5.0.0")},
		"bounce-gmail-full":       {Kind: Bounce, News: soft("5.2.2")},
		"bounce-authentication":   {Kind: Bounce, News: held},
		"bounce-policy":           {Kind: Bounce, News: soft("5.7.1")},
		"bounce-expired":          {Kind: Bounce, News: soft("4.4.1")},
		"bounce-forwarded":        {Kind: Bounce, News: soft("5.1.1")},
		"bounce-qmail":            {Kind: Bounce, News: soft("")},
		"bounce-unproven":         {Kind: Bounce, News: unproven},
		"bounce-by-token":         {Kind: Bounce, News: byToken},
		// Whoever is named: it is the contact's own address that is marked.
		"bounce-other-named":              {Kind: Bounce, News: hard("5.1.1")},
		"bounce-delayed":                  {},
		"bounce-delivered":                {},
		"bounce-qmail-delayed":            {},
		"bounce-unproven-other-recipient": {},
		"bounce-other-installation":       {},
		"foreign-bounce":                  {},

		"complaint-yahoo":      {Kind: Complaint, News: complaint},
		"complaint-token":      {Kind: Complaint, News: tokenComplaint},
		"complaint-message-id": {Kind: Complaint, News: claimed},
		"complaint-not-spam":   {},
		"complaint-foreign":    {},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := testReader().Read(message(t, name), noon, noon)
			if err != nil {
				t.Fatal(err)
			}
			why := got.News.Why
			got.News.Why = ""
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if (why == "") != (want.Kind == Foreign) || strings.Contains(why, "@customer.example") {
				t.Errorf("why: %q", why)
			}
		})
	}
}

// TestForgedBounce changes one letter of the signature: the report is then no
// proof, and without the returned headers it is nothing.
func TestForgedBounce(t *testing.T) {
	verp := composed(t, 4711).From
	forged := strings.Replace(verp, "-2-", "-3-", 1)
	for name, want := range map[string]Letter{
		"bounce-postfix-unknown": {Kind: Bounce, News: outreach.News{Soft: true, Result: outreach.Result{
			ContactID: 4711, State: outreach.Bounced, ErrorCode: "5.1.1", Address: "pat.sample@customer.example",
		}}},
		"bounce-authentication": {},
		"bounce-qmail":          {},
	} {
		got, err := testReader().Read([]byte(strings.ReplaceAll(string(message(t, name)), verp, forged)), noon, noon)
		if err != nil {
			t.Fatal(err)
		}
		got.News.Why = ""
		if got != want {
			t.Errorf("%s: got  %+v\nwant %+v", name, got, want)
		}
	}
}

func TestArrivals(t *testing.T) {
	const pat, ana = "pat.sample@customer.example", "ana.prueba@customer.example"
	type want struct {
		kind          Kind
		from          string
		answers       int64
		subject, body string
		unasked       bool
		tokenOf       int64
	}
	for name, want := range map[string]want{
		"reply-gmail":             {Reply, pat, 4711, "Re: Your front brakes", "Can I come on Friday? I’ll stop by at 9.\n\nPat", false, 0},
		"reply-outlook-html":      {Reply, ana, 4711, "RE: Revisión de frenos", "Gracias, ya lo hice en otro taller.\n¿Me pueden borrar de la lista? ñ ñ", false, 0},
		"reply-spanish-wrapped":   {Reply, ana, 4711, "Re: Frenos", "¿Cuánto cuesta?", false, 0},
		"reply-bottom":            {Reply, pat, 4711, "Re: Your front brakes", "Yes please, next week.", false, 0},
		"reply-lying-charset":     {Reply, ana, 4711, "Frenos", "No, gracias, mañana no puedo", false, 0},
		"reply-to-bounce-address": {Reply, pat, 4711, "Re: Your front brakes", "I wrote to the wrong place.", false, 0},
		"reply-other-installation": {
			Reply, pat, 0, "Re: hello", "Thank you.", true, 0,
		},
		"reply-unasked":         {Reply, pat, 0, "Question", "Are you open on Saturday?", true, 0},
		"reply-broken-header":   {Reply, pat, 4711, "=?utf-8?b?not base64?= stop", "Please stop.", false, 0},
		"auto-rfc3834":          {AutoReply, pat, 4711, "Gone fishing", "I am away until the 9th.", false, 0},
		"auto-outlook":          {AutoReply, pat, 4711, "Automatic reply: Your front brakes", "I am away.", false, 0},
		"auto-spanish":          {AutoReply, ana, 4711, "Fuera de la oficina: Revisión", "Estoy fuera.", false, 0},
		"auto-old-header":       {AutoReply, pat, 4711, "Re: Your front brakes", "I am away.", false, 0},
		"unsubscribe-no-token":  {Unsubscribe, pat, 0, "please", "", false, 0},
		"unsubscribe-bad-token": {Unsubscribe, pat, 0, "unsubscribe AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "", true, 0},
		"unsubscribe-token":     {Unsubscribe, "", 0, "", "", false, 4711},
		"foreign-newsletter":    {},
		"foreign-receipt":       {},
		"foreign-own-copy":      {},
		"foreign-colleague":     {},
		"unsubscribe-token-encoded": {
			Unsubscribe, "", 0, "", "", false, 4711,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := testReader().Read(message(t, name), noon.Add(-time.Hour), noon)
			if err != nil {
				t.Fatal(err)
			}
			a := got.Arrival
			if got.Kind != want.kind || a.From != want.from || a.Answers != want.answers || a.Subject != want.subject ||
				a.Body != want.body || got.Unasked != want.unasked || got.ContactID != want.tokenOf {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if want.from == "" {
				return
			}
			if a.Provider != Provider || a.ProviderID == "" || a.Channel != outreach.Email || !a.At.Equal(noon.Add(-time.Hour)) ||
				a.Auto != (want.kind == AutoReply) || a.Unsubscribe != (want.kind == Unsubscribe) {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestCannotBeAnswered(t *testing.T) {
	for name, raw := range map[string][]byte{
		"answers us, from nobody": message(t, "reply-no-sender"),
		"empty":                   nil,
		"no header":               []byte("\r\n\r\nhello\r\n"),
		"binary":                  {0, 1, 2, 255, '\n', 7},
	} {
		if letter, err := testReader().Read(raw, noon, noon); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: got %+v, %v", name, letter, err)
		}
	}
}

// TestSharedRefusalAddress has refusals come to the address that also takes
// answers: then only the words in the subject make one.
func TestSharedRefusalAddress(t *testing.T) {
	r := testReader()
	r.Own = append(r.Own, "Stop@maple.example.com")
	got, err := r.Read(message(t, "unsubscribe-no-token"), noon, noon)
	if err != nil || got.Kind != Reply || !got.Unasked {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err = r.Read(message(t, "unsubscribe-bad-token"), noon, noon)
	if err != nil || got.Kind != Unsubscribe || !got.Unasked {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestProviderID(t *testing.T) {
	read := func(raw string) string {
		t.Helper()
		letter, err := testReader().Read([]byte(raw), noon, noon)
		if err != nil {
			t.Fatal(err)
		}
		return letter.Arrival.ProviderID
	}
	const same = "Message-ID: <x@y.example>\n"
	first := read("From: a@customer.example\n" + same + "\nhello\n")
	if again := read("Received: elsewhere\nFrom: A@customer.example\n" + same + "\nhello\n"); again != first {
		t.Errorf("one message, two ids: %q, %q", first, again)
	}
	if other := read("From: b@customer.example\n" + same + "\nhello\n"); other == first {
		t.Errorf("another sender's message has the same id %q", other)
	}
	bare := read("From: a@customer.example\n\nhello\n")
	if other := read("From: a@customer.example\n\nstop\n"); other == bare {
		t.Errorf("another message has the same id %q", other)
	}
	long := read("From: a@customer.example\nMessage-ID: <" + strings.Repeat("x", 5000) + "@y>\n\nhello\n")
	if len(long) > 300 || len(long) < 32 {
		t.Errorf("the id of a message with an overlong one has %d bytes", len(long))
	}
}

func TestMoment(t *testing.T) {
	for name, tt := range map[string]struct{ received, want time.Time }{
		"not told":    {time.Time{}, noon},
		"yesterday":   {noon.AddDate(0, 0, -1), noon.AddDate(0, 0, -1)},
		"clocks":      {noon.Add(time.Minute), noon.Add(time.Minute)},
		"in the year": {noon.AddDate(1, 0, 0), noon},
	} {
		if got := moment(tt.received, noon); !got.Equal(tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}
