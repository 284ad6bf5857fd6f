package mail

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// hostile are messages, without From and To, made to exhaust or confuse a reader.
func hostile() []string {
	nested := "Content-Type: multipart/mixed; boundary=b0\n\n"
	for i := range 1000 {
		nested += "--b" + digits(i) + "\nContent-Type: multipart/mixed; boundary=b" + digits(i+1) + "\n\n"
	}
	loop := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: multipart/mixed; boundary=b\n\n", 10_000)
	return []string{
		"Subject: nested\n" + nested,
		"Subject: loop\n" + loop,
		"Subject: parts\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: text/plain\n\nx\n", 10_000) + "--b--\n",
		"Subject: marks\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n", 100_000),
		"Subject: fields\n" + strings.Repeat("X: y\n", 15_000) + "\nx\n",
		"Subject: references\nReferences: " + strings.Repeat("<c1.elm@maple.test>\n ", 2000) + "<x@y>\n\nx\n",
		"Subject: =?utf-8?b?" + strings.Repeat("/////", 100) + "?= =?x?y?z?= =?utf-7?q?+AG?=\n\nx\n",
		"Subject: charset\nContent-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n/////w==\n",
		"Subject: utf-7\nContent-Type: text/plain; charset=\"utf-7\"\n\n+ADw-script+AD4-\n",
		"Subject: base64\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n=====A\n",
		"Subject: qp\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=ZZ=\n=",
		"Subject: html\nContent-Type: text/html\n\n" + strings.Repeat("<div><blockquote>", 20_000) + "x<script",
		"Subject: report\nContent-Type: message/delivery-status\n\n" + strings.Repeat("Action: failed\n\n", 20_000),
		"Subject: addresses\nCc: " + strings.Repeat("a@b.test,\n ", 3000) + "c@d.test\n\nx\n",
		"Subject: quotes\n\n" + strings.Repeat("On x wrote:\n", 50_000),
		"Subject: attributions\n\n" + strings.Repeat("On "+strings.Repeat("a ", 140)+"\n", 3000),
		"Content-Type: ;;;=\"\nContent-Transfer-Encoding: \n\n\n",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=\"\"\n\n--\n\n--\n",
	}
}

func digits(n int) string { return strings.Repeat("1", n%7+1) + string(rune('a'+n%26)) }

// TestHostile reads each within a time that only work which grows with the square
// of the size takes, and leaves nothing in the result that a database would refuse.
func TestHostile(t *testing.T) {
	for _, raw := range hostile() {
		raw := "From: pat.sample@customer.example\r\nIn-Reply-To: <c4711.maple@maple.example.com>\r\n" + strings.ReplaceAll(raw, "\n", "\r\n")
		begun := time.Now()
		letter, err := testReader().Read([]byte(raw), noon, noon)
		if err != nil {
			t.Errorf("%.60q: %v", raw, err)
		}
		checkFit(t, letter)
		if took := time.Since(begun); took > time.Minute { // a second, but for -race and busy machines
			t.Errorf("%.120q took %v", raw, took)
		}
	}
}

// TestNULs has every part of a message carry what PostgreSQL does not store.
func TestNULs(t *testing.T) {
	raw := bytes.ReplaceAll(message(t, "reply-gmail"), []byte("a"), []byte("a\x00\xff"))
	letter, err := testReader().Read(raw, noon, noon)
	if err != nil && !errors.Is(err, ErrUnreadable) {
		t.Fatal(err)
	}
	checkFit(t, letter)
}

func checkFit(t *testing.T, l Letter) {
	t.Helper()
	a := l.Arrival
	for name, text := range map[string]string{
		"id": a.ProviderID, "from": a.From, "to": a.To, "subject": a.Subject, "body": a.Body, "why": l.News.Why,
		"code": l.News.ErrorCode, "address": l.News.Address,
	} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || len(text) > maxBodyBytes {
			t.Errorf("%s is not fit to be kept: %d bytes, %.80q", name, len(text), text)
		}
	}
	if l.Kind == Foreign && (l.Arrival.From != "" || l.News.ContactID != 0) {
		t.Errorf("foreign, and yet %+v", l)
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(message(f, strings.TrimSuffix(filepath.Base(file), ".eml")))
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		letter, err := testReader().Read(raw, noon, noon)
		if err != nil && (!errors.Is(err, ErrUnreadable) || strings.Contains(err.Error(), "fault")) {
			t.Fatal(err)
		}
		checkFit(t, letter)
		textOf(string(raw))
	})
}
