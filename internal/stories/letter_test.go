package stories

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/smtp"
	"net/url"
	"os"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/courtesyd/courtesyd/internal/testkit/mailhost"
)

// letter is a mail as its reader has it.
type letter struct {
	mail.Header
	text, html string
}

// mailbox reads by IMAP what has come for the customer, the oldest first. Who
// shares the mailbox has another word behind the plus of the address.
func (c *customer) mailbox() []letter {
	s := c.s
	s.t.Helper()
	pem, err := os.ReadFile(s.mails.CA)
	s.must(err)
	known := x509.NewCertPool()
	known.AppendCertsFromPEM(pem)
	conn, err := imapclient.DialTLS(s.mails.IMAPS, &imapclient.Options{TLSConfig: &tls.Config{RootCAs: known, ServerName: "127.0.0.1"}})
	s.must(err)
	defer func() { _ = conn.Close() }() // all is read by then
	name, _, _ := strings.Cut(c.email, "+")
	_, domain, _ := strings.Cut(c.email, "@")
	s.must(conn.Login(name+"@"+domain, mailhost.Password).Wait())
	_, err = conn.Select("INBOX", nil).Wait()
	s.must(err)
	mine, err := conn.Search(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "To", Value: c.email}}}, nil).Wait()
	s.must(err)
	if len(mine.AllSeqNums()) == 0 {
		return nil
	}
	all := &imap.FetchItemBodySection{}
	found, err := conn.Fetch(imap.SeqSetNum(mine.AllSeqNums()...), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{all}}).Collect()
	s.must(err)
	var letters []letter
	for _, m := range found {
		l, err := readLetter(m.FindBodySection(all))
		s.must(err)
		letters = append(letters, l)
	}
	return letters
}

func readLetter(raw []byte) (l letter, err error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return l, err
	}
	l.Header = m.Header
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return l, err
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return l, nil
		}
		if err != nil {
			return l, err
		}
		words, err := io.ReadAll(part) // quoted-printable is undone on the way
		if err != nil {
			return l, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.html = string(words)
		} else {
			l.text = string(words)
		}
	}
}

// opensMail waits for the next mail.
func (c *customer) opensMail() letter {
	c.s.t.Helper()
	var letters []letter
	c.s.await("a mail to the customer", func() bool {
		letters = c.mailbox()
		return len(letters) > c.opened
	})
	c.opened++
	return letters[c.opened-1]
}

// answers a mail, with all of it quoted below. Further header fields may be given.
func (c *customer) answers(l letter, words string, fields ...string) {
	c.s.t.Helper()
	to := cmp.Or(l.Get("Reply-To"), l.Get("From"))
	quoted := "> " + strings.Join(strings.Split(strings.TrimRight(l.text, "\r\n"), "\n"), "\n> ")
	fields = append(fields,
		"From: "+c.email, "To: "+to, "Subject: Re: "+l.Get("Subject"), "In-Reply-To: "+l.Get("Message-Id"),
		"References: "+l.Get("Message-Id"), fmt.Sprintf("Message-ID: <%d.%d@customer.test>", c.id, len(words)),
		"MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit")
	c.sends(to, strings.Join(fields, "\n")+"\n\n"+words+"\n\nOn Thu, Feb 5, 2026 at 10:00 AM Example Auto Care <"+
		mailhost.Shop+"> wrote:\n"+quoted+"\n")
}

// sends a mail by SMTP.
func (c *customer) sends(to, message string) {
	c.s.t.Helper()
	address, err := mail.ParseAddress(to)
	c.s.must(err)
	message = strings.ReplaceAll(strings.ReplaceAll(message, "\r\n", "\n"), "\n", "\r\n")
	c.s.must(smtp.SendMail(c.s.mails.SMTP, nil, c.email, []string{address.Address}, []byte(message)))
}

// oneClick is the address that a mail program posts to when its reader presses
// "unsubscribe": RFC 8058 finds it in the header.
func (c *customer) oneClick(l letter) string {
	c.s.t.Helper()
	if got := l.Get("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		c.s.t.Fatalf("List-Unsubscribe-Post is %q", got)
	}
	for way := range strings.SplitSeq(l.Get("List-Unsubscribe"), ",") {
		way = strings.Trim(way, " <>")
		if u, err := url.Parse(way); err == nil && u.Scheme == "https" {
			return way
		}
	}
	c.s.t.Fatalf("no https address in %q", l.Get("List-Unsubscribe"))
	return ""
}
