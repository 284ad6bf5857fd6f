package store_test

import (
	"testing"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

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
