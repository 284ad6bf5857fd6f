// Package testdb gives tests real databases: a SQLite file, and a PostgreSQL
// server of their own that lives as long as the test process.
package testdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/lib/pq" // to create databases

	"github.com/courtesyd/courtesyd/internal/store"
)

// Each runs f as a subtest on each engine, on a fresh database with the present
// schema.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	EachReady(t, func(t *testing.T, url string) { f(t, Open(t, url)) })
}

// EachURL is Each for tests that run the program itself: f gets the URL of an
// empty database.
func EachURL(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// Open opens the database at a URL until the test ends. An empty one gets the
// present schema first.
func Open(t testing.TB, url string) *store.DB {
	t.Helper()
	fill(t, url)
	db, err := store.Open(context.Background(), store.Options{URL: url, MaxConnections: 12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// SQLite returns the URL of a file that does not exist yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "courtesy.db")
}

// Postgres returns the URL of a new, empty database. Where PostgreSQL is not
// installed the test is skipped, unless COURTESY_REQUIRE_POSTGRES is set.
func Postgres(t testing.TB) string {
	t.Helper()
	return running(t).create(t, "template0")
}

// server is one PostgreSQL. The kernel ends it with this process.
type server struct {
	dir string
	cmd *exec.Cmd
}

// shared is the server of this test process, started at the first call.
var shared = sync.OnceValues(start)

// running is the shared server, without which the test is skipped or fails.
func running(t testing.TB) *server {
	t.Helper()
	s, err := shared()
	if err != nil {
		if os.Getenv("COURTESY_REQUIRE_POSTGRES") != "" {
			t.Fatal(err)
		}
		t.Skipf("no PostgreSQL for this test: %v", err)
	}
	return s
}

func start() (*server, error) {
	bin, err := findBin()
	if err != nil {
		return nil, err
	}
	sweep()
	dir, err := os.MkdirTemp("/tmp", fmt.Sprintf("%s%d-", dirPrefix, os.Getpid()))
	if err != nil {
		return nil, err
	}
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() == 0 {
		// PostgreSQL refuses to run as root.
		if attr.Credential, err = postgresUser(dir); err != nil {
			return nil, err
		}
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", dir+"/data", "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.SysProcAttr, initdb.Dir = &syscall.SysProcAttr{Credential: attr.Credential}, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	s := &server{dir: dir}
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", dir+"/data", "-k", dir, "-h", "", "-F",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200",
		"-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "log_min_messages=panic")
	s.cmd.SysProcAttr, s.cmd.Dir = attr, dir
	started := make(chan error, 1)
	go func() {
		// Pdeathsig follows the thread that started the process, so that thread
		// must live as long as the test process: Wait keeps it.
		runtime.LockOSThread()
		if err := s.cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		_ = s.cmd.Wait() // it ends when the test process does
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return s, s.awaitReady()
}

const dirPrefix = "courtesy-pg-"

// sweep removes what servers of earlier test processes left behind.
func sweep() {
	dirs, _ := filepath.Glob("/tmp/" + dirPrefix + "*") // the pattern is well formed
	for _, dir := range dirs {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), dirPrefix), "-")
		if n, err := strconv.Atoi(pid); err == nil && syscall.Kill(n, 0) == syscall.ESRCH {
			_ = os.RemoveAll(dir) // the next process tries again
		}
	}
}

func (s *server) awaitReady() error {
	deadline := time.Now().Add(time.Minute)
	for {
		err := s.exec("select 1")
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond) // the server of another process starts: nothing to wait on
	}
}

// create makes a database like another one until the test ends, and returns its URL.
func (s *server) create(t testing.TB, template string) string {
	t.Helper()
	name := "t" + strings.ToLower(rand.Text())
	must(t, s.copy(template, name))
	t.Cleanup(func() {
		if err := s.exec("drop database " + name + " with (force)"); err != nil {
			t.Error(err)
		}
	})
	return s.url(name)
}

func (s *server) copy(from, to string) error {
	return s.exec("create database " + to + " template " + from + " strategy file_copy")
}

func (s *server) exec(statement string) error {
	return s.in("postgres", func(db *sql.DB) error {
		_, err := db.Exec(statement)
		return err
	})
}

// empty reports whether a database has no tables yet, but for the one that a look
// at the state of its schema leaves.
func (s *server) empty(name string) (empty bool, err error) {
	err = s.in(name, func(db *sql.DB) error {
		return db.QueryRow(`select not exists (select from pg_tables where schemaname = 'public' and tablename <> 'goose_db_version')`).Scan(&empty)
	})
	return empty, err
}

func (s *server) in(database string, f func(*sql.DB) error) error {
	db, err := sql.Open("postgres", s.url(database))
	if err != nil {
		return err
	}
	return errors.Join(f(db), db.Close())
}

func (s *server) url(database string) string {
	q := url.Values{"host": {s.dir}, "user": {"postgres"}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + q.Encode()
}

// findBin looks for the server's programs: on the path, else where Debian keeps them.
func findBin() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			return filepath.Dir(p), nil
		}
	}
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(dirs) == 0 {
		return "", fmt.Errorf("PostgreSQL is not installed; `make deps` installs it")
	}
	return dirs[len(dirs)-1], nil
}

func postgresUser(dir string) (*syscall.Credential, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("find the user that runs PostgreSQL: %w", err)
	}
	uid, err := strconv.Atoi(strings.TrimSpace(u.Uid))
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(strings.TrimSpace(u.Gid))
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
