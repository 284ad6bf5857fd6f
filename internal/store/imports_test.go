package store_test

import (
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

func TestImportTwiceChangesNothing(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		walkIn := with(order("101", 11), line("1", "Wiper blades", outreach.NotAuthorizedAtClose))
		plated := car(of(order("102", 12), customer("c2", "Robin", "Sample", "+12125550124")), outreach.Vehicle{Plate: "ABC123", Make: "Ford", Model: "Focus"})
		bare := with(of(order("103", 13), customer("c3", "", "", "pat@example.com")), line("1", "Alignment", outreach.Declined))
		rejected := importer.CanceledRecord{
			Order: outreach.CanceledOrder{
				Source: "test", ShopID: "main", ExternalID: "E1", Kind: outreach.EstimateRejected, What: "clutch", CanceledAt: day(14),
			},
			Customer: dana(), Vehicle: outreach.Vehicle{VIN: vin},
		}
		c := y.orders(visitRecord(), walkIn, plated, bare)
		if c.Orders.New != 4 || c.Lines.New != 4 || c.Customers.New != 3 || c.Vehicles.New != 2 || c.Addresses.New != 4 {
			t.Errorf("first import: %+v", c)
		}
		if c = y.canceled(rejected); c.Canceled.New != 1 || c.Customers.New != 0 || c.Vehicles.New != 0 {
			t.Errorf("first import of canceled orders: %+v", c)
		}
		y.want("1", `select count(*) from orders where customer_id is null`)
		y.want("brakes|brake pad front|declined", `select category, service_key, auth from order_lines where name = 'Front brake pads'`)
		y.want("not_recorded|unknown", `select reason, canceled_by from canceled_orders`)

		y.now = day(50)
		y.unchanged(func() importer.Counts { return y.orders(visitRecord(), walkIn, plated, bare) })
		y.unchanged(func() importer.Counts { return y.orders(bare, plated, walkIn, visitRecord(), visitRecord()) })
		y.unchanged(func() importer.Counts { return y.canceled(rejected) })
	})
}

func TestImportChangesOnlyWhatIsGiven(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		first := visitRecord()
		first.Order.Adviser = "Alex"
		first.Lines[0].Line.Finding = "front pads 2 mm"
		first.Lines[0].Line.DeferredUntil = day(90)
		first.Lines[0].Line.Photo, first.Lines[0].Line.Duration = "100-1.jpg", 90*time.Minute
		y.orders(first)
		y.exec(`update order_lines set refused_again = 1`)
		y.exec(`update addresses set status = 'bounced' where kind = 'email'`)
		y.exec(`delete from scan_marks`)

		again := visitRecord()
		again.Order.Adviser = ""
		again.Lines = again.Lines[:1] // the second line has vanished from the file
		again.Lines[0].Line.Price.Minor = 39900
		again.Lines[0].Line.DeclineReason = outreach.ReasonBudget
		again.Customer.Addresses[0].LineType = outreach.Mobile
		c := y.orders(again)
		want := importer.Counts{
			Orders: importer.Tally{Unchanged: 1}, Lines: importer.Tally{Changed: 1}, Customers: importer.Tally{Unchanged: 1},
			Vehicles: importer.Tally{Unchanged: 1}, Addresses: importer.Tally{Changed: 1, Unchanged: 1},
		}
		if c != want {
			t.Errorf("counts\n got %+v\nwant %+v", c, want)
		}
		y.want("39900|cost_exceeds_budget|front pads 2 mm|100-1.jpg|90|1", `
			select price_minor, decline_reason, finding, photo, duration_minutes, refused_again from order_lines where external_id = '1'`)
		y.want("Alex|2", `select adviser, (select count(*) from order_lines) from orders`)
		y.want("bounced; mobile", `
			select case kind when 'email' then status else line_type end from addresses order by kind`)
		y.want("1", `select count(*) from scan_marks`)

		again.Lines[0].Line.Authorization, again.Lines[0].Line.Trigger = outreach.Authorized, ""
		again.Lines[0].Line.DeclinedAt = time.Time{}
		again.Lines[0].Cleared = importer.Cleared{importer.FieldDeferredUntil}
		y.orders(again)
		y.want("authorized||", `select auth, deferral_trigger, deferred_until from order_lines where external_id = '1'`)
	})
}

func TestImportHonoursWhatHappensToAnOrder(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		closed := visitRecord()
		closed.Cleared = importer.Cleared{importer.FieldVoidedAt}
		y.orders(closed)

		reopened := visitRecord()
		reopened.Order.Status, reopened.Order.ClosedAt = outreach.OrderOpen, time.Time{}
		reopened.Cleared = importer.Cleared{importer.FieldClosedAt, importer.FieldVoidedAt}
		y.orders(reopened)
		y.want("open|", `select status, closed_at from orders`)

		closedAgain := visitRecord()
		closedAgain.Order.ClosedAt, closedAgain.Order.Adviser = day(15), "Alex"
		closedAgain.Lines[0].Line.Price.Minor = 50000
		y.orders(closedAgain)
		y.want("closed|2026-01-16", `select status, closed_at from orders`)

		// The first file again: from before the second close.
		closed.Order.Adviser = "Sam"
		closed.Lines = append(closed.Lines, line("3", "Cabin filter", outreach.Declined))
		y.orders(closed)
		y.want("2026-01-16|Alex|50000|3", `select closed_at, adviser, (select price_minor from order_lines where external_id = '1'),
			(select count(*) from order_lines) from orders`)

		voided := order("100", 15)
		voided.Order.Status, voided.Order.VoidedAt = outreach.OrderVoided, day(16)
		y.orders(voided)
		y.want("voided|2026-01-17", `select status, voided_at from orders`)
		n, err := y.in.NewCandidates(t.Context(), []importer.Key{{Source: "test", ShopID: "main", Order: "100", Line: "1"}})
		if err != nil || n != 1 {
			t.Errorf("a line of a voided order is not open: %d new candidates, %v", n, err)
		}

		closedAgain.Cleared = importer.Cleared{importer.FieldVoidedAt}
		y.orders(closedAgain)
		y.want("closed|", `select status, voided_at from orders`)
	})
}

func TestImportHonoursWhatHappensToACanceledOrder(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		r := importer.CanceledRecord{Order: outreach.CanceledOrder{
			Source: "test", ShopID: "main", ExternalID: "E1", Kind: outreach.AppointmentCanceled, CanceledAt: day(10), Reason: "time",
		}}
		y.canceled(r)
		reopened := r
		reopened.Order.ReopenedAt = day(12)
		y.canceled(reopened)
		y.canceled(r) // the older file
		y.want("2026-01-13", `select reopened_at from canceled_orders`)
		again := r
		again.Order.CanceledAt, again.Order.Reason = day(20), "not_recorded"
		y.canceled(again)
		y.want("2026-01-21||time", `select canceled_at, reopened_at, reason from canceled_orders`)
		y.canceled(r)
		y.want("2026-01-21", `select canceled_at from canceled_orders`)
	})
}

func TestImportDecisionIsNotUndoneByAnEarlierOne(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		r := visitRecord()
		r.Lines[0].Line.DeclinedAt = day(12)
		y.orders(r)
		approved := visitRecord()
		approved.Lines[0].Line.Authorization, approved.Lines[0].Line.DeclinedAt = outreach.Authorized, time.Time{}
		y.orders(approved)
		older := visitRecord() // declined on day 1
		y.orders(older)
		y.want("authorized", `select auth from order_lines where external_id = '1'`)
		r.Lines[0].Line.DeclinedAt = day(13)
		y.orders(r)
		y.want("declined|2026-01-14", `select auth, declined_at from order_lines where external_id = '1'`)
	})
}

func TestImportSecondDeclineIsALineMore(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		second := visitRecord()
		second.Order.ExternalID, second.Order.Number, second.Order.ClosedAt = "200", "200", day(30)
		y.orders(visitRecord(), second)
		y.want("2|1|1", `select count(*), count(distinct service_key), count(distinct vehicle_id)
			from order_lines l join orders o on o.id = l.order_id where l.auth = 'declined'`)
	})
}

func TestImportOptOutsStand(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		list := []importer.OptOutRecord{
			{Address: danaPhone, Channel: outreach.SMS, ShopID: "main", Reason: "imported", Source: "import:test", RecordedAt: day(1)},
			{Address: danaMail, Reason: "imported", Source: "import:test"},
			{Address: danaMail, Reason: "imported", Source: "import:test"},
		}
		bring := func() importer.Counts {
			c, err := y.in.ImportOptOuts(t.Context(), y.now, list)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if c := bring(); c.OptOuts != (importer.Tally{New: 2, Unchanged: 1}) {
			t.Errorf("first: %+v", c.OptOuts)
		}
		y.want("2026-02-10|"+danaMail+"; 2026-01-02|"+danaPhone, `select recorded_at, address from opt_outs order by address desc`)
		y.unchanged(bring)

		// Both ask to hear from the shop again. The list says that the one "no"
		// is older than that; about the other it says nothing.
		for _, address := range []string{danaPhone, danaMail} {
			if _, err := (store.Consents{DB: y.db}).Lift(t.Context(), y.now, address, "cli:test", "asked"); err != nil {
				t.Fatal(err)
			}
		}
		if c := bring(); c.OptOuts != (importer.Tally{New: 1, Unchanged: 2}) {
			t.Errorf("after lifting: %+v", c.OptOuts)
		}
		y.want(danaMail, `select address from opt_outs where lifted_at is null`)
	})
}

func TestCandidatesAndRuns(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		y.orders(visitRecord())
		key := func(order, line string) importer.Key {
			return importer.Key{Source: "test", ShopID: "main", Order: order, Line: line}
		}
		lake := key("100", "1")
		lake.ShopID = "lake"
		n, err := y.in.NewCandidates(t.Context(), []importer.Key{
			key("100", "1"), key("100", "2"), key("100", "9"), key("100", "9"), key("E1", ""), lake,
		})
		if err != nil || n != 4 {
			t.Errorf("new candidates = %d, %v; want the sold line, the unknown one, the canceled order, the other shop's", n, err)
		}
		usual := func(wantUsual float64, wantRuns int) {
			t.Helper()
			u, runs, err := y.in.UsualCandidates(t.Context(), "test", "main", importer.Orders)
			if err != nil || u != wantUsual || runs != wantRuns {
				t.Errorf("usual = %v of %d runs, %v; want %v of %d", u, runs, err, wantUsual, wantRuns)
			}
		}
		usual(0, 0)
		for i, c := range []int{900, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10} {
			run := importer.RunRecord{
				Source: "test", ShopID: "main", Kind: importer.Orders, File: "test.csv", StartedAt: day(i), EndedAt: day(i),
				Candidates: c, Forced: i == 0, Counts: importer.Counts{Lines: importer.Tally{New: 2}, Orders: importer.Tally{New: 1, Changed: 3}},
			}
			if err := y.in.RecordRun(t.Context(), run); err != nil {
				t.Fatal(err)
			}
			if i == 1 {
				usual(450.5, 2)
			}
		}
		usual(5.5, 10)
		y.want("3|3|0", `select created, changed, unchanged from import_runs where id = 1`)
		y.want("import:test|forced import|test.csv|900 new candidates", `select who, what, object, detail from audit_log`)
	})
}
