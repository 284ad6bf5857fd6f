package demo

import (
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/courtesyd/courtesyd/internal/config"
)

//go:embed courtesy.yaml
var configuration string

// ErrNotEmpty means that the folder for the demo holds other things.
var ErrNotEmpty = errors.New("is not empty; name a new folder, so that nothing of yours is overwritten")

// unfinished is the file by which a demo knows what an earlier one left that did
// not come to its end. Whoever is at work there holds a lock on it.
const unfinished = "demo-unfinished"

// place is the folder of a demo at work.
type place struct {
	dir  string
	mark *os.File
}

// take makes the folder, or clears away what an unfinished demo left in it.
func take(dir string) (*place, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for the demo: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read folder for the demo: %w", err)
	}
	begun := slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == unfinished })
	if len(entries) > 0 && !begun || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return !ours(e.Name()) }) {
		return nil, fmt.Errorf("%s %w", dir, ErrNotEmpty)
	}
	mark, err := os.OpenFile(filepath.Join(dir, unfinished), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin the demo: %w", err)
	}
	p := &place{dir: dir, mark: mark}
	if err := syscall.Flock(int(mark.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another demo is at work in %s; name a new folder", dir), p.leave())
	}
	for _, e := range entries {
		if e.Name() == unfinished {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return nil, errors.Join(fmt.Errorf("clear away an unfinished demo: %w", err), p.leave())
		}
	}
	return p, nil
}

// ours reports whether a file is one that a demo makes.
func ours(name string) bool {
	switch name {
	case unfinished, config.FileName, "link_key", "import", "outbox", "rejected":
		return true
	}
	return strings.HasPrefix(name, "courtesy.db") // and its journals
}

// finish marks that the folder holds a whole month from now on.
func (p *place) finish() error {
	if err := os.Remove(p.mark.Name()); err != nil {
		return fmt.Errorf("finish the demo: %w", err)
	}
	return nil
}

// leave lets others into the folder.
func (p *place) leave() error { return p.mark.Close() }

// setUp writes the configuration and the shop's files.
func (p *place) setUp(files map[string][]byte, ports ports) (*config.Config, error) {
	imports := filepath.Join(p.dir, "import")
	if err := os.MkdirAll(imports, 0o700); err != nil {
		return nil, fmt.Errorf("make folder for the demo: %w", err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(imports, name), content, 0o600); err != nil {
			return nil, fmt.Errorf("write the sample shop's files: %w", err)
		}
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("make a key for the links: %w", err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "link_key"), []byte(hex.EncodeToString(key)), 0o600); err != nil {
		return nil, fmt.Errorf("write the key for the links: %w", err)
	}
	file := filepath.Join(p.dir, config.FileName)
	if err := os.WriteFile(file, []byte(ports.into(configuration)), 0o600); err != nil {
		return nil, fmt.Errorf("write the sample shop's configuration: %w", err)
	}
	return config.Load(file)
}
