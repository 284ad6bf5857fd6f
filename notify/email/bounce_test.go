package email

import (
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/notify"
)

func TestBounceAddressIsReadBack(t *testing.T) {
	r := ReturnPath{Mailbox: "bounce", Domain: "mail.maple.example.com", Key: []byte("0123456789abcdef")}
	made := r.address(notify.Message{ContactID: 4711, Attempt: 3}, "")
	for name, address := range map[string]string{"as made": made, "in capitals": strings.ToUpper(made)} {
		if id, attempt, ok := r.Contact(address); id != 4711 || attempt != 3 || !ok {
			t.Errorf("%s: got %d, %d, %v", name, id, attempt, ok)
		}
	}

	other := ReturnPath{Mailbox: "bounce", Domain: r.Domain, Key: []byte("another key of 16")}
	for name, address := range map[string]string{
		"other key":       other.address(notify.Message{ContactID: 4711, Attempt: 3}, ""),
		"other contact":   strings.Replace(made, "4711", "4712", 1),
		"other attempt":   strings.Replace(made, "-3-", "-4-", 1),
		"other domain":    strings.Replace(made, "maple", "elm", 1),
		"other mailbox":   strings.Replace(made, "bounce", "bounced", 1),
		"cut":             made[:strings.IndexByte(made, '@')-1] + "@" + r.Domain,
		"no token":        "bounce+@" + r.Domain,
		"mailbox alone":   "bounce@" + r.Domain,
		"no mac":          "bounce+4711-3@" + r.Domain,
		"signed nonsense": "bounce+x-" + r.mac("x") + "@" + r.Domain,
		"not an address":  "bounce",
		"empty":           "",
	} {
		if id, attempt, ok := r.Contact(address); ok {
			t.Errorf("%s: %q is taken for contact %d, attempt %d", name, address, id, attempt)
		}
	}
	if _, _, ok := (ReturnPath{}).Contact("bounce+1-1-" + ReturnPath{}.mac("1-1") + "@"); ok {
		t.Error("an address is read back where none are made")
	}
}

func TestBounceEffect(t *testing.T) {
	for code, want := range map[string]notify.Effect{
		"5.1.1": notify.InvalidateAddress, "5.1.2": notify.InvalidateAddress, "5.1.10": notify.InvalidateAddress,
		"5.2.1": notify.InvalidateAddress, "5.4.4": notify.InvalidateAddress,
		"4.1.1": notify.NoEffect, "4.4.4": notify.NoEffect, "5.2.2": notify.NoEffect, "5.3.4": notify.NoEffect,
		"5.7.1": notify.NoEffect, "5.1.7": notify.NoEffect, "5.1.8": notify.NoEffect, "5.0.0": notify.NoEffect, "": notify.NoEffect,
		"5.7.26": notify.StopChannel, "4.7.26": notify.StopChannel, "5.7.515": notify.StopChannel,
	} {
		if got := BounceEffect(code); got != want {
			t.Errorf("%s: got %v, want %v", code, got, want)
		}
	}
}
