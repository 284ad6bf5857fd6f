package importer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Encodings a profile may name. Without one it is found out.
const (
	EncodingUTF8        = "utf-8"
	EncodingUTF16       = "utf-16"
	EncodingWindows1252 = "windows-1252"
)

// DateOrder says how dates written with numbers only are read. Dates that start
// with the year, name the month or are spreadsheet day numbers need no order.
type DateOrder string

// Date orders.
const (
	DatesUS       DateOrder = "us"        // 12/31/2026, the default
	DatesDayFirst DateOrder = "day-first" // 31/12/2026
	DatesISO      DateOrder = "iso"       // 2026-12-31 and nothing else
)

// DeclinedRule says which lines count as not done, beyond what a row states.
type DeclinedRule string

// Declined rules.
const (
	// DeclinedStated takes only a word for "declined" or a decline op code.
	DeclinedStated DeclinedRule = "stated"
	// DeclinedAtClose takes as well what was still undecided when the order was
	// closed, or its estimate archived: most systems show a "no" only by this.
	// It is the default.
	DeclinedAtClose DeclinedRule = "undecided-at-close"
	// DeclinedEveryRow is for reports that list nothing but unsold work.
	DeclinedEveryRow DeclinedRule = "every-row"
)

// Amounts says what unit amounts of money are in.
type Amounts string

// Units of amounts.
const (
	AmountsWhole Amounts = "dollars" // whole currency units with a decimal mark, the default
	AmountsCents Amounts = "cents"   // integers, as APIs give them
)

// Profile says how the files of one source are written. A profile in the
// configuration starts from a built-in one and states only what differs.
type Profile struct {
	Base   string `yaml:"base"`   // built-in profile to start from, "generic" when empty
	Source string `yaml:"source"` // name of the system the files come from; part of every key
	Shop   string `yaml:"shop"`   // id of the shop the files belong to
	Kind   Kind   `yaml:"kind"`

	Delimiter string       `yaml:"delimiter"` // one of , ; | or "tab"; found out when empty
	Encoding  string       `yaml:"encoding"`  // found out when empty
	Dates     DateOrder    `yaml:"dates"`
	Decimal   string       `yaml:"decimal"` // "." or ","
	Amounts   Amounts      `yaml:"amounts"`
	Declined  DeclinedRule `yaml:"declined"`

	// Columns maps our fields to names of columns, tried before the built-in ones.
	Columns map[Field][]string `yaml:"columns"`
	// Defaults are taken where the file has no such column or the cell is empty.
	Defaults map[Field]string `yaml:"defaults"`
	// Values maps the source's words to ours, field by field, tried before the
	// built-in words. The word "" stands for an empty cell of a column that is there.
	Values map[Field]map[string]string `yaml:"values"`
	// DeclineOpCodes are labor op codes the store uses to mark a declined line.
	DeclineOpCodes []string `yaml:"decline_op_codes"`
}

// Resolve lays p over the built-in profile it is based on, fills in defaults
// and checks the result. All problems are reported together.
func (p Profile) Resolve() (Profile, error) {
	name := p.Base
	if name == "" {
		name = "generic"
	}
	base, ok := builtIns()[name]
	if !ok {
		return Profile{}, fmt.Errorf("no built-in import profile %q: use one of %s", name, strings.Join(BuiltIns(), ", "))
	}
	p.Base = name
	p.Source = firstNonEmpty(p.Source, base.Source)
	p.Kind = firstNonEmpty(p.Kind, base.Kind, Orders)
	p.Delimiter = firstNonEmpty(p.Delimiter, base.Delimiter)
	p.Encoding = firstNonEmpty(p.Encoding, base.Encoding)
	p.Dates = firstNonEmpty(p.Dates, base.Dates, DatesUS)
	p.Decimal = firstNonEmpty(p.Decimal, base.Decimal, ".")
	p.Declined = firstNonEmpty(p.Declined, base.Declined, DeclinedAtClose)
	p.Amounts = firstNonEmpty(p.Amounts, base.Amounts, AmountsWhole)
	p.Columns = mergeLists(p.Columns, base.Columns)
	p.Defaults = overlay(base.Defaults, p.Defaults)
	p.Values = mergeValues(base.Values, p.Values)
	p.DeclineOpCodes = slices.Concat(base.DeclineOpCodes, p.DeclineOpCodes)
	return p, p.check()
}

func (p Profile) check() error {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if p.Source == "" {
		problem("source is missing: name the system the files come from")
	}
	if p.Shop == "" {
		problem("shop is missing: give the id of the shop the files belong to")
	}
	if !slices.Contains(Kinds(), p.Kind) {
		problem("kind %q: use orders, canceled, customers or suppression", p.Kind)
	}
	if p.Delimiter != "" && delimiterByte(p.Delimiter) == 0 {
		problem("delimiter %q: use one of , ; | or tab", p.Delimiter)
	}
	if !slices.Contains([]string{"", EncodingUTF8, EncodingUTF16, EncodingWindows1252}, p.Encoding) {
		problem("encoding %q: use utf-8, utf-16 or windows-1252, or leave it out", p.Encoding)
	}
	if !slices.Contains([]DateOrder{DatesUS, DatesDayFirst, DatesISO}, p.Dates) {
		problem("dates %q: use us, day-first or iso", p.Dates)
	}
	if p.Decimal != "." && p.Decimal != "," {
		problem(`decimal %q: use "." or ","`, p.Decimal)
	}
	if p.Amounts != AmountsWhole && p.Amounts != AmountsCents {
		problem("amounts %q: use dollars or cents", p.Amounts)
	}
	if !slices.Contains([]DeclinedRule{DeclinedStated, DeclinedAtClose, DeclinedEveryRow}, p.Declined) {
		problem("declined %q: use stated, undecided-at-close or every-row", p.Declined)
	}
	for _, f := range slices.Sorted(maps.Keys(p.Columns)) {
		if !known(f) {
			problem("columns: no field %q", f)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(p.Defaults)) {
		if !known(f) {
			problem("defaults: no field %q", f)
		}
	}
	problems = append(problems, p.checkValues()...)
	return errors.Join(problems...)
}

// checkValues finds words that are mapped to nothing we know.
func (p Profile) checkValues() (problems []error) {
	for _, f := range slices.Sorted(maps.Keys(p.Values)) {
		ours, ok := canonical[f]
		if !ok {
			problems = append(problems, fmt.Errorf("values: the field %q has no fixed words", f))
			continue
		}
		for _, word := range slices.Sorted(maps.Keys(p.Values[f])) {
			if to := p.Values[f][word]; !slices.Contains(ours, to) {
				problems = append(problems, fmt.Errorf("values: %s: %q is mapped to %q: use one of %s", f, word, to, strings.Join(ours, ", ")))
			}
		}
	}
	return problems
}

// known reports whether any kind of file can have the field.
func known(f Field) bool {
	for _, kind := range Kinds() {
		if slices.Contains(fieldsOf(kind), f) {
			return true
		}
	}
	return false
}

func delimiterByte(name string) byte {
	switch name {
	case ",", ";", "|":
		return name[0]
	case "tab", "\t":
		return '\t'
	}
	return 0
}

func firstNonEmpty[T ~string](options ...T) T {
	for _, o := range options {
		if o != "" {
			return o
		}
	}
	return ""
}

func overlay[K comparable, V any](under, over map[K]V) map[K]V {
	out := maps.Clone(under)
	if out == nil {
		return maps.Clone(over)
	}
	maps.Copy(out, over)
	return out
}

func mergeLists(first, then map[Field][]string) map[Field][]string {
	out := make(map[Field][]string, len(first)+len(then))
	for f, names := range first {
		out[f] = slices.Clone(names)
	}
	for f, names := range then {
		out[f] = append(out[f], names...)
	}
	return out
}

// mergeValues keys the words by their folded form, so that case, spaces and
// punctuation do not matter.
func mergeValues(under, over map[Field]map[string]string) map[Field]map[string]string {
	out := make(map[Field]map[string]string, len(under)+len(over))
	for _, layer := range []map[Field]map[string]string{under, over} {
		for f, words := range layer {
			if out[f] == nil {
				out[f] = make(map[string]string, len(words))
			}
			for word, to := range words {
				out[f][fold(word)] = to
			}
		}
	}
	return out
}
