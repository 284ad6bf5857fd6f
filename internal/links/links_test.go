package links

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newSigner() *Signer {
	return New([]byte("0123456789abcdef0123456789abcdef"), "https://shop.example/", "stop@shop.example")
}

func TestLinks(t *testing.T) {
	s := newSigner()
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
	seen, ok := strings.CutPrefix(l.Page, "https://shop.example/p/")
	if id, err := s.Page(seen); !ok || err != nil || id != 4711 {
		t.Errorf("page %q belongs to %d, %v", l.Page, id, err)
	}
	other := New([]byte("another key, as long as the first"), "", "")
	if got := other.For(1); got.Unsubscribe != "" || got.UnsubscribeMail != "" || got.Page != "" {
		t.Errorf("a shop without addresses has links: %+v", got)
	}
	for name, bad := range map[string]string{
		"empty": "", "not base64": "%%%", "cut": token[:len(token)-2], "changed": "A" + token[1:],
		"other key": other.token(unsubscribe, 4711), "other purpose": seen,
	} {
		if id, err := s.Unsubscribe(bad); !errors.Is(err, ErrBadToken) {
			t.Errorf("%s: got %d, %v", name, id, err)
		}
	}
}

// A token in a mail that was sent long ago must be good for ever.
func TestTokensOfOldStayGood(t *testing.T) {
	s := newSigner()
	for token, read := range map[string]func(string) (int64, error){
		"5ySs5wnLeSealdPQ79mM87h0": s.Unsubscribe,
		"5ySB1p5kf5T7eZ38Nqo":      s.Page,
	} {
		if id, err := read(token); err != nil || id != 4711 {
			t.Errorf("%s belongs to %d, %v", token, id, err)
		}
	}
}

func TestWithoutAKeyNothingIsSigned(t *testing.T) {
	s := New(nil, "https://shop.example", "stop@shop.example")
	l := s.For(1)
	if l.Page != "" || l.Unsubscribe != "" || l.UnsubscribeMail != "mailto:stop@shop.example?subject=unsubscribe" {
		t.Errorf("links = %+v", l)
	}
	if id, err := s.Page(s.token(page, 1)); !errors.Is(err, ErrBadToken) {
		t.Errorf("what anybody could sign is taken for contact %d, %v", id, err)
	}
}

func TestTokensServeOnePurpose(t *testing.T) {
	s := newSigner()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64Min(1).Draw(t, "contact")
		u, p := s.token(unsubscribe, id), s.token(page, id)
		if got, err := s.Page(p); err != nil || got != id {
			t.Fatalf("page token belongs to %d, %v", got, err)
		}
		if got, err := s.Unsubscribe(u); err != nil || got != id {
			t.Fatalf("unsubscribe token belongs to %d, %v", got, err)
		}
		if got, err := s.Unsubscribe(p); err == nil {
			t.Fatalf("a page token unsubscribes contact %d", got)
		}
		if got, err := s.Page(u); err == nil {
			t.Fatalf("an unsubscribe token shows the page of contact %d", got)
		}
		if id < 1<<28 && len(p) > 22 {
			t.Fatalf("%q is long for a text message", p)
		}
	})
}
