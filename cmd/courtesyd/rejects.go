package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// rejectsFile takes the rows that were not imported. It is written beside its
// name and put in place at the end, so that a run cut short leaves the one of
// the run before.
type rejectsFile struct {
	*os.File
	name string // what it is to be called, "" when it is written in place
}

// createRejects returns nil for the name "".
func createRejects(name string, inputs []string) (*rejectsFile, error) {
	if name == "" {
		return nil, nil
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return beside(name)
	case err != nil:
		return nil, fmt.Errorf("create file for rejected rows: %w", err)
	}
	for _, input := range inputs {
		if in, err := os.Stat(input); err == nil && os.SameFile(in, info) {
			return nil, usageError{fmt.Errorf("--rejects %s is the file to import; name another for the rejected rows", name)}
		}
	}
	if !info.Mode().IsRegular() { // a device or a pipe cannot be replaced
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, fmt.Errorf("open file for rejected rows: %w", err)
		}
		return &rejectsFile{File: f}, nil
	}
	real, err := filepath.EvalSymlinks(name) // a link stays one
	if err != nil {
		return nil, fmt.Errorf("create file for rejected rows: %w", err)
	}
	return beside(real)
}

// beside makes the file under another name in the same folder. Only its owner
// may read it: the rows hold people's data.
func beside(name string) (*rejectsFile, error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".courtesy-rejects-*")
	if err != nil {
		return nil, fmt.Errorf("create file for rejected rows: %w", err)
	}
	return &rejectsFile{f, name}, nil
}

// writer is where importers write rejected rows, nil when nobody asked for them.
func (r *rejectsFile) writer() io.Writer {
	if r == nil {
		return nil
	}
	return r
}

// finish closes the file and, after a run that came to its end, puts it in place.
func (r *rejectsFile) finish(complete bool) error {
	if r == nil {
		return nil
	}
	err := r.Close()
	switch {
	case r.name == "":
	case complete && err == nil:
		err = os.Rename(r.File.Name(), r.name)
	default:
		err = errors.Join(err, os.Remove(r.File.Name()))
	}
	if err != nil {
		return fmt.Errorf("write file for rejected rows: %w", err)
	}
	return nil
}
