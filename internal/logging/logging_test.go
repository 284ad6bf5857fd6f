package logging_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/courtesyd/courtesyd/internal/logging"
)

func TestFormats(t *testing.T) {
	for _, tt := range []struct{ format, want string }{
		{logging.Text, "level=WARN msg=held shop=main job.phone=+1*******123\n"},
		{logging.Auto, "level=WARN msg=held shop=main job.phone=+1*******123\n"},
		{logging.JSON, `"level":"WARN","msg":"held","shop":"main","job":{"phone":"+1*******123"}}` + "\n"},
		{logging.Journal, "<4>msg=held shop=main job.phone=+1*******123\n"},
	} {
		t.Run(tt.format, func(t *testing.T) {
			var out bytes.Buffer
			log := logging.New(&out, slog.LevelInfo, tt.format)
			log.Debug("not shown")
			log.With("shop", "main").WithGroup("job").Warn("held", "phone", "+12125550123")
			if got := out.String(); !strings.HasSuffix(got, tt.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("wrote %q, want one line ending in %q", got, tt.want)
			}
		})
	}
}

func TestAddressesAreMasked(t *testing.T) {
	for _, format := range []string{logging.Text, logging.JSON, logging.Journal} {
		var out bytes.Buffer
		log := logging.New(&out, slog.LevelInfo, format)
		log.Info("sent", "to", "pat.doe@example.com", "email", []string{"pat.doe@example.com"})
		log.Info("sent", slog.Group("customer", "address", "+12125550123"))
		for _, plain := range []string{"pat.doe", "5550123"} {
			if strings.Contains(out.String(), plain) {
				t.Errorf("%s log shows %q: %s", format, plain, out.String())
			}
		}
	}
}

func TestJournalPriorities(t *testing.T) {
	var out bytes.Buffer
	log := logging.New(&out, slog.LevelDebug, logging.Journal)
	log.Error("a")
	log.Warn("b")
	log.Info("c")
	log.Debug("two\nlines")
	want := "<3>msg=a\n<4>msg=b\n<6>msg=c\n<7>msg=\"two\\nlines\"\n"
	if out.String() != want {
		t.Errorf("wrote %q, want %q", out.String(), want)
	}
}

func TestLevelFollowsAReload(t *testing.T) {
	var out bytes.Buffer
	level := new(slog.LevelVar)
	log := logging.New(&out, level, logging.Journal)
	log.Debug("before")
	level.Set(slog.LevelDebug)
	log.Debug("after")
	if out.String() != "<7>msg=after\n" {
		t.Errorf("wrote %q", out.String())
	}
}

func TestAutoRecognizesTheJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stream")
	stream, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	info, err := stream.Stat()
	if err != nil {
		t.Fatal(err)
	}
	stat := info.Sys().(*syscall.Stat_t)
	t.Setenv("JOURNAL_STREAM", fmt.Sprintf("%d:%d", stat.Dev, stat.Ino))
	logging.New(stream, slog.LevelInfo, logging.Auto).Info("journal")
	t.Setenv("JOURNAL_STREAM", "1:1") // inherited, but the stream was redirected
	logging.New(stream, slog.LevelInfo, logging.Auto).Info("file")

	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(written), "\n")
	if lines[0] != "<6>msg=journal" || !strings.HasPrefix(lines[1], "time=") {
		t.Errorf("wrote %q", written)
	}
}
