package testdb

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/courtesyd/courtesyd/internal/store"
)

// Bringing a database up to date takes long under the race detector, so it is
// done once for each engine, and copied.

// EachReady is EachURL with the present schema in the database.
func EachReady(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		url := SQLite(t)
		fill(t, url)
		f(t, url)
	})
	t.Run("postgres", func(t *testing.T) {
		s := running(t)
		must(t, patternDatabase())
		f(t, s.create(t, pattern))
	})
}

// fill gives the present schema to an empty database that Postgres or SQLite
// returned. A database that is not empty stays as it is.
func fill(t testing.TB, address string) {
	t.Helper()
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			schema, err := patternFile()
			must(t, err)
			must(t, os.WriteFile(path, schema, 0o600))
		}
		return
	}
	s := running(t)
	u, err := url.Parse(address)
	must(t, err)
	name := strings.TrimPrefix(u.Path, "/")
	if empty, err := s.empty(name); err != nil || !empty {
		must(t, err)
		return
	}
	must(t, patternDatabase())
	must(t, s.exec("drop database "+name))
	must(t, s.copy(pattern, name))
}

// patternFile is a SQLite file with the present schema.
var patternFile = sync.OnceValues(func() (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "courtesy-pattern-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "pattern.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// pattern is the name of a database with the present schema.
const pattern = "pattern"

// patternDatabase makes the pattern on the server of this test process.
var patternDatabase = sync.OnceValue(func() error {
	s, err := shared()
	if err != nil {
		return err
	}
	return errors.Join(s.copy("template0", pattern), migrate(s.url(pattern)))
})

func migrate(address string) error {
	db, err := store.Open(context.Background(), store.Options{URL: address})
	if err != nil {
		return err
	}
	_, err = db.Migrate(context.Background())
	return errors.Join(err, db.Close())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
