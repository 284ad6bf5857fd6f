package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/courtesyd/courtesyd/migrations"
)

// ErrOldSchema means the database must be migrated before it can be used.
var ErrOldSchema = errors.New("the database was made by an older version; run `courtesyd migrate` first")

// ErrNewSchema means the program is older than the database.
var ErrNewSchema = errors.New("the database was made by a newer version of courtesyd; install that version")

func (d *DB) provider() (*goose.Provider, error) {
	dialect, folder := goose.DialectSQLite3, "sqlite"
	opts := []goose.ProviderOption{goose.WithVerbose(false)}
	if d.postgres {
		dialect, folder = goose.DialectPostgres, "postgres"
		// Several daemons may start at once; the default locker polls every five seconds.
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, fmt.Errorf("prepare migration lock: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(l))
	}
	sub, err := fs.Sub(migrations.FS, folder)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, d.db.DB, sub, opts...)
	if err != nil {
		return nil, fmt.Errorf("prepare migrations: %w", err)
	}
	return p, nil
}

// Migrate brings the schema up to date and returns how many steps it took. On
// SQLite the caller holds the file's Lock.
func (d *DB) Migrate(ctx context.Context) (int, error) {
	p, err := d.provider()
	if err != nil {
		return 0, err
	}
	if err := d.checkNotNewer(ctx, p); err != nil {
		return 0, err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return len(done), fmt.Errorf("migrate database: %w", err)
	}
	return len(done), nil
}

// CheckSchema reports ErrOldSchema or ErrNewSchema when the database does not
// fit this program. fresh is true when it has no schema at all.
func (d *DB) CheckSchema(ctx context.Context) (fresh bool, err error) {
	p, err := d.provider()
	if err != nil {
		return false, err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return false, fmt.Errorf("read schema version: %w", err)
	}
	switch {
	case current > target:
		return false, ErrNewSchema
	case current < target:
		return current == 0, ErrOldSchema
	}
	return false, nil
}

func (d *DB) checkNotNewer(ctx context.Context, p *goose.Provider) error {
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > target {
		return ErrNewSchema
	}
	return nil
}
