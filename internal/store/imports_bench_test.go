package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// BenchmarkImport200k imports 200,000 lines in batches as the importer makes
// them, into an empty database and then once more. Run it with -benchtime=1x.
func BenchmarkImport200k(b *testing.B) {
	for name, open := range map[string]func(testing.TB) string{"sqlite": testdb.SQLite, "postgres": testdb.Postgres} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				db := testdb.Open(b, open(b))
				saveShops(b, db)
				b.StartTimer()
				b.ReportMetric(linesPerSecond(b, db), "fresh_lines/s")
				b.ReportMetric(linesPerSecond(b, db), "repeated_lines/s")
			}
		})
	}
}

func linesPerSecond(b *testing.B, db *store.DB) float64 {
	const orders, size = 50_000, 500
	before := b.Elapsed()
	for start := 0; start < orders; start += size {
		b.StopTimer()
		batch := manyOrders(start, size)
		b.StartTimer()
		if _, err := (store.Imports{DB: db}).ImportOrders(context.Background(), day(400), batch); err != nil {
			b.Fatal(err)
		}
	}
	return 4 * orders / (b.Elapsed() - before).Seconds()
}

// manyOrders makes orders of four lines; each customer comes about three times.
func manyOrders(start, n int) []importer.OrderRecord {
	jobs := []string{"Front brake pads", "Oil change", "Coolant flush", "Four-wheel alignment"}
	out := make([]importer.OrderRecord, n)
	for i := range out {
		k := start + i
		who := k % 17_000
		c := customer(fmt.Sprintf("c%d", who), "Pat", fmt.Sprintf("Example%d", who),
			fmt.Sprintf("+1212555%05d", who), fmt.Sprintf("pat%d@example.com", who))
		r := car(of(order(fmt.Sprintf("RO%d", k), k%300), c), outreach.Vehicle{
			VIN: fmt.Sprintf("1HGCM8263%08d", who), Year: 2015, Make: "Honda", Model: "Accord",
		})
		for j, job := range jobs {
			auth := outreach.Authorized
			if (k+j)%4 == 0 {
				auth = outreach.Declined
			}
			r.Lines = append(r.Lines, line(fmt.Sprint(j+1), job, auth))
		}
		out[i] = r
	}
	return out
}
