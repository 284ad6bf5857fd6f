package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/systemd"
	"github.com/courtesyd/courtesyd/scheduler"
)

// Daemon is one running courtesyd.
type Daemon struct {
	Config  *config.Config
	Load    func() (*config.Config, error) // reads the configuration anew
	Log     *slog.Logger
	Now     func() time.Time
	Version string
	// Started, when set, is called once the daemon is at work, with the addresses of
	// its web servers, "" where it has none.
	Started func(customers, staff string)

	customers, staff *door
}

// Run works until ctx ends. Each value on reload makes it read its
// configuration again; a bad one is reported and the old one stays.
func (d *Daemon) Run(ctx context.Context, reload <-chan struct{}) (err error) {
	db, err := connect(ctx, d.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	release, err := db.Lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	steps, err := db.Migrate(ctx)
	if err != nil {
		return err
	}
	if steps > 0 {
		d.Log.Info("brought the database up to date", "steps", steps)
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("find out the host's name: %w", err)
	}
	daemons := store.Daemons{DB: db}
	id, err := daemons.Start(ctx, d.Now(), host, os.Getpid(), d.Version)
	if err != nil {
		return err
	}
	defer func() {
		// The context has ended; signing off must not.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, daemons.Stop(last, d.Now(), id))
	}()
	return d.serve(ctx, db, id, reload)
}

// serve runs one round of work per configuration.
func (d *Daemon) serve(ctx context.Context, db *store.DB, id int64, reload <-chan struct{}) error {
	interval, err := systemd.WatchdogInterval()
	if err != nil {
		d.Log.Warn("the watchdog is off", "error", err)
	}
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	var watchdog sync.WaitGroup
	watchdog.Go(func() { systemd.Watchdog(watching, interval, db.Ping, d.Log) })
	defer watchdog.Wait()
	defer stopWatching()

	work, err := d.prepare(ctx, db, id, d.Config)
	if err != nil {
		return err
	}
	if err := d.enter(ctx, db, id, d.Config.Mode); err != nil {
		return errors.Join(err, work.close())
	}
	if err := d.openDoors(ctx, work); err != nil {
		return errors.Join(err, work.close())
	}
	defer d.customers.close()
	defer d.staff.close()
	d.tell(systemd.Ready, systemd.Status("at work, mode "+string(d.Config.Mode)))
	d.Log.Info("at work", "mode", d.Config.Mode, "database", db.Name(), "daemon", id,
		"customers", d.customers.addr, "staff", d.staff.addr)
	if d.Started != nil {
		d.Started(d.customers.addr, d.staff.addr)
	}
	for {
		next := d.round(ctx, db, id, work, reload)
		if next == nil {
			return nil
		}
		for err := d.enter(ctx, db, id, next.config.Mode); err != nil; err = d.enter(ctx, db, id, next.config.Mode) {
			d.Log.Error("the new mode could not be recorded; trying again", "error", err)
			select {
			case <-ctx.Done():
				return next.close()
			case <-time.After(enterAgain):
			}
		}
		work = next
	}
}

// enterAgain is the pause before a mode that could not be recorded is tried again.
const enterAgain = 2 * time.Second

// enter records the mode of the round that begins. The round before must have
// ended: what it rehearsed ends with it when the new mode is another.
func (d *Daemon) enter(ctx context.Context, db *store.DB, id int64, mode outreach.Mode) error {
	return store.Controls{DB: db}.SetMode(ctx, d.Now(), mode, fmt.Sprintf("daemon %d", id))
}

// round works with one configuration until ctx ends (nil) or a new, good one
// takes its place.
func (d *Daemon) round(ctx context.Context, db *store.DB, id int64, w *work, reload <-chan struct{}) *work {
	running, stop := context.WithCancel(ctx)
	d.customers.lead(w.intake.Handler)
	d.staff.lead(w.staff)
	var wg sync.WaitGroup
	wg.Go(func() {
		w.intake.CatchUp(running, d.Log)
		wg.Go(func() { w.intake.Run(running) })
		wg.Go(func() { w.daily.Run(running, w.config.Dispatch.DrainTimeout) })
		w.scheduler.Run(running, w.config.Dispatch.Heartbeat, w.config.Dispatch.DrainTimeout)
	})
	var next *work
	for next == nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
			d.tell(systemd.Stopping, systemd.Status("finishing what is on its way"))
			d.Log.Info("stopping: finishing what is on its way")
		case <-reload:
			next = d.reload(ctx, db, id, w.config)
		}
	}
	stop()
	wg.Wait()
	if err := w.close(); err != nil {
		d.Log.Warn("closing connections failed", "error", err)
	}
	return next
}

// reload does everything that can fail for a bad configuration before anything
// changes.
func (d *Daemon) reload(ctx context.Context, db *store.DB, id int64, old *config.Config) *work {
	d.tell(systemd.Reloading)
	defer d.tell(systemd.Ready)
	c, err := d.Load()
	if err != nil {
		d.Log.Error("the new configuration is not used, the old one stays", "error", err)
		return nil
	}
	for _, key := range config.RestartNeeded(old, c) {
		d.Log.Warn("this change takes effect at the next restart", "key", key)
	}
	w, err := d.prepare(ctx, db, id, c)
	if err != nil {
		d.Log.Error("the new configuration is not used, the old one stays", "error", err)
		return nil
	}
	d.Log.Info("the new configuration is in use", "mode", c.Mode)
	return w
}

// work is what one configuration sets up.
type work struct {
	config    *config.Config
	senders   *Senders
	scheduler *scheduler.Scheduler
	intake    *Intake
	staff     http.Handler
	daily     *scheduler.DailyMail
}

func (w *work) close() error { return errors.Join(w.senders.Close(), w.intake.Close()) }

func (d *Daemon) prepare(ctx context.Context, db *store.DB, id int64, c *config.Config) (*work, error) {
	installation, err := Prepare(ctx, db, c, d.Now(), d.Log)
	if err != nil {
		return nil, err
	}
	settings, err := Settings(c, installation)
	if err != nil {
		return nil, err
	}
	senders, err := NewSenders(c, installation, d.Now)
	if err != nil {
		return nil, err
	}
	intake, err := NewIntake(c, db, installation, d.Now, d.Log)
	if err != nil {
		return nil, errors.Join(err, senders.Close())
	}
	site, err := NewStaff(c, db, installation, d.Now, d.Log)
	if err != nil {
		return nil, errors.Join(err, senders.Close(), intake.Close())
	}
	pages, err := staffHandler(c, site, d.Log)
	if err != nil {
		return nil, errors.Join(err, senders.Close(), intake.Close())
	}
	lanes := senders.Lanes(c)
	return &work{
		config: c, senders: senders, intake: intake, staff: pages,
		scheduler: NewScheduler(db, settings, lanes, id, d.Now, d.Log),
		daily:     NewDailyMail(c, db, settings, site, lanes, d.Now, d.Log),
	}, nil
}

// openDoors listens where the configuration says so.
func (d *Daemon) openDoors(ctx context.Context, first *work) (err error) {
	d.customers, err = openDoor(ctx, "http.listen", d.Config.HTTP.Listen, first.intake.Handler, d.Log)
	if err != nil {
		return err
	}
	d.staff, err = openDoor(ctx, "staff.listen", d.Config.Staff.Listen, first.staff, d.Log)
	if err != nil {
		d.customers.close()
	}
	return err
}

// NewScheduler connects a scheduler to the database.
func NewScheduler(
	db *store.DB, settings scheduler.Settings, lanes []scheduler.Lane, id int64, now func() time.Time, log *slog.Logger,
) *scheduler.Scheduler {
	return scheduler.New(scheduler.Deps{
		Queue: store.Queue{DB: db}, Scans: store.Scans{DB: db}, Daemons: store.Daemons{DB: db},
		Documents: store.Documents{DB: db}, Tasks: store.Tasks{DB: db}, Feeds: db, Brake: store.Controls{DB: db},
		Lanes: lanes, Log: log, Now: now, DaemonID: id,
	}, settings)
}

func (d *Daemon) tell(states ...string) {
	if err := systemd.Notify(states...); err != nil {
		d.Log.Warn("systemd could not be told", "error", err)
	}
}
