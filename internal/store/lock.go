package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// ErrLocked means another daemon already works on the SQLite file.
var ErrLocked = errors.New("database file is in use")

// Lock takes the SQLite file for one daemon, until the returned function is
// called or the process ends however it ends. On PostgreSQL, where row locks
// let daemons share the work, it does nothing.
func (d *DB) Lock() (release func() error, err error) {
	if d.postgres {
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(d.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(f.Name()) // only to name the holder in the message
		_ = f.Close()                      // the lock was not taken; nothing to lose
		return nil, fmt.Errorf("%w: another courtesyd (process %s) works on %s; stop it first, "+
			"or use PostgreSQL, where several daemons share the work", ErrLocked, strings.TrimSpace(string(holder)), d.path)
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(fmt.Errorf("write lock file: %w", err), f.Close())
	}
	if _, err := fmt.Fprintf(f, "%d\n", os.Getpid()); err != nil {
		return nil, errors.Join(fmt.Errorf("write lock file: %w", err), f.Close())
	}
	return f.Close, nil
}
