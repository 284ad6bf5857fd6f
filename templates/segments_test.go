package templates

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The vectors agree with Twilio's own segment library.
func TestSegments(t *testing.T) {
	digits := func(n int) string { return strings.Repeat("1", n) }
	tests := []struct {
		text     string
		encoding Encoding
		segments int
	}{
		{"", GSM7, 0},
		{digits(160), GSM7, 1},
		{digits(161), GSM7, 2},
		{digits(306), GSM7, 2},
		{digits(307), GSM7, 3},
		{digits(459), GSM7, 3},
		{digits(460), GSM7, 4},
		{"€" + digits(158), GSM7, 1},
		{"€" + digits(159), GSM7, 2},
		{strings.Repeat("€", 80), GSM7, 1},
		{strings.Repeat("€", 81), GSM7, 2},
		{digits(153) + "€" + digits(151), GSM7, 2},
		{digits(152) + "€" + digits(152), GSM7, 3}, // the € cannot straddle two parts
		{"’" + digits(69), UCS2, 1},
		{"’" + digits(70), UCS2, 2},
		{strings.Repeat("Á", 70), UCS2, 1},
		{strings.Repeat("Á", 71), UCS2, 2},
		{strings.Repeat("Á", 134), UCS2, 2},
		{strings.Repeat("Á", 135), UCS2, 3},
		{strings.Repeat("ñ", 160), GSM7, 1},
		{strings.Repeat("😀", 35), UCS2, 1},
		{strings.Repeat("😀", 36), UCS2, 2},
		{"😜" + digits(68), UCS2, 1},
		{"😜" + digits(69), UCS2, 2},
		{"🏳️‍🌈" + digits(64), UCS2, 1},
		{"🏳️‍🌈" + digits(65), UCS2, 2},
	}
	for _, test := range tests {
		c := Segments(test.text)
		if c.Encoding != test.encoding || c.Segments != test.segments {
			t.Errorf("%.12q… (%d characters): got %s/%d, want %s/%d", test.text,
				utf8.RuneCountInString(test.text), c.Encoding, c.Segments, test.encoding, test.segments)
		}
	}
}

func TestSegmentsOfSingleCharacters(t *testing.T) {
	for _, r := range "ÇéàèùìòñÑüÜ¿¡@£$¥ΔΩß§{}[]~^\\|€\n\r\f" {
		if c := Segments(string(r)); c.Encoding != GSM7 {
			t.Errorf("%q: got %s", r, c.Encoding)
		}
	}
	for _, r := range "çíáóúÁÍ–—’“”`…\t\u00a0α" {
		if c := Segments(string(r)); c.Encoding != UCS2 {
			t.Errorf("%q: got %s", r, c.Encoding)
		}
	}
	for text, units := range map[string]int{"a\r\nb": 4, "{}": 4, "[a]": 5, "€": 2} {
		if c := Segments(text); c.Units != units {
			t.Errorf("%q: got %d units, want %d", text, c.Units, units)
		}
	}
}

func TestSegmentsNameTheGuilty(t *testing.T) {
	c := Segments("así es, señor 😀 así")
	if len(c.Guilty) != 2 || c.Guilty[0].Position != 2 || c.Guilty[1].Position != 14 {
		t.Fatalf("got %+v", c.Guilty)
	}
	if got := c.Guilty[0].String(); got != "'í' (U+00ED)" {
		t.Errorf("got %s", got)
	}
}

func FuzzSegments(f *testing.F) {
	for _, s := range []string{"", "abc", "€€", strings.Repeat("😀", 40), strings.Repeat("á", 68), "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := Segments(text)
		single, part := gsmSingle, gsmPart
		if c.Encoding == UCS2 {
			single, part = ucsSingle, ucsPart
		}
		if (c.Encoding == UCS2) != (len(c.Guilty) > 0) {
			t.Fatalf("%s with guilty %v", c.Encoding, c.Guilty)
		}
		switch {
		case c.Segments == 0 && c.Units != 0, c.Segments == 1 && c.Units > single,
			c.Segments > 1 && (c.Units <= single || c.Units > c.Segments*part):
			t.Fatalf("%d units in %d segments", c.Units, c.Segments)
		}
		if longer := Segments(text + "x"); longer.Units != c.Units+1 {
			t.Fatalf("one more character made %d units of %d", longer.Units, c.Units)
		}
	})
}

func TestRoom(t *testing.T) {
	for _, c := range []struct {
		in       Encoding
		segments int
		want     int
	}{{GSM7, 1, 160}, {GSM7, 3, 459}, {UCS2, 1, 70}, {UCS2, 3, 201}} {
		room := c.in.Room(c.segments)
		sign := map[Encoding]string{GSM7: "a", UCS2: "ж"}[c.in]
		fits, over := Segments(strings.Repeat(sign, room)), Segments(strings.Repeat(sign, room+1))
		if room != c.want || fits.Segments != c.segments || over.Segments <= c.segments {
			t.Errorf("%s, %d segments: %d, which fill %d", c.in, c.segments, room, fits.Segments)
		}
	}
}
