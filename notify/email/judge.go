package email

import (
	"strings"

	"github.com/courtesyd/courtesyd/notify"
)

// meaning is what a server's "no" says about mail, address and set-up.
type meaning struct {
	result notify.Result
	effect notify.Effect
	why    string
}

var (
	later     = meaning{notify.Retry, notify.NoEffect, "The mail server asks to try later"}
	refused   = meaning{notify.Refused, notify.NoEffect, "The mail server refused the mail"}
	noMailbox = meaning{notify.Refused, notify.InvalidateAddress, "The address does not take mail"}
	setUp     = meaning{notify.Retry, notify.StopChannel, "The mail server does not accept us as the sender"}
)

// byCode tells what enhanced status codes mean whatever the stage. Keys leave the
// class digit out, because servers give these as 4.x while they still hesitate
// and as 5.x afterwards.
var byCode = map[string]meaning{
	// RFC 3463 3.2 and RFC 7505 4.1: the recipient's mailbox or domain.
	"1.1":  noMailbox,
	"1.2":  noMailbox,
	"1.3":  noMailbox,
	"1.6":  noMailbox,
	"1.10": noMailbox,
	"2.1":  noMailbox, // mailbox disabled
	// RFC 3463 3.2: the sender's address.
	"1.7": setUp,
	"1.8": setUp,
	// RFC 4954 6: login and encryption.
	"7.8":  setUp,
	"7.9":  setUp,
	"7.10": setUp,
	"7.11": setUp,
	// RFC 7372 3: DKIM, SPF, reverse DNS. Gmail also gives 7.26 to 7.32 for what
	// it requires of senders.
	"7.20": setUp,
	"7.21": setUp,
	"7.22": setUp,
	"7.23": setUp,
	"7.24": setUp,
	"7.25": setUp,
	"7.26": setUp,
	"7.27": setUp,
	"7.29": setUp,
	"7.30": setUp,
	"7.31": setUp,
	"7.32": setUp,
	// Microsoft: not logged in, may not send as this address, missing SPF, DKIM or
	// DMARC, network blocked, domain not registered.
	"7.57":  setUp,
	"7.60":  setUp,
	"7.515": setUp,
	"7.708": setUp,
	"7.750": setUp,
	// Gmail: the account's daily quota is used up.
	"4.5": later,
}

// judge says what a 4yz or 5yz reply means (RFC 5321 4.2.1).
func judge(at stage, code int, enhancedCode string) meaning {
	_, detail, _ := strings.Cut(enhancedCode, ".")
	known, ok := byCode[detail]
	if code < 500 {
		if ok && known == setUp {
			return setUp
		}
		return later
	}
	switch {
	case ok:
		return known
	case code == 530 || code == 534 || code == 535: // RFC 4954 6
		return setUp
	case at == atMail: // about the sender: holds for every mail, not for this person
		return setUp
	case at < atBody && strings.HasPrefix(enhancedCode, "5.7."): // relaying denied
		return setUp
	}
	return refused
}
