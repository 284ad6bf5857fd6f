package notify

import (
	"strings"
	"testing"
)

func TestScrub(t *testing.T) {
	tests := []struct {
		name, in, want string
	}{
		{"address in brackets", "550 5.1.1 <pat@example.com>: unknown", "550 5.1.1 [address]: unknown"},
		{"bare address", "mailbox pat.o'neil@example.com is full", "mailbox [address] is full"},
		{"number", "The 'To' number +12125550123 is not valid", "The 'To' number [number] is not valid"},
		{"number as people write it", "to +1 (212) 555-0123.", "to [number]."},
		{"code and enhanced code stay", "550 5.7.515 denied", "550 5.7.515 denied"},
		{"secret", "login of hunter2 failed", "login of [secret] failed"},
		{"several lines", "one\r\ntwo\x00three", "one two three"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Scrub(tt.in, "hunter2", ""); got != tt.want {
				t.Errorf("Scrub(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestScrubIsBounded(t *testing.T) {
	got := Scrub(strings.Repeat("é", 5000))
	if len(got) > maxDetail+len("…") || !strings.HasSuffix(got, "é…") {
		t.Errorf("got %d bytes ending in %q", len(got), got[len(got)-8:])
	}
}
