package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// Bounds of what is looked at in one message. What lies beyond is not read.
const (
	maxHeaderBytes = 64 << 10 // of a message and of each part
	maxDepth       = 8        // of parts within parts
	maxParts       = 200
	maxTextBytes   = 256 << 10 // of text put together from all parts
)

// entity is a message or a part of one. It shares the memory of the whole. The
// standard parsers give up at the first line that is not as it should be; mail
// that says "stop" must be understood nevertheless.
type entity struct {
	header mail.Header
	media  string // lower-cased, "text/plain" when none is given
	params map[string]string
	body   []byte // still encoded
}

func parseEntity(raw []byte) entity {
	e := entity{}
	e.header, e.body = splitHeader(raw)
	value := e.header.Get("Content-Type")
	media, params, err := mime.ParseMediaType(value)
	if err != nil && media == "" {
		media, _, _ = strings.Cut(value, ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	if params["boundary"] == "" {
		if found := boundary.FindStringSubmatch(value); found != nil {
			params = map[string]string{"boundary": found[1]}
		}
	}
	if !strings.Contains(media, "/") {
		media = "text/plain"
	}
	e.media, e.params = media, params
	return e
}

var boundary = regexp.MustCompile(`(?i)boundary\s*=\s*"?([^";\s]+)`)

// splitHeader reads the fields up to the first empty line. Lines that are no
// fields are dropped, an overlong header is cut.
func splitHeader(raw []byte) (mail.Header, []byte) {
	header := mail.Header{}
	var name string
	var value strings.Builder
	keep := func() {
		if name != "" {
			key := textproto.CanonicalMIMEHeaderKey(name)
			header[key] = append(header[key], strings.TrimSpace(value.String()))
		}
		value.Reset()
	}
	rest, size := raw, 0
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			break
		}
		if size += len(line); size > maxHeaderBytes {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			value.WriteByte(' ')
			value.Write(bytes.TrimSpace(line))
			continue
		}
		keep()
		before, after, ok := bytes.Cut(line, []byte(":"))
		name = string(bytes.TrimRight(before, " \t"))
		if !ok || !isFieldName(name) {
			name = ""
		}
		value.Write(after)
	}
	keep()
	return header, rest
}

// isFieldName is RFC 5322 2.2: printable ASCII without colon and space.
func isFieldName(name string) bool {
	return name != "" && strings.IndexFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// parts cuts a multipart body at its boundary lines (RFC 2046 5.1.1), at most
// limit of them. A missing last boundary is forgiven.
func (e entity) parts(limit int) [][]byte {
	mark := []byte("--" + e.params["boundary"])
	if e.params["boundary"] == "" || !strings.HasPrefix(e.media, "multipart/") {
		return nil
	}
	var parts [][]byte
	start := -1
	for at := 0; at < len(e.body) && len(parts) < limit; {
		end := len(e.body)
		if i := bytes.IndexByte(e.body[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if tail, ok := bytes.CutPrefix(e.body[at:end], mark); ok {
			tail = bytes.TrimRight(tail, " \t\r\n")
			last := bytes.Equal(tail, []byte("--"))
			if last || len(tail) == 0 {
				if start >= 0 {
					parts = append(parts, e.body[start:at])
				}
				if last {
					return parts
				}
				start = end
			}
		}
		at = end
	}
	if start >= 0 && len(parts) < limit {
		parts = append(parts, e.body[start:])
	}
	return parts
}

// decoded undoes the transfer encoding, as far as it can be undone.
func (e entity) decoded() []byte {
	switch strings.ToLower(strings.TrimSpace(e.header.Get("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		if text, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(e.body))); err == nil {
			return text
		}
	case "base64":
		var digits []byte
		for _, b := range e.body {
			if isBase64(b) {
				digits = append(digits, b)
			}
		}
		digits = digits[:len(digits)/4*4+base64Rest[len(digits)%4]]
		if text, err := base64.RawStdEncoding.AppendDecode(nil, digits); err == nil {
			return text
		}
	}
	return e.body
}

// base64Rest is how many digits beyond a multiple of four mean something.
var base64Rest = [4]int{0, 0, 2, 3}

func isBase64(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '+' || b == '/'
}

// text is the part's text in UTF-8 with plain line ends.
func (e entity) text() string {
	raw := e.decoded()
	raw = raw[:min(len(raw), maxTextBytes)]
	return strings.ReplaceAll(clean(toUTF8(raw, e.params["charset"])), "\r\n", "\n")
}

// toUTF8 converts text of the named charset. Where the name is unknown or
// evidently wrong the text is taken for UTF-8 if it can be, else for
// Windows-1252, which any bytes can.
func toUTF8(raw []byte, charset string) string {
	encoding, err := htmlindex.Get(charset)
	if err != nil {
		encoding = charmap.Windows1252
	}
	name, _ := htmlindex.Name(encoding) // "" is no name below
	switch {
	case name == "windows-1252" || name == "utf-8":
		if utf8.Valid(trimRune(raw)) {
			return string(trimRune(raw))
		}
		encoding = charmap.Windows1252
	case name == "replacement":
		return string(raw)
	}
	text, err := encoding.NewDecoder().Bytes(raw)
	if err != nil {
		return string(raw)
	}
	return string(text)
}

// trimRune drops a last character that was cut in the middle.
func trimRune(text []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if b := text[len(text)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(text[len(text)-i:]) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// clean makes text fit for the database: valid UTF-8 without control characters
// other than line ends and tabs.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
}

// unfold makes a decoded header value one clean line of at most limit bytes.
func unfold(value string, limit int) string {
	words := mime.WordDecoder{CharsetReader: func(charset string, input io.Reader) (io.Reader, error) {
		raw, err := io.ReadAll(input)
		return strings.NewReader(toUTF8(raw, charset)), err
	}}
	if text, err := words.DecodeHeader(value); err == nil {
		value = text
	} else {
		value = toUTF8([]byte(value), "")
	}
	return cut(strings.Join(strings.Fields(clean(value)), " "), limit)
}

// cut shortens text to at most limit bytes of whole characters.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
