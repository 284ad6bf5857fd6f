package main

import (
	"fmt"
	"strings"
	"time"
)

// canceledRow is a line of the files and the day on which it happened.
type canceledRow struct {
	day   time.Time
	cells []string
}

// writeCanceled writes a file a week. Each holds what had been canceled by then,
// and repeats the weeks before.
func writeCanceled(people []customer) {
	rows := makeCanceled(people)
	for week := 1; week <= weeks; week++ {
		exported := first.AddDate(0, 0, 7*week)
		w, done := create("canceled-"+exported.Format(time.DateOnly)+".csv", canceledHeader)
		for _, r := range rows {
			if r.day.Before(exported) {
				write(w, r.cells...)
			}
		}
		done()
	}
}

var canceledHeader = strings.Split("Order ID,Number,Type,Customer ID,Customer,Phone,Email,VIN,Year,Make,Model,Description,Total,Cancel Reason,Canceled By,Placed,Canceled Date", ",")

func makeCanceled(people []customer) (out []canceledRow) {
	kinds := []struct {
		kind, what, reason, by string
		low, high              int
	}{
		{"Estimate rejected", "Front brake pads & rotors", "cost", "Customer", 380, 780},
		{"Estimate rejected", "Struts, front pair", "", "Customer", 650, 1300},
		{"RO voided", "Diagnostic, check-engine lamp", "mistake", "Shop", 140, 220},
		{"Appointment canceled", "Oil change and filter", "change of plans", "Customer", 59, 99},
		{"Appointment canceled", "Four-wheel alignment", "", "Customer", 110, 190},
		{"No show", "Courtesy inspection", "", "", 0, 1},
		{"Special order part", "Door mirror, left", "backordered", "Customer", 90, 240},
		{"Online order", "Wiper blades", "customer", "Customer", 20, 60},
	}
	for i := range 40 {
		c, k := people[(i*13+3)%customers], kinds[i%len(kinds)]
		if c.company != "" {
			c = people[(i*13+4)%customers]
		}
		canceled := first.AddDate(0, 0, i*34/40)
		reason, by, amount := k.reason, k.by, dollars(price(job{low: k.low, high: k.high}))
		switch i {
		case 15: // the customer's bank said no, not the customer
			reason, by = "DECLINED", ""
		case 31:
			reason, by = "FRAUD", ""
		case 22:
			k.kind = "unclear"
		}
		out = append(out, canceledRow{canceled, []string{
			fmt.Sprintf("X%03d", i+1), fmt.Sprint(7001 + i), k.kind, c.id, c.name(), c.mobile + c.home, c.email, c.cars[0].vin, c.cars[0].year, c.cars[0].make, c.cars[0].model,
			k.what, amount, reason, by, canceled.AddDate(0, 0, -1-rng.IntN(9)).Format(usDay), canceled.Format(usDay),
		}})
	}
	return out
}

func writeSuppression(people []customer) {
	w, done := create("suppression.csv", strings.Split("Cell Number,Email Address,Turn Off Reason,Channel,Date", ","))
	defer done()
	day := first.AddDate(0, -2, 0)
	for i, reason := range []string{"Do Not Solicit", "Do Not Solicit", "Asked at the counter", "Replied STOP", "Does Not Own This Vehicle", "Unsubscribed", "Wrong number"} {
		c := people[i*31+2]
		day = day.AddDate(0, 0, 6)
		phone, channel := c.mobile+c.home, ""
		switch reason {
		case "Replied STOP":
			channel = "text"
		case "Unsubscribed":
			phone, channel = "", "email"
		}
		write(w, phone, c.email, reason, channel, day.Format(usDay))
	}
	write(w, "n/a", "", "Do Not Solicit", "", day.Format(usDay))
}
