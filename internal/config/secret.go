package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

const redacted = "REDACTED"

// maxSecretBytes is far above any key or password and keeps a wrong path from
// filling the memory.
const maxSecretBytes = 64 << 10

// Secret is a value that must not be seen: printing, logging and marshaling it
// give REDACTED. Only Reveal returns it.
type Secret struct{ value string }

// NewSecret hides value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value itself, for the one place that needs it.
func (s Secret) Reveal() string { return s.value }

// IsSet reports whether there is a value.
func (s Secret) IsSet() bool { return s.value != "" }

// String returns REDACTED, or nothing when no value is set.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return redacted
}

// Format redacts under every verb, so that %#v of a whole configuration is safe.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue redacts in structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText redacts in JSON, YAML and everything else that encodes text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the value as it is.
func (s *Secret) UnmarshalText(text []byte) error {
	s.value = string(text)
	return nil
}

// secret settles where the secret under key comes from: systemd's credentials
// first, then the file named by key_file, then the value in the configuration
// itself, which is refused when everybody on the machine can read it.
func (c *checker) secret(key string, value *Secret, file *string) {
	if c.CredentialsDir != "" {
		text, err := readSecret(filepath.Join(c.CredentialsDir, credentialName(key)))
		if err == nil {
			value.value = text
			return
		}
		if !errors.Is(err, fs.ErrNotExist) {
			c.errorf(key, "read credential %s: %v", credentialName(key), err)
			return
		}
	}
	switch {
	case *file != "" && value.IsSet():
		c.errorf(key, "give either %s or %s_file, not both", lastPart(key), lastPart(key))
	case *file != "":
		*file = c.path(*file)
		text, err := readSecret(*file)
		if err != nil {
			c.errorf(key+"_file", "%v; check the path and that the user of courtesyd may read it", err)
		}
		value.value = text
	case value.IsSet() && c.WorldReadable:
		c.errorf(key, "everybody on this machine can read this secret; "+
			"run chmod 640 %s, or move it into a file and name that in %s_file", c.file, lastPart(key))
	}
}

// credentialName is the name of a key's credential under LoadCredential=.
func credentialName(key string) string { return strings.ReplaceAll(key, ".", "_") }

func lastPart(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// readSecret reads a file without the line end that editors leave behind.
func readSecret(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a file", path)
	}
	if info.Size() > maxSecretBytes {
		return "", fmt.Errorf("%s is too large for a secret", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxSecretBytes))
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return secret, nil
}
