// Package ledger keeps the test partners' own account of what they accepted:
// one JSON object a line, written before the partner says yes, so that it can be
// held against the program's log after any number of crashes.
package ledger

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// Ledger is an append-only file. A nil Ledger accepts everything and keeps nothing.
type Ledger struct {
	mu   sync.Mutex
	file *os.File
}

// Open opens or creates the file for appending. An empty path gives a nil Ledger.
func Open(path string) (*Ledger, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	return &Ledger{file: file}, nil
}

// Append writes entry as one line, unbuffered: it is with the kernel when Append
// returns and outlives the death of this process.
func (l *Ledger) Append(entry any) error {
	if l == nil {
		return nil
	}
	line, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("encode ledger entry: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("append to ledger: %w", err)
	}
	return nil
}

// Close closes the file.
func (l *Ledger) Close() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}

// Read returns all entries of the file at path.
func Read[T any](path string) ([]T, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	defer file.Close()
	var entries []T
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var entry T
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			return nil, fmt.Errorf("read ledger line %d: %w", len(entries)+1, err)
		}
		entries = append(entries, entry)
	}
	return entries, lines.Err()
}
