package importer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxLineBytes bounds a physical line, so that a file that is not a text file
// costs no memory. The rest of a longer line is dropped and the row rejected.
const maxLineBytes = 256 << 10

// textLine is one physical line, decoded, without its ending.
type textLine struct {
	number int // 1-based
	text   string
	cut    bool // longer than maxLineBytes
}

// lineReader splits a file into lines, whatever its encoding and line endings.
// Lines can be put back, because a quote that is never closed makes the reader
// look ahead.
type lineReader struct {
	in     *bufio.Reader
	legacy bool // every line is windows-1252
	number int
	afterR bool
	back   []textLine
	buf    []byte
}

// newLineReader recognises byte order marks. Without one and without a stated
// encoding each line that is not valid UTF-8 is read as windows-1252: files put
// together from several exports mix the two.
func newLineReader(r io.Reader, encoding string) (*lineReader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(3)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("read file: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = in.Discard(3)
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}), encoding == EncodingUTF16:
		utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
		if encoding == EncodingUTF16 {
			utf16 = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
		}
		if bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF}) {
			utf16 = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
		}
		in = bufio.NewReaderSize(transform.NewReader(in, utf16.NewDecoder()), 64<<10)
	}
	return &lineReader{in: in, legacy: encoding == EncodingWindows1252}, nil
}

// next returns the next line, or io.EOF.
func (l *lineReader) next() (textLine, error) {
	if n := len(l.back); n > 0 {
		line := l.back[n-1]
		l.back = l.back[:n-1]
		return line, nil
	}
	l.buf = l.buf[:0]
	cut, any := false, false
	for {
		b, err := l.in.ReadByte()
		if err == io.EOF {
			if !any {
				return textLine{}, io.EOF
			}
			break
		}
		if err != nil {
			return textLine{}, fmt.Errorf("read file: %w", err)
		}
		if b == '\n' && l.afterR { // the second half of \r\n
			l.afterR = false
			continue
		}
		any, l.afterR = true, b == '\r'
		if b == '\n' || b == '\r' {
			break
		}
		if len(l.buf) < maxLineBytes {
			l.buf = append(l.buf, b)
		} else {
			cut = true
		}
	}
	l.number++
	return textLine{number: l.number, text: l.decode(l.buf), cut: cut}, nil
}

// unread puts lines back, to be read again in the same order.
func (l *lineReader) unread(lines []textLine) {
	for i := len(lines) - 1; i >= 0; i-- {
		l.back = append(l.back, lines[i])
	}
}

func (l *lineReader) decode(b []byte) string {
	if bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, nil)
	}
	if !l.legacy && utf8.Valid(b) {
		return string(b)
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "�")
	}
	return string(text)
}
