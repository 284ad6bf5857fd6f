// Command generate writes the files of the invented shop. They are the same on
// every run: go run ./examples/generate (in the repository's root).
package main

import (
	"encoding/csv"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	dir         = "examples"
	customers   = 250
	weeks       = 5
	perWeek     = 70
	wording     = "I agree to receive service texts from Maple Street Auto (sample) at this number. Consent is not a condition of purchase. Reply STOP to end."
	usDay       = "01/02/2006"
	exportReach = 10 * 24 * time.Hour // each export repeats the last ten days
)

var (
	rng   = rand.New(rand.NewPCG(20260907, 555))
	first = time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC) // a Monday
)

type line struct {
	id                          int
	op, service, finding, color string
	hours                       string
	decision, reason, pay       string
	deferred                    string
	cents                       int
	changed                     time.Time // when a declined line was bought after all
}

type order struct {
	number                          int
	opened, closed, voided, changed time.Time
	adviser                         string
	miles                           int
	who                             customer
	car                             car
	lines                           []line
}

func main() {
	people := makeCustomers()
	orders := makeOrders(people)
	writeCustomers(people)
	for week := 1; week <= weeks; week++ {
		writeOrders(orders, first.AddDate(0, 0, 7*week), week)
	}
	writeCanceled(people)
	writeSuppression(people)
}

func pick[T any](list []T) T      { return list[rng.IntN(len(list))] }
func chance(percent float64) bool { return rng.Float64()*100 < percent }
func dollars(cents int) string    { return fmt.Sprintf("$%s.%02d", thousands(cents/100), cents%100) }

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// price is log-normal around the geometric middle of the range.
func price(j job) int {
	middle := math.Sqrt(float64(max(j.low, 1) * j.high))
	d := math.Exp(math.Log(middle) + 0.3*rng.NormFloat64())
	d = math.Min(math.Max(d, float64(j.low)), float64(j.high))
	return int(d)*100 + pick([]int{0, 49, 50, 95, 99})
}

func makeOrders(people []customer) []order {
	advisers := []string{"Robin Wrenfield", "Marisol Olmeda", "Dale Cloverton"}
	var out []order
	for i := range weeks * perWeek {
		opened := first.AddDate(0, 0, i/perWeek*7+i%perWeek*6/perWeek).Add(time.Duration(8+rng.IntN(8)) * time.Hour)
		who := people[rng.IntN(len(people))]
		if i > 100 && chance(15) { // the same car again
			earlier := out[rng.IntN(100)]
			who = earlier.who
		}
		o := order{number: 50001 + i, opened: opened, adviser: pick(advisers), miles: 20000 + rng.IntN(130000), who: who, car: pick(who.cars)}
		o.closed = opened.Add(time.Duration(2+rng.IntN(60)) * time.Hour)
		o.changed = o.closed
		o.lines = makeLines(&o)
		switch {
		case i%117 == 60: // written up twice
			o.voided = o.closed.AddDate(0, 0, 4)
			o.changed = o.voided
		case i%90 == 20 && i > 90: // a car that was declined work on before, with a new owner
			o.car = out[i-70].car
		}
		out = append(out, o)
	}
	return out
}

func makeLines(o *order) (out []line) {
	add := func(j job, decision string) *line {
		out = append(out, line{id: len(out) + 1, op: j.op, service: j.service, finding: j.finding, color: j.color, hours: j.hours, cents: price(j), decision: decision, pay: "CP"})
		return &out[len(out)-1]
	}
	add(routine[0], "Approved")
	if chance(35) {
		add(pick(routine[1:]), "Approved")
	}
	open := 0
	if chance(45) {
		open = 1 + rng.IntN(3)
	}
	for _, i := range rng.Perm(len(recommended))[:open+btoi(chance(30))] {
		if len(out) > open+1 {
			add(recommended[i], "Approved")
			continue
		}
		l := add(recommended[i], pick([]string{"Declined", "Declined", "Pending"}))
		l.reason = pick(reasons)
		switch {
		case l.decision == "Declined" && chance(15):
			l.deferred = o.closed.AddDate(0, 0, 14+rng.IntN(60)).Format(usDay)
		case chance(5):
			l.pay = "Warranty"
		case chance(8): // called back within days and had it done
			l.changed = o.closed.AddDate(0, 0, 2+rng.IntN(3))
			o.changed = l.changed
		}
	}
	return out
}

func create(name string, header []string, title ...string) (*csv.Writer, func()) {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		log.Fatal(err)
	}
	w := csv.NewWriter(f)
	for _, t := range title {
		write(w, t)
	}
	write(w, header...)
	return w, func() {
		w.Flush()
		if err := w.Error(); err != nil {
			log.Fatal(err)
		}
		if err := f.Close(); err != nil {
			log.Fatal(err)
		}
	}
}

func write(w *csv.Writer, cells ...string) {
	if err := w.Write(cells); err != nil {
		log.Fatal(err)
	}
}

// writeOrders writes what the shop system would have exported on the morning of day.
func writeOrders(orders []order, day time.Time, week int) {
	header := strings.Split("RO #,Status,Opened,Closed,Voided Date,Service Advisor,Odometer,Customer ID,Customer,Phone,Email,VIN,Plate,Year,Make,Model,Line ID,Op Code,Service,Tech Note,Color,Authorization,Decline Reason,Deferred Until,Price,Pay Type,Labor Hours", ",")
	w, done := create("orders-"+day.Format(time.DateOnly)+".csv", header,
		"Maple Street Auto (sample): invented data", "Lines by order, exported "+day.Format(usDay))
	defer done()
	total := 0
	for _, o := range orders {
		if !o.opened.Before(day) || o.changed.Before(day.Add(-exportReach)) {
			continue
		}
		status, closed, voided := "Invoice", o.closed.Format(usDay), ""
		if o.closed.After(day) {
			status, closed = "Repair Order", ""
		}
		if !o.voided.IsZero() && o.voided.Before(day) {
			status, voided = "Void", o.voided.Format(usDay)
		}
		for _, l := range o.lines {
			decision, reason, deferred := l.decision, l.reason, l.deferred
			if o.closed.After(day) && decision == "Declined" {
				decision, reason, deferred = "Pending", "", ""
			}
			if !l.changed.IsZero() && l.changed.Before(day) {
				decision, reason, deferred = "Approved", "", ""
			}
			if decision != "Declined" {
				reason = ""
			}
			total += l.cents
			write(w, fmt.Sprint(o.number), status, o.opened.Format(usDay), closed, voided, o.adviser, thousands(o.miles), o.who.id, o.who.name(), o.who.mobile+o.who.home, o.who.email,
				o.car.vin, o.car.plate, o.car.year, o.car.make, o.car.model, fmt.Sprintf("%d-%d", o.number, l.id), l.op, l.service, l.finding, l.color, decision, reason, deferred, dollars(l.cents), l.pay, l.hours)
		}
	}
	writeRough(w, day, week)
	write(w, "Total", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", dollars(total), "", "")
}

// writeRough adds the rows that every real export has.
func writeRough(w *csv.Writer, day time.Time, week int) {
	row := func(number, closed, service, price string) []string {
		return []string{number, "Invoice", closed, closed, "", "Dale Cloverton", "88,000", "", "Sample Walkerby", "(217) 555-0199", "", "", "", "2014", "Ford", "Focus", number + "-1", "", service, "", "Yellow", "Declined", "", "", price, "CP", ""}
	}
	yesterday := day.AddDate(0, 0, -2).Format(usDay)
	switch week {
	case 1:
		write(w, row("59001", "13/45/2026", "Rear brake pads", "$310.00")...)
	case 2:
		write(w, row("59002", yesterday, "Coolant flush", "1.234,50")...)
	case 3:
		write(w, row("", "", "Battery", "$220.00")...)
		write(w, append(row("59003", yesterday, "Wiper blades", "$28.00"), "left over")...)
	case 4:
		write(w, row("59004", "10/01/2062", "Serpentine belt", "$140.00")...)
	}
}
