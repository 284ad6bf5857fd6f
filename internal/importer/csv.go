package importer

import (
	"errors"
	"io"
	"strings"
)

// A quoted value may run over this many lines, and no further: beyond it the
// opening quote was a mistake.
const maxRowLines = 40

// rawRow is one row of the file, before anything in it is understood.
type rawRow struct {
	line    int // where it starts
	cells   []string
	text    string // as in the file, for the rejects file
	problem string // why it cannot be read as a row, "" when it can
}

// rowReader reads comma-separated rows the forgiving way. The standard reader
// loses the rest of a file to one unclosed quote; here a row that makes no sense
// is reported alone and the next line starts afresh.
type rowReader struct {
	lines     *lineReader
	delimiter byte
	width     int // columns of the header, 0 while it is not known
	pending   []textLine
}

// next returns the next row, or io.EOF.
func (r *rowReader) next() (rawRow, error) {
	first, err := r.lines.next()
	if err != nil {
		return rawRow{}, err
	}
	row := rawRow{line: first.number, text: first.text}
	if first.cut {
		row.problem = "the line is too long for a row"
		return row, nil
	}
	var open bool
	row.cells, open = splitRow(first.text, r.delimiter, false)
	switch {
	case open:
		return r.continued(row)
	case row.cells == nil:
		row.problem = "a quote within a quoted value hides where the value ends"
	}
	r.checkWidth(&row)
	return row, nil
}

// continued reads on until the quote that the row left open is closed.
func (r *rowReader) continued(row rawRow) (rawRow, error) {
	r.pending = r.pending[:0]
	text := row.text
	for len(r.pending) < maxRowLines {
		line, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return rawRow{}, err
		}
		r.pending = append(r.pending, line)
		text += "\n" + line.text
		if line.cut || len(text) > maxLineBytes {
			break
		}
		cells, open := splitRow(text, r.delimiter, true)
		if open {
			continue
		}
		if cells == nil || (r.width > 0 && len(cells) > r.width) {
			break // closed by the opening quote of a later row
		}
		row.cells, row.text = cells, text
		r.checkWidth(&row)
		return row, nil
	}
	r.lines.unread(r.pending)
	row.problem = "a quoted value is never closed"
	return row, nil
}

// checkWidth rejects a row that has more values than there are columns.
func (r *rowReader) checkWidth(row *rawRow) {
	if r.width == 0 || len(row.cells) <= r.width {
		return
	}
	for _, extra := range row.cells[r.width:] {
		if strings.TrimSpace(extra) != "" {
			row.problem = "the row has more values than the header has columns"
			return
		}
	}
	row.cells = row.cells[:r.width]
}

// splitRow cuts text into cells. open reports that it ends inside a quoted
// value. A quote that is neither doubled nor at the end of its value is taken as
// it stands, unless strict, where it makes the row senseless and cells nil. It
// does so too where it opens the next value.
func splitRow(text string, delimiter byte, strict bool) (cells []string, open bool) {
	cells = make([]string, 0, strings.Count(text, string(delimiter))+1)
	for {
		var cell string
		var ok bool
		trimmed := strings.TrimLeft(text, " ")
		if strings.HasPrefix(trimmed, `"`) {
			cell, text, open, ok = quotedCell(trimmed[1:], delimiter, strict)
			if open || !ok {
				return nil, open
			}
			cells = append(cells, cell)
			if text == "" {
				return cells, false
			}
			text = text[1:]
			continue
		}
		end := strings.IndexByte(text, delimiter)
		if end < 0 {
			return append(cells, text), false
		}
		cells = append(cells, text[:end])
		text = text[end+1:]
	}
}

// quotedCell reads a value up to its closing quote. rest is "" or starts with
// the delimiter.
func quotedCell(text string, delimiter byte, strict bool) (cell, rest string, open, ok bool) {
	var b strings.Builder
	for {
		q := strings.IndexByte(text, '"')
		if q < 0 {
			return "", "", true, false
		}
		b.WriteString(text[:q])
		after := text[q+1:]
		switch tail := strings.TrimLeft(after, " "); {
		case tail == "" || tail[0] == delimiter:
			return b.String(), tail, false, true
		case after[0] == '"':
			b.WriteByte('"')
			text = after[1:]
		case strict, strings.HasSuffix(strings.TrimRight(text[:q], " "), string(delimiter)):
			return "", "", false, false
		default:
			b.WriteByte('"')
			text = after
		}
	}
}
