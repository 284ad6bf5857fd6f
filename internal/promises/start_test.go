package promises

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
	"github.com/courtesyd/courtesyd/scheduler"
)

// absentAtFirst is a database that does not answer the first heartbeat.
type absentAtFirst struct {
	scheduler.Daemons
	asked atomic.Int64
}

// Beat implements scheduler.Daemons.
func (d *absentAtFirst) Beat(ctx context.Context, now time.Time, id int64, deadAfter time.Duration) (int, error) {
	if d.asked.Add(1) == 1 {
		return 0, errors.New("no answer")
	}
	return d.Daemons.Beat(ctx, now, id, deadAfter)
}

// TestDatabaseIsLate: a daemon whose first heartbeat fails must not sit there
// without doing anything, for nobody would notice.
func TestDatabaseIsLate(t *testing.T) {
	t.Parallel()
	url := testdb.SQLite(t)
	s := openShop(t, url)
	s.fill(1, 0)
	s.plan()
	o := &office{shop: s, store: testdb.Open(t, url), sender: &insistent{}}
	d := o.dispatcher()
	d.Daemons = &absentAtFirst{Daemons: d.Daemons}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.Run(ctx, 50*time.Millisecond, time.Second)
	}()
	eventually(t, "the daemon to work", func() bool { return o.sender.asked.Load() > 0 })
	stop()
	<-ended
}
