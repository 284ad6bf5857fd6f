package email

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/notify"
)

func parse(t *testing.T, data []byte) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestComposeByPerson: what somebody wrote themselves is answered by machines, too.
func TestComposeByPerson(t *testing.T) {
	m := testMessage(7)
	m.ByPerson = true
	letter, err := testComposer(t, nil).Compose(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Auto-Submitted", "X-Auto-Response-Suppress"} {
		if value := parse(t, letter.Data).Header.Get(name); value != "" {
			t.Errorf("%s: %s", name, value)
		}
	}
}

// An answer stands in the customer's mailbox below the mail that it answers. What
// that mail called itself was its sender's choice, and gets no further than it may.
func TestComposeAnswer(t *testing.T) {
	for id, want := range map[string]string{
		"CAF+x=1.9a@mail.example.com":         "<CAF+x=1.9a@mail.example.com>",
		"a/b/c@mail.example.com":              "<a/b/c@mail.example.com>",
		"x@example.com> <y@example.com":       "",
		"x@example.com\r\nBcc: eve@test.test": "",
		"x y@example.com":                     "",
		"ümlaut@example.com":                  "",
		"no-domain":                           "",
		"@example.com":                        "",
		strings.Repeat("l", 190) + "@e.test":  "<" + strings.Repeat("l", 190) + "@e.test>",
	} {
		m := testMessage(7)
		m.Answers = IncomingID(id, "kim@example.com")
		letter, err := testComposer(t, nil).Compose(m)
		if err != nil {
			t.Fatal(err)
		}
		header := parse(t, letter.Data).Header
		for _, name := range []string{"In-Reply-To", "References"} {
			if got := header.Get(name); got != want {
				t.Errorf("%q: %s: %q", id, name, got)
			}
		}
		if header.Get("Bcc") != "" {
			t.Errorf("%q added a header", id)
		}
	}
	for _, none := range []string{"", "0123456789abcdef", "/"} {
		m := testMessage(7)
		m.Answers = none
		letter, err := testComposer(t, nil).Compose(m)
		if err != nil || parse(t, letter.Data).Header.Get("In-Reply-To") != "" {
			t.Errorf("%q is answered: %v", none, err)
		}
	}
}

// TestComposeWhatIsNoContact: it has a name of its own, and its bounces come back to
// the sender, not as news of somebody's contact.
func TestComposeWhatIsNoContact(t *testing.T) {
	composer := testComposer(t, func(c *ComposerConfig) {
		c.ReturnPath = ReturnPath{Mailbox: "bounce", Domain: "bounces.example.com", Key: []byte("0123456789abcdef")}
	})
	m := testMessage(0)
	m.Ref = "daily-2026-06-02-7"
	letter, err := composer.Compose(m)
	if err != nil {
		t.Fatal(err)
	}
	if letter.MessageID != "daily-2026-06-02-7.test@maple.example.com" || letter.From != "service@maple.example.com" {
		t.Errorf("%s from %s", letter.MessageID, letter.From)
	}
	m.Ref = "daily>\r\nBcc: eve@example.com"
	if _, err := composer.Compose(m); err == nil {
		t.Error("a name that ends its line was taken")
	}
}

func TestComposeHeaders(t *testing.T) {
	composer := testComposer(t, func(c *ComposerConfig) {
		c.Shops = map[string]Identity{"north": {Name: "Maple North, \"the old mill\"", Address: "north@maple.example.com", ReplyTo: "desk@maple.example.com"}}
		c.ReturnPath = ReturnPath{Mailbox: "bounce", Domain: "bounces.example.com", Key: []byte("0123456789abcdef")}
	})
	m := testMessage(7)
	m.ShopID, m.ToName, m.Subject = "north", "José Peña", "Sus frenos delanteros: medición del técnico, 3 mm"
	letter, err := composer.Compose(m)
	if err != nil {
		t.Fatal(err)
	}
	header := parse(t, letter.Data).Header
	want := map[string]string{
		"From":                     `"Maple North, \"the old mill\"" <north@maple.example.com>`,
		"Reply-To":                 `"Maple North, \"the old mill\"" <desk@maple.example.com>`,
		"Message-Id":               "<c7.test@maple.example.com>",
		"Date":                     "Mon, 02 Mar 2026 15:04:05 +0000",
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "OOF, AutoReply",
		"List-Unsubscribe":         "<https://maple.example.com/u/abc123>, <mailto:stop@maple.example.com?subject=abc123>",
		"List-Unsubscribe-Post":    "List-Unsubscribe=One-Click",
		"Mime-Version":             "1.0",
		"User-Agent":               "",
		"X-Mailer":                 "",
		"Bcc":                      "",
	}
	for name, value := range want {
		if got := header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	if subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject")); err != nil || subject != m.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	to, err := header.AddressList("To")
	if err != nil || len(to) != 1 || to[0].Name != m.ToName || to[0].Address != m.To {
		t.Errorf("to %v, %v", to, err)
	}
	if !strings.HasPrefix(letter.From, "bounce+7-1-") || !strings.HasSuffix(letter.From, "@bounces.example.com") || letter.To != m.To {
		t.Errorf("envelope %q to %q", letter.From, letter.To)
	}
	if _, err := CheckAddress(letter.From); err != nil {
		t.Errorf("envelope %q: %v", letter.From, err)
	}
}

func TestMessageIDStaysReturnPathDoesNot(t *testing.T) {
	composer := testComposer(t, func(c *ComposerConfig) {
		c.ReturnPath = ReturnPath{Mailbox: "bounce", Domain: "example.com", Key: []byte("0123456789abcdef")}
	})
	compose := func(attempt int) Letter {
		m := testMessage(7)
		m.Attempt = attempt
		letter, err := composer.Compose(m)
		if err != nil {
			t.Fatal(err)
		}
		return letter
	}
	first, second := compose(1), compose(2)
	if first.MessageID != second.MessageID {
		t.Errorf("message ids %q and %q", first.MessageID, second.MessageID)
	}
	if first.From == second.From {
		t.Errorf("both attempts return to %q", first.From)
	}
}

func TestUnsubscribeHeaders(t *testing.T) {
	const https, mailto = "https://example.com/unsub?u=abc", "mailto:u@example.com"
	tests := []struct{ https, mailto, header, post string }{
		{https, mailto, "<" + https + ">, <" + mailto + ">", "List-Unsubscribe=One-Click"},
		{https, "", "<" + https + ">", "List-Unsubscribe=One-Click"},
		{"", mailto, "<" + mailto + ">", ""},
		{"", "u@example.com", "<" + mailto + ">", ""},
		{"", "", "", ""},
	}
	for _, tt := range tests {
		m := testMessage(1)
		m.Unsubscribe, m.UnsubscribeMail = tt.https, tt.mailto
		letter, err := testComposer(t, nil).Compose(m)
		if err != nil {
			t.Fatal(err)
		}
		header := parse(t, letter.Data).Header
		if header.Get("List-Unsubscribe") != tt.header || header.Get("List-Unsubscribe-Post") != tt.post {
			t.Errorf("%q, %q: %q and %q", tt.https, tt.mailto, header.Get("List-Unsubscribe"), header.Get("List-Unsubscribe-Post"))
		}
	}
}

// hostile are words that break mails when they are not encoded with care.
var hostile = map[string]string{
	"dots":                ".\n..\n.\r\n. dot\r\n",
	"from line":           "From the shop\n>From\n",
	"bare returns":        "one\rtwo\r\rthree\n",
	"no newline":          "the end",
	"long word":           strings.Repeat("x", 5000),
	"emoji, accents, NUL": "🚗 señor\x00 \u2028 end\n",
	"spaces at the end":   "a  \nb\t\n",
	"boundary look-alike": "--boundary--\n",
}

func TestBodiesArriveAsWritten(t *testing.T) {
	server := startServer(t, smtpfake.Options{})
	sender := newSender(t, configFor(t, server))
	n := int64(0)
	for name, words := range hostile {
		n++
		m := testMessage(n)
		m.Text, m.HTML = words, "<p>"+words+"</p>"
		if got := sender.Send(t.Context(), m); got.Result != notify.Accepted {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		books := server.Accepted()
		text, html := bodies(t, books[len(books)-1].Data)
		if want := crlf(words); text != want {
			t.Errorf("%s: text %.80q, want %.80q", name, text, want)
		}
		if want := crlf("<p>" + words + "</p>"); html != want {
			t.Errorf("%s: HTML %.80q, want %.80q", name, html, want)
		}
	}
}

// crlf is how line ends travel in a text part (RFC 2046 4.1.1). A lone CR, which
// RFC 5321 forbids, arrives as one.
func crlf(s string) string {
	return strings.NewReplacer("\r\n", "\r\n", "\n", "\r\n", "\r", "\r\n").Replace(s)
}

// bodies returns the text and the HTML part, decoded.
func bodies(t *testing.T, data []byte) (text, html string) {
	t.Helper()
	m := parse(t, data)
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := part.Header.Get("Content-Transfer-Encoding"); got != "quoted-printable" {
			t.Errorf("encoding %q", got)
		}
		decoded, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, string(decoded))
	}
	if len(found) != 2 {
		t.Fatalf("%d parts, want text and HTML", len(found))
	}
	return found[0], found[1]
}

func TestHostileNames(t *testing.T) {
	for _, name := range []string{
		"", `Pat "Ace" O'Doe`, "<script>@x", "a,b;c:d", "=?utf-8?q?x?=", strings.Repeat("ñ", 60), strings.Repeat("long ", 100), "🚗",
	} {
		m := testMessage(1)
		m.ToName = name
		letter, err := testComposer(t, nil).Compose(m)
		if err != nil {
			t.Errorf("%.20q: %v", name, err)
			continue
		}
		to, err := parse(t, letter.Data).Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != m.To {
			t.Errorf("%.20q: %v, %v", name, to, err)
			continue
		}
		if len(name) <= maxNameBytes && to[0].Name != name {
			t.Errorf("name %q arrives as %q", name, to[0].Name)
		}
	}
}

// keyFile writes a private key and returns its path and its DNS record.
func keyFile(t *testing.T, key crypto.Signer) (path, record string) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		record = "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
	case ed25519.PublicKey:
		record = "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	}
	return path, record
}

func TestSignedMailsVerifyAsTheyArrive(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, minRSABits)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaFile, rsaRecord := keyFile(t, rsaKey)
	edFile, edRecord := keyFile(t, edKey)
	// Long enough to break signers that fold the list of headers or the domain.
	domain := strings.Repeat("maple-street.", 6) + "auto.example.com"
	records := map[string]string{"r1._domainkey." + domain: rsaRecord, "e1._domainkey." + domain: edRecord}
	verifyOptions := &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		record, ok := records[name]
		if !ok {
			return nil, fmt.Errorf("no record for %s", name)
		}
		return []string{record}, nil
	}}

	server := startServer(t, smtpfake.Options{})
	composer := testComposer(t, func(c *ComposerConfig) {
		c.Default.Address = "service@" + domain
		c.DKIM = []DKIMKey{
			{Domain: domain, Selector: "r1", KeyFile: rsaFile},
			{Domain: domain, Selector: "e1", KeyFile: edFile},
			{Domain: "other.example.com", Selector: "r1", KeyFile: rsaFile},
		}
	})
	sender, err := New(configFor(t, server), composer)
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	n := int64(0)
	for _, words := range hostile {
		n++
		m := testMessage(n)
		m.Text, m.HTML = words, "<p>"+words+"</p>"
		m.Unsubscribe = "https://maple.example.com/u/" + strings.Repeat("token", 40)
		if got := sender.Send(t.Context(), m); got.Result != notify.Accepted {
			t.Fatalf("%+v", got)
		}
	}
	for _, arrived := range server.Accepted() {
		verifications, err := dkim.VerifyWithOptions(bytes.NewReader(arrived.Data), verifyOptions)
		if err != nil || len(verifications) != 2 {
			t.Fatalf("%d signatures, want 2; %v", len(verifications), err)
		}
		for _, v := range verifications {
			if v.Err != nil {
				t.Errorf("signature of %s: %v", v.Domain, v.Err)
			}
			signed := strings.ToLower(strings.Join(v.HeaderKeys, " "))
			for _, name := range []string{"from", "subject", "list-unsubscribe", "list-unsubscribe-post", "message-id"} {
				if !strings.Contains(" "+signed+" ", " "+name+" ") {
					t.Errorf("%s is not signed", name)
				}
			}
		}
		// A second From under the same signature must not pass.
		forged := append([]byte("From: eve@evil.example\r\n"), arrived.Data...)
		verifications, err = dkim.VerifyWithOptions(bytes.NewReader(forged), verifyOptions)
		if err == nil {
			for _, v := range verifications {
				if v.Err == nil {
					t.Error("signature holds with a second From")
				}
			}
		}
	}
}

func TestNewComposerRefusesBadConfig(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weakFile, _ := keyFile(t, weak)
	good := ComposerConfig{Installation: "test", Default: Identity{Name: "Maple", Address: "a@example.com"}}
	tests := map[string]func(*ComposerConfig){
		"no installation":      func(c *ComposerConfig) { c.Installation = "" },
		"dots in installation": func(c *ComposerConfig) { c.Installation = "a.b" },
		"no sender":            func(c *ComposerConfig) { c.Default = Identity{} },
		"line break in name":   func(c *ComposerConfig) { c.Default.Name = "a\r\nb" },
		"bad reply-to":         func(c *ComposerConfig) { c.Default.ReplyTo = "x" },
		"bad sender of a shop": func(c *ComposerConfig) { c.Shops = map[string]Identity{"x": {Name: "x"}} },
		"return path, no key":  func(c *ComposerConfig) { c.ReturnPath = ReturnPath{Mailbox: "b", Domain: "example.com"} },
		"DKIM key not there": func(c *ComposerConfig) {
			c.DKIM = []DKIMKey{{Domain: "example.com", Selector: "s", KeyFile: "nowhere"}}
		},
		"DKIM key too short":    func(c *ComposerConfig) { c.DKIM = []DKIMKey{{Domain: "example.com", Selector: "s", KeyFile: weakFile}} },
		"DKIM without selector": func(c *ComposerConfig) { c.DKIM = []DKIMKey{{Domain: "example.com", KeyFile: weakFile}} },
	}
	for name, change := range tests {
		config := good
		change(&config)
		if _, err := NewComposer(config); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestCheckAddress(t *testing.T) {
	good := map[string]string{
		"pat@example.com":                  "pat@example.com",
		"Pat.O'Neil+cars@Mail.Example.COM": "Pat.O'Neil+cars@mail.example.com",
		"p@münchen.example":                "p@xn--mnchen-3ya.example",
		"1@2.example":                      "1@2.example",
	}
	for in, want := range good {
		if got, err := CheckAddress(in); err != nil || got != want {
			t.Errorf("CheckAddress(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "pat", "@example.com", "pat@", "pat@example", "a@x", "a@-x.test", "a@x-.test", "a@.example.com", "a@example..com",
		"a@example.com.", ".a@example.com", "a.@example.com", "a..b@example.com", "a b@example.com", `"a b"@example.com`,
		"a@b@example.com", "Ünï@example.com", "a@[127.0.0.1]", "a@127.0.0.1", "a@exa_mple.com", "a@example.com\r\n", "a\x00@example.com",
		"a@example.123", strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("a", 64) + ".com",
		strings.Repeat("a", 64) + "@" + strings.Repeat("abcdefg.", 30) + "com", "<a@example.com>", "a,b@example.com",
	} {
		if got, err := CheckAddress(in); err == nil {
			t.Errorf("CheckAddress(%q) = %q, want an error", in, got)
		}
	}
}
