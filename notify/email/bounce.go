package email

import (
	"crypto/hmac"
	"strconv"
	"strings"

	"github.com/courtesyd/courtesyd/notify"
)

// Contact reads back a bounce address: which contact and which attempt it was
// made for. ok is false for every other address, and for one that was not made
// with this key. Mail servers may have changed the case of letters.
func (r ReturnPath) Contact(address string) (contactID int64, attempt int, ok bool) {
	if r.Domain == "" {
		return 0, 0, false
	}
	address = strings.ToLower(address)
	local, domain, _ := strings.Cut(address, "@")
	tail, found := strings.CutPrefix(local, strings.ToLower(r.Mailbox)+"+")
	if !found || domain != strings.ToLower(r.Domain) {
		return 0, 0, false
	}
	end := strings.LastIndexByte(tail, '-')
	if end < 0 || !hmac.Equal([]byte(tail[end+1:]), []byte(r.mac(tail[:end]))) {
		return 0, 0, false
	}
	id, number, _ := strings.Cut(tail[:end], "-")
	contactID, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	attempt, err = strconv.Atoi(number)
	return contactID, attempt, err == nil
}

// BounceEffect is what an enhanced status code (RFC 3463) in a bounce says beyond
// the one mail. It is what the same code means in the dialogue with our own server,
// except that a far server's dislike of the sender's address, or a failure
// that is not for good, says nothing of the kind.
func BounceEffect(code string) notify.Effect {
	class, detail, _ := strings.Cut(code, ".")
	switch effect := byCode[detail].effect; {
	case detail == "4.4" && class == "5": // RFC 3463 3.5: no host takes mail for the domain
		return notify.InvalidateAddress
	case effect == notify.InvalidateAddress && class == "5":
		return effect
	case effect == notify.StopChannel && strings.HasPrefix(detail, "7."):
		return effect
	}
	return notify.NoEffect
}
