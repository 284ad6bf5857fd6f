// Package password keeps passwords as hashes that are costly to try.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// What argon2id costs: OWASP's second choice, about 40 ms.
const (
	rounds  = 2
	memory  = 19 << 10 // KiB
	threads = 1
	keySize = 32 // bytes
	salt    = 16 // bytes
)

// Shortest and longest password, in characters and bytes.
const (
	minCharacters = 10
	maxBytes      = 1024
)

// Check says what is wrong with a new password, in a sentence: it must be long and
// none that is tried first (NIST SP 800-63B, 5.1.1.2). about are names that others
// know, of whoever is to use it and of the shop.
func Check(text string, about ...string) error {
	switch {
	case utf8.RuneCountInString(text) < minCharacters:
		return fmt.Errorf("take at least %d characters; several words are easy to remember", minCharacters)
	case len(text) > maxBytes:
		return errors.New("this is longer than any password needs to be")
	case common(text, about):
		return errors.New("this password is too easy to guess: it is little more than a well-known word, a name, a row of keys or a number; " +
			"take several words that do not belong together")
	}
	return nil
}

// Hash returns a hash that Verify knows again, with its parameters in it.
func Hash(text string) (string, error) {
	seed := make([]byte, salt)
	if _, err := rand.Read(seed); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	key := argon2.IDKey([]byte(text), seed, rounds, memory, threads, keySize)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, rounds, threads, b64(seed), b64(key)), nil
}

// Verify reports whether text is the password of a hash. It takes as long for a
// hash that is none, so that nobody learns who has a password.
func Verify(text, hash string) bool {
	var version, m, t int
	var p uint8
	seed, key := make([]byte, salt), make([]byte, keySize)
	parts := strings.Split(hash, "$")
	known := len(parts) == 6 && parts[1] == "argon2id"
	if known {
		_, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &m, &t, &p)
		known = err == nil && version == argon2.Version && m > 0 && m <= 1<<20 && t > 0 && t <= 16 && p > 0
	}
	if known {
		var err error
		seed, err = base64.RawStdEncoding.DecodeString(parts[4])
		known = err == nil
	}
	if known {
		var err error
		key, err = base64.RawStdEncoding.DecodeString(parts[5])
		known = err == nil && len(key) >= 16
	}
	if !known {
		m, t, p, seed, key = memory, rounds, threads, make([]byte, salt), make([]byte, keySize)
	}
	if len(text) > maxBytes {
		return false
	}
	got := argon2.IDKey([]byte(text), seed, uint32(t), uint32(m), p, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1 && known
}
