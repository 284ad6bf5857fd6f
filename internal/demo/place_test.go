package demo

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/courtesyd/courtesyd/internal/config"
)

func TestWhatAnUnfinishedDemoLeftIsClearedAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "maple")
	first, err := take(dir)
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, "outbox", "000001-1-sms.txt")
	for _, name := range []string{left, filepath.Join(dir, config.FileName), filepath.Join(dir, "courtesy.db-wal")} {
		if err := keep(name, []byte("half")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := take(dir); err == nil || !strings.Contains(err.Error(), "another demo is at work") {
		t.Errorf("two demos in one folder: %v", err)
	}
	if err := first.leave(); err != nil { // as its process ends
		t.Fatal(err)
	}

	// What a person put there is nobody's to clear away.
	own := filepath.Join(dir, "notes.txt")
	if err := keep(own, []byte("mine")); err != nil {
		t.Fatal(err)
	}
	if _, err := take(dir); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("with a file of somebody's: %v", err)
	}
	if _, err := os.Stat(left); err != nil {
		t.Errorf("something is gone: %v", err)
	}
	if err := os.Remove(own); err != nil {
		t.Fatal(err)
	}

	second, err := take(dir)
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left over: %v, %v", entries, err)
	}
	if err := errors.Join(keep(left, []byte("whole")), second.finish(), second.leave()); err != nil {
		t.Fatal(err)
	}
	if _, err := take(dir); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a whole month would be overwritten: %v", err)
	}
}

func TestPortsInUse(t *testing.T) {
	taken, err := net.Listen("tcp", customersAt)
	switch {
	case err == nil:
		defer func() { _ = taken.Close() }()
	case !errors.Is(err, syscall.EADDRINUSE): // then somebody else has taken it
		t.Fatal(err)
	}
	p, err := reserve()
	if err != nil {
		t.Fatal(err)
	}
	defer p.release()
	customers, staff := p.customers.Addr().String(), p.staff.Addr().String()
	if customers == customersAt || customers == staff {
		t.Errorf("the customers' pages at %s, the staff's at %s", customers, staff)
	}
	home, err := take(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = home.leave() }()
	c, err := home.setUp(nil, p)
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTP.Listen != customers || c.PublicURL != "http://"+customers || c.Staff.Listen != staff {
		t.Errorf("listens at %s and %s, the links lead to %s", c.HTTP.Listen, c.Staff.Listen, c.PublicURL)
	}
}
