package config

// Staff is where the shop's own people open their pages: an address apart from
// that of the customers' pages, so that a proxy which passes those on to the world
// does not pass on these.
type Staff struct {
	Listen string `yaml:"listen" restart:"needed"` // host:port, "" for no pages
	URL    string `yaml:"url"`                     // how people reach them, "" for http://Listen
}

func (s *Staff) check(c *checker, customers string) {
	if s.Listen != "" && !isListenAddress(s.Listen) {
		c.errorf("staff.listen", "%q is not an address and a port such as 127.0.0.1:8418", s.Listen)
	}
	if s.Listen != "" && s.Listen == customers {
		c.errorf("staff.listen", "is also http.listen; the pages of the staff need an address of their own")
	}
	s.URL = c.webAddress("staff.url", s.URL)
}
