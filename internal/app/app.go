// Package app puts the parts together: from a configuration to an open
// database, to settings and senders, to a running daemon. It knows neither
// flags nor signals, so tests start it in their own process.
package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/templates"
)

// OpenDatabase connects to the configured database. A database without any
// schema gets one; an outdated one is store.ErrOldSchema.
func OpenDatabase(ctx context.Context, c *config.Config) (*store.DB, error) {
	return open(ctx, c, func(db *store.DB) error {
		_, err := migrateAlone(ctx, db)
		return err
	})
}

// OpenExisting connects as OpenDatabase does, but makes nothing: that there is
// no database yet is an error, which says where it was looked for.
func OpenExisting(ctx context.Context, c *config.Config) (*store.DB, error) {
	if path, ok := c.Database.SQLitePath(); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, noDatabase(path)
		}
	}
	return open(ctx, c, func(db *store.DB) error {
		if path, ok := c.Database.SQLitePath(); ok {
			return noDatabase(path)
		}
		return errors.New("the database has no tables yet; run `courtesyd migrate` or `courtesyd serve`, " +
			"or name the right configuration with --config")
	})
}

func noDatabase(path string) error {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return fmt.Errorf("there is no database at %s; use --config FILE, or start `courtesyd serve` first", path)
}

// open connects and leaves a database without any schema to fresh.
func open(ctx context.Context, c *config.Config, fresh func(*store.DB) error) (*store.DB, error) {
	db, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	empty, err := db.CheckSchema(ctx)
	switch {
	case empty:
		err = fresh(db)
	case errors.Is(err, store.ErrOldSchema), errors.Is(err, store.ErrNewSchema):
	case err != nil:
		err = unusable(err)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Migrate brings the configured database up to date and returns which one that
// is, and how many steps it took.
func Migrate(ctx context.Context, c *config.Config) (name string, steps int, err error) {
	db, err := connect(ctx, c)
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	steps, err = migrateAlone(ctx, db)
	return db.Name(), steps, err
}

func connect(ctx context.Context, c *config.Config) (*store.DB, error) {
	db, err := store.Open(ctx, store.Options{
		URL: c.Database.URL, Password: c.Database.Password.Reveal(), MaxConnections: c.Database.MaxConnections,
	})
	if err != nil {
		return nil, unusable(err)
	}
	return db, nil
}

// unusable adds to a database's own words what to do about them.
func unusable(err error) error {
	return fmt.Errorf("%w; check database.url, and that the user of courtesyd may read and write there", err)
}

// migrateAlone migrates while nobody else works on the file.
func migrateAlone(ctx context.Context, db *store.DB) (steps int, err error) {
	release, err := db.Lock()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	return db.Migrate(ctx)
}

// Prepare writes what everything else refers to: the configured shops and, into
// a new database, the shipped templates and playbooks. It returns the name of
// the installation.
func Prepare(ctx context.Context, db *store.DB, c *config.Config, now time.Time, log *slog.Logger) (installation string, err error) {
	if err := (store.Shops{DB: db}).Save(ctx, c.ShopList()); err != nil {
		return "", err
	}
	shipped, err := templates.Shipped()
	if err != nil {
		return "", err
	}
	messages, playbooks := documents(shipped)
	n, err := store.Documents{DB: db}.Seed(ctx, now, messages, playbooks)
	if err != nil {
		return "", err
	}
	if n > 0 {
		log.Info("wrote the shipped templates and playbooks into the new database", "documents", n)
	}
	fresh := make([]byte, 4)
	if _, err := rand.Read(fresh); err != nil {
		return "", fmt.Errorf("name the installation: %w", err)
	}
	return store.Controls{DB: db}.Installation(ctx, now, hex.EncodeToString(fresh))
}

func documents(c templates.Catalog) (messages, playbooks []outreach.Document) {
	for _, t := range c.Templates {
		messages = append(messages, outreach.Document{
			Name: t.Name, Channel: t.Channel, Locale: string(t.Locale), Source: t.Text,
		})
	}
	for _, p := range c.Playbooks {
		playbooks = append(playbooks, outreach.Document{Name: p.ID, Source: p.Text})
	}
	return messages, playbooks
}
