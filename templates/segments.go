package templates

import (
	"fmt"
	"strings"
)

// Encoding is how a text travels over the mobile network.
type Encoding string

// The encodings of 3GPP TS 23.038. One character outside GSM-7 turns the whole
// text into UCS-2, in which a segment holds less than half as much.
const (
	GSM7 Encoding = "GSM-7"
	UCS2 Encoding = "UCS-2"
)

// Units a text may have: alone, and in each part of several.
const (
	gsmSingle, gsmPart = 160, 153
	ucsSingle, ucsPart = 70, 67
)

// The characters of GSM-7 beyond the ASCII ones, and those that take two units.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
		"ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// Count says how a text is sent and what it costs.
type Count struct {
	Encoding Encoding
	Units    int // 7-bit units, or 16-bit units in UCS-2
	Segments int // what the provider bills
	// Guilty are the characters that force UCS-2, each once, where it first stands.
	Guilty []GuiltyRune
}

// GuiltyRune is a character that GSM-7 does not have.
type GuiltyRune struct {
	Rune     rune
	Position int // characters before it in the text
}

// String names the character so that it can be found, for example `"ó" (U+00F3)`.
func (g GuiltyRune) String() string { return fmt.Sprintf("%q (U+%04X)", g.Rune, g.Rune) }

// Room is how many units a text may have that is to fill no more than so many segments.
func (e Encoding) Room(segments int) int {
	single, part := gsmSingle, gsmPart
	if e == UCS2 {
		single, part = ucsSingle, ucsPart
	}
	if segments == 1 {
		return single
	}
	return segments * part
}

// Segments counts text as the networks do. Characters of two units are
// never split between parts.
func Segments(text string) Count {
	c := Count{Encoding: GSM7}
	position := 0
	for _, r := range text {
		if gsmUnits(r) == 0 {
			c.Encoding = UCS2
			c.blame(r, position)
		}
		position++
	}
	if c.Encoding == GSM7 {
		c.Units, c.Segments = parts(text, gsmUnits, gsmSingle, gsmPart)
	} else {
		c.Units, c.Segments = parts(text, utf16Units, ucsSingle, ucsPart)
	}
	return c
}

func (c *Count) blame(r rune, position int) {
	for _, g := range c.Guilty {
		if g.Rune == r {
			return
		}
	}
	c.Guilty = append(c.Guilty, GuiltyRune{r, position})
}

// parts returns the units of text and the segments it fills.
func parts(text string, size func(rune) int, single, part int) (units, segments int) {
	used := 0
	segments = 1
	for _, r := range text {
		n := size(r)
		units += n
		if used += n; used > part {
			used = n
			segments++
		}
	}
	switch {
	case units == 0:
		return 0, 0
	case units <= single:
		return units, 1
	}
	return units, segments
}

// gsmUnits returns the 7-bit units of r, 0 when GSM-7 has no such character.
func gsmUnits(r rune) int {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= ' ' && r <= '?' && r != '`':
		return 1
	case strings.ContainsRune(gsmBasic, r):
		return 1
	case strings.ContainsRune(gsmExtended, r):
		return 2
	}
	return 0
}

func utf16Units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}
