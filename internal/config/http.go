package config

import (
	"net"
	"net/netip"
	"os"
	"strconv"
)

// HTTP is the web server for customers' pages, unsubscribing and webhooks. It
// speaks plain HTTP: a reverse proxy in front of it brings the encryption.
type HTTP struct {
	Listen    string `yaml:"listen" restart:"needed"` // host:port, "" for no web server
	PhotosDir string `yaml:"photos_dir"`              // the technicians' photos, "" for none
}

// Loopback reports whether only this machine can reach what listens at host:port.
// Where others can, a reverse proxy must stand between.
func Loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && isLoopback(host)
}

func (h *HTTP) check(c *checker) {
	if h.Listen != "" && !isListenAddress(h.Listen) {
		c.errorf("http.listen", "%q is not an address and a port such as 127.0.0.1:8417", h.Listen)
	}
	c.folder("http.photos_dir", &h.PhotosDir)
}

// isListenAddress reports whether text is host:port with an address of this
// machine, or none for all of them. The port that lets the system choose one is
// refused, since nobody would know where to find the pages.
func isListenAddress(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return false
	}
	_, err = netip.ParseAddr(host)
	return err == nil || host == "" || host == "localhost"
}

// folder resolves an optional path and checks that there is a folder.
func (c *checker) folder(key string, path *string) {
	if *path == "" {
		return
	}
	*path = c.path(*path)
	if info, err := os.Stat(*path); err != nil {
		c.errorf(key, "%v; check the path and that the user of courtesyd may read it", err)
	} else if !info.IsDir() {
		c.errorf(key, "%s is not a folder", *path)
	}
}
