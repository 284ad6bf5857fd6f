package config

import (
	"net/url"
	"regexp"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

var headerPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)

// Staff is where the shop's own people open their pages: an address apart from
// that of the customers' pages, so that a proxy which passes those on to the world
// does not pass on these.
type Staff struct {
	Listen string `yaml:"listen" restart:"needed"` // host:port, "" for no pages
	URL    string `yaml:"url"`                     // how people reach them, without a path, "" for http://Listen
	// UserHeader is the header in which a reverse proxy names who it has signed in, ""
	// for people who sign in here. Only a proxy on this machine is believed.
	UserHeader string `yaml:"user_header"`
	// DailyMail is when people with an address are told what waits for them, by the
	// first shop's clock.
	DailyMail DailyTime `yaml:"daily_mail"`
}

// DailyTime is a time of day, or never.
type DailyTime struct {
	On bool
	At outreach.TimeOfDay
}

// UnmarshalText reads "7:30", and "" for never.
func (d *DailyTime) UnmarshalText(text []byte) (err error) {
	*d = DailyTime{On: len(text) > 0}
	if d.On {
		d.At, err = parseTimeOfDay(string(text))
	}
	return err
}

// String is how the time is written.
func (d DailyTime) String() string {
	if !d.On {
		return ""
	}
	return formatTimeOfDay(d.At)
}

// latestDailyMail leaves an hour to try again until noon, when it is given up.
const latestDailyMail outreach.TimeOfDay = 11 * 60

func defaultStaff() Staff { return Staff{DailyMail: DailyTime{On: true, At: 7*60 + 30}} }

func (s *Staff) check(c *checker, customers string) {
	if s.Listen != "" && !isListenAddress(s.Listen) {
		c.errorf("staff.listen", "%q is not an address and a port such as 127.0.0.1:8418", s.Listen)
	}
	if s.Listen != "" && s.Listen == customers {
		c.errorf("staff.listen", "is also http.listen; the pages of the staff need an address of their own")
	}
	s.URL = c.webAddress("staff.url", s.URL)
	if u, err := url.Parse(s.URL); err == nil && u.Path != "" {
		c.errorf("staff.url", "must not have a path such as %q: the pages' links begin at the root; give the pages a name of their own, "+
			"for example https://courtesy.shop.example.com", u.Path)
	}
	if s.DailyMail.At > latestDailyMail {
		c.errorf("staff.daily_mail", "%s is too late: it goes out in the morning, at %s at the latest",
			formatTimeOfDay(s.DailyMail.At), formatTimeOfDay(latestDailyMail))
	}
	if s.UserHeader == "" {
		return
	}
	if !headerPattern.MatchString(s.UserHeader) {
		c.errorf("staff.user_header", "%q is not the name of a header such as X-Remote-User", s.UserHeader)
	}
	if !Loopback(s.Listen) {
		c.errorf("staff.user_header", "needs staff.listen on this machine only, for example 127.0.0.1:8418: anybody who can reach it "+
			"could call themselves whom they like")
	}
}
