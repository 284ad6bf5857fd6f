package customer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // as cameras and phones write them
	"image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Bounds of a photo.
const (
	maxPhotoBytes  = 20 << 20
	maxPhotoPixels = 50 << 20
	longestSide    = 1600 // pixels, as it is sent
	photoQuality   = 82   // of 100
	photoCaching   = "private, max-age=3600"
)

// photos is the folder of the technicians' photos. A photo is never sent as it
// is: a phone writes into it where and when it was taken.
type photos struct {
	folder string
	turn   chan struct{} // one photo at a time is decoded, for it takes much memory
}

func newPhotos(folder string) photos {
	return photos{folder: folder, turn: make(chan struct{}, 1)}
}

// errNoPhoto means that there is no such photo, or none that can be shown.
var errNoPhoto = errors.New("there is no such photo")

// photo answers with the photo of one item of the page.
func (p *Pages) photo(w http.ResponseWriter, r *http.Request) {
	id, err := p.links.Page(token(r))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	ctx, cancel := reading(r)
	defer cancel()
	page, err := p.desk.Page(ctx, id)
	if err != nil && !errors.Is(err, outreach.ErrNoPage) {
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	select {
	case p.photos.turn <- struct{}{}:
		defer func() { <-p.photos.turn }()
	case <-ctx.Done():
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	file, err := p.photos.jpeg(photoName(page, r.PathValue("item")))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Length", strconv.Itoa(len(file)))
	w.Header().Set("Cache-Control", photoCaching)
	_, _ = w.Write(file) // a reader who has gone need not be told
}

// photoName returns the file of an item of the page, "" when there is none.
func photoName(page outreach.Page, item string) string {
	for _, i := range page.Items {
		if strconv.FormatInt(i.ID, 10) == item {
			return i.Photo
		}
	}
	return ""
}

// size returns how large a photo will be when it is sent, in pixels, and
// whether there is one that can be.
func (p photos) size(name string) (width, height int, ok bool) {
	file, turned, err := p.open(name)
	if err != nil {
		return 0, 0, false
	}
	defer file.Close()
	config, _, err := image.DecodeConfig(bufio.NewReader(file))
	if err != nil || !showable(config) {
		return 0, 0, false
	}
	width, height = fitting(config.Width, config.Height)
	if turned.sideways() {
		width, height = height, width
	}
	return width, height, true
}

// jpeg returns a photo upright, no larger than a screen needs, and without
// anything but its pixels.
func (p photos) jpeg(name string) ([]byte, error) {
	file, turned, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	config, _, err := image.DecodeConfig(bufio.NewReader(file))
	if err != nil || !showable(config) {
		return nil, errNoPhoto
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read photo: %w", err)
	}
	decoded, _, err := image.Decode(bufio.NewReader(io.LimitReader(file, maxPhotoBytes)))
	if err != nil {
		return nil, errNoPhoto
	}
	var out bytes.Buffer
	upright := turned.upright(shrink(decoded))
	if err := jpeg.Encode(&out, upright, &jpeg.Options{Quality: photoQuality}); err != nil {
		return nil, fmt.Errorf("write photo: %w", err)
	}
	return out.Bytes(), nil
}

func showable(c image.Config) bool {
	return c.Width > 0 && c.Height > 0 && c.Width <= maxPhotoPixels/c.Height
}

// open opens a regular file of a bearable size in the folder, never one outside
// it, and reads how its picture is turned.
func (p photos) open(name string) (*os.File, orientation, error) {
	if p.folder == "" || name == "" {
		return nil, 0, errNoPhoto
	}
	root, err := os.OpenRoot(p.folder)
	if err != nil {
		return nil, 0, fmt.Errorf("open folder of photos: %w", err)
	}
	defer root.Close()
	// Asked before it is opened: opening a pipe would wait for its writer.
	if info, err := root.Stat(name); err != nil || !info.Mode().IsRegular() || info.Size() > maxPhotoBytes {
		return nil, 0, errNoPhoto
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, 0, fmt.Errorf("open photo: %w", err)
	}
	turned := readOrientation(bufio.NewReader(file))
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("read photo: %w", err), file.Close())
	}
	return file, turned, nil
}
