package customer

import (
	"bytes"
	"encoding/binary"
	"image"
	"io"
)

// orientation is how a camera held when it took a picture, in the numbers of
// Exif's tag 0x0112; 0 and 1 are upright. It is lost with the rest of what a
// phone writes into a photo, so the picture itself has to be turned.
type orientation uint16

// sideways reports whether turning the picture upright swaps its sides.
func (o orientation) sideways() bool { return o >= 5 && o <= 8 }

// upright returns the picture as it was seen.
func (o orientation) upright(src *image.RGBA) *image.RGBA {
	if o < 2 || o > 8 {
		return src
	}
	right, bottom := src.Bounds().Dx()-1, src.Bounds().Dy()-1
	size := src.Bounds()
	if o.sideways() {
		size = image.Rect(0, 0, size.Dy(), size.Dx())
	}
	out := image.NewRGBA(size)
	for y := range bottom + 1 {
		for x := range right + 1 {
			to := [...]image.Point{
				{X: right - x, Y: y},          // 2: mirrored
				{X: right - x, Y: bottom - y}, // 3: upside down
				{X: x, Y: bottom - y},         // 4: upside down and mirrored
				{X: y, Y: x},                  // 5: as 6, mirrored
				{X: bottom - y, Y: x},         // 6: needs a quarter turn clockwise
				{X: bottom - y, Y: right - x}, // 7: as 8, mirrored
				{X: y, Y: right - x},          // 8: needs a quarter turn counterclockwise
			}[o-2]
			out.SetRGBA(to.X, to.Y, src.RGBAAt(x, y))
		}
	}
	return out
}

// readOrientation finds the orientation in a JPEG file, 0 when it says none: it
// is in the segment APP1, which holds a small TIFF file.
func readOrientation(r io.Reader) orientation {
	const startOfImage, app1, startOfScan = 0xffd8, 0xffe1, 0xffda
	var marker, length uint16
	read := func(into *uint16) bool { return binary.Read(r, binary.BigEndian, into) == nil }
	if !read(&marker) || marker != startOfImage {
		return 0
	}
	for read(&marker) && marker >= 0xff00 && marker != startOfScan && read(&length) && length >= 2 {
		if marker != app1 {
			if _, err := io.CopyN(io.Discard, r, int64(length)-2); err != nil {
				return 0
			}
			continue
		}
		segment := make([]byte, length-2)
		if _, err := io.ReadFull(r, segment); err != nil {
			return 0
		}
		if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok {
			return tiffOrientation(tiff)
		}
	}
	return 0
}

// tiffOrientation reads the orientation from the first directory of a TIFF file.
func tiffOrientation(tiff []byte) orientation {
	const header, entry, tag = 8, 12, 0x0112
	if len(tiff) < header {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(tiff, []byte("MM")) {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < entry {
			return 0
		}
		if order.Uint16(entries) == tag {
			return orientation(order.Uint16(entries[8:]))
		}
		entries = entries[entry:]
	}
	return 0
}
