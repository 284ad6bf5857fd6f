package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// headerRows is how far down the header is looked for: reports put a title, the
// shop's name and the date range above it.
const headerRows = 20

// columns says which cell of a row holds which field.
type columns struct {
	line      int // where the header is
	delimiter byte
	names     []string      // as in the file
	at        map[Field]int // cell of a field
	unused    []string      // columns nobody asked for
}

// has reports whether the file gives the field in a column of its own.
func (c columns) has(f Field) bool { _, ok := c.at[f]; return ok }

// name is what the file calls the column of f.
func (c columns) name(f Field) string {
	if i, ok := c.at[f]; ok {
		return c.names[i]
	}
	return string(f)
}

// findColumns looks for the row, and the delimiter, by which the most columns
// are recognised.
func findColumns(r io.Reader, p Profile) (columns, error) {
	lines, err := newLineReader(r, p.Encoding)
	if err != nil {
		return columns{}, err
	}
	var head []textLine
	for len(head) < headerRows {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return columns{}, err
		}
		head = append(head, line)
	}
	names := newMatcher(p)
	var best columns
	for _, d := range delimiters(p.Delimiter) {
		for _, line := range head {
			if line.cut {
				continue
			}
			cells, _ := splitRow(line.text, d, false)
			if found := names.match(cells); len(found.at) > len(best.at) {
				found.line, found.delimiter = line.number, d
				best = found
			}
		}
	}
	return best, checkColumns(best, p)
}

func delimiters(stated string) []byte {
	if stated != "" {
		return []byte{delimiterByte(stated)}
	}
	return []byte{',', ';', '\t', '|'}
}

// required lists, for each kind, groups of fields of which each must have one.
var required = map[Kind][][]Field{
	Orders:      {{FieldService, FieldOpCode, FieldRecommendation}, {FieldOrderID, FieldOrderNumber, FieldOpenedAt, FieldClosedAt, FieldDeclinedAt}},
	Canceled:    {{FieldCancelKind}, {FieldCanceledAt}},
	Customers:   {{FieldName, FieldFirstName, FieldLastName, FieldCompany, FieldCustomerID, FieldEmail, FieldPhone, FieldMobile}},
	Suppression: {{FieldAddress, FieldEmail, FieldPhone, FieldMobile, FieldHomePhone, FieldWorkPhone}},
}

// checkColumns says in a sentence what is missing from the header.
func checkColumns(c columns, p Profile) error {
	if len(c.at) == 0 {
		return fmt.Errorf("no header found in the first %d lines: no column has a known name; add the names to columns in the import profile", headerRows)
	}
	for _, group := range required[p.Kind] {
		given := slices.ContainsFunc(group, func(f Field) bool { return c.has(f) || p.Defaults[f] != "" })
		if !given {
			return fmt.Errorf("the header on line %d has no column for %s (read: %s): name the column in the import profile under columns",
				c.line, joinFields(group), strings.Join(c.names, " | "))
		}
	}
	return nil
}

func joinFields(fields []Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	return strings.Join(names, " or ")
}

// matcher finds fields by names of columns: those of the profile first.
type matcher struct {
	fields map[string][]choice // folded name to the fields it may stand for
}

type choice struct {
	field Field
	rank  int // lower is preferred
}

const builtInRank = 1000

func newMatcher(p Profile) matcher {
	m := matcher{fields: make(map[string][]choice)}
	add := func(f Field, name string, rank int) {
		m.fields[name] = append(m.fields[name], choice{f, rank})
	}
	for f, names := range synonymsOf(p.Kind) {
		for i, name := range p.Columns[f] {
			add(f, fold(name), i)
		}
		add(f, fold(string(f)), builtInRank)
		for i, name := range names {
			add(f, name, builtInRank+1+i)
		}
	}
	return m
}

// match assigns each cell of a would-be header to the field that wants it most,
// and each field to one cell.
func (m matcher) match(cells []string) columns {
	c := columns{at: make(map[Field]int)}
	type claim struct {
		choice
		cell int
	}
	var claims []claim
	for i, cell := range cells {
		c.names = append(c.names, cleanCell(cell))
		for _, ch := range m.fields[fold(cell)] {
			claims = append(claims, claim{ch, i})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		if a.cell != b.cell {
			return a.cell - b.cell
		}
		return strings.Compare(string(a.field), string(b.field))
	})
	taken := make(map[int]bool)
	for _, cl := range claims {
		if _, have := c.at[cl.field]; !have && !taken[cl.cell] {
			c.at[cl.field] = cl.cell
			taken[cl.cell] = true
		}
	}
	for i, name := range c.names {
		if !taken[i] && name != "" {
			c.unused = append(c.unused, name)
		}
	}
	return c
}

var foldLetters = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n", "à", "a", "è", "e", "ê", "e", "ç", "c")

// fold brings a name to the form in which names are compared: lower-case
// letters and digits without accents, so "RO #", "ro" and "R.O." are one.
func fold(name string) string {
	var b strings.Builder
	for _, r := range foldLetters.Replace(strings.ToLower(name)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// cleanCell strips what spreadsheets and exports wrap around a value: spaces of
// all kinds, control characters, ="..." against lost zeros.
func cleanCell(s string) string {
	if strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) && len(s) > 2 {
		s = s[2 : len(s)-1]
	}
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= ' ' && s[i] < 0x7F && !(s[i] == ' ' && i+1 < len(s) && s[i+1] == ' ')
	}
	if plain {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u00A0' || r == '\u200B' || r == '\uFEFF'
	}), " ")
}
