package customer

import (
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/links"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/web"
)

// desk records what it is told, and says what it was set to say.
type desk struct {
	mu      sync.Mutex
	page    outreach.Page
	reading error // of Page
	writing error // of Press and Unsubscribe
	presses []outreach.Press
	stops   []string // "how" of each Unsubscribe
}

func (d *desk) Page(_ context.Context, contactID int64) (outreach.Page, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.reading != nil:
		return outreach.Page{}, d.reading
	case contactID != d.page.ContactID:
		return outreach.Page{}, outreach.ErrNoPage
	}
	page := d.page
	page.Items = slices.Clone(page.Items)
	return page, nil
}

func (d *desk) Press(_ context.Context, press outreach.Press) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.writing != nil {
		return d.writing
	}
	d.presses = append(d.presses, press)
	switch press.Action {
	case outreach.ActionStop:
		d.page.Stopped = true
	case outreach.ActionBook, outreach.ActionAsk:
		d.page.Waiting = true
	default:
		for i := range d.page.Items {
			if item := &d.page.Items[i]; press.Item == 0 || item.ID == press.Item {
				item.Answer, item.AnsweredAt, item.Until, item.Reason = press.Action, press.At, press.Until, press.Reason
			}
		}
	}
	return nil
}

func (d *desk) Unsubscribe(_ context.Context, _ int64, how string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.writing != nil {
		return d.writing
	}
	d.stops = append(d.stops, how)
	d.page.Stopped = true
	return nil
}

// heard returns what was recorded so far.
func (d *desk) heard() (presses []outreach.Press, stops []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.presses), slices.Clone(d.stops)
}

// contact is whose page the tests open.
const contact = 4711

// now is a moment of the tests, in the morning at the shop.
var now = time.Date(2026, 6, 3, 15, 0, 0, 0, time.UTC)

func aShop() outreach.Shop {
	return outreach.Shop{
		ID: "main", Name: "Riverbend Auto Care", Phone: "+12125550123",
		PostalAddress: "12 Example Street, Springfield, NY 10001", TimeZone: "America/New_York", Currency: "USD",
	}
}

func brakes() outreach.PageItem {
	return outreach.PageItem{
		ID: 12, Name: "Front brake pads", Finding: "The pads measured 2.5 mm; new ones have 11 mm.",
		Price: outreach.Money{Minor: 28950, Currency: "USD"}, PriceValidUntil: now.AddDate(0, 0, 27),
		Duration: 2 * time.Hour, Vehicle: "Honda Civic", Day: now.AddDate(0, 0, -3), Photo: "brakes.jpg",
	}
}

func battery() outreach.PageItem {
	return outreach.PageItem{
		ID: 13, Name: "Battery", Finding: "It held 61 % of its charge in the test.",
		Price: outreach.Money{Minor: 18900, Currency: "USD"}, Duration: 25 * time.Minute,
		Vehicle: "Honda Civic", Day: now.AddDate(0, 0, -3),
	}
}

func aPage(items ...outreach.PageItem) outreach.Page {
	return outreach.Page{
		ContactID: contact, Shop: aShop(), Locale: "en", FirstName: "Dana",
		SentAt: now.AddDate(0, 0, -1), Items: items,
	}
}

func canceled() outreach.PageItem {
	return outreach.PageItem{
		ID: 21, Canceled: true, Kind: outreach.AppointmentCanceled, Name: "Timing belt and water pump",
		Vehicle: "Honda Civic", Day: now.AddDate(0, 0, -2),
	}
}

// site is the pages as they are served.
type site struct {
	*httptest.Server
	desk   *desk
	page   string // paths
	stop   string
	photos string // folder
	log    *strings.Builder
}

func serve(t *testing.T, page outreach.Page) *site {
	t.Helper()
	return serveAt(t, page, "https://shop.example")
}

func serveAt(t *testing.T, page outreach.Page, publicURL string) *site {
	t.Helper()
	signer := links.New([]byte("0123456789abcdef0123456789abcdef"), publicURL, "")
	s := &site{desk: &desk{page: page}, photos: t.TempDir(), log: new(strings.Builder)}
	log := slog.New(slog.NewTextHandler(&locked{w: s.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	pages, err := New(Config{
		Desk: s.desk, Links: signer, Photos: s.photos, PublicURL: publicURL,
		Now: func() time.Time { return now }, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := web.Handler(web.Config{PublicURL: publicURL, Log: log}, pages.Routes()...)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(handler)
	t.Cleanup(s.Close)
	l := signer.For(contact)
	s.page, s.stop = strings.TrimPrefix(l.Page, publicURL), strings.TrimPrefix(l.Unsubscribe, publicURL)
	return s
}

// locked lets several handlers write to one buffer.
type locked struct {
	mu sync.Mutex
	w  *strings.Builder
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// shoot writes a photo, lighter at the top left, into the folder of photos.
func (s *site) shoot(t *testing.T, name string, width, height int) {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			shade := uint8(230 - 90*x/width - 90*y/height)
			picture.SetRGBA(x, y, color.RGBA{shade, shade, shade - 30, 255})
		}
	}
	file, err := os.Create(filepath.Join(s.photos, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := jpeg.Encode(file, picture, nil); err != nil {
		t.Fatal(err)
	}
}
