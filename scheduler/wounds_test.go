package scheduler_test

import (
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestOpenWounds: what stops a contact at the last moment, though it was planned.
func TestOpenWounds(t *testing.T) {
	for name, tc := range map[string]struct {
		happens func(o *office, customer int64)
		want    string
	}{
		"recovery case": {func(o *office, c int64) {
			o.Exec(`insert into recovery_cases (shop_id, customer_id, opened_at) values ('main', $1, $2)`, c, o.clock.Now())
		}, "suppressed recovery_open"},
		"recovery case of the household": {func(o *office, _ int64) {
			kin := o.AddCustomer(fixture.Customer{Email: mail(1)})
			o.Exec(`insert into recovery_cases (shop_id, customer_id, opened_at) values ('main', $1, $2)`, kin, o.clock.Now())
		}, "suppressed recovery_open"},
		"reply waiting": {func(o *office, c int64) {
			o.Exec(`insert into contacts (shop_id, customer_id, direction, channel, state, ended_at)
				values ('main', $1, 'in', 'email', 'received', $2)`, c, o.clock.Now())
		}, "planned reply_waiting"},
		"booked": {func(o *office, c int64) {
			o.Exec(`insert into appointments (shop_id, customer_id, starts_at) values ('main', $1, $2)`, c, o.clock.Now().AddDate(0, 0, 1))
		}, "suppressed already_booked"},
		"an appointment long past": {func(o *office, c int64) {
			o.Exec(`insert into appointments (shop_id, customer_id, starts_at) values ('main', $1, $2)`, c, o.clock.Now().AddDate(0, 0, -1))
		}, "accepted "},
		"authorized since": {func(o *office, _ int64) {
			o.Exec(`update order_lines set auth = 'authorized'`)
		}, "suppressed already_done,nothing_left"},
		"order reopened": {func(o *office, _ int64) {
			o.Exec(`update orders set status = 'open'`)
		}, "suppressed order_reopened,nothing_left"},
		"car sold": {func(o *office, _ int64) {
			o.Exec(`update vehicles set customer_id = $1`, o.AddCustomer(fixture.Customer{}))
		}, "suppressed vehicle_not_owned,nothing_left"},
		"price no longer valid": {func(o *office, _ int64) {
			o.Exec(`update order_lines set price_valid_until = $1`, o.clock.Now().AddDate(0, 0, -1))
		}, "suppressed price_expired,nothing_left"},
		"deceased": {func(o *office, _ int64) {
			o.Exec(`update customers set deceased = $1`, true)
		}, "suppressed do_not_contact"},
		"opted out": {func(o *office, _ int64) { o.optOut(mail(1)) }, "suppressed opted_out,no_address"},
	} {
		t.Run(name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				c := o.AddCustomer(fixture.Customer{Email: mail(1)})
				id := o.owed(c, outreach.Email)
				tc.happens(o, c)
				o.drain()
				if got := o.Strings(`select state, reason from contacts where id = $1`, id); got[0] != tc.want {
					o.t.Errorf("got %q, want %q", got[0], tc.want)
				}
			})
		})
	}
}

func TestControlGroupIsLeftAlone(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.approvePlaybook("declined-maintenance", "control_share: 0.1", "control_share: 0.5")
		const customers = 40
		for i := range customers {
			o.owed(o.AddCustomer(fixture.Customer{Email: mail(i)}), outreach.Email)
		}
		o.Exec(`update contacts set playbook_id = 'declined-maintenance', playbook_version = 2, template = 'declined-maintenance-1'`)
		o.work()
		left := o.Count(`select count(*) from contacts where state = 'suppressed' and reason = 'control_group'`)
		sent := len(o.mail.to())
		if left == 0 || sent == 0 || left+sent != customers {
			o.t.Errorf("%d of %d were left alone, %d mails", left, customers, sent)
		}
	})
}
