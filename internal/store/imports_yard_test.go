package store_test

import (
	"context"
	"database/sql"
	"strings"
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
