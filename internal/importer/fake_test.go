package importer

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// memorySink keeps records as the database would: by key, merged with what is there.
type memorySink struct {
	orders    map[Key]OrderRecord
	lines     map[Key]LineRecord
	canceled  map[Key]CanceledRecord
	customers map[string]CustomerRecord
	optOuts   []OptOutRecord
	runs      []RunRecord
	usual     float64
	usualRuns int
	batches   int
	fail      error
}

func newMemorySink() *memorySink {
	return &memorySink{
		orders: map[Key]OrderRecord{}, lines: map[Key]LineRecord{}, canceled: map[Key]CanceledRecord{}, customers: map[string]CustomerRecord{},
	}
}

func tally[K comparable, V any](stored map[K]V, key K, value V) (t Tally) {
	old, have := stored[key]
	switch {
	case !have:
		t.New++
	case reflect.DeepEqual(old, value):
		t.Unchanged++
	default:
		t.Changed++
	}
	stored[key] = value
	return t
}

func (m *memorySink) ImportOrders(_ context.Context, _ time.Time, orders []OrderRecord) (c Counts, err error) {
	m.batches++
	for _, o := range orders {
		key := Key{Source: o.Order.Source, ShopID: o.Order.ShopID, Order: o.Order.ExternalID}
		for _, l := range o.Lines {
			lineKey := key
			lineKey.Line = l.Line.ExternalID
			c.Lines.add(tally(m.lines, lineKey, l))
		}
		o.Lines = nil
		c.Orders.add(tally(m.orders, key, o))
		if !o.Customer.Empty() {
			c.Customers.add(tally(m.customers, o.Customer.ExternalID, o.Customer))
		}
	}
	return c, m.fail
}

func (m *memorySink) ImportCanceled(_ context.Context, _ time.Time, orders []CanceledRecord) (c Counts, err error) {
	for _, o := range orders {
		c.Canceled.add(tally(m.canceled, Key{Source: o.Order.Source, ShopID: o.Order.ShopID, Order: o.Order.ExternalID}, o))
	}
	return c, m.fail
}

func (m *memorySink) ImportCustomers(_ context.Context, _ time.Time, _, _ string, customers []CustomerRecord) (c Counts, err error) {
	for _, rec := range customers {
		c.Customers.add(tally(m.customers, rec.ExternalID, rec))
	}
	return c, m.fail
}

func (m *memorySink) ImportOptOuts(_ context.Context, _ time.Time, optOuts []OptOutRecord) (c Counts, err error) {
	m.optOuts = append(m.optOuts, optOuts...)
	c.OptOuts.New = len(optOuts)
	return c, m.fail
}

func (m *memorySink) NewCandidates(_ context.Context, keys []Key) (n int, err error) {
	for _, k := range keys {
		if k.Line == "" {
			if _, have := m.canceled[k]; !have {
				n++
			}
		} else if l, have := m.lines[k]; !have || !l.Line.Open() {
			n++
		}
	}
	return n, nil
}

func (m *memorySink) UsualCandidates(context.Context, string, string, Kind) (float64, int, error) {
	return m.usual, m.usualRuns, nil
}

func (m *memorySink) RecordRun(_ context.Context, run RunRecord) error {
	m.runs = append(m.runs, run)
	return nil
}

var (
	testNow  = time.Date(2026, 10, 12, 15, 0, 0, 0, time.UTC)
	testShop = outreach.Shop{ID: "main", TimeZone: "America/Chicago", Country: "US"}
)

func testOptions(p Profile) Options {
	p.Source = firstNonEmpty(p.Source, "test")
	p.Shop = firstNonEmpty(p.Shop, "main")
	return Options{Profile: p, Shop: testShop, Name: "dir/test.csv", Now: func() time.Time { return testNow }}
}

// importText imports text into a new sink and fails the test on an error.
func importText(t *testing.T, p Profile, text string) (*memorySink, Report) {
	t.Helper()
	sink := newMemorySink()
	rep, err := Run(t.Context(), strings.NewReader(text), testOptions(p), sink)
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	return sink, rep
}

func onlyLine(t *testing.T, m *memorySink) LineRecord {
	t.Helper()
	if len(m.lines) != 1 {
		t.Fatalf("lines = %d, want 1", len(m.lines))
	}
	for _, l := range m.lines {
		return l
	}
	panic("unreachable")
}
