package twilio

import (
	"errors"
	"net/url"
	"strings"

	"github.com/twilio/twilio-go/client"
)

// Verifier tells calls of Twilio's from those of others by their signature:
// https://www.twilio.com/docs/usage/security#validating-requests
//
// A signature proves who wrote a call, not when: the same call may come again.
type Verifier struct {
	public     string // the public address without a slash at its end
	validators []client.RequestValidator
}

// NewVerifier returns a Verifier for calls to addresses below publicURL that are
// signed with any of the account's auth tokens: one, or while it is being changed
// the new and the old one.
func NewVerifier(publicURL string, tokens ...string) (*Verifier, error) {
	u, err := url.Parse(publicURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("public address for Twilio's calls must be a URL such as https://shop.example")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("public address for Twilio's calls must end with its path")
	}
	if len(tokens) == 0 {
		return nil, errors.New("checking Twilio's calls needs the account's auth token")
	}
	v := &Verifier{public: strings.TrimRight(publicURL, "/")}
	for _, token := range tokens {
		if token == "" { // anybody can sign with an empty key
			return nil, errors.New("checking Twilio's calls needs the account's auth token: it is empty")
		}
		v.validators = append(v.validators, client.NewRequestValidator(token))
	}
	return v, nil
}

// Verify reports whether the signature is Twilio's for a call to u with this body.
// Of u only path and query count: what the call says of its host is not believed,
// and behind a proxy it would be wrong.
//
// Of a name that a form repeats, only the first value is signed.
func (v *Verifier) Verify(u *url.URL, body []byte, signature string) bool {
	if signature == "" {
		return false
	}
	called := v.public + u.RequestURI()
	valid := false
	for i := range v.validators {
		// All are asked, so that the time taken does not tell which one fits.
		valid = v.validators[i].ValidateBody(called, body, signature) || valid
	}
	return valid
}
