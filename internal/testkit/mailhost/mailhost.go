// Package mailhost gives tests a real mail server: Postfix, which sends and makes
// real bounces, before Dovecot, which keeps mailboxes and speaks IMAP. It needs no
// network and no DNS, and nothing of it outlives the test.
package mailhost

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Mailboxes, and what mail to other addresses meets. A plus and what follows it
// are ignored in each address. Everybody's password is Password.
const (
	Password = "correct-horse-battery"

	ShopDomain = "maple.test"
	Shop       = "service@" + ShopDomain // also receives what goes to Bounce and Stop
	Bounce     = "bounce@" + ShopDomain
	Stop       = "stop@" + ShopDomain

	Pat     = "pat.sample@customer.test"
	Ana     = "ana.prueba@customer.test"
	Full    = "full@customer.test"   // takes no more, 5.2.2
	Nobody  = "nobody@customer.test" // does not exist, 5.1.1
	Refused = "anyone@refused.test"  // the server cannot be reached: given up at once, 4.4.1
	Nowhere = "anyone@nowhere.test"  // no host takes mail for the domain, 5.4.4
	Policy  = "anyone@dmarc.test"    // refuses unauthenticated mail, 5.7.26
)

// Host is a running mail server, all of it on this machine.
type Host struct {
	SMTP  string // host:port, takes mail for everybody, no login
	IMAP  string // host:port, with STARTTLS
	IMAPS string // host:port
	CA    string // file with the certificate of IMAP and IMAPS

	t         testing.TB
	dir       string
	lmtp      string
	mail      owner // of the mailboxes
	postfix   owner
	dovecot   *process
	transport *process
}

// Start starts a mail server until the test ends. Where Postfix or Dovecot is not
// installed, or the test does not run as root, the test is skipped, unless
// COURTESY_REQUIRE_MAILHOST is set.
func Start(t testing.TB) *Host {
	t.Helper()
	if err := available(); err != nil {
		if os.Getenv("COURTESY_REQUIRE_MAILHOST") != "" {
			t.Fatal(err)
		}
		t.Skipf("no mail server for this test: %v", err)
	}
	h := &Host{t: t}
	if err := h.prepare(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.stop)
	if err := h.startPostfix(); err != nil {
		t.Fatal(err)
	}
	h.StartIMAP()
	if err := await(h.SMTP); err != nil {
		t.Fatal(err, h.log())
	}
	return h
}

const (
	dovecotProgram = "/usr/sbin/dovecot"
	postfixMaster  = "/usr/lib/postfix/sbin/master"
)

func available() error {
	for _, needed := range []string{dovecotProgram, "/usr/lib/dovecot/lmtp", "/usr/lib/dovecot/imap", postfixMaster} {
		if _, err := os.Stat(needed); err != nil {
			return errors.New("programs of Postfix or Dovecot are not installed; `make deps` installs them")
		}
	}
	if os.Geteuid() != 0 {
		return errors.New("only root can start Postfix")
	}
	return nil
}

const dirPrefix = "courtesy-mail-"

func (h *Host) prepare() (err error) {
	sweep()
	if h.dir, err = os.MkdirTemp("/tmp", fmt.Sprintf("%s%d-", dirPrefix, os.Getpid())); err != nil {
		return err
	}
	if err := os.Chmod(h.dir, 0o755); err != nil {
		return err
	}
	if h.mail, err = lookup("mail", "mail"); err != nil {
		return err
	}
	if h.postfix, err = lookup("postfix", "postdrop"); err != nil {
		return err
	}
	ports, err := freePorts(4)
	if err != nil {
		return err
	}
	h.SMTP, h.IMAP, h.IMAPS, h.lmtp = ports[0], ports[1], ports[2], ports[3]
	h.CA = filepath.Join(h.dir, "ca.pem")
	if err := writeCertificate(h.CA, filepath.Join(h.dir, "key.pem")); err != nil {
		return err
	}
	if err := h.prepareDovecot(); err != nil {
		return err
	}
	return h.preparePostfix()
}

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

func (h *Host) stop() {
	h.transport.stop()
	h.StopIMAP()
	if h.t.Failed() {
		h.t.Log(h.log())
	}
	if err := os.RemoveAll(h.dir); err != nil {
		h.t.Error(err)
	}
}

// log is what both servers had to say.
func (h *Host) log() string {
	dovecot, _ := os.ReadFile(filepath.Join(h.dir, "dovecot.log")) // for a look, if there is one
	postfix, _ := os.ReadFile(filepath.Join(h.dir, "postfix.log"))
	return string(dovecot) + string(postfix)
}

// owner is a user and group of the system.
type owner struct{ uid, gid int }

func lookup(userName, groupName string) (owner, error) {
	u, err := user.Lookup(userName)
	if err != nil {
		return owner{}, err
	}
	g, err := user.LookupGroup(groupName)
	if err != nil {
		return owner{}, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return owner{}, err
	}
	gid, err := strconv.Atoi(g.Gid)
	return owner{uid, gid}, err
}

func makeDir(path string, mode os.FileMode, uid, gid int) error {
	if err := os.MkdirAll(path, mode); err != nil {
		return err
	}
	if err := os.Chmod(path, mode); err != nil {
		return err
	}
	return os.Chown(path, uid, gid)
}

// freePorts finds n free addresses. They are given back before they are used:
// neither server can be handed an open socket.
func freePorts(n int) (addresses []string, err error) {
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = listener.Close() }()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

func port(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

const startTime = time.Minute

// await waits until a server speaks at address.
func await(address string) error {
	deadline := time.Now().Add(startTime)
	for {
		conn, err := net.DialTimeout("tcp", address, startTime)
		if err == nil {
			_ = conn.SetReadDeadline(deadline)
			_, err = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(10 * time.Millisecond) // another program starts: nothing to wait on
	}
}

// process is a server in the foreground. The kernel ends it with this process.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

func run(name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), ended: make(chan struct{})}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	p.cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	started := make(chan error, 1)
	go func() {
		// Pdeathsig follows the thread that started the process, so that thread
		// must live as long as the test process: Wait keeps it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.ended)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // it ends because it is told to
		}
	}()
	return p, <-started
}

// stop ends the server and its children.
func (p *process) stop() {
	if p == nil || p.cmd.Process == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be gone
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
}
