// Package store holds all SQL. PostgreSQL and SQLite share the statements;
// where they must differ, the two forms stand side by side with the reason.
//
// Each exported type answers for one part of the data and shares the
// connection pool of DB. Methods open and end their own transactions;
// lower-case helpers take the transaction and compose.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	_ "modernc.org/sqlite" // the driver registers itself
)

// Options say which database to open.
type Options struct {
	// URL is "postgres://…", or "sqlite:PATH" for the embedded database.
	URL            string
	Password       string // for PostgreSQL, kept out of the URL; may be empty
	MaxConnections int
}

// DB is an open database.
type DB struct {
	db       *sqlx.DB
	postgres bool
	path     string        // SQLite's file
	turn     chan struct{} // holds one token while somebody writes to SQLite
}

// Open connects and checks that the database answers. It does not touch the schema.
func Open(ctx context.Context, o Options) (*DB, error) {
	d := &DB{turn: make(chan struct{}, 1)}
	var err error
	if path, ok := strings.CutPrefix(o.URL, "sqlite:"); ok {
		err = d.openSQLite(path)
	} else {
		err = d.openPostgres(o)
	}
	if err != nil {
		return nil, err
	}
	if o.MaxConnections > 0 {
		d.db.SetMaxOpenConns(o.MaxConnections)
		d.db.SetMaxIdleConns(o.MaxConnections)
	}
	if err := d.Ping(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *DB) openSQLite(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find database file %s: %w", path, err)
	}
	// One file has one lock, whatever links lead to it.
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	d.path = abs
	// SQLite would make the file readable for everybody; it holds people's data.
	f, err := os.OpenFile(abs, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w; check the folder and who may write to it", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("open database %s: %w", abs, err)
	}
	// _txlock=immediate: a transaction that reads and then writes would
	// otherwise fail at once when another writer came between.
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: abs}).EscapedPath()}).String() +
		"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"
	d.db, err = sqlx.Open("sqlite", dsn)
	if err != nil {
		return fmt.Errorf("open database %s: %w", abs, err)
	}
	return nil
}

func (d *DB) openPostgres(o Options) error {
	if !strings.HasPrefix(o.URL, "postgres://") && !strings.HasPrefix(o.URL, "postgresql://") {
		return errors.New(`open database: the URL must begin with "postgres://" or "sqlite:"`)
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		return errors.New("open database: the URL cannot be read; write postgres://user@host:5432/name?sslmode=verify-full")
	}
	if o.Password != "" {
		u.User = url.UserPassword(u.User.Username(), o.Password)
	}
	conn, err := pq.NewConnector(u.String())
	if err != nil {
		return errors.New("open database: " + strings.ReplaceAll(err.Error(), u.String(), "the URL"))
	}
	d.postgres = true
	d.db = sqlx.NewDb(sql.OpenDB(conn), "postgres")
	return nil
}

// Close ends all connections.
func (d *DB) Close() error { return d.db.Close() }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.db.PingContext(ctx); err != nil {
		return fmt.Errorf("reach database %s: %w", d.Name(), err)
	}
	return nil
}

// Name says which database this is, without any secret.
func (d *DB) Name() string {
	if d.postgres {
		return "PostgreSQL"
	}
	return d.path
}

// write waits for the turn to write, which the caller gives back by calling done.
// SQLite has one writer, and whoever finds it busy polls: under load some would
// poll until they give up. Here they stand in line. PostgreSQL needs no line.
func (d *DB) write(ctx context.Context) (done func(), err error) {
	if d.postgres {
		return func() {}, nil
	}
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the database: %w", context.Cause(ctx))
	}
}

// exec runs one statement that changes something outside a transaction.
func (d *DB) exec(ctx context.Context, query string, args ...any) error {
	done, err := d.write(ctx)
	if err != nil {
		return err
	}
	defer done()
	_, err = d.db.ExecContext(ctx, query, args...)
	return err
}

// tx runs f in one transaction. After an error nothing of it remains.
func (d *DB) tx(ctx context.Context, f func(*sqlx.Tx) error) error {
	done, err := d.write(ctx)
	if err != nil {
		return err
	}
	defer done()
	tx, err := d.db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	// Also when f panics: an open transaction would block every other writer.
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// exists reports whether a query finds anything. Its error is for the caller to
// wrap.
func exists(ctx context.Context, q sqlx.QueryerContext, query string, args ...any) (found bool, err error) {
	err = sqlx.GetContext(ctx, q, &found, `select exists (`+query+`)`, args...)
	return found, err
}

// skipLocked lets several daemons on one PostgreSQL share rows. SQLite has one
// writer, so nobody can hold a row.
func (d *DB) skipLocked() string {
	if d.postgres {
		return " for update skip locked"
	}
	return ""
}

// args collects the arguments of one statement and numbers their placeholders.
type args struct{ list []any }

// add appends a value and returns its placeholder.
func (a *args) add(v any) string {
	if t, ok := v.(time.Time); ok {
		v = at(t)
	}
	a.list = append(a.list, v)
	return fmt.Sprintf("$%d", len(a.list))
}

// in appends the values and returns "($3,$4,$5)". With no values it returns a
// list that nothing is in.
func in[T any](a *args, vs []T) string {
	if len(vs) == 0 {
		return "(null)"
	}
	ps := make([]string, len(vs))
	for i, v := range vs {
		ps[i] = a.add(v)
	}
	return "(" + strings.Join(ps, ",") + ")"
}

// rows writes a VALUES list of typed columns for use as a table. PostgreSQL
// must be told the types in the first row; SQLite would turn the text of a time
// into a number if it were.
func (d *DB) rows(a *args, types []string, data [][]any) string {
	var b strings.Builder
	for i, row := range data {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j, v := range row {
			if j > 0 {
				b.WriteByte(',')
			}
			p := a.add(v)
			if i == 0 && d.postgres {
				p = "cast(" + p + " as " + types[j] + ")"
			}
			b.WriteString(p)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// values writes a VALUES list for an INSERT, whose columns give the types.
func values(a *args, data [][]any) string {
	return (&DB{}).rows(a, nil, data)
}

// chunks cuts a slice into pieces small enough for one statement's parameters.
func chunks[T any](vs []T, n int) [][]T {
	var out [][]T
	for len(vs) > n {
		out, vs = append(out, vs[:n]), vs[n:]
	}
	if len(vs) > 0 {
		out = append(out, vs)
	}
	return out
}

// unique returns the distinct non-zero values of vs, in order of appearance.
func unique[T comparable](vs []T) []T {
	var zero T
	seen := make(map[T]bool, len(vs))
	var out []T
	for _, v := range vs {
		if v != zero && !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// null turns 0 into NULL for a foreign key.
func null(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}
