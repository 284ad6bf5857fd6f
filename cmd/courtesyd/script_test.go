package main

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/courtesyd/courtesyd/internal/testkit/smtpfake"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// TestScripts runs the program as people do. It is the plain one: with the race
// detector in it, every command of every script would cost ten times as much.
// The scripts know these commands beside testscript's own.
func TestScripts(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "courtesyd"), ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build courtesyd: %v\n%s", err, out)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Values[socketKey{}] = new(*net.UnixConn)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      exits,
			"dated":      dated,
			"simulate":   simulateDays,
			"hears":      hears,
			"fields":     fields,
			"listen":     listen,
			"await":      await,
			"mailserver": mailServer,
			"twilio":     twilioServer,
		},
		RequireUniqueNames: true,
	})
}

// exits CODE PROGRAM ARG… runs a program that must end with this exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// dated FILE… replaces YESTERDAY in files, for commands that look at the real
// clock.
func dated(ts *testscript.TestScript, _ bool, args []string) {
	yesterday := time.Now().AddDate(0, 0, -1).Format(time.DateOnly)
	for _, name := range args {
		text := strings.ReplaceAll(ts.ReadFile(name), "YESTERDAY", yesterday)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// fields NAME… wants each line of stdout to be a JSON object with these fields.
func fields(ts *testscript.TestScript, _ bool, names []string) {
	lines := slices.Collect(strings.Lines(ts.ReadFile("stdout")))
	if len(lines) == 0 {
		ts.Fatalf("there is no line")
	}
	for _, line := range lines {
		var object map[string]any
		ts.Check(json.Unmarshal([]byte(line), &object))
		for _, name := range names {
			if _, ok := object[name]; !ok {
				ts.Fatalf("no field %q in %s", name, line)
			}
		}
	}
}

type socketKey struct{}

// listen opens the socket by which the daemon tells systemd how it is.
func listen(ts *testscript.TestScript, _ bool, _ []string) {
	path := ts.MkAbs("notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	ts.Check(err)
	ts.Defer(func() { _ = conn.Close() })
	*ts.Value(socketKey{}).(**net.UnixConn) = conn
	ts.Setenv("NOTIFY_SOCKET", path)
}

// await WORDS waits until the daemon says something with these words.
func await(ts *testscript.TestScript, _ bool, args []string) {
	conn := *ts.Value(socketKey{}).(**net.UnixConn)
	ts.Check(conn.SetReadDeadline(time.Now().Add(time.Minute)))
	message := make([]byte, 4096)
	for {
		n, err := conn.Read(message)
		ts.Check(err)
		if strings.Contains(string(message[:n]), args[0]) {
			return
		}
	}
}

// mailserver starts a mail server that lets the user "courtesy" in with the
// password "sesame", and sets MAILPORT.
func mailServer(ts *testscript.TestScript, _ bool, _ []string) {
	server, err := smtpfake.Start(smtpfake.Options{Username: "courtesy", Password: "sesame"})
	ts.Check(err)
	ts.Defer(func() { _ = server.Close() })
	_, port, err := net.SplitHostPort(server.Addr())
	ts.Check(err)
	ts.Setenv("MAILPORT", port)
}

// twilio starts a server like Twilio's, and sets TWILIO to its address and
// ACCOUNT and TOKEN to its credentials.
func twilioServer(ts *testscript.TestScript, _ bool, _ []string) {
	server, err := twiliofake.Start(twiliofake.Options{})
	ts.Check(err)
	ts.Defer(func() { _ = server.Close() })
	ts.Setenv("TWILIO", server.URL())
	ts.Setenv("ACCOUNT", twiliofake.AccountSID)
	ts.Setenv("TOKEN", twiliofake.AuthToken)
}
