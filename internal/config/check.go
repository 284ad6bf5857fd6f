package config

import (
	"fmt"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// checker is what the sections check themselves with.
type checker struct {
	*report
	Options
}

// path makes a path of the file relative to the file's folder.
func (c *checker) path(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Dir, path)
}

// readable resolves an optional path and checks that there is a file.
func (c *checker) readable(key string, path *string) {
	if *path == "" {
		return
	}
	*path = c.path(*path)
	if info, err := os.Stat(*path); err != nil {
		c.errorf(key, "%v; check the path and that the user of courtesyd may read it", err)
	} else if !info.Mode().IsRegular() {
		c.errorf(key, "%s is not a file", *path)
	}
}

// required reports an empty value; why completes "is missing: …".
func (c *checker) required(key, value, why string) {
	if value == "" {
		c.errorf(key, "is missing: %s", why)
	}
}

// within checks a number against both ends of its range.
func (c *checker) within(key string, value, low, high int) {
	if value < low || value > high {
		c.errorf(key, "%d is out of range; expected %d to %d", value, low, high)
	}
}

// lasting checks a length of time against both ends of its range.
func (c *checker) lasting(key string, value, low, high time.Duration) {
	if value < low || value > high {
		c.errorf(key, "%s is out of range; expected %s to %s",
			formatDuration(value), formatDuration(low), formatDuration(high))
	}
}

// oneOf checks value against the words allowed.
func oneOf[T ~string](c *checker, key string, value T, allowed ...T) {
	words := make([]string, len(allowed))
	for i, a := range allowed {
		if value == a {
			return
		}
		words[i] = string(a)
	}
	message := fmt.Sprintf("%q is not one of %s", value, strings.Join(words, ", "))
	if near := nearest(string(value), words); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	}
	c.errorf(key, "%s", message)
}

var (
	domainPattern = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9]$`)
	hostPattern   = regexp.MustCompile(`^[a-zA-Z0-9.:\[\]_-]{1,253}$`)
)

// mailbox checks an optional, bare e-mail address.
func (c *checker) mailbox(key, address string) {
	if address == "" {
		return
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address ||
		!domainPattern.MatchString(address[strings.LastIndexByte(address, '@')+1:]) {
		c.errorf(key, "%q is not an e-mail address such as service@example.com", address)
	}
}

// domain checks an optional domain name.
func (c *checker) domain(key, name string) {
	if name != "" && !domainPattern.MatchString(name) {
		c.errorf(key, "%q is not a domain name such as shop.example.com", name)
	}
}

// webAddress checks an optional address without query; only a machine talking
// to itself may do without encryption. It returns the address without the
// slash at its end.
func (c *checker) webAddress(key, address string) string {
	if address == "" {
		return ""
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "":
		c.errorf(key, "expected an address such as https://shop.example.com")
	case u.User != nil:
		c.errorf(key, "must not hold a user name or a password")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		c.errorf(key, "%q would travel unencrypted; use https", address)
	}
	return strings.TrimRight(address, "/")
}
