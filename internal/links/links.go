// Package links makes and reads the signed addresses that stand in messages.
//
// An address names a contact and what may be done with it, and nothing about
// the person. It never expires: an unsubscribe link must work for as long as
// somebody may press it (15 USC 7704(a)(3) asks for 30 days at least).
package links

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/url"
	"strings"

	"github.com/courtesyd/courtesyd/templates"
)

// ErrBadToken means that a token was not made with this key, or was cut short.
var ErrBadToken = errors.New("the link is not complete")

// purpose is what a token may be used for; one cannot be used for another.
type purpose struct {
	letter   byte
	macBytes int // of the signature are kept: forging one is out of reach, and the address stays short
}

var (
	unsubscribe = purpose{'u', 16}
	page        = purpose{'p', 12} // stands in text messages, where each letter counts
)

// Signer makes links with one key.
type Signer struct {
	key  []byte
	base string // "" when the shop has no public address
	mail string
}

// New returns a signer. publicURL and mail may be empty; without a key nothing
// is signed, and mail for unsubscribing is told apart by its sender alone.
func New(key []byte, publicURL, mail string) *Signer {
	return &Signer{key: key, base: strings.TrimSuffix(publicURL, "/"), mail: mail}
}

// For returns the addresses for one contact.
func (s *Signer) For(contactID int64) templates.Links {
	var l templates.Links
	if s.base != "" && len(s.key) > 0 {
		l.Page = s.base + "/p/" + s.token(page, contactID)
		l.Unsubscribe = s.base + "/u/" + s.token(unsubscribe, contactID)
	}
	if s.mail != "" {
		subject := "unsubscribe"
		if len(s.key) > 0 {
			subject += " " + s.token(unsubscribe, contactID)
		}
		l.UnsubscribeMail = "mailto:" + url.PathEscape(s.mail) + "?subject=" + url.PathEscape(subject)
	}
	return l
}

// Unsubscribe returns the contact that an unsubscribe token belongs to, or
// ErrBadToken.
func (s *Signer) Unsubscribe(token string) (contactID int64, err error) {
	return s.read(unsubscribe, token)
}

// Page returns the contact that the token of a customer's page belongs to, or
// ErrBadToken.
func (s *Signer) Page(token string) (contactID int64, err error) {
	return s.read(page, token)
}

func (s *Signer) token(p purpose, contactID int64) string {
	id := binary.AppendUvarint(nil, uint64(contactID))
	return base64.RawURLEncoding.EncodeToString(append(id, s.mac(p, id)...))
}

func (s *Signer) read(p purpose, token string) (contactID int64, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) <= p.macBytes || len(s.key) == 0 { // anybody can sign with no key
		return 0, ErrBadToken
	}
	id, n := binary.Uvarint(raw[:len(raw)-p.macBytes])
	if n != len(raw)-p.macBytes || !hmac.Equal(raw[n:], s.mac(p, raw[:n])) {
		return 0, ErrBadToken
	}
	return int64(id), nil
}

func (s *Signer) mac(p purpose, id []byte) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte{p.letter})
	h.Write(id)
	return h.Sum(nil)[:p.macBytes]
}
