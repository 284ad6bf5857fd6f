package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// yard is a database with two shops, and the importer under test.
type yard struct {
	t   *testing.T
	db  *store.DB
	raw *sql.DB // to look behind the importer's back
	in  store.Imports
	now time.Time
}

func eachYard(t *testing.T, f func(t *testing.T, y *yard)) {
	t.Helper()
	testdb.EachURL(t, func(t *testing.T, url string) {
		db := testdb.Open(t, url)
		y := &yard{t: t, db: db, raw: openRaw(t, url), in: store.Imports{DB: db}, now: day(40)}
		saveShops(t, db)
		f(t, y)
	})
}

func openRaw(t testing.TB, url string) *sql.DB {
	t.Helper()
	driver, name := "postgres", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, name = "sqlite", path
	}
	raw, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

func saveShops(t testing.TB, db *store.DB) {
	t.Helper()
	err := store.Shops{DB: db}.Save(context.Background(), []outreach.Shop{
		{ID: "main", Name: "Main Street Auto", Country: "US", TimeZone: "America/Chicago"},
		{ID: "lake", Name: "Lakeside Auto", Country: "US", TimeZone: "America/Chicago"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// day is noon of the n-th day of the test's year.
func day(n int) time.Time { return time.Date(2026, 1, 1, 18, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func (y *yard) orders(records ...importer.OrderRecord) importer.Counts {
	y.t.Helper()
	c, err := y.in.ImportOrders(context.Background(), y.now, records)
	if err != nil {
		y.t.Fatal(err)
	}
	return c
}

func (y *yard) canceled(records ...importer.CanceledRecord) importer.Counts {
	y.t.Helper()
	c, err := y.in.ImportCanceled(context.Background(), y.now, records)
	if err != nil {
		y.t.Fatal(err)
	}
	return c
}

func (y *yard) customers(records ...importer.CustomerRecord) importer.Counts {
	y.t.Helper()
	c, err := y.in.ImportCustomers(context.Background(), y.now, "test", "main", records)
	if err != nil {
		y.t.Fatal(err)
	}
	return c
}

// exec changes the database as another program would.
func (y *yard) exec(statement string) {
	y.t.Helper()
	if _, err := y.raw.Exec(statement); err != nil {
		y.t.Fatalf("%s: %v", statement, err)
	}
}

// want fails the test unless the query's one row, joined by "|", is what is wanted.
func (y *yard) want(want, query string) {
	y.t.Helper()
	if got := y.get(query); got != want {
		y.t.Errorf("%s\n got %s\nwant %s", query, got, want)
	}
}

// get returns all rows of a query, columns joined by "|" and rows by "; ".
func (y *yard) get(query string) string {
	y.t.Helper()
	rows, err := y.raw.Query(query)
	if err != nil {
		y.t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		y.t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			y.t.Fatal(err)
		}
		row := make([]string, len(cells))
		for i, c := range cells {
			row[i] = strings.NewReplacer("true", "1", "false", "0").Replace(c.String)
			if len(row[i]) > 10 && row[i][4] == '-' && row[i][7] == '-' { // a time, whose form differs
				row[i] = row[i][:10]
			}
		}
		out = append(out, strings.Join(row, "|"))
	}
	if err := rows.Err(); err != nil {
		y.t.Fatal(err)
	}
	return strings.Join(out, "; ")
}

// unchanged fails the test unless the import said and wrote nothing new.
func (y *yard) unchanged(do func() importer.Counts) {
	y.t.Helper()
	y.exec(`delete from scan_marks`)
	before := y.dump()
	c := do()
	for name, tally := range tallies(c) {
		if tally.New+tally.Changed > 0 {
			y.t.Errorf("%s: %+v where all should be unchanged", name, tally)
		}
	}
	if n := y.get(`select count(*) from scan_marks`); n != "0" {
		y.t.Errorf("%s marks for the next scan where nothing changed", n)
	}
	for name, after := range y.dump() {
		if after != before[name] {
			y.t.Errorf("%s changed\nfrom %s\nto   %s", name, before[name], after)
		}
	}
}

func tallies(c importer.Counts) map[string]importer.Tally {
	return map[string]importer.Tally{
		"orders": c.Orders, "lines": c.Lines, "canceled": c.Canceled, "customers": c.Customers, "vehicles": c.Vehicles,
		"addresses": c.Addresses, "consents": c.Consents, "opt-outs": c.OptOuts,
	}
}

// dump is all that imports write.
func (y *yard) dump() map[string]string {
	out := make(map[string]string)
	for _, name := range []string{
		"customers", "addresses", "consents", "opt_outs", "vehicles", "orders", "order_lines", "canceled_orders",
		"follow_ups", "contacts", "contact_events", "audit_log",
	} {
		out[name] = y.get(`select * from ` + name + ` order by id`)
	}
	out["customer_refs"] = y.get(`select * from customer_refs order by source, shop_id, external_id`)
	return out
}

func order(key string, at int) importer.OrderRecord {
	return importer.OrderRecord{Order: outreach.Order{
		Source: "test", ShopID: "main", ExternalID: key, Number: key, Status: outreach.OrderClosed,
		OpenedAt: day(at).Add(-6 * time.Hour), ClosedAt: day(at), Total: outreach.Money{Minor: 12345, Currency: "USD"},
	}}
}

// of makes the order one of a customer.
func of(r importer.OrderRecord, c importer.CustomerRecord) importer.OrderRecord {
	r.Customer = c
	return r
}

func with(r importer.OrderRecord, lines ...importer.LineRecord) importer.OrderRecord {
	r.Lines = lines
	return r
}

func car(r importer.OrderRecord, v outreach.Vehicle) importer.OrderRecord {
	r.Vehicle = v
	return r
}

func customer(key, first, last string, addresses ...string) importer.CustomerRecord {
	r := importer.CustomerRecord{ExternalID: key, Customer: outreach.Customer{FirstName: first, LastName: last}}
	for _, value := range addresses {
		a := outreach.Address{Kind: outreach.PhoneNumber, Value: value, LineType: outreach.UnknownLine, Preferred: true, Status: outreach.AddressOK}
		if strings.Contains(value, "@") {
			a.Kind = outreach.EmailAddress
		}
		r.Addresses = append(r.Addresses, a)
	}
	return r
}

func line(key, name string, auth outreach.Authorization) importer.LineRecord {
	l := outreach.Line{ExternalID: key, Name: name, Authorization: auth, Price: outreach.Money{Minor: 45000, Currency: "USD"}}
	if l.Open() {
		l.Trigger, l.DeclinedAt = outreach.ExplicitDecline, day(1)
	}
	return importer.LineRecord{Line: l}
}

const (
	danaPhone = "+12125550123"
	danaMail  = "dana@example.com"
	vin       = "1HGCM82633A004352"
)

func dana() importer.CustomerRecord { return customer("c1", "Dana", "Example", danaPhone, danaMail) }

// visitRecord is a full record: customer, vehicle, a declined and a sold line.
func visitRecord() importer.OrderRecord {
	return with(car(of(order("100", 10), dana()), outreach.Vehicle{VIN: vin, Year: 2003, Make: "Honda", Model: "Accord"}),
		line("1", "Front brake pads", outreach.Declined), line("2", "Oil change", outreach.Authorized))
}

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
		y.want("39900|cost_exceeds_budget|front pads 2 mm|1", `
			select price_minor, decline_reason, finding, refused_again from order_lines where external_id = '1'`)
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

func TestImportKnowsDuplicateCustomers(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		y.orders(of(order("1", 1), dana()))
		lake := of(order("7", 2), customer("L-9", "DANA", "example", "+12125550199", danaMail))
		lake.Order.ShopID = "lake"
		same := of(order("2", 3), customer("c77", "dana", "Example", danaPhone))
		spouse := of(order("3", 4), customer("c2", "Robin", "Example", danaPhone))
		nameless := of(order("4", 5), customer("c3", "", "", danaPhone))
		records := []importer.OrderRecord{lake, same, spouse, nameless}
		y.orders(records...)
		y.want("3|5|5", `select (select count(*) from customers), (select count(*) from customer_refs), (select count(*) from addresses)`)
		y.want("c1; c77; L-9", `select external_id from customer_refs where customer_id = 1 order by lower(external_id)`)
		y.unchanged(func() importer.Counts { return y.orders(append(records, of(order("1", 1), dana()))...) })
	})
}

func TestImportDuplicateRowsDoNotSwing(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		one, two := dana(), dana()
		two.ExternalID = "c2"
		one.Customer.PostalCode, two.Customer.PostalCode = "60601", "60602"
		two.Addresses = append(two.Addresses[:0:0], customer("", "", "", "+12125550188", danaPhone).Addresses...)
		two.Addresses[1].Preferred = false
		y.customers(one)
		y.customers(two)
		y.want("60601", `select postal_code from customers`)
		y.want(danaPhone, `select value from addresses where kind = 'phone' and preferred`)
		y.unchanged(func() importer.Counts { return y.customers(one) })
		y.unchanged(func() importer.Counts { return y.customers(two) })
		one.Customer.PostalCode = "60699"
		if c := y.customers(one); c.Customers.Changed != 1 {
			t.Errorf("moved house: %+v", c.Customers)
		}
	})
}

func TestImportLatestVisitHasTheLastWord(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		old, recent := dana(), dana()
		old.Customer.PostalCode, recent.Customer.PostalCode = "60601", "60602"
		old.Customer.Locale = "es"
		recent.Customer.LastName = "Example-Sample"
		first, last := of(order("1", 5), old), of(order("2", 20), recent)
		y.orders(last)
		y.orders(first)
		y.want("Example-Sample|60602|es", `select last_name, postal_code, locale from customers`)
		y.unchanged(func() importer.Counts { return y.orders(last) })
		y.unchanged(func() importer.Counts { return y.orders(first) })
	})
}

func TestImportVehicleSold(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		accord := outreach.Vehicle{VIN: vin, Plate: "OLD1", Make: "Honda", Model: "Accord"}
		bySeller := car(of(order("1", 5), dana()), accord)
		sold := accord
		sold.Plate = "NEW1"
		byBuyer := car(of(order("2", 20), customer("c2", "Robin", "Sample", "+12125550124")), sold)
		earlier := car(of(order("0", 2), dana()), accord)
		owner := func(want string) {
			t.Helper()
			y.want(want, `select r.external_id, v.plate from vehicles v join customer_refs r on r.customer_id = v.customer_id`)
		}
		y.orders(bySeller)
		owner("c1|OLD1")
		y.orders(byBuyer)
		owner("c2|NEW1")
		y.orders(earlier, bySeller)
		owner("c2|NEW1")
		y.unchanged(func() importer.Counts { return y.orders(byBuyer, bySeller, earlier) })

		voided := car(of(order("3", 30), dana()), accord)
		voided.Order.Status, voided.Order.VoidedAt = outreach.OrderVoided, day(30)
		y.orders(voided)
		y.want("c2", `select r.external_id from vehicles v join customer_refs r on r.customer_id = v.customer_id`)
	})
}

func TestImportVehicleIdentity(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		visit := func(key string, at int, v outreach.Vehicle) importer.OrderRecord {
			return car(of(order(key, at), dana()), v)
		}
		records := []importer.OrderRecord{
			visit("1", 1, outreach.Vehicle{Plate: "ABC123", Make: "Ford", Model: "Focus"}),
			visit("2", 2, outreach.Vehicle{VIN: vin, Plate: "ABC123"}),                       // the same, now with its VIN
			visit("3", 3, outreach.Vehicle{VIN: vin, Plate: "XYZ789"}),                       // new plate
			visit("4", 4, outreach.Vehicle{Year: 2019, Make: "Ford", Model: "Transit"}),      // another one
			visit("5", 5, outreach.Vehicle{Year: 2019, Make: "FORD", Model: "transit"}),      // the same again
			visit("6", 6, outreach.Vehicle{Year: 2020, Make: "Ford", Model: "Transit"}),      // and another one
			visit("7", 7, outreach.Vehicle{Year: 2020}),                                      // names no car
			car(order("8", 8), outreach.Vehicle{Plate: "WALKIN", Make: "Kia", Model: "Rio"}), // nobody's
		}
		c := y.orders(records...)
		if c.Vehicles.New != 4 {
			t.Errorf("vehicles: %+v", c.Vehicles)
		}
		y.want("1; 1; 1; 2; 2; 3; ; 4", `select vehicle_id from orders order by id`)
		for _, r := range records {
			y.unchanged(func() importer.Counts { return y.orders(r) })
		}
		records[0].Vehicle = outreach.Vehicle{VIN: "2HGCM82633A004353", Model: "Civic"} // the order named the wrong car
		if c = y.orders(records[0]); c.Vehicles.New != 1 || c.Orders.Changed != 1 {
			t.Errorf("corrected: %+v", c)
		}
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
