package systemd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
)

const unitFile = "courtesyd.service"

func readUnit(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// directive returns the last value of a directive in the unit.
func directive(t *testing.T, name string) string {
	t.Helper()
	all := regexp.MustCompile(`(?m)^`+name+`=(.*)$`).FindAllStringSubmatch(readUnit(t), -1)
	if len(all) == 0 {
		t.Fatalf("the unit has no %s=", name)
	}
	return all[len(all)-1][1]
}

// installed returns a copy of the unit whose program exists on this machine,
// with all credentials in use, and skips the test where systemd is not there.
func installed(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed, so the unit cannot be checked here")
	}
	program, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(readUnit(t), "/usr/bin/courtesyd", program, 1)
	text = strings.ReplaceAll(text, "#LoadCredential=", "LoadCredential=")
	path := filepath.Join(t.TempDir(), unitFile)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestVerify fails on any output: systemd only warns of keys it does not know.
func TestVerify(t *testing.T) {
	out, err := exec.Command("systemd-analyze", "verify", installed(t)).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// TestHardening wants an exposure below 2.0 of 10.
func TestHardening(t *testing.T) {
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", installed(t)).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

// TestEveryDirectiveIsExplained looks for a comment above each one, or above
// the group it stands in.
func TestEveryDirectiveIsExplained(t *testing.T) {
	explained := false
	for i, line := range strings.Split(readUnit(t), "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			explained = true
		case line == "" || strings.HasPrefix(line, "["):
			explained = line != "" && (line == "[Unit]" || line == "[Install]")
		case !explained:
			t.Errorf("line %d: %s has no sentence above it", i+1, line)
		}
	}
}

// TestUnitFitsTheProgram compares what the unit and the program must agree on.
func TestUnitFitsTheProgram(t *testing.T) {
	stop, err := time.ParseDuration(directive(t, "TimeoutStopSec"))
	if err != nil {
		t.Fatal(err)
	}
	if drain := config.Default().Dispatch.DrainTimeout; stop < drain+5*time.Second {
		t.Errorf("TimeoutStopSec %v leaves no time after draining for %v", stop, drain)
	}
	if got := directive(t, "RestartPreventExitStatus"); got != "2" {
		t.Errorf("RestartPreventExitStatus=%s, but a bad configuration exits with 2", got)
	}
	if got := directive(t, "Type"); got != "notify" {
		t.Errorf("Type=%s; notify-reload is unknown to systemd 252", got)
	}
}

// TestSysusers has systemd read the file that makes the service's user.
func TestSysusers(t *testing.T) {
	if _, err := exec.LookPath("systemd-sysusers"); err != nil {
		t.Skip("systemd-sysusers is not installed")
	}
	path, err := filepath.Abs("courtesyd.sysusers.conf")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\nu "+directive(t, "User")+" ") {
		t.Errorf("the user %s of the unit is not made", directive(t, "User"))
	}
	out, err := exec.Command("systemd-sysusers", "--dry-run", path).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-sysusers: %v\n%s", err, out)
	}
}
