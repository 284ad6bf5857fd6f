package customer

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// exif returns a JPEG of a picture with the camera's notes in front: how it was
// held, and a place that nobody else is to know.
func exif(t *testing.T, picture image.Image, held uint16, order binary.AppendByteOrder) []byte {
	t.Helper()
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, picture, nil); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2) // entries of the directory
	for _, entry := range []struct{ tag, value uint16 }{{0x0100, 9}, {0x0112, held}} {
		tiff = order.AppendUint16(tiff, entry.tag)
		tiff = order.AppendUint16(tiff, 3) // a short number
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, entry.value)
		tiff = order.AppendUint16(tiff, 0)
	}
	tiff = append(tiff, "GPS 40.7128 N 74.0060 W"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	file := []byte{0xff, 0xd8, 0xff, 0xe0, 0, 4, 'J', 'F', 0xff, 0xe1}
	file = binary.BigEndian.AppendUint16(file, uint16(len(segment)+2))
	return append(append(file, segment...), plain.Bytes()[2:]...)
}

// quarters is a picture whose quarters differ in color: red and green above
// blue and white.
func quarters(width, height int) *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	colors := [2][2]color.RGBA{{{200, 0, 0, 255}, {0, 200, 0, 255}}, {{0, 0, 200, 255}, {255, 255, 255, 255}}}
	for y, line := range colors {
		for x, c := range line {
			quarter := image.Rect(x*width/2, y*height/2, (x+1)*width/2, (y+1)*height/2)
			draw.Draw(picture, quarter, image.NewUniform(c), image.Point{}, draw.Src)
		}
	}
	return picture
}

func (s *site) keep(t *testing.T, name string, file []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.photos, name), file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// look fetches the photo of an item and decodes it.
func (s *site) look(t *testing.T, item string) image.Image {
	t.Helper()
	answer, body := s.send(t, http.MethodGet, s.page+"/photo/"+item, "", "")
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "image/jpeg" {
		t.Fatalf("%d, %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	if answer.Header.Get("Cache-Control") != photoCaching || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", answer.Header)
	}
	if strings.Contains(body, "GPS") || strings.Contains(body, "Exif") {
		t.Error("the photo tells where it was taken")
	}
	picture, err := jpeg.Decode(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// corners names the colors of a picture's quarters, line by line.
func corners(picture image.Image) string {
	var names strings.Builder
	b := picture.Bounds()
	for _, at := range []image.Point{
		{b.Dx() / 4, b.Dy() / 4}, {3 * b.Dx() / 4, b.Dy() / 4}, {b.Dx() / 4, 3 * b.Dy() / 4}, {3 * b.Dx() / 4, 3 * b.Dy() / 4},
	} {
		r, g, b, _ := picture.At(at.X, at.Y).RGBA()
		switch high := uint32(0x8000); {
		case r > high && g > high && b > high:
			names.WriteByte('w')
		case r > high:
			names.WriteByte('r')
		case g > high:
			names.WriteByte('g')
		case b > high:
			names.WriteByte('b')
		}
	}
	return names.String()
}

func TestPhotoStandsUpright(t *testing.T) {
	s := serve(t, aPage(brakes()))
	for held, want := range map[uint16]string{
		0: "rgbw", 1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb", 9: "rgbw",
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			s.keep(t, "brakes.jpg", exif(t, quarters(80, 40), held, order))
			picture := s.look(t, "12")
			if got := corners(picture); got != want {
				t.Errorf("held as %d it shows %s, expected %s", held, got, want)
			}
			width, height, ok := photos{folder: s.photos}.size("brakes.jpg")
			if size := picture.Bounds().Size(); !ok || size.X != width || size.Y != height || (held > 4 && held < 9) != (width == 40) {
				t.Errorf("held as %d it is %v, said to be %d x %d", held, size, width, height)
			}
		}
	}
}

func TestPhotoIsMadeSmaller(t *testing.T) {
	s := serve(t, aPage(brakes()))
	for _, c := range []struct{ width, height, w, h int }{
		{2001, 301, 1600, 240}, {500, 3000, 266, 1600}, {1600, 100, 1600, 100}, {1, 1, 1, 1}, {5000, 1, 1600, 1},
	} {
		var file bytes.Buffer
		if err := png.Encode(&file, quarters(c.width, c.height)); err != nil {
			t.Fatal(err)
		}
		s.keep(t, "brakes.jpg", file.Bytes())
		picture := s.look(t, "12")
		if size := picture.Bounds().Size(); size != image.Pt(c.w, c.h) {
			t.Errorf("%d x %d becomes %v", c.width, c.height, size)
		}
		if c.w > 1 && c.h > 1 && corners(picture) != "rgbw" {
			t.Errorf("%d x %d shows %s", c.width, c.height, corners(picture))
		}
	}
}

func TestClearBecomesWhite(t *testing.T) {
	s := serve(t, aPage(brakes()))
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewNRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	s.keep(t, "brakes.jpg", file.Bytes())
	if got := corners(s.look(t, "12")); got != "wwww" {
		t.Errorf("a clear picture shows %q", got)
	}
}

// Only what lies in the folder, is a picture of bearable size, and belongs to
// the page is shown; for the rest the page has no hole.
func TestPhotosThatAreNotShown(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.jpg")
	if err := os.WriteFile(outside, exif(t, quarters(8, 8), 1, binary.LittleEndian), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		photo string
		make  func(t *testing.T, s *site)
	}{
		"none":          {"", nil},
		"missing":       {"missing.jpg", nil},
		"absolute":      {outside, nil},
		"above":         {"../" + filepath.Base(filepath.Dir(outside)) + "/secret.jpg", nil},
		"far above":     {"../../../../../../etc/passwd", nil},
		"a folder":      {".", nil},
		"NUL":           {"a\x00.jpg", nil},
		"symbolic link": {"link.jpg", func(t *testing.T, s *site) { must(t, os.Symlink(outside, filepath.Join(s.photos, "link.jpg"))) }},
		"pipe":          {"pipe.jpg", func(t *testing.T, s *site) { must(t, syscall.Mkfifo(filepath.Join(s.photos, "pipe.jpg"), 0o600)) }},
		"no picture":    {"a.jpg", func(t *testing.T, s *site) { s.keep(t, "a.jpg", []byte("<svg onload=alert(1)>")) }},
		"too many bytes": {"big.jpg", func(t *testing.T, s *site) {
			s.keep(t, "big.jpg", exif(t, quarters(8, 8), 1, binary.LittleEndian))
			must(t, os.Truncate(filepath.Join(s.photos, "big.jpg"), maxPhotoBytes+1))
		}},
		"too many pixels": {"wide.png", func(t *testing.T, s *site) { s.keep(t, "wide.png", hugePNG(60000, 60000)) }},
	} {
		t.Run(name, func(t *testing.T) {
			item := brakes()
			item.Photo = c.photo
			s := serve(t, aPage(item))
			if c.make != nil {
				c.make(t, s)
			}
			if answer, body := s.send(t, http.MethodGet, s.page+"/photo/12", "", ""); answer.StatusCode != http.StatusNotFound {
				t.Errorf("%d, %d bytes", answer.StatusCode, len(body))
			}
			if text := s.open(t); strings.Contains(text, "<img") {
				t.Error("the page has an image")
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// hugePNG returns the beginning of a PNG file that claims to be huge.
func hugePNG(width, height uint32) []byte {
	var small bytes.Buffer
	_ = png.Encode(&small, image.NewGray(image.Rect(0, 0, 1, 1))) // writing to memory
	file := small.Bytes()
	binary.BigEndian.PutUint32(file[16:], width)
	binary.BigEndian.PutUint32(file[20:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

func TestPhotoOfNobodysBusiness(t *testing.T) {
	s := serve(t, aPage(brakes()))
	s.shoot(t, "brakes.jpg", 8, 8)
	for _, path := range []string{
		s.page + "/photo/13", s.page + "/photo/", s.page + "/photo/brakes.jpg", s.page + "/photo/%2e%2e%2fbrakes.jpg",
		s.page + "/photo/012", "/p/bad/photo/12", strings.Replace(s.stop, "/u/", "/p/", 1) + "/photo/12",
	} {
		if answer, _ := s.send(t, http.MethodGet, path, "", ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
	s.desk.reading = errAway
	if answer, _ := s.send(t, http.MethodGet, s.page+"/photo/12", "", ""); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("while the database is away: %d", answer.StatusCode)
	}
	s.desk.reading = outreach.ErrNoPage
	if answer, _ := s.send(t, http.MethodGet, s.page+"/photo/12", "", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a forgotten contact's: %d", answer.StatusCode)
	}
}

func TestWithoutAFolderOfPhotos(t *testing.T) {
	for _, folder := range []string{"", "/does/not/exist"} {
		if _, _, ok := newPhotos(folder).size("brakes.jpg"); ok {
			t.Errorf("a photo in %q", folder)
		}
	}
}

func FuzzReadOrientation(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\x08\x00\x00\x00"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x02\xff\xe1\xff\xff"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x18Exif\x00\x00MM\x00*\xff\xff\xff\xff\x00\x01\x01\x12\x00\x03"))
	f.Fuzz(func(_ *testing.T, file []byte) {
		turned := readOrientation(bytes.NewReader(file))
		turned.upright(image.NewRGBA(image.Rect(0, 0, 3, 2)))
	})
}
