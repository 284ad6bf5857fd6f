package mailhost

import (
	"net/smtp"
	"testing"
	"time"
)

// TestDelivery sends to a mailbox and to nobody: the mail arrives, and so does
// the bounce, at the address with the token.
func TestDelivery(t *testing.T) {
	before := time.Now()
	h := Start(t)
	t.Logf("started within %v", time.Since(before))
	for _, to := range []string{Pat, "Pat.Sample+car@customer.test", Nobody, Full, Refused, Nowhere, Policy} {
		if err := smtp.SendMail(h.SMTP, nil, "bounce+7@maple.test", []string{to}, []byte("Subject: hello\r\n\r\nhello\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	for address, want := range map[string]int{Pat: 2, Shop: 5} {
		for deadline := time.Now().Add(20 * time.Second); h.Unseen(address) < want; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s has %d messages, want %d", address, h.Unseen(address), want)
			}
		}
	}
	t.Logf("delivered within %v", time.Since(before))
}
