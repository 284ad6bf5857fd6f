package config

import (
	"net"
	"regexp"
)

var headerPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)

// Staff is where the shop's own people open their pages: an address apart from
// that of the customers' pages, so that a proxy which passes those on to the world
// does not pass on these.
type Staff struct {
	Listen string `yaml:"listen" restart:"needed"` // host:port, "" for no pages
	URL    string `yaml:"url"`                     // how people reach them, "" for http://Listen
	// UserHeader is the header in which a reverse proxy names who it has signed in, ""
	// for people who sign in here. Only a proxy on this machine is believed.
	UserHeader string `yaml:"user_header"`
}

func (s *Staff) check(c *checker, customers string) {
	if s.Listen != "" && !isListenAddress(s.Listen) {
		c.errorf("staff.listen", "%q is not an address and a port such as 127.0.0.1:8418", s.Listen)
	}
	if s.Listen != "" && s.Listen == customers {
		c.errorf("staff.listen", "is also http.listen; the pages of the staff need an address of their own")
	}
	s.URL = c.webAddress("staff.url", s.URL)
	if s.UserHeader == "" {
		return
	}
	if !headerPattern.MatchString(s.UserHeader) {
		c.errorf("staff.user_header", "%q is not the name of a header such as X-Remote-User", s.UserHeader)
	}
	if host, _, err := net.SplitHostPort(s.Listen); err != nil || !isLoopback(host) {
		c.errorf("staff.user_header", "needs staff.listen on this machine only, for example 127.0.0.1:8418: anybody who can reach it "+
			"could call themselves whom they like")
	}
}
