package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Two imports of one file at once, as when a cron job overlaps itself.
func TestImportSideBySide(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		const importers, batches, size = 3, 6, 20
		var wg sync.WaitGroup
		errs := make(chan error, importers)
		for range importers {
			wg.Go(func() {
				for b := range batches {
					var records []importer.OrderRecord
					for i := range size {
						n := b*size + i
						c := customer(fmt.Sprintf("c%d", n/2), "Pat", fmt.Sprintf("Example%d", n/4), fmt.Sprintf("+1212555%04d", 100+n/4))
						v := outreach.Vehicle{Plate: fmt.Sprintf("P%d", n/2), Model: "Focus"}
						records = append(records, with(car(of(order(fmt.Sprint(n), n%30), c), v),
							line("1", "Front brake pads", outreach.Declined)))
					}
					if _, err := y.in.ImportOrders(context.Background(), y.now, records); err != nil {
						errs <- err
						return
					}
				}
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			t.Error(err)
		}
		y.want("120|120", `select (select count(*) from orders), (select count(*) from order_lines)`)
		y.want("60|30|30|60", `select (select count(*) from customer_refs), (select count(*) from customers),
			(select count(*) from addresses), (select count(*) from vehicles)`)
	})
}

// An import that changes and merges customers while scans plan for them.
func TestImportBesideScans(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		const people = 30
		visits := func(price int64) (records []importer.OrderRecord) {
			for i := range people {
				l := line("1", "Front brake pads", outreach.Declined)
				l.Line.Price.Minor = price
				n := (i * 7) % people // not in the order of ids
				records = append(records, with(of(order(fmt.Sprint(n), 10), customer(fmt.Sprintf("c%d", n), "Pat", fmt.Sprintf("Example%d", n))), l))
			}
			return records
		}
		y.orders(visits(100)...)
		var wg sync.WaitGroup
		done := make(chan struct{})
		schedule := outreach.Schedule{ShopID: "main", PlaybookID: "declined", Version: 1}
		for range 2 {
			wg.Go(func() {
				scans := store.Scans{DB: y.db}
				for running := true; running; {
					select {
					case <-done:
						running = false
					default:
					}
					err := scans.Spread(context.Background(), y.now, []outreach.Schedule{schedule}, map[string]time.Time{"main": day(1)})
					if err == nil {
						_, err = scans.Work(context.Background(), y.now, schedule, false, people, followUpAll)
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for i := range 6 {
			y.orders(visits(200 + int64(i))...)
			merged := customer(fmt.Sprintf("c%d", i), "Pat", fmt.Sprintf("Example%d", i))
			merged.MergedInto = fmt.Sprintf("c%d", people-1-i)
			y.customers(merged)
		}
		close(done)
		wg.Wait()
		y.want("6|0", `select (select count(*) from customers where merged_into is not null),
			(select count(*) from follow_ups f join customers c on c.id = f.customer_id where c.merged_into is not null)`)
	})
}

// followUpAll starts a follow-up for everybody who has something open and none yet.
func followUpAll(candidates []outreach.Candidate) []outreach.Plan {
	plans := make([]outreach.Plan, len(candidates))
	for i, c := range candidates {
		var fresh []outreach.Item
		for _, it := range c.Items {
			if it.FollowUpID == 0 && it.Trigger() != "" {
				fresh = append(fresh, it)
			}
		}
		if len(fresh) == 0 || len(c.Active) > 0 {
			continue
		}
		plans[i] = outreach.Plan{
			Start: &outreach.FollowUp{ShopID: "main", PlaybookID: "declined", PlaybookVersion: 1, AnchorAt: day(10)},
			Items: fresh,
			Contacts: []outreach.Contact{{
				ShopID: "main", Step: 1, Channel: outreach.Email, Class: outreach.Marketing, PlaybookID: "declined", DueAt: day(60), NotAfter: day(70),
			}},
		}
	}
	return plans
}
