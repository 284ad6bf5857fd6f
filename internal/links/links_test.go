package links

import (
	"errors"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	s := New([]byte("0123456789abcdef0123456789abcdef"), "https://shop.example/", "stop@shop.example")
	l := s.For(4711)
	token, ok := strings.CutPrefix(l.Unsubscribe, "https://shop.example/u/")
	if !ok {
		t.Fatalf("link = %q", l.Unsubscribe)
	}
	if id, err := s.Unsubscribe(token); err != nil || id != 4711 {
		t.Fatalf("read back %d, %v", id, err)
	}
	if !strings.HasPrefix(l.UnsubscribeMail, "mailto:stop@shop.example?subject=unsubscribe%20"+token) {
		t.Errorf("mailto = %q", l.UnsubscribeMail)
	}
	other := New([]byte("another key, as long as the first"), "", "")
	if got := other.For(1); got.Unsubscribe != "" || got.UnsubscribeMail != "" {
		t.Errorf("a shop without addresses has links: %+v", got)
	}
	keyless := New(nil, "https://shop.example", "stop@shop.example").For(1)
	if keyless.Unsubscribe != "" || keyless.UnsubscribeMail != "mailto:stop@shop.example?subject=unsubscribe" {
		t.Errorf("without a key: %+v", keyless)
	}
	for name, bad := range map[string]string{
		"empty": "", "not base64": "%%%", "cut": token[:len(token)-2], "changed": "A" + token[1:],
		"other key": other.token(unsubscribe, 4711), "other purpose": s.token('p', 4711),
	} {
		if id, err := s.Unsubscribe(bad); !errors.Is(err, ErrBadToken) {
			t.Errorf("%s: got %d, %v", name, id, err)
		}
	}
}
