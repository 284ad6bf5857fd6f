package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// CheckStatus is how a check ended.
type CheckStatus string

// How checks end. Only CheckFail needs something done before the daemon can work.
const (
	CheckOK   CheckStatus = "ok"
	CheckWarn CheckStatus = "warn"
	CheckFail CheckStatus = "FAIL"
)

// CheckResult is one thing that was looked at.
type CheckResult struct {
	Area   string      `json:"area"`
	Status CheckStatus `json:"status"`
	Text   string      `json:"text"` // what was found, and what to do; no secret
}

// checkTimeout bounds every question to another machine.
const checkTimeout = 20 * time.Second

// Checker looks at everything an installation needs. It sends nothing, and
// changes nothing.
type Checker struct {
	Config   *config.Config
	Now      func() time.Time
	Resolver Resolver
}

// Run reports one thing after the other, as each is found out.
func (c Checker) Run(ctx context.Context, report func(CheckResult)) {
	r := &reporter{report: report}
	c.configuration(r)
	c.mode(r)
	c.imports(r)
	db := c.database(ctx, r)
	if db != nil {
		defer func() { _ = db.Close() }() // it was only read
	}
	c.email(ctx, r)
	c.texts(ctx, r)
	c.inbound(ctx, r, db)
	c.publicPages(ctx, r)
	c.staffPages(ctx, r, db)
	c.dailyMail(ctx, r, db)
	if c.Config.Transport.Email == config.TransportSMTP {
		c.dns(ctx, r)
	}
}

// reporter words the results of one area after the other.
type reporter struct {
	area   string
	report func(CheckResult)
}

func (r *reporter) okf(format string, args ...any)   { r.add(CheckOK, format, args) }
func (r *reporter) warnf(format string, args ...any) { r.add(CheckWarn, format, args) }
func (r *reporter) failf(format string, args ...any) { r.add(CheckFail, format, args) }

func (r *reporter) add(s CheckStatus, format string, args []any) {
	text := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ") // a result is one line
	r.report(CheckResult{Area: r.area, Status: s, Text: text})
}

// configuration reports on a file that has already been read and checked by
// itself, and on the files it names.
func (c Checker) configuration(r *reporter) {
	r.area = "config"
	if _, err := Settings(c.Config, "check"); err != nil {
		r.failf("%v; mend the file that state_rules_file names", err)
		return
	}
	if c.Config.File == "" {
		r.warnf("there is no configuration file; with the defaults nothing can be sent. Start from config.example.yaml")
		return
	}
	r.okf("%s, shops: %d", c.Config.File, len(c.Config.Shops))
}

func (c Checker) mode(r *reporter) {
	r.area = "mode"
	switch c.Config.Mode {
	case outreach.Rehearsal:
		r.okf("rehearsal: everything is decided and shown, nothing goes to customers")
	case outreach.Pilot:
		r.okf("pilot: at most %d contacts a day", c.Config.Pilot.PerDay)
	default:
		r.okf("live: messages go out as the playbooks say")
	}
}

func (c Checker) imports(r *reporter) {
	r.area = "imports"
	names := slices.Sorted(maps.Keys(c.Config.Imports))
	for _, name := range names {
		if _, err := c.Config.Imports[name].Resolve(); err != nil {
			r.failf("profile %s: %v", name, err)
			return
		}
	}
	if len(names) == 0 {
		r.okf("no profiles; files are read by the built-in ones")
		return
	}
	r.okf("profiles %s", strings.Join(names, ", "))
}

// database returns the database when it can be read.
func (c Checker) database(ctx context.Context, r *reporter) *store.DB {
	r.area = "database"
	if path, ok := c.Config.Database.SQLitePath(); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			c.missingFile(r, path)
			return nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	db, err := connect(ctx, c.Config)
	if err != nil {
		r.failf("%v", err)
		return nil
	}
	fresh, err := db.CheckSchema(ctx)
	switch {
	case fresh:
		r.okf("%s is empty; the daemon sets it up at its first start", db.Name())
	case err != nil:
		r.failf("%s: %v", db.Name(), err)
	default:
		r.okf("%s, schema up to date", db.Name())
		c.daemons(ctx, r, db)
		c.brakes(ctx, r, db)
		c.documents(ctx, r, db)
		return db
	}
	_ = db.Close() // it was only read
	return nil
}

// missingFile reports on an SQLite file that is not there yet.
func (c Checker) missingFile(r *reporter, path string) {
	if err := writable(filepath.Dir(path)); err != nil {
		r.failf("%s cannot be made: %v; make the folder, owned by the user of courtesyd", path, err)
		return
	}
	r.okf("%s does not exist yet; the daemon makes it at its first start", path)
}

func (c Checker) daemons(ctx context.Context, r *reporter, db *store.DB) {
	r.area = "daemon"
	const nobody = 0 // is the number of no daemon: nothing is written, they are only counted
	alive, err := store.Daemons{DB: db}.Beat(ctx, c.Now(), nobody, c.Config.Dispatch.DeadAfter)
	switch {
	case err != nil:
		r.failf("%v; check that the user of courtesyd may write to the database", err)
	case alive == 0:
		r.warnf("none is at work; start it with `courtesyd serve` or `systemctl start courtesyd`")
	default:
		r.okf("%d at work", alive)
	}
}

func (c Checker) brakes(ctx context.Context, r *reporter, db *store.DB) {
	r.area = "brake"
	brakes, err := store.Controls{DB: db}.Brakes(ctx)
	if err != nil {
		r.failf("%v", err)
		return
	}
	for _, ch := range slices.Sorted(maps.Keys(brakes)) {
		what := ch
		if ch == "" {
			what = "all outreach"
		}
		b := brakes[ch]
		r.warnf("%s is stopped since %s by %s: %s. When that is settled: `courtesyd resume`",
			what, b.At.In(c.Config.ShopList()[0].Location()).Format("Jan 2 2006, 15:04"), b.By, b.Value)
	}
	if len(brakes) == 0 {
		r.okf("off")
	}
}

// writable reports whether files can be made in dir.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".courtesy-check-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
