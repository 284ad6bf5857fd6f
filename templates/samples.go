package templates

import (
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Sample is an invented customer for previews and checks.
type Sample struct {
	Name   string
	Locale Locale // "" goes with every language
	Data   Data
	// Typical data must render, in few segments; the others may be refused.
	Typical bool
	// Hostile data holds values that nobody would write by hand.
	Hostile bool
}

// Samples returns the preview data: an ordinary customer in each language, and
// the cases in which templates go wrong.
func Samples() []Sample {
	samples := []Sample{
		{Name: "full", Locale: English, Data: sampleData(), Typical: true},
		{Name: "spanish", Locale: Spanish, Data: spanishData(), Typical: true},
		{Name: "missing name", Data: without(func(d *Data) {
			d.Customer.FirstName, d.Customer.LastName, d.Items[0].Order.Adviser = "", "", ""
		})},
		{Name: "missing price", Data: without(func(d *Data) {
			d.Items[0].Line.Price, d.Items[0].Line.PriceValidUntil = outreach.Money{}, time.Time{}
		})},
		{Name: "missing finding and date", Data: without(func(d *Data) {
			d.Items[0].Line.Finding, d.Items[0].Line.DeferredUntil = "", time.Time{}
			d.Items[0].Order.ClosedAt, d.Items[0].Canceled.What = time.Time{}, ""
		})},
		{Name: "six services", Data: without(sixServices)},
		{Name: "quotes, markup and emoji", Data: without(hostileValues), Hostile: true},
		{Name: "no vehicle", Data: without(func(d *Data) { d.Items[0].Vehicle = nil })},
		{Name: "500-character name", Hostile: true, Data: without(func(d *Data) {
			d.Customer.FirstName = strings.Repeat("Anastasia ", 50)
			d.Items[0].Line.Name = strings.Repeat("Brake ", 90)
		})},
		{Name: "company", Data: without(func(d *Data) {
			d.Customer = outreach.Customer{Kind: outreach.Organization, Company: "Example Bakery Inc."}
		})},
		{Name: "no public address", Data: without(func(d *Data) { d.Links = Links{} })},
	}
	for _, kind := range []outreach.CancelKind{
		outreach.EstimateRejected, outreach.OrderVoid, outreach.NoShow, outreach.SpecialOrderPart, outreach.OnlineOrder,
	} {
		samples = append(samples, Sample{Name: "canceled as " + string(kind), Data: without(func(d *Data) {
			d.Items[0].Canceled.Kind = kind
		})})
	}
	return samples
}

func without(change func(*Data)) Data {
	d := sampleData()
	change(&d)
	return d
}

// sampleData is what a well-kept shop system knows. It fits every playbook: the
// first item also carries an agreed date and a canceled order.
func sampleData() Data {
	noon := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 12, 0, 0, 0, time.UTC) }
	vehicle := &outreach.Vehicle{ID: 1, Year: 2016, Make: "Honda", Model: "Civic"}
	order := &outreach.Order{ID: 1, Number: "20417", Adviser: "Dana Example", ClosedAt: noon(time.May, 12)}
	item := func(line outreach.Line) outreach.Item {
		return outreach.Item{Line: &line, Order: order, Vehicle: vehicle}
	}
	first := item(outreach.Line{
		ID: 1, Name: "Front brake pads", Finding: "pads 2 mm, rotors at discard", Severity: outreach.SeveritySafety,
		Price: outreach.Money{Minor: 48600}, PriceValidUntil: noon(time.June, 30), DeferredUntil: noon(time.June, 3),
	})
	first.Canceled = &outreach.CanceledOrder{
		Kind: outreach.AppointmentCanceled, Number: "A-311", What: "front brakes",
		Total: outreach.Money{Minor: 48600}, CanceledAt: noon(time.May, 14),
	}
	return Data{
		Shop: outreach.Shop{
			ID: "main", Name: "Riverside Auto Care", LegalName: "Riverside Auto Care LLC", Phone: "+12125550123",
			Email: "service@riverside.example.com", PostalAddress: "100 Example Street, Springfield, NY 10001",
			Region: "NY", Country: "US", TimeZone: "America/New_York", Locale: "en", Currency: "USD",
		},
		Customer: outreach.Customer{ID: 1, Kind: outreach.Person, FirstName: "Pat", LastName: "Sample"},
		Items: []outreach.Item{first, item(outreach.Line{
			ID: 2, Name: "Cabin air filter", Finding: "dirty", Severity: outreach.SeverityMaintenance,
			Price: outreach.Money{Minor: 4500}, PriceValidUntil: noon(time.June, 30),
		})},
		Links: Links{
			Page:            "https://care.example.com/p/7Yk2vQexamplePageAB34cd",
			Unsubscribe:     "https://care.example.com/u/7Yk2vQexampleUnsubscribe",
			UnsubscribeMail: "unsubscribe@riverside.example.com",
		},
		Zone: time.UTC,
		Now:  noon(time.May, 15),
	}
}

func spanishData() Data {
	d := sampleData()
	d.Customer.FirstName, d.Customer.LastName = "María", "Ejemplo"
	first, second := d.Items[0].Line, d.Items[1].Line
	first.Name, first.Finding = "Balatas delanteras", "quedan 2 mm"
	second.Name, second.Finding = "Filtro de cabina", "sucio"
	d.Items[0].Canceled.What = "frenos delanteros"
	d.Items[0].Order.Adviser = "Lucía Ejemplo"
	return d
}

func sixServices(d *Data) {
	names := []string{"Rear brake pads", "Two front tires", "Four-wheel alignment", "Coolant service"}
	for i, name := range names {
		line := *d.Items[1].Line
		line.ID, line.Name, line.Finding, line.Severity = int64(3+i), name, "", outreach.SeveritySuggested
		item := d.Items[1]
		item.Line = &line
		if i == len(names)-1 {
			item.Vehicle = &outreach.Vehicle{ID: 2, Year: 2019, Make: "Ford", Model: "F-150"}
		}
		d.Items = append(d.Items, item)
	}
}

func hostileValues(d *Data) {
	d.Customer.FirstName = "*Zoë* <b>O'Neil</b> 😀"
	d.Customer.LastName = "\u202eevil\x00\r\nBcc: x@example.com"
	d.Items[0].Line.Name = `[Brakes](javascript:alert(1)) & "pads"`
	d.Items[0].Line.Finding = "{{shop.name}} `2 mm` &lt;img&gt; ![x](http://example.com/x.png)\n\n# not a heading"
	d.Items[0].Canceled.What = "<script>alert(1)</script>"
	d.Items[0].Vehicle.Model = "**Civic**\t_Sport_"
}
