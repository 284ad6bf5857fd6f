package mail

import (
	"context"
	"net"
	"net/smtp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/links"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/mailhost"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/notify/email"
)

// TestMailbox runs on one mail server, because that takes a second to start. Each
// of the tests begins where the mailbox was last read.
func TestMailbox(t *testing.T) {
	s := openShop(t)
	for _, tt := range []struct {
		name string
		test func(*testing.T, *shop)
	}{
		{"outages", testOutages},
		{"stories", testStories},
		{"hostile", testHostileMail},
		{"check", testCheck},
	} {
		s.office = &office{cursor: s.office.cursor}
		s.before = s.Unseen(mailhost.Shop)
		t.Run(tt.name, func(t *testing.T) { tt.test(t, s) })
	}
}

// shop sends through a real mail server and reads its mailbox there.
type shop struct {
	*mailhost.Host
	before int // messages that earlier tests have left
	sender *email.Sender
	links  *links.Signer
	reader Reader
	office *office
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{
		Host: mailhost.Start(t), office: &office{},
		links: links.New([]byte("0123456789abcdef0123456789abcdef"), "https://maple.test", mailhost.Stop),
	}
	path := email.ReturnPath{Mailbox: "bounce", Domain: mailhost.ShopDomain, Key: []byte("0123456789abcdef")}
	composer, err := email.NewComposer(email.ComposerConfig{
		Installation: "maple", ReturnPath: path, Default: email.Identity{Name: "Maple Street Auto", Address: mailhost.Shop},
	})
	if err != nil {
		t.Fatal(err)
	}
	host, port := split(t, s.SMTP)
	s.sender, err = email.New(email.Config{Host: host, Port: port, TLS: email.NoTLS, HELO: "client.test"}, composer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.sender.Close() })
	s.reader = Reader{
		Installation: "maple", ReturnPath: path, Tokens: s.links,
		UnsubscribeAddress: mailhost.Stop, Own: []string{mailhost.Shop},
	}
	return s
}

func split(t testing.TB, address string) (host string, port int) {
	t.Helper()
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	if port, err = strconv.Atoi(digits); err != nil {
		t.Fatal(err)
	}
	return host, port
}

func (s *shop) server(t testing.TB) Server {
	host, port := split(t, s.IMAP)
	return Server{
		Host: host, Port: port, TLS: email.NoTLS, Username: mailhost.Shop, Timeout: time.Minute,
		Password: func() (string, error) { return mailhost.Password, nil },
	}
}

func (s *shop) poll(t *testing.T) {
	t.Helper()
	if err := newPoller(t, s.server(t), s.reader, s.office).Poll(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
}

// send hands a message to the mail server as the daemon does.
func (s *shop) send(t *testing.T, contact int64, to string) {
	t.Helper()
	l := s.links.For(contact)
	out := s.sender.Send(t.Context(), notify.Message{
		ContactID: contact, Attempt: 1, ShopID: "main", Channel: outreach.Email,
		To: to, ToName: "Pat Sample", Subject: "Your front brakes", Text: "Hello Pat,\n\nyour front pads were at 3 mm.\n",
		Unsubscribe: l.Unsubscribe, UnsubscribeMail: l.UnsubscribeMail,
	})
	if out.Result != notify.Accepted {
		t.Fatalf("mail to %s: %+v", to, out)
	}
}

// post sends what a customer's mail program would.
func (s *shop) post(t *testing.T, from, to, raw string) {
	t.Helper()
	raw = "From: " + from + "\nTo: " + to + "\n" + raw
	if err := smtp.SendMail(s.SMTP, nil, from, []string{to}, []byte(strings.ReplaceAll(raw, "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}
}

// await waits for so many new messages in the shop's mailbox.
func (s *shop) await(t *testing.T, n int) {
	t.Helper()
	n += s.before
	for deadline := time.Now().Add(time.Minute); s.Unseen(mailhost.Shop) < n; {
		if time.Now().After(deadline) {
			t.Fatalf("the mailbox has %d messages, want %d", s.Unseen(mailhost.Shop), n)
		}
		time.Sleep(10 * time.Millisecond) // two other programs are at work: nothing to wait on
	}
}

const answered = "<c7.maple@maple.test>"

// testStories plays what comes back to a shop, through real servers.
func testStories(t *testing.T, s *shop) {
	// Bounces, as Postfix makes them.
	for contact, to := range map[int64]string{
		1: mailhost.Nobody, 2: mailhost.Nowhere, 3: mailhost.Full, 4: mailhost.Refused, 5: mailhost.Policy, 6: mailhost.Pat,
	} {
		s.send(t, contact, to)
	}
	s.await(t, 5)
	s.poll(t)
	slices.SortFunc(s.office.news, func(a, b outreach.News) int { return int(a.ContactID - b.ContactID) })
	want := []outreach.News{
		{Result: outreach.Result{ContactID: 1, ErrorCode: "5.1.1", Mark: outreach.AddressBounced}},
		{Result: outreach.Result{ContactID: 2, ErrorCode: "5.4.4", Mark: outreach.AddressBounced}},
		{Result: outreach.Result{ContactID: 3, ErrorCode: "5.2.2"}, Soft: true},
		{Result: outreach.Result{ContactID: 4, ErrorCode: "4.4.1"}, Soft: true},
		{Result: outreach.Result{ContactID: 5, ErrorCode: "5.7.26", Hold: outreach.Email}, Soft: true},
	}
	for i := range s.office.news {
		s.office.news[i].Why = ""
	}
	for i := range want {
		want[i].Attempt, want[i].State = 1, outreach.Bounced
	}
	if !slices.Equal(s.office.news, want) {
		t.Errorf("news:\ngot  %+v\nwant %+v", s.office.news, want)
	}

	// What customers, their programs and their providers send.
	s.office.strangers = []string{"spammer@elsewhere.test"}
	s.post(t, mailhost.Pat, mailhost.Shop, "Subject: Re: Your front brakes\nMessage-ID: <1@customer.test>\nIn-Reply-To: "+answered+"\n\nSee you on Friday.\n\n> Hello Pat\n")
	s.post(t, mailhost.Pat, mailhost.Stop, "Subject: "+subjectOf(t, s.links.For(7).UnsubscribeMail)+"\n\n")
	s.post(t, mailhost.Ana, mailhost.Stop, "Subject: basta\n\n\n")
	s.post(t, mailhost.Pat, mailhost.Shop, "Subject: Automatic reply: Your front brakes\nAuto-Submitted: auto-replied\nIn-Reply-To: "+answered+"\n\nI am away.\n")
	s.post(t, "spammer@elsewhere.test", mailhost.Shop, "Subject: Buy\n\nnow\n")
	s.post(t, "feedback@provider.test", mailhost.Shop, strings.ReplaceAll(`Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Test/1
Version: 1

--b
Content-Type: message/rfc822

Message-ID: ID
List-Unsubscribe: <`+s.links.For(8).Unsubscribe+`>

--b--
`, "ID", answered))
	s.await(t, 11)
	s.office.news = nil
	s.poll(t)
	slices.Sort(s.office.unsubscribed)
	if !slices.Equal(s.office.unsubscribed, []int64{7}) {
		t.Errorf("unsubscribed: %v", s.office.unsubscribed)
	}
	if len(s.office.news) != 1 || s.office.news[0].ContactID != 8 || !s.office.news[0].Complaint {
		t.Errorf("complaints: %+v", s.office.news)
	}
	if len(s.office.arrivals) != 3 {
		t.Fatalf("arrivals: %+v", s.office.arrivals)
	}
	slices.SortFunc(s.office.arrivals, func(a, b outreach.Arrival) int { return strings.Compare(a.Subject, b.Subject) })
	auto, reply, refusal := s.office.arrivals[0], s.office.arrivals[1], s.office.arrivals[2]
	if reply.From != mailhost.Pat || reply.Answers != 7 || reply.Body != "See you on Friday." || reply.Auto || reply.Unsubscribe ||
		time.Since(reply.At).Abs() > time.Minute {
		t.Errorf("reply: %+v", reply)
	}
	if !auto.Auto || auto.Answers != 7 {
		t.Errorf("automatic reply: %+v", auto)
	}
	if !refusal.Unsubscribe || refusal.From != mailhost.Ana || refusal.Subject != "basta" {
		t.Errorf("refusal: %+v", refusal)
	}

	// People who read the same mailbox see everything as new as it was.
	if n := s.Unseen(mailhost.Shop) - s.before; n != 11 {
		t.Errorf("%d of 11 messages are as they came", n)
	}
	s.poll(t)
	if len(s.office.arrivals) != 3 || len(s.office.news) != 1 || len(s.office.failed) != 0 || len(s.office.aside) != 0 {
		t.Errorf("an idle look brought something: %+v", s.office)
	}
}

func subjectOf(t *testing.T, mailto string) string {
	t.Helper()
	_, subject, ok := strings.Cut(mailto, "?subject=")
	if !ok {
		t.Fatal(mailto)
	}
	return strings.ReplaceAll(subject, "%20", " ")
}

// testOutages has the database, the mail server and the numbering of the
// mailbox fail one after the other: nothing is lost and nothing left behind.
func testOutages(t *testing.T, s *shop) {
	answer := func(subject string) {
		t.Helper()
		n := s.Unseen(mailhost.Shop) - s.before
		s.post(t, mailhost.Pat, mailhost.Shop, "Subject: "+subject+"\nMessage-ID: <"+subject+"@customer.test>\nIn-Reply-To: "+answered+"\n\nhello\n")
		s.await(t, n+1)
	}
	for _, subject := range []string{"one", "two", "three"} {
		answer(subject)
	}
	p := newPoller(t, s.server(t), s.reader, s.office)

	// The desk takes the first and fails at the second; another daemon goes on.
	s.office.choke = "two"
	if err := p.Poll(t.Context(), time.Now()); err == nil || !strings.Contains(err.Error(), errAway.Error()) {
		t.Errorf("got %v", err)
	}
	if got := s.office.subjects(); !slices.Equal(got, []string{"one"}) {
		t.Errorf("taken: %v", got)
	}
	s.office.choke = ""
	s.poll(t)
	if got := s.office.subjects(); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("taken: %v", got)
	}

	// One message that the desk never takes does not hold up the others for ever.
	answer("poison")
	answer("four")
	s.office.choke = "poison"
	for range maxTries - 1 {
		if err := p.Poll(t.Context(), time.Now()); err == nil {
			t.Error("the message passed")
		}
	}
	if err := p.Poll(t.Context(), time.Now()); err != nil || len(s.office.aside) != 1 {
		t.Errorf("%v, aside: %v", err, s.office.aside)
	}
	if got := s.office.subjects(); !slices.Equal(got, []string{"one", "two", "three", "four"}) {
		t.Errorf("taken: %v", got)
	}

	// The mail server goes and comes back.
	answer("five")
	s.StopIMAP()
	err := p.Poll(t.Context(), time.Now())
	if err == nil || !strings.Contains(err.Error(), "check imap.host and imap.port") {
		t.Errorf("got %v", err)
	}
	s.StartIMAP()
	s.poll(t)
	if got := s.office.subjects(); got[len(got)-1] != "five" {
		t.Errorf("taken: %v", got)
	}

	// After a renumbering the last days come once more, for the desk to tell apart.
	s.office.choke, s.office.arrivals = "", nil
	before := s.office.cursor
	s.Renumber(mailhost.Shop)
	answer("six")
	s.poll(t)
	got := s.office.subjects()
	slices.Sort(got)
	if !slices.Equal(got, []string{"five", "four", "one", "poison", "six", "three", "two"}) || s.office.cursor == before {
		t.Errorf("taken: %v, place %s after %s", got, s.office.cursor, before)
	}

	// What is another daemon's turn is left alone.
	s.office.other, s.office.arrivals = true, nil
	answer("seven")
	s.poll(t)
	if len(s.office.arrivals) != 0 {
		t.Errorf("taken: %v", s.office.subjects())
	}
	s.office.other = false
	s.poll(t)
	if got := s.office.subjects(); !slices.Equal(got, []string{"seven"}) {
		t.Errorf("taken: %v", got)
	}
}

// testHostileMail puts messages between two good ones that should break a reader.
func testHostileMail(t *testing.T, s *shop) {
	n := 0
	post := func(raw string) {
		t.Helper()
		s.post(t, mailhost.Pat, mailhost.Shop, raw)
		n++
		s.await(t, n)
	}
	post("Subject: first\nIn-Reply-To: " + answered + "\n\nhello\n")
	for _, raw := range hostile() {
		post(raw)
	}
	post("Subject: big\nIn-Reply-To: " + answered + "\n\nplease stop\n" + strings.Repeat("> and so on\n", 200_000))
	post("Subject: last\nIn-Reply-To: " + answered + "\n\nhello\n")
	s.poll(t)
	got := s.office.subjects()
	if len(got) < 3 || got[0] != "first" || got[len(got)-2] != "big" || got[len(got)-1] != "last" {
		t.Errorf("taken: %q", got)
	}
	if body := s.office.arrivals[len(got)-2].Body; body != "please stop" {
		t.Errorf("of the big message %d bytes are kept", len(body))
	}
}

func testCheck(t *testing.T, s *shop) {
	imapsHost, imaps := split(t, s.IMAPS)
	good := s.server(t)
	starttls := good
	starttls.TLS, starttls.CAFile = email.StartTLS, s.CA
	implicit := starttls
	implicit.Host, implicit.Port, implicit.TLS = imapsHost, imaps, email.ImplicitTLS
	change := func(s Server, f func(*Server)) Server { f(&s); return s }

	for name, tt := range map[string]struct {
		server Server
		want   string
	}{
		"plain":          {good, ""},
		"starttls":       {starttls, ""},
		"implicit":       {implicit, ""},
		"untrusted":      {change(implicit, func(s *Server) { s.CAFile = "" }), "certificate is not valid for it: check imap.host and imap.ca_file"},
		"wrong password": {change(good, func(s *Server) { s.Password = func() (string, error) { return "hunter2-secret", nil } }), "refused the login: check imap.username"},
		"no password":    {change(good, func(s *Server) { s.Password = func() (string, error) { return "", errAway } }), "check imap.password_file"},
		"no folder":      {change(good, func(s *Server) { s.Folder = "Answers" }), `no folder "Answers"`},
		"TLS on plain":   {change(implicit, func(s *Server) { s.Port = good.Port }), "check imap.port and imap.tls"},
		"no server":      {change(good, func(s *Server) { s.Port = 1 }), "refused the connection"},
	} {
		t.Run(name, func(t *testing.T) {
			err := newPoller(t, tt.server, s.reader, s.office).Check(t.Context())
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			case err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), mailhost.Password)):
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

// TestSilentServer connects to a server that takes the connection and says
// nothing: the look ends in time, and at once when the daemon stops.
func TestSilentServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	host, port := split(t, listener.Addr().String())
	server := Server{
		Host: host, Port: port, TLS: email.NoTLS, Username: "u", Timeout: 50 * time.Millisecond,
		Password: func() (string, error) { return "x", nil },
	}
	o := &office{}
	err = newPoller(t, server, Reader{}, o).Poll(t.Context(), time.Now())
	if err == nil || !strings.Contains(err.Error(), "did not answer in time") || len(o.failed) != 1 {
		t.Errorf("got %v, recorded %v", err, o.failed)
	}
	server.Timeout = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	p := newPoller(t, server, Reader{}, o)
	go func() { p.Run(ctx); close(ended) }()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	cancel()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("the poller waits on")
	}
	if len(o.failed) != 1 {
		t.Errorf("the end of the daemon is recorded as a failure: %v", o.failed)
	}
}
