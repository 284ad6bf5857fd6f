package promises

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take before a test gives up on it. Nothing
// depends on its length but how long a broken program is waited for.
const patience = 2 * time.Minute

// daemon is one running courtesyd.
type daemon struct {
	t    testing.TB
	cmd  *exec.Cmd
	log  *watchedLog
	done chan struct{} // closed when the process has ended
}

// launch starts `courtesyd serve`. The kernel ends it with the test process.
func launch(t testing.TB, config string) *daemon {
	t.Helper()
	d := &daemon{t: t, cmd: exec.Command(program, "serve", "--config", config), log: newWatchedLog(), done: make(chan struct{})}
	d.cmd.Stderr = d.log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		// Pdeathsig follows the thread that started the process, so that thread
		// must live as long as the process does: Wait keeps it.
		runtime.LockOSThread()
		err := d.cmd.Start()
		started <- err
		if err == nil {
			_ = d.cmd.Wait() // the exit code is in ProcessState
		}
		close(d.done)
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		asExpected := d.ended() && d.cmd.ProcessState.ExitCode() <= 0 // stopped, or killed
		d.kill()
		if t.Failed() && !asExpected {
			t.Logf("courtesyd (process %d) said last:\n%s", d.pid(), d.log.tail(2000))
		}
	})
	return d
}

// serve launches a daemon and waits until it is at work.
func serve(t testing.TB, config string) *daemon {
	t.Helper()
	d := launch(t, config)
	d.await("at work")
	return d
}

func (d *daemon) pid() int { return d.cmd.Process.Pid }

// kill ends the process by SIGKILL and waits for the end.
func (d *daemon) kill() {
	_ = d.cmd.Process.Signal(syscall.SIGKILL) // it may have ended already
	<-d.done
}

// signal sends a signal to the process.
func (d *daemon) signal(s os.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil {
		d.t.Fatal(err)
	}
}

// stop tells the daemon to stop and expects it to do so in good order.
func (d *daemon) stop() {
	d.t.Helper()
	d.signal(syscall.SIGTERM)
	if code := d.exit(); code != 0 {
		d.t.Errorf("after SIGTERM the daemon ended with code %d", code)
	}
}

// exit waits for the end and returns the exit code.
func (d *daemon) exit() int {
	d.t.Helper()
	select {
	case <-d.done:
		return d.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		d.t.Fatal("the daemon did not end")
		return 0
	}
}

// await waits until the daemon's log says something.
func (d *daemon) await(words string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	go func() {
		select {
		case <-d.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	if !d.log.await(ctx, words) {
		d.t.Fatalf("the daemon did not say %q", words)
	}
}

// ended reports whether the process is gone.
func (d *daemon) ended() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

// watchedLog keeps what is written to it and wakes those who wait for words.
type watchedLog struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{}
}

func newWatchedLog() *watchedLog { return &watchedLog{grown: make(chan struct{})} }

// Write implements io.Writer.
func (l *watchedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.grown)
	l.grown = make(chan struct{})
	return l.text.Write(p)
}

func (l *watchedLog) await(ctx context.Context, words string) bool {
	for {
		l.mu.Lock()
		said, grown := strings.Contains(l.text.String(), words), l.grown
		l.mu.Unlock()
		if said {
			return true
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return false
		}
	}
}

func (l *watchedLog) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	return text[max(len(text)-n, 0):]
}

// courtesyd runs another command of the program and returns what it said and
// whether it succeeded.
func courtesyd(t testing.TB, config string, args ...string) (said string, ok bool) {
	t.Helper()
	out, err := exec.Command(program, append(args, "--config", config)...).CombinedOutput()
	return string(out), err == nil
}

// eventually polls for something that another process brings about.
func eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	await(t, what, 5*time.Millisecond, happened)
}

// atLength is eventually for what takes long, or what many wait for: it asks less often.
func atLength(t testing.TB, what string, happened func() bool) {
	t.Helper()
	await(t, what, 50*time.Millisecond, happened)
}

// await asks again and again, with a pause, until patience ends.
func await(t testing.TB, what string, pause time.Duration, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: waited for %s", what)
		}
	}
}

// count says how often the log says something.
func (l *watchedLog) count(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), words)
}
