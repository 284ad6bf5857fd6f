package scheduler_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
	"github.com/courtesyd/courtesyd/scheduler"
)

// scanned is how many customers the runs of a playbook have looked at so far.
func (o *office) scanned(playbook string) int {
	o.t.Helper()
	return o.Count(`select coalesce(sum(customers), 0) from schedule_runs where playbook_id = $1`, playbook)
}

func TestScanReadsOnlyWhoChanged(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		var orders []int64
		for i := range 5 {
			c := o.AddCustomer(fixture.Customer{Email: mail(i)})
			orders = append(orders, o.Declines(c, o.clock.Now(), "Front brake pads"))
		}
		o.at("2026-06-03 08:00")
		if n := o.scanned("declined-safety"); n != 5 {
			o.t.Fatalf("the first scan looked at %d customers", n)
		}
		o.at("2026-06-04 08:00")
		if n := o.scanned("declined-safety"); n != 5 {
			o.t.Errorf("a scan without changes looked at %d customers", n-5)
		}
		o.Exec(`update order_lines set price_minor = 50000 where order_id = $1`, orders[0])
		o.Exec(`update orders set adviser = 'Sam Sample' where id = $1`, orders[1])
		o.at("2026-06-05 08:00")
		if n := o.scanned("declined-safety"); n != 7 {
			o.t.Errorf("two customers changed, %d were looked at", n-5)
		}
		if n := o.Count(`select count(*) from follow_ups`); n != 5 {
			o.t.Errorf("%d follow-ups for five customers", n)
		}
	})
}

func TestScanAgainPlansNothingTwice(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.Declines(c, o.clock.Now(), "Front brake pads")
		o.AddCanceled(fixture.Canceled{Customer: c, At: o.clock.Now()})
		before := []string(nil)
		for range 3 {
			o.must(o.ScanNow(o.t.Context()))
			o.Exec(`update order_lines set name = name`)
			o.clock.set(o.clock.Now().Add(time.Second))
			if before == nil {
				before = o.Contacts()
			}
		}
		if after := o.Contacts(); len(before) != 4 || !slices.Equal(before, after) {
			o.t.Errorf("first %v\nthen  %v", before, after)
		}
	})
}

// TestMissedRunsAreMadeUpOnce: down from Friday noon to Monday noon, then at
// work again.
func TestMissedRunsAreMadeUpOnce(t *testing.T) {
	eachOffice(t, "2026-06-05 12:00", func(o *office) {
		o.work()
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.Declines(c, o.clock.Now(), "Front brake pads")
		o.at("2026-06-08 12:00")
		o.work()
		got := o.Strings(`select missed, customers from schedule_runs where playbook_id = 'declined-safety' order by id`)
		if !slices.Equal(got, []string{"1 1"}) {
			o.t.Errorf("runs (missed, customers): %v, want one that makes up for Saturday's", got)
		}
	})
}

// TestNewPlaybookVersionLooksAtEverybodyAgain, and a playbook that the shop
// takes up later at everything that is open.
func TestNewPlaybookVersionLooksAtEverybodyAgain(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.AddOrder(fixture.Order{
			Customer: c, Vehicle: o.AddVehicle(c, "2018 Subaru Outback"), Closed: o.clock.Now(),
			Lines: []fixture.Line{{Name: "Wheel alignment", Severity: outreach.SeveritySuggested, Price: 9_000}},
		})
		o.settings.Shops[0].Playbooks = []string{"declined-safety"}
		o.restart() // before that, it followed all of them
		o.at("2026-06-03 08:00")
		o.expectContacts()
		o.approvePlaybook("declined-safety", "severities: [safety, required]", "severities: [suggested]")
		o.at("2026-06-04 08:00")
		o.expectContacts("declined-safety/1 email planned ", "declined-safety/2 call planned ", "declined-safety/3 email planned ")
		if v := o.Strings(`select distinct playbook_version from contacts`); !slices.Equal(v, []string{"2"}) {
			o.t.Errorf("planned by version %v", v)
		}

		d := o.AddCustomer(fixture.Customer{Email: mail(2)})
		o.AddCanceled(fixture.Canceled{Customer: d, At: o.clock.Now()})
		o.at("2026-06-05 08:00")
		o.settings.Shops[0].Playbooks = nil
		o.restart()
		if got := o.Contacts(); len(got) != 4 || got[3] != "canceled-order/1 email planned " {
			o.t.Errorf("after the shop took up all playbooks: %v", got)
		}
	})
}

// approvePlaybook makes a new version of a shipped playbook.
func (o *office) approvePlaybook(id, old, replacement string) {
	o.t.Helper()
	o.approve("playbooks", id, old, replacement, func(source string) error {
		_, _, err := store.Documents{DB: o.DB}.AddPlaybook(o.t.Context(), o.clock.Now(),
			outreach.Document{Name: id, Source: source}, "test")
		return err
	})
}

// TestTransactionThatCommitsLate: what was written before another customer's
// rows and committed after they were scanned is found by the next scan.
func TestTransactionThatCommitsLate(t *testing.T) {
	b := fixture.Open(t, testdb.Postgres(t))
	o := openOffice(t, b, "2026-06-02 12:00")
	ana, ben := o.AddCustomer(fixture.Customer{Email: mail(1)}), o.AddCustomer(fixture.Customer{Email: mail(2)})
	late, err := o.SQL.Begin()
	o.must(err)
	defer func() { _ = late.Rollback() }() // after the commit it does nothing
	car := o.AddVehicle(ana, "2018 Subaru Outback")
	_, err = fixture.WriteOrder(late, 900, fixture.Order{
		Customer: ana, Vehicle: car, Closed: o.clock.Now(), Lines: []fixture.Line{{Name: "Front brake pads", Price: 42_000}},
	})
	o.must(err)
	o.Declines(ben, o.clock.Now(), "Tie rod end")
	o.at("2026-06-03 08:00")
	if n := o.Count(`select count(*) from follow_ups where customer_id = $1`, ben); n != 1 {
		o.t.Fatalf("%d follow-ups of the one who committed early", n)
	}
	o.must(late.Commit())
	o.at("2026-06-04 08:00")
	if n := o.Count(`select count(*) from follow_ups where customer_id = $1`, ana); n != 1 {
		o.t.Errorf("%d follow-ups of the one who committed late", n)
	}
}

// TestDaemonsShareTheScan: several daemons on one database beat at once. Each
// run is one daemon's, each customer planned once, and nothing is left over.
func TestDaemonsShareTheScan(t *testing.T) {
	b := fixture.Open(t, testdb.Postgres(t))
	o := openOffice(t, b, "2026-06-02 12:00")
	const customers, daemons = 300, 4
	for i := range customers {
		c := o.AddCustomer(fixture.Customer{Email: mail(i)})
		o.Declines(c, o.clock.Now(), "Front brake pads")
		o.AddCanceled(fixture.Canceled{Customer: c, At: o.clock.Now()})
	}
	for _, at := range []string{"2026-06-03 08:00", "2026-06-03 08:30", "2026-06-04 08:00"} {
		o.clock.set(wall(t, at))
		var wg sync.WaitGroup
		for range daemons {
			s, _ := o.hire()
			wg.Go(func() {
				for range 2 {
					if err := s.Beat(o.t.Context()); err != nil {
						o.t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	if got := o.Strings(`select playbook_id, count(*), count(distinct customer_id) from follow_ups group by playbook_id order by 1`); !slices.Equal(got,
		[]string{"canceled-order 300 300", "declined-safety 300 300"}) {
		o.t.Errorf("follow-ups: %v", got)
	}
	if n := o.Count(`select count(*) from scan_todo`) + o.Count(`select count(*) from scan_marks`); n != 0 {
		o.t.Errorf("%d marks are left over", n)
	}
	if n := o.Count(`select count(*) from schedule_runs where ended_at is null`); n != 0 {
		o.t.Errorf("%d runs have no end", n)
	}
}

// TestRunOfADaemonThatDied is taken over by another once its heart is silent.
func TestRunOfADaemonThatDied(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.work()
		o.Declines(c, o.clock.Now(), "Front brake pads")
		o.clock.set(wall(t, "2026-06-03 08:00"))
		_, dead := o.hire()
		ctx := o.t.Context()
		scans := store.Scans{DB: o.DB}
		run := outreach.ScanRun{ShopID: "main", PlaybookID: "declined-safety", DueWall: time.Date(2026, 6, 3, 8, 0, 0, 0, time.UTC)}
		if id, err := scans.Claim(ctx, o.clock.Now(), run, dead, time.Minute); err != nil || id == 0 {
			o.t.Fatalf("claim: %d, %v", id, err)
		}
		o.work()
		o.expectContacts()
		o.at("2026-06-03 08:02")
		if got := o.Contacts(); len(got) != 3 {
			o.t.Errorf("after the daemon died: %v", got)
		}
	})
}

func TestCustomerWithTwoShopsAndTwoCars(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		north := fixture.MainShop()
		north.ID, north.Name = "north", "Example Auto North"
		o.AddShop(north)
		o.settings.Shops = append(o.settings.Shops, scheduler.Shop{Shop: north})
		o.restart()
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		for _, shop := range []string{"main", "main", "north"} {
			o.AddOrder(fixture.Order{
				Shop: shop, Customer: c, Vehicle: o.AddVehicle(c, "2018 Subaru Outback"), Closed: o.clock.Now(),
				Lines: []fixture.Line{{Name: "Front brake pads", Price: 42_000}},
			})
		}
		o.at("2026-06-03 08:00")
		got := o.Strings(`select f.shop_id, count(*) from follow_ups f join follow_up_items i on i.follow_up_id = f.id group by f.id, f.shop_id order by 1`)
		if !slices.Equal(got, []string{"main 2", "north 1"}) {
			o.t.Errorf("items by shop: %v, want one conversation a shop", got)
		}
		// Both are due at the same hour; the person hears from one of them.
		o.at("2026-06-05 10:00")
		if got := o.mail.to(); len(got) != 1 {
			o.t.Errorf("mails on one day: %v", got)
		}
	})
}
