package importer

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
)

// batchSize is how many records go to the Sink in one transaction.
const batchSize = 500

// batch is a group of records of one kind.
type batch struct {
	orders    []OrderRecord
	canceled  []CanceledRecord
	customers []CustomerRecord
	optOuts   []OptOutRecord
}

func (b *batch) size() int {
	n := len(b.canceled) + len(b.customers) + len(b.optOuts)
	for i := range b.orders {
		n += 1 + len(b.orders[i].Lines)/4 // long orders fill a batch sooner
	}
	return n
}

// open lists the keys of the records that could start a follow-up.
func (b *batch) open() (keys []Key) {
	for _, o := range b.orders {
		for _, l := range o.Lines {
			if candidate(o.Order, l.Line) {
				keys = append(keys, Key{o.Order.Source, o.Order.ShopID, o.Order.ExternalID, l.Line.ExternalID})
			}
		}
	}
	for _, c := range b.canceled {
		if c.Order.ReopenedAt.IsZero() {
			keys = append(keys, Key{Source: c.Order.Source, ShopID: c.Order.ShopID, Order: c.Order.ExternalID})
		}
	}
	return keys
}

// listener hears what is found while a file is read. All functions may be nil
// but emit.
type listener struct {
	emit func(*batch) error
	row  func(raw rawRow, issues []Issue) error
	hint func([]Suggestion)
}

// parse reads the whole file once, in bounded memory.
func (r *reader) parse(ctx context.Context, file io.Reader, to listener) error {
	lines, err := newLineReader(file, r.profile.Encoding)
	if err != nil {
		return err
	}
	for range r.cols.line {
		if _, err := lines.next(); err != nil {
			return err
		}
	}
	rows := &rowReader{lines: lines, delimiter: r.cols.delimiter, width: len(r.cols.names)}
	var (
		group orderGrouper
		b     batch
	)
	flush := func() error {
		if b.size() == 0 {
			return nil
		}
		err := to.emit(&b)
		b = batch{}
		return err
	}
	for {
		raw, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if r.noData(raw) {
			continue
		}
		row := &reading{reader: r, line: raw.line, cells: raw.cells}
		if raw.problem != "" {
			row.reject("", "", raw.problem, "")
		} else {
			r.take(row, &group, &b)
			r.hint(row, to.hint)
		}
		if to.row != nil {
			if err := to.row(raw, row.issues); err != nil {
				return err
			}
		}
		if b.size() >= batchSize {
			if err := flush(); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	if last := group.finish(); last != nil {
		b.orders = append(b.orders, *last)
	}
	return flush()
}

// take adds what a row holds to the batch.
func (r *reader) take(row *reading, group *orderGrouper, b *batch) {
	switch r.profile.Kind {
	case Orders:
		if done := group.add(row); done != nil {
			b.orders = append(b.orders, *done)
		}
	case Canceled:
		if rec := row.canceled(); rec != nil {
			b.canceled = append(b.canceled, *rec)
		}
	case Customers:
		rec := row.customer()
		if rec.Empty() && !row.failed {
			row.reject(FieldName, row.text(FieldName), "neither a number, a name nor an address: nobody to import", "a customer")
		}
		if !row.failed {
			b.customers = append(b.customers, rec)
		}
	case Suppression:
		b.optOuts = append(b.optOuts, row.optOuts()...)
	}
}

func (r *reader) hint(row *reading, hear func([]Suggestion)) {
	if hear == nil || r.profile.Kind != Orders || row.failed {
		return
	}
	if text := row.text(FieldRecommendation); text != "" {
		order, _ := row.orderKey()
		if found := suggestions(row.line, order, text); len(found) > 0 {
			hear(found)
		}
	}
}

var totalsWord = regexp.MustCompile(`(?i)^(?:grand |sub-?|report )?(?:totals?|gran total|suma)\b[^a-z]*$|^(?:total (?:records|rows|orders)|records|end of report|page \d)`)

// noData knows empty rows, totals and headers repeated on every page.
func (r *reader) noData(raw rawRow) bool {
	if raw.problem != "" {
		return false
	}
	first, same := "", len(raw.cells) >= len(r.cols.names)
	for i, cell := range raw.cells {
		cell = cleanCell(cell)
		if first == "" {
			first = cell
		}
		if i < len(r.cols.names) && !strings.EqualFold(cell, r.cols.names[i]) {
			same = false
		}
	}
	return first == "" || same || totalsWord.MatchString(first)
}
