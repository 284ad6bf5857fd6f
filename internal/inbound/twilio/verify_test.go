package twilio

import (
	"net/url"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// The signatures marked so were made by others: they are the examples of Twilio's
// documentation and of its libraries.
func TestVerify(t *testing.T) {
	const (
		token = "12345"
		page  = "/myapp.php?foo=1&bar=2"
		hash  = "bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
		json  = `{"property": "value", "boolean": true}`
		form  = "property=value&boolean=true"
	)
	first := url.Values{
		"Digits": {"1234"}, "CallSid": {"CA1234567890ABCDE"}, "To": {"+18005551212"},
		"Caller": {"+14158675309"}, "From": {"+14158675309"},
	}
	other := url.Values{
		"Digits": {"1234"}, "CallSid": {"CA1234567890ABCDE"}, "To": {"+18005551212"},
		"Caller": {"+12349013030"}, "From": {"+12349013030"},
	}
	longer := url.Values{"Reason": {"Participant"}, "ReasonConferenceEnded": {"test"}}
	for name, values := range first {
		longer[name] = values
	}
	stop := url.Values{
		"MessageSid": {"SM00000000000000000000000000000001"}, "SmsSid": {"SM00000000000000000000000000000001"},
		"AccountSid": {"AC00000000000000000000000000000000"}, "From": {"+15005550006"}, "To": {"+15005550001"},
		"Body": {"STOP"}, "NumMedia": {"0"}, "OptOutType": {"STOP"},
	}
	repeated := first.Encode() + "&Digits=9999"
	tests := []struct {
		name, public, uri, body, signature string
		want                               bool
	}{
		{"published", "https://mycompany.com", page, first.Encode(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", true},
		{"published, other numbers", "https://mycompany.com", page, other.Encode(), "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", true},
		{"published, names that begin alike", "https://mycompany.com", page, longer.Encode(), "vOEb5UThFn24KEfnOFLQY2AE5FY=", true},
		{"published, plain http", "http://mycompany.com", page, longer.Encode(), "n2xBNyzSW7rfYStDtOFiFMv7qNo=", true},
		{"published, sorted wrongly", "https://mycompany.com", page, longer.Encode(), "95+Bu0JVPi0r/SsESZCVf0dWAjw=", false},
		{"published, JSON", "https://mycompany.com", page + "&" + hash, json, "a9nBmqA0ju/hNViExpshrM61xv4=", true},
		{"published, form", "https://mycompany.com", page, form, "NBdBDr/T/lgjI+tlgpXjKZQZs/k=", true},
		{"published, JSON and no more", "https://mycompany.com", "/myapp.php?" + hash, json, "y77kIzt2vzLz71DgmJGsen2scGs=", true},
		{"JSON changed", "https://mycompany.com", "/myapp.php?" + hash, json + " ", "y77kIzt2vzLz71DgmJGsen2scGs=", false},
		{"signed with our port", "https://mycompany.com:1234", page, first.Encode(), "CYn1h0gLBdNxDGkKJg6hYohgeD8=", true},
		{"signed without our port", "https://mycompany.com:1234", page, first.Encode(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", true},
		{"signed with the usual port", "https://mycompany.com", page, first.Encode(), "kvajT1Ptam85bY51eRf/AJRuM3w=", true},
		{"the usual port is ours", "https://mycompany.com:443", page, first.Encode(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", true},
		{"another port", "https://mycompany.com", page, first.Encode(), "CYn1h0gLBdNxDGkKJg6hYohgeD8=", false},
		{"a text", "https://example.com/hooks", "/twilio/inbound", stop.Encode(), "1nCUaTJjt2itpQtaaQHGtyNZQe8=", true},
		{"slash at the end", "https://example.com/hooks/", "/twilio/inbound", stop.Encode(), "1nCUaTJjt2itpQtaaQHGtyNZQe8=", true},
		{"another prefix", "https://example.com", "/twilio/inbound", stop.Encode(), "1nCUaTJjt2itpQtaaQHGtyNZQe8=", false},
		{"another host", "https://example.org/hooks", "/twilio/inbound", stop.Encode(), "1nCUaTJjt2itpQtaaQHGtyNZQe8=", false},
		{"another body", "https://mycompany.com", page, other.Encode(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", false},
		{"another query", "https://mycompany.com", "/myapp.php?foo=1&bar=3", first.Encode(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", false},
		{"the first of two counts", "https://mycompany.com", page, repeated, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", true},
		{"no signature", "https://mycompany.com", page, first.Encode(), "", false},
		{"nonsense", "https://mycompany.com", page, first.Encode(), "x", false},
		{"a body that is no form", "https://mycompany.com", page, "a=%zz", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := url.ParseRequestURI(tt.uri)
			if err != nil {
				t.Fatal(err)
			}
			for name, tokens := range map[string][]string{
				"alone": {token}, "while the new one is in use already": {"67890", token}, "while it is in use": {token, "67890"},
			} {
				v, err := NewVerifier(tt.public, tokens...)
				if err != nil {
					t.Fatal(err)
				}
				if got := v.Verify(u, []byte(tt.body), tt.signature); got != tt.want {
					t.Errorf("%s: Verify = %v, want %v", name, got, tt.want)
				}
			}
			if v, err := NewVerifier(tt.public, "67890"); err != nil || v.Verify(u, []byte(tt.body), tt.signature) {
				t.Errorf("another token verifies it, or %v", err)
			}
		})
	}
}

func TestTheCallsHostIsNotBelieved(t *testing.T) {
	v, err := NewVerifier("https://shop.example/courtesy", "12345")
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"Body": {"hello"}}
	signature := twiliofake.Sign("12345", "https://shop.example/courtesy/twilio/inbound", form)
	u := &url.URL{Scheme: "http", Host: "10.0.0.7:8080", Path: "/twilio/inbound"}
	if !v.Verify(u, []byte(form.Encode()), signature) {
		t.Error("a call that came through a proxy is refused")
	}
}

func TestNewVerifierRefuses(t *testing.T) {
	tests := []struct {
		name, public string
		tokens       []string
		want         string
	}{
		{"no token", "https://shop.example", nil, "auth token"},
		{"empty token", "https://shop.example", []string{""}, "it is empty"},
		{"empty old token", "https://shop.example", []string{"12345", ""}, "it is empty"},
		{"no address", "", []string{"12345"}, "public address"},
		{"no scheme", "shop.example", []string{"12345"}, "public address"},
		{"another scheme", "ftp://shop.example", []string{"12345"}, "public address"},
		{"query", "https://shop.example/?a=b", []string{"12345"}, "end with its path"},
		{"fragment", "https://shop.example/#rc=3", []string{"12345"}, "end with its path"},
	}
	for _, tt := range tests {
		if _, err := NewVerifier(tt.public, tt.tokens...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q in it", tt.name, err, tt.want)
		}
	}
}
