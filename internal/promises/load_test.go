package promises

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

var (
	loadRate     = flag.Int("load.rate", 100, "how many events a second Twilio brings in the load test")
	loadFor      = flag.Duration("load.for", 5*time.Second, "for how long it brings them")
	loadDatabase = flag.String("load.database", "", "an empty PostgreSQL database to test in place of the tests' own")
)

// TestNothingIsLostUnderLoad lets Twilio bring events at a steady rate, however
// long the answers take, and expects each to be answered well and recorded once.
// It asserts nothing about time: `make bench` prints that for reading.
func TestNothingIsLostUnderLoad(t *testing.T) {
	if *loadDatabase != "" {
		bear(t, *loadDatabase)
		return
	}
	testdb.EachURL(t, func(t *testing.T, dbURL string) {
		t.Parallel()
		bear(t, dbURL)
	})
}

func bear(t *testing.T, dbURL string) {
	t.Helper()
	l := openListening(t, dbURL, "inbound.sms", "webhook")
	day := newLoad(*loadRate * int(loadFor.Seconds()))
	day.write(l)
	before := l.databaseTime()
	daemon := serve(t, l.configs[0])
	took, answers := l.bring(day.calls, *loadRate)
	database := l.databaseTime() - before
	l.awaitRest()
	daemon.stop()
	day.judge(l)
	report(t, *loadRate, took, answers)
	use := daemon.cmd.ProcessState
	t.Logf("the daemon used %.1f s of CPU and at most %d MB of memory, the database %.1f s of CPU",
		(use.UserTime() + use.SystemTime()).Seconds(), use.SysUsage().(*syscall.Rusage).Maxrss>>10, database.Seconds())
}

// answer is how a call ended.
type answer struct {
	took time.Duration // since the call was due
	err  error
}

// bring makes the calls, so many a second, without waiting for answers.
func (l *listening) bring(calls []call, rate int) (took time.Duration, answers []answer) {
	l.t.Helper()
	twilio := &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	defer twilio.CloseIdleConnections()
	answers = make([]answer, len(calls))
	var waiting sync.WaitGroup
	start := time.Now()
	for i, c := range calls {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		waiting.Go(func() {
			err := c.post(twilio, "http://"+l.homes[0])
			answers[i] = answer{time.Since(due), err}
		})
	}
	waiting.Wait()
	return time.Since(start), answers
}

// post makes one call of Twilio's.
func (c call) post(client *http.Client, daemon string) error {
	req, err := http.NewRequest(http.MethodPost, daemon+c.path, strings.NewReader(c.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("X-Twilio-Signature", c.signature)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body) // so that the connection can be used again
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

func report(t *testing.T, rate int, took time.Duration, answers []answer) {
	t.Helper()
	latencies, failed := make([]time.Duration, 0, len(answers)), 0
	for _, a := range answers {
		latencies = append(latencies, a.took)
		if a.err != nil {
			if failed++; failed <= 5 {
				t.Errorf("a call was not taken: %v", a.err)
			}
		}
	}
	slices.Sort(latencies)
	at := func(percent int) time.Duration {
		return latencies[min(len(latencies)*percent/100, len(latencies)-1)].Round(100 * time.Microsecond)
	}
	t.Logf("%d events at %d a second; %.1f a second were taken, %d not; answered in %s (half), %s (95 %%), %s (99 %%), %s (all)",
		len(answers), rate, float64(len(answers)-failed)/took.Seconds(), failed, at(50), at(95), at(99), at(100))
}

// databaseTime returns the CPU time that PostgreSQL's processes have used, 0 where
// that cannot be found out.
func (s *shop) databaseTime() (used time.Duration) {
	s.t.Helper()
	if strings.HasPrefix(s.url, "sqlite:") {
		return 0
	}
	// Behind the name, fields 1, 11 and 12 are the parent and the time in user and in system mode.
	self := processStat(fmt.Sprintf("/proc/%d/stat", s.count(`select pg_backend_pid()`)))
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, file := range files {
		if stat := processStat(file); len(self) > 13 && len(stat) > 13 && stat[1] == self[1] {
			for _, field := range stat[11:13] {
				ticks, _ := strconv.Atoi(field) // the kernel writes numbers
				used += time.Duration(ticks) * time.Second / 100
			}
		}
	}
	return used
}

// processStat returns the fields of a process's /proc/…/stat behind its name.
func processStat(file string) []string {
	text, _ := os.ReadFile(file) // the process may have ended
	_, fields, _ := strings.Cut(string(text), ") ")
	return strings.Fields(fields)
}
