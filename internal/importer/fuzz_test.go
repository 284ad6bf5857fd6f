package importer

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// FuzzImport feeds hostile bytes to every kind of import: nothing may panic,
// every row is accounted for, and what was read keeps its promises.
func FuzzImport(f *testing.F) {
	rough, err := os.ReadFile("testdata/rough.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(rough, uint8(0))
	f.Add([]byte(ordersCSV), uint8(0))
	f.Add([]byte("\xff\xfeR\x00O\x00,\x00"), uint8(0))
	f.Add([]byte("Type,Canceled Date\nno-show,46300\n"), uint8(1))
	f.Add([]byte("Name,Email,No SMS\n\"a\"b,x@y.zz,1\n"), uint8(2))
	f.Add([]byte("Email;Date\nx@example.com;1/1/01\n\"\n"), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, pick uint8) {
		sink := newMemorySink()
		opts := testOptions(Profile{Kind: Kinds()[int(pick)%len(Kinds())]})
		rep, err := Run(t.Context(), bytes.NewReader(data), opts, sink)
		if err != nil {
			return
		}
		if rep.Rejected+rep.LeftOut > rep.Rows {
			t.Errorf("%d rejected and %d left out of %d rows", rep.Rejected, rep.LeftOut, rep.Rows)
		}
		for key, l := range sink.lines {
			if key.Order == "" || key.Line == "" || l.Line.DeclinedAt.After(testNow.Add(clockGrace)) {
				t.Errorf("line %+v %+v", key, l)
			}
		}
		for _, o := range sink.optOuts {
			if o.Address == "" || o.RecordedAt.After(testNow) {
				t.Errorf("opt-out %+v", o)
			}
		}
	})
}

// bigFile is a file of n order lines, two to an order.
func bigFile(n int) []byte {
	var b bytes.Buffer
	b.WriteString("RO #,Closed,Customer,Phone,Email,VIN,Year,Make,Model,Line ID,Service,Tech Note,Color,Authorization,Price\n")
	for i := range n {
		order := i / 2
		fmt.Fprintf(&b, "%d,%02d/%02d/2026,\"SMITH, JOHN\",(212) 555-01%02d,c%d@example.com,,2015,HONDA,CIVIC,%d,Front brake pads & rotors,\"Front pads 2 mm, worn\",Red,%s,\"$1,234.50\"\n",
			order, order%9+1, order%28+1, order%100, order, i, []string{"Declined", "Approved", "Pending"}[i%3])
	}
	return b.Bytes()
}

func BenchmarkImport200k(b *testing.B) {
	const lines = 200_000
	file := bytes.NewReader(bigFile(lines))
	opts := testOptions(Profile{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Run(b.Context(), file, opts, discard{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(lines*b.N)/b.Elapsed().Seconds(), "lines/s")
}

// discard is a sink that keeps nothing.
type discard struct{ *memorySink }

func (discard) ImportOrders(context.Context, time.Time, []OrderRecord) (Counts, error) {
	return Counts{}, nil
}
func (discard) NewCandidates(context.Context, []Key) (int, error) { return 0, nil }
func (discard) UsualCandidates(context.Context, string, string, Kind) (float64, int, error) {
	return 0, 0, nil
}
func (discard) RecordRun(context.Context, RunRecord) error { return nil }

// Memory must not grow with the file.
func TestMemoryIsBounded(t *testing.T) {
	peak := func(file []byte) uint64 {
		runtime.GC()
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		opts, most, batches := testOptions(Profile{}), uint64(0), 0
		opts.Progress = func(int, int) {
			if batches++; batches%5 != 1 {
				return
			}
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
		if _, err := Run(t.Context(), bytes.NewReader(file), opts, discard{}); err != nil {
			t.Fatal(err)
		}
		return most - min(most, before.HeapAlloc)
	}
	if got := peak(bigFile(6_000)); got > 8<<20 {
		t.Errorf("6,000 lines hold %d KiB", got>>10)
	}
	one := []byte("RO,Service\n" + strings.Repeat("1,Front brake pads\n", 20_000))
	if got := peak(one); got > 8<<20 {
		t.Errorf("one order of 20,000 lines holds %d KiB", got>>10)
	}
	quotes := []byte("RO,Service\n" + strings.Repeat("1,\"Front brake pads\n", 5_000))
	if got := peak(quotes); got > 8<<20 {
		t.Errorf("5,000 open quotes hold %d KiB", got>>10)
	}
}
