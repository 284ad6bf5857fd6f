package stories

import (
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/courtesyd/courtesyd/internal/importer"
)

const visit = `
RO #,Closed,Service Advisor,Customer ID,Customer,Mobile,SMS Consent Written,SMS Consent Wording,Year,Make,Model,Line ID,Service,Tech Note,Color,Authorization,Price,Labor Hours,Photo
50008,02/02/2026,Robin Wrenfield,C1,Pat Sample,(212) 555-0123,12/01/2025,I agree to service texts.,2018,Subaru,Outback,1,Front brake pads,2 mm left,Red,Declined,$420.00,1.5,brakes.jpg
50008,,,,,,,,,,,2,Battery,tests at 60 % of its rating,Red,Declined,$189.00,0.5,
50008,,,,,,,,,,,3,Wiper blades,streaks on both sides,Red,Declined,$48.00,,`

// again is another visit in spring: the battery is left once more.
const again = `
RO #,Closed,Service Advisor,Customer ID,Customer,Mobile,Year,Make,Model,Line ID,Service,Tech Note,Color,Authorization,Price
50018,04/06/2026,Robin Wrenfield,C1,Pat Sample,(212) 555-0123,2018,Subaru,Outback,1,Battery,tests at 50 % of its rating,Red,Declined,$189.00`

// Pat sees on the page what was found, says no to the battery and asks to be
// reminded of the wipers in three months. From then on each message is about what
// is left, also after the shop's program has exported the order again, and nobody
// speaks of the battery when Pat has said no to it once more.
func TestNotThisOneAndLater(t *testing.T) {
	t.Parallel()
	each(t, setup{}, func(s *shop) {
		s.shoots("brakes.jpg")
		s.imports(importer.Orders, visit)
		pat := &customer{s: s, phone: "+12125550123"}
		s.until("Feb 5 18:00")
		phone := pat.opens(pat.reads())
		shows(t, phone, "Front brake pads", "2 mm left", "$420", "about 1.5 hours", "Battery", "Wiper blades")
		phone.Screenshot("items")
		press(phone, "Battery", "Not this one")
		phone.Do(chromedp.Click(labeled("Wiper blades", "Remind me later")))
		phone.Screenshot("later")
		press(phone, "Wiper blades", "In three months (May 5)")
		shows(t, phone, "You told us on February 5: not this one.", "to remind you on May 5.")
		phone.Screenshot("answered")
		s.nobodyWaits()
		s.imports(importer.Orders, visit)

		s.until("Mar 4 12:00")
		if last := pat.reads(); !strings.Contains(last, "Front brake pads") {
			t.Errorf("the last note is not about what is left: %s", last)
		} else {
			phone = pat.opens(last)
			if all := phone.Text("main"); strings.Contains(all, "Battery") || strings.Contains(all, "Wiper") {
				t.Errorf("the page of the last note shows more than what is left:\n%s", all)
			}
		}
		s.until("Apr 6 12:00")
		s.imports(importer.Orders, again)
		s.until("Apr 28 12:00")
		if before := pat.reads(); !strings.Contains(before, "Wiper blades on your Outback around May 5") {
			t.Errorf("a week before the reminder comes: %s", before)
		}
		s.until("May 5 12:00")
		reminder := pat.reads()
		if !strings.Contains(reminder, "This is the reminder you asked for: Wiper blades on your Outback, $48.") {
			t.Errorf("the reminder reads: %s", reminder)
		}
		press(pat.opens(reminder), "", "Already done elsewhere")

		s.until("Sep 1 12:00")
		pat.hearsNothing()
		s.explains("50008",
			"Wiper blades: followed up by deferred version 1", "step 2 by text on Tue May 5 2026, 10:00: delivered")
		s.explains("50018", "Battery: not followed up: the customer said no to it twice, and that is final")
		s.logs(
			"out sms delivered declined-safety/1",
			"out call expired past_not_after declined-safety/2",
			"out sms delivered declined-safety/3",
			"in sms received not_this",
			"in sms received later",
			"out sms delivered deferred/1",
			"out sms delivered deferred/2",
			"in sms received elsewhere",
		)
	})
}

// shoots the technician's photo of a worn brake.
func (s *shop) shoots(name string) {
	s.t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for x := range 640 {
		for y := range 480 {
			shade := uint8(70 + (x*x/900+y*y/700)%90)
			picture.Set(x, y, color.RGBA{shade, shade - 20, shade - 30, 255})
		}
	}
	s.config.HTTP.PhotosDir = s.t.TempDir()
	f, err := os.Create(filepath.Join(s.config.HTTP.PhotosDir, name))
	s.must(err)
	s.must(jpeg.Encode(f, picture, nil))
	s.must(f.Close())
	s.stop()
	s.start()
}
