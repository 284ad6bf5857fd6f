package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// intoC2 is the row by which a source says that its customer c1 is its c2.
func intoC2() importer.CustomerRecord {
	r := dana()
	r.MergedInto = "c2"
	return r
}

// contacted puts a customer into a follow-up, with a first step that was handed
// over (or not) and a second that is planned.
func (y *yard) contacted(followUp, customerID, handed, playbook string) {
	state, at := "planned", "null"
	if handed != "" {
		state, at = "accepted", "'"+handed+"'"
	}
	y.exec(`insert into follow_ups (id, shop_id, customer_id, playbook_id, playbook_version, state, anchor_at, started_at)
		values (` + followUp + `, 'main', ` + customerID + `, '` + playbook + `', 1, 'active', '2026-01-10T00:00:00Z', '2026-01-10T00:00:00Z')`)
	y.exec(`insert into contacts (shop_id, customer_id, follow_up_id, step, channel, state, next_at, handed_at)
		values ('main', ` + customerID + `, ` + followUp + `, 1, 'sms', '` + state + `', '2026-01-10T00:00:00Z', ` + at + `),
		       ('main', ` + customerID + `, ` + followUp + `, 2, 'sms', 'planned', '2026-01-20T00:00:00Z', null)`)
	y.exec(`insert into follow_up_items (follow_up_id, line_id) select ` + followUp + `, l.id
		from order_lines l join orders o on o.id = l.order_id where o.customer_id = ` + customerID + ` and l.auth = 'declined'
		and l.id not in (select line_id from follow_up_items)`)
}

func TestImportMergesCustomers(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		other := customer("c2", "Dana", "Example-Sample", "+12125550177", danaMail)
		buyer := with(of(order("200", 12), other), line("1", "Alignment", outreach.Declined))
		rejected := importer.CanceledRecord{
			Order:    outreach.CanceledOrder{Source: "test", ShopID: "main", ExternalID: "E1", Kind: outreach.NoShow, CanceledAt: day(11)},
			Customer: dana(),
		}
		y.orders(visitRecord(), buyer)
		y.canceled(rejected)
		y.exec(`insert into appointments (shop_id, customer_id, starts_at) values ('main', 1, '2026-03-01T00:00:00Z')`)
		y.exec(`insert into recovery_cases (shop_id, customer_id, opened_at) values ('main', 1, '2026-02-01T00:00:00Z')`)
		y.exec(`update addresses set status = 'bounced' where customer_id = 1 and kind = 'email'`)
		y.contacted("11", "1", "2026-01-11T00:00:00Z", "declined") // has been written to
		y.contacted("12", "2", "", "declined")
		y.contacted("13", "1", "", "deferred") // has no counterpart
		y.exec(`delete from scan_marks`)

		y.now = day(41)
		if c := y.customers(intoC2(), other); c.Customers != (importer.Tally{Changed: 1, Unchanged: 1}) {
			t.Errorf("merge: %+v", c)
		}
		y.want("2|", `select c.merged_into, s.merged_into from customers c, customers s where c.id = 1 and s.id = 2`)
		for _, name := range []string{
			"customer_refs", "addresses", "vehicles", "orders", "canceled_orders", "appointments", "recovery_cases", "follow_ups", "contacts",
		} {
			y.want("0", `select count(*) from `+name+` where customer_id = 1`)
		}
		y.want("email|bounced|1; phone|ok|0; phone|ok|1", `select kind, status, preferred from addresses order by kind, preferred`)
		y.want("11|ended|customer_merged; 12|active|; 13|active|", `select id, state, end_reason from follow_ups order by id`)
		y.want("11|1|accepted|; 11|2|canceled|customer_merged; 12|1|planned|; 12|2|planned|; 13|1|planned|; 13|2|planned|",
			`select follow_up_id, step, state, reason from contacts order by follow_up_id, step`)
		y.want("planned|canceled|customer_merged", `select from_state, to_state, why from contact_events`)
		y.want("2", `select distinct customer_id from scan_marks where customer_id = 2`)
		y.want("merge customers|customer 1|into customer 2", `select what, object, detail from audit_log`)

		y.unchanged(func() importer.Counts { return y.customers(intoC2(), other) })
		y.unchanged(func() importer.Counts { return y.orders(visitRecord(), buyer) })
		y.unchanged(func() importer.Counts { return y.canceled(rejected) })
		alive := dana() // a file from before the merge
		y.customers(alive)
		y.want("2|2", `select c.merged_into, (select count(*) from customers) from customers c where id = 1`)
	})
}

func TestImportMergeMovesWhatWasNotSpokenOf(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		other := customer("c2", "Dana", "Example-Sample")
		y.orders(visitRecord(), with(of(order("200", 12), other), line("1", "Alignment", outreach.Declined)))
		y.contacted("11", "1", "", "declined")
		y.contacted("12", "2", "2026-01-11T00:00:00Z", "declined")
		y.customers(intoC2())
		y.want("12; 12", `select follow_up_id from follow_up_items`)
		y.want("2", `select count(*) from contacts where state = 'canceled' and follow_up_id = 11`)
	})
}

func TestImportMergeChains(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		for _, sequence := range []string{"abc", "cba", "bca"} {
			for _, known := range []bool{true, false} {
				name := fmt.Sprint(sequence, known)
				chain := map[rune]importer.CustomerRecord{}
				for key, into := range map[rune]string{'a': "b" + name, 'b': "c" + name, 'c': ""} {
					r := customer(string(key)+name, "Dana", "Example "+string(key))
					if known {
						y.orders(of(order(string(key)+name, 1), r))
					}
					r.MergedInto = into
					chain[key] = r
				}
				var records []importer.CustomerRecord
				for _, key := range sequence {
					records = append(records, chain[key])
				}
				y.customers(records...)
				y.want("1|3", `select count(distinct customer_id), count(*) from customer_refs where external_id like '%`+name+`'`)
				y.want("0", `select count(*) from customers c join customers s on s.id = c.merged_into where s.merged_into is not null`)
				y.want("0", `select count(*) from orders o join customers c on c.id = o.customer_id where c.merged_into is not null`)
				y.unchanged(func() importer.Counts { return y.customers(records...) })
				circle := chain['c']
				circle.MergedInto = "a" + name
				y.unchanged(func() importer.Counts { return y.customers(circle) })
			}
		}
	})
}

func consent(state outreach.ConsentState, basis outreach.ConsentBasis, ch outreach.Channel, class outreach.Class, address string, at time.Time) outreach.Consent {
	return outreach.Consent{
		ShopID: "main", Channel: ch, Class: class, Address: address, State: state, Basis: basis,
		Wording: "SMS OK = Y", Source: "import:test", OccurredAt: at,
	}
}

func TestImportConsents(t *testing.T) {
	never := time.Time{}
	given, no, written := outreach.ConsentGiven, outreach.ConsentRevoked, outreach.ConsentWritten
	yes := consent(given, outreach.ConsentExpress, outreach.SMS, "", danaPhone, never)
	refusal := consent(no, "", outreach.SMS, "", "", never)
	signed := consent(given, written, outreach.SMS, outreach.Marketing, danaPhone, day(5))
	datedNo := consent(no, "", outreach.SMS, "", "", day(20))
	otherChannel := consent(no, "", outreach.Email, "", "", day(20))

	cases := []struct {
		name  string
		files [][]outreach.Consent // imported on days 40, 41, …
		want  string
	}{
		{"a yes without a date counts from the import, once", [][]outreach.Consent{{yes}, {yes}}, "given|express|2026-02-10"},
		{"a no without a date likewise", [][]outreach.Consent{{refusal}, {refusal}}, "revoked||2026-02-10"},
		{"a yes without a date never outranks a no", [][]outreach.Consent{{yes}, {datedNo}, {yes}}, "given|express|2026-02-10; revoked||2026-01-21; revoked||2026-02-11"},
		{"not even a later yes of the same kind", [][]outreach.Consent{{refusal}, {yes}}, "revoked||2026-02-10"},
		{"a no to another channel does not matter", [][]outreach.Consent{{otherChannel}, {yes}}, "revoked||2026-01-21; given|express|2026-02-11"},
		{"a dated yes is added once", [][]outreach.Consent{{signed}, {signed}}, "given|written|2026-01-06"},
		{"a weaker yes without a date does not replace it", [][]outreach.Consent{{yes, signed}, {yes, signed}}, "given|written|2026-01-06"},
		{"a no without a date after a signed yes stands", [][]outreach.Consent{{signed}, {refusal}, {refusal, signed}}, "given|written|2026-01-06; revoked||2026-02-11"},
		{"a yes and a no on the same row are a no", [][]outreach.Consent{{yes, refusal}, {yes, refusal}}, "given|express|2026-02-10; revoked||2026-02-10"},
	}
	eachYard(t, func(t *testing.T, y *yard) {
		for i, tt := range cases {
			r := dana()
			r.ExternalID, r.Customer.LastName = fmt.Sprint("c", i), fmt.Sprint("Example", i)
			for d, entries := range tt.files {
				y.now = day(40 + d)
				r.Consents = entries
				y.customers(r)
			}
			got := y.get(fmt.Sprintf(`select state, basis, occurred_at from consents where customer_id = %d order by id`, i+1))
			if got != tt.want {
				t.Errorf("%s\n got %s\nwant %s", tt.name, got, tt.want)
			}
			y.now = day(60)
			y.unchanged(func() importer.Counts { return y.customers(r) })
		}
	})
}

// Of two records of one person, one said no and the other, later, yes.
func TestImportMergeKeepsTheNo(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		refuses, agrees := dana(), customer("c2", "Dana", "Sample", danaPhone)
		refuses.Consents = []outreach.Consent{consent(outreach.ConsentRevoked, "", outreach.SMS, "", "", day(5))}
		agrees.Consents = []outreach.Consent{consent(outreach.ConsentGiven, outreach.ConsentExpress, outreach.SMS, "", danaPhone, time.Time{})}
		y.customers(refuses, agrees)
		y.now = day(50)
		refuses.MergedInto = "c2"
		y.customers(refuses)
		y.want("revoked|2026-01-06; given|2026-02-10; revoked|2026-02-20", `select state, occurred_at from consents where customer_id = 2 order by id`)
		y.unchanged(func() importer.Counts { return y.customers(refuses, agrees) })
	})
}

// TestImportHeedsRefusedChannels: who wants no texts wants none at a number that the
// shop learns of later.
func TestImportHeedsRefusedChannels(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		y.customers(customer("c1", "Dana", "Example", "+12125550177"))
		if err := (store.Customers{DB: y.db}).OptOut(t.Context(), y.now, 1, outreach.SMS, "kim", "told_to_staff_by_phone"); err != nil {
			t.Fatal(err)
		}
		y.customers(customer("c1", "Dana", "Example", "+12125550177", "+12125550178", danaMail))
		y.want("+12125550177|sms; +12125550178|sms", `select address, channel from opt_outs order by address`)
	})
}

func TestImportDeceasedIsNotTakenBackByAnOlderFile(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		dead, alive := dana(), dana()
		dead.Customer.Deceased = true
		alive.Cleared = importer.Cleared{importer.FieldDeceased}
		y.orders(of(order("2", 20), dead))
		y.orders(of(order("1", 10), alive))
		y.want("1", `select deceased from customers`)
		y.customers(alive) // the customer file says so itself
		y.want("0", `select deceased from customers`)
	})
}

// TestImportHeedsRefusals: what the shop learns of later belongs to what somebody
// refused, unless it was about one number only, or they took it back.
func TestImportHeedsRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		no   outreach.OptOut
		lift bool
		want string
	}{
		"everything":     {outreach.OptOut{Person: true, Reason: "keyword", Source: "twilio"}, false, "refused_before"},
		"taken back":     {outreach.OptOut{Person: true, Reason: "keyword", Source: "twilio"}, true, ""},
		"wrong number":   {outreach.OptOut{Reason: "wrong_number", Source: "twilio"}, false, ""},
		"texts only":     {outreach.OptOut{Person: true, Channel: outreach.SMS, Reason: "texts_only", Source: "twilio"}, false, ""},
		"unclear so far": {outreach.OptOut{Person: true, Reason: "negative", Source: "twilio", Tentative: true}, false, ""},
		"of a list":      {outreach.OptOut{Reason: "Replied STOP", Source: "import:list"}, false, ""},
	} {
		refuse := func(t *testing.T, y *yard) {
			t.Helper()
			no := c.no
			no.Address, no.RecordedAt = "+12125550177", y.now
			consents := store.Consents{DB: y.db}
			if _, err := consents.OptOut(t.Context(), no); err != nil {
				t.Fatal(err)
			}
			if !c.lift {
				return
			}
			if _, err := consents.Lift(t.Context(), y.now, no.Address, "test", "asked"); err != nil {
				t.Fatal(err)
			}
		}
		t.Run(name, func(t *testing.T) {
			eachYard(t, func(t *testing.T, y *yard) {
				y.customers(customer("c1", "Dana", "Example", "+12125550177"))
				refuse(t, y)
				for range 2 {
					y.customers(customer("c1", "Dana", "Example", "+12125550177", danaMail))
					y.want(c.want, `select reason from opt_outs where address = '`+danaMail+`'`)
				}
			})
		})
		t.Run(name+", of whom another record has the mailbox", func(t *testing.T) {
			eachYard(t, func(t *testing.T, y *yard) {
				y.customers(customer("c1", "Dana", "Example", "+12125550177"), customer("c2", "Dana", "Example-Sample", danaMail))
				refuse(t, y)
				y.want("", `select reason from opt_outs where address = '`+danaMail+`'`)
				loser := customer("c1", "Dana", "Example", "+12125550177")
				loser.MergedInto = "c2"
				y.customers(loser)
				y.want("2", `select count(*) from addresses where customer_id = 2`)
				y.want(c.want, `select reason from opt_outs where address = '`+danaMail+`'`)
			})
		})
	}
}
