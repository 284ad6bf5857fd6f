package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestSecretIsNeverShown(t *testing.T) {
	cfg := parse(t, liveYAML+"database: {url: 'postgres://courtesy:hunter2@db.test/courtesy'}\nlink_key: hunter2hunter2hunter2hunter2hunter2\n")
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", *cfg)
		fmt.Fprintf(&out, verb+"\n", cfg.LinkKey)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("config", "config", cfg, "key", cfg.LinkKey)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("config", "config", cfg, "key", cfg.LinkKey)
	for _, marshal := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal} {
		text, err := marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
	}
	hex := fmt.Sprintf("%x", "hunter2")
	if s := out.String(); strings.Contains(s, "hunter2") || strings.Contains(s, hex) || !strings.Contains(s, redacted) {
		t.Errorf("a secret is shown:\n%s", s)
	}
	if db := cfg.Database; db.URL != "postgres://courtesy@db.test/courtesy" || db.Password.Reveal() != "hunter2" {
		t.Errorf("database %s with the password %q", db.URL, db.Password.Reveal())
	}
}

func TestWhereSecretsComeFrom(t *testing.T) {
	const file, inline = "smtp: {username: u, password_file: testdata/secret}", "smtp: {username: u, password: inline}"
	credentials := t.TempDir()
	write(t, filepath.Join(credentials, "smtp_password"), 0o600, "from systemd\r\n")
	for _, tt := range []struct {
		name, source, credentials string
		worldReadable             bool
		want, problem             string
	}{
		{"credential before file", file, credentials, false, "from systemd", ""},
		{"credential before inline", inline, credentials, true, "from systemd", ""},
		{"file", file, t.TempDir(), true, "from a file", ""},
		{"inline", inline, "", false, "inline", ""},
		{"inline for all to read", inline, "", true, "", "smtp.password: everybody on this machine can read this secret"},
		{"both", "smtp: {username: u, password: inline, password_file: testdata/secret}", "", false, "", "give either password or password_file, not both"},
		{"no file", "smtp: {username: u, password_file: testdata/gone}", "", false, "", "smtp.password_file: stat testdata/gone: no such file"},
		{"no regular file", "smtp: {username: u, password_file: /dev/zero}", "", false, "", "/dev/zero is not a file"},
		{"credential that cannot be read", inline, "testdata/secret", false, "", "smtp.password: read credential smtp_password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg, err := Parse([]byte(tt.source), Options{File: "c.yaml", CredentialsDir: tt.credentials, WorldReadable: tt.worldReadable})
			switch {
			case tt.problem != "":
				if err == nil || !strings.Contains(err.Error(), tt.problem) {
					t.Errorf("got %v, want %s", err, tt.problem)
				}
			case err != nil:
				t.Error(err)
			case cfg.SMTP.Password.Reveal() != tt.want:
				t.Errorf("got %q, want %q", cfg.SMTP.Password.Reveal(), tt.want)
			}
		})
	}
}

func TestSecretFilesThatCannotBe(t *testing.T) {
	empty, large := filepath.Join(t.TempDir(), "empty"), filepath.Join(t.TempDir(), "large")
	write(t, empty, 0o600, "\n")
	write(t, large, 0o600, strings.Repeat("x", maxSecretBytes+1))
	for path, want := range map[string]string{empty: "is empty", large: "is too large for a secret"} {
		if _, err := readSecret(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("readSecret: %v, want %q", err, want)
		}
	}
}

func TestLoadTakesCredentialsFromSystemd(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "link_key"), 0o600, strings.Repeat("k", minLinkKey))
	write(t, filepath.Join(dir, FileName), 0o644, "public_url: https://shop.test/\nhttp: {listen: '127.0.0.1:8417'}\n")
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	cfg, err := Load(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if !cfg.LinkKey.IsSet() || cfg.PublicURL != "https://shop.test" {
		t.Errorf("key set: %v, public_url %q", cfg.LinkKey.IsSet(), cfg.PublicURL)
	}
}
