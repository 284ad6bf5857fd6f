package importer

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// rejectsFile writes rows that were not imported, so that they can be mended
// and imported again. Of a row that could not be cut into values it also keeps
// the text as it was, so that nothing of it is lost.
type rejectsFile struct {
	out       *csv.Writer
	delimiter byte // of the original
}

func newRejects(w io.Writer, cols columns) *rejectsFile {
	if w == nil {
		return &rejectsFile{}
	}
	f := &rejectsFile{out: csv.NewWriter(w), delimiter: cols.delimiter}
	_ = f.out.Write(append([]string{"rejected line", "rejected because", "as it was"}, cols.names...)) // close reports what failed
	return f
}

func (f *rejectsFile) write(raw rawRow, issues []Issue) error {
	if f.out == nil {
		return nil
	}
	for _, i := range issues {
		if i.Level == Warning {
			continue
		}
		cells, text := raw.cells, ""
		if raw.problem != "" {
			cells, text = looseCells(raw.text, f.delimiter), raw.text
		}
		if err := f.out.Write(append([]string{strconv.Itoa(raw.line), i.String(), text}, cells...)); err != nil {
			return fmt.Errorf("write rejects file: %w", err)
		}
		return nil
	}
	return nil
}

func (f *rejectsFile) close() error {
	if f.out == nil {
		return nil
	}
	f.out.Flush()
	if err := f.out.Error(); err != nil {
		return fmt.Errorf("write rejects file: %w", err)
	}
	return nil
}

// looseCells cuts a row that makes no sense as well as it goes: values in proper
// quotes stay whole, any other quote is taken as it stands.
func looseCells(text string, delimiter byte) (cells []string) {
	for {
		if trimmed := strings.TrimLeft(text, " "); strings.HasPrefix(trimmed, `"`) {
			if cell, rest, _, ok := quotedCell(trimmed[1:], delimiter, true); ok {
				cells = append(cells, cell)
				if rest == "" {
					return cells
				}
				text = rest[1:]
				continue
			}
		}
		cell, rest, more := strings.Cut(text, string(delimiter))
		cells = append(cells, cell)
		if !more {
			return cells
		}
		text = rest
	}
}
