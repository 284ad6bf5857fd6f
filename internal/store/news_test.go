package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// tell records news, in one go.
func tell(t *testing.T, b *fixture.Books, now time.Time, news ...outreach.News) {
	t.Helper()
	if err := (store.Inbox{DB: b.DB}).News(t.Context(), now, "twilio", news); err != nil {
		t.Fatal(err)
	}
}

func about(contact int64, state outreach.State) outreach.News {
	return outreach.News{Result: outreach.Result{ContactID: contact, Provider: "twilio", State: state}}
}

// texted is a text to a new customer, in its second attempt, which stands so.
func texted(b *fixture.Books, state outreach.State) int64 {
	n := b.Count(`select count(*) from customers`)
	phone := fmt.Sprintf("+1312555%04d", 100+n)
	id, _ := b.AddSent(fixture.Sent{
		Customer: b.AddCustomer(fixture.Customer{Phone: phone, Email: fmt.Sprintf("pat%d@example.com", n)}),
		Channel:  outreach.SMS, To: phone, At: noon, Provider: "twilio", ProviderID: fmt.Sprint("SM", n),
	})
	b.Exec(`update contacts set attempts = 2, state = $2 where id = $1`, id, state)
	if state == outreach.Handed {
		b.Exec(`delete from contact_events where contact_id = $1 and to_state = 'accepted'`, id)
	}
	return id
}

func expectState(t *testing.T, b *fixture.Books, contact int64, want outreach.State) {
	t.Helper()
	if got := b.Strings(`select state from contacts where id = $1`, contact); got[0] != string(want) {
		t.Errorf("contact %d is %s, want %s", contact, got[0], want)
	}
}

// TestNewsOfDelivery, in whatever order and however often it comes, one by one or
// in one go.
func TestNewsOfDelivery(t *testing.T) {
	const accepted, delivered, undelivered = outreach.Accepted, outreach.Delivered, outreach.Undelivered
	cases := map[string]struct {
		from   outreach.State
		states []outreach.State
		want   outreach.State
	}{
		"delivered":                    {accepted, []outreach.State{delivered}, delivered},
		"delivered, then sent":         {accepted, []outreach.State{delivered, accepted}, delivered},
		"twice":                        {accepted, []outreach.State{delivered, delivered}, delivered},
		"delivered, not delivered":     {accepted, []outreach.State{delivered, undelivered}, delivered},
		"not delivered":                {accepted, []outreach.State{undelivered, accepted}, undelivered},
		"before our own result":        {outreach.Handed, []outreach.State{delivered, accepted}, delivered},
		"delivered, but it came back":  {accepted, []outreach.State{delivered, outreach.Bounced}, outreach.Bounced},
		"what cannot be any more":      {accepted, []outreach.State{outreach.Planned, outreach.Failed}, accepted},
		"accepted, sent and delivered": {outreach.Handed, []outreach.State{accepted, accepted, delivered}, delivered},
	}
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		for name, tc := range cases {
			t.Run(name, func(t *testing.T) {
				together, apart := texted(b, tc.from), texted(b, tc.from)
				var news []outreach.News
				for _, s := range tc.states {
					news = append(news, about(together, s))
					tell(t, b, noon, about(apart, s))
				}
				tell(t, b, noon, news...)
				expectState(t, b, together, tc.want)
				expectState(t, b, apart, tc.want)
			})
		}
	})
}

// TestWhichMessageIsMeant: by its number and attempt, or by what the provider
// calls it. News of an earlier attempt, and of what is not ours, changes nothing.
func TestWhichMessageIsMeant(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		id, other := texted(b, outreach.Accepted), texted(b, outreach.Accepted)
		sid := b.Strings(`select provider_id from contacts where id = $1`, id)[0]
		late := about(id, outreach.Undelivered)
		late.Attempt = 1
		late.OptOut = &outreach.OptOut{Person: true, Reason: "21610", RecordedAt: noon}
		named := func(provider, sid string) outreach.News {
			n := about(0, outreach.Undelivered)
			n.Provider, n.ProviderID = provider, sid
			return n
		}
		tell(t, b, noon, late, about(999, outreach.Delivered), named("twilio", "SM999"), named("else", sid), named("twilio", ""))
		expectState(t, b, id, outreach.Accepted)
		if n := b.Count(`select count(*) from opt_outs`); n != 0 {
			t.Errorf("%d opt-outs", n)
		}
		now := about(id, outreach.Delivered)
		now.Attempt = 2
		tell(t, b, noon, now)
		expectState(t, b, id, outreach.Delivered)
		tell(t, b, noon, named("twilio", b.Strings(`select provider_id from contacts where id = $1`, other)[0]))
		expectState(t, b, other, outreach.Undelivered)
	})
}

// TestNewsThatSaysNo: 21610 is a refusal that the provider knows of.
func TestNewsThatSaysNo(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		n := about(texted(b, outreach.Accepted), outreach.Undelivered)
		n.OptOut = &outreach.OptOut{Person: true, Reason: "21610", Source: "twilio", RecordedAt: noon}
		tell(t, b, noon, n, n)
		got := b.Strings(`select address, reason from opt_outs order by address`)
		if want := "+13125550100 21610, pat0@example.com 21610"; strings.Join(got, ", ") != want {
			t.Errorf("opt-outs: %v", got)
		}
		// The owner's own word counts; the same news again is no news.
		b.Exec(`update opt_outs set lifted_at = $1`, noon)
		tell(t, b, noon, n)
		if n := b.Count(`select count(*) from opt_outs where lifted_at is null`); n != 0 {
			t.Errorf("old news closed %d addresses again", n)
		}
	})
}

// TestComplaint closes every address of the person, and stands in the history
// once.
func TestComplaint(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		id := texted(b, outreach.Accepted)
		n := outreach.News{Complaint: true, Result: outreach.Result{ContactID: id, Provider: "mail"}}
		errs := make(chan error)
		for range 10 {
			go func() { errs <- (store.Inbox{DB: b.DB}).News(t.Context(), noon, "mail", []outreach.News{n, n}) }()
		}
		for range 10 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if got := b.Strings(`select address, reason from opt_outs order by address`); len(got) != 2 || !strings.HasSuffix(got[1], " complaint") {
			t.Errorf("opt-outs: %v", got)
		}
		if n := b.Count(`select count(*) from contact_events where why like '%unwanted%'`); n != 1 {
			t.Errorf("it stands in the history %d times", n)
		}
		trouble, err := store.Queue{DB: b.DB}.Trouble(t.Context(), noon.Add(-time.Hour))
		if err != nil || trouble.Complaints != 1 {
			t.Errorf("trouble: %+v, %v", trouble, err)
		}
		b.Exec(`update opt_outs set lifted_at = $1`, noon)
		tell(t, b, noon, n)
		if n := b.Count(`select count(*) from opt_outs where lifted_at is null`); n != 0 {
			t.Errorf("the same complaint closed %d addresses again", n)
		}
	})
}

// TestBounces: one that is final closes the mailbox, one that may pass does when
// it is the third within thirty days.
func TestBounces(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		const box = "ana@example.com"
		ana := b.AddCustomer(fixture.Customer{Email: box})
		_, followUp := b.AddSent(fixture.Sent{Customer: ana, Channel: outreach.Email, To: box, At: noon})
		bounce := func(day int, soft bool) {
			t.Helper()
			now := noon.AddDate(0, 0, day)
			id, _ := b.AddSent(fixture.Sent{Customer: ana, Channel: outreach.Email, To: box, At: now, FollowUp: followUp})
			n := outreach.News{Soft: soft, Result: outreach.Result{ContactID: id, Provider: "mail", State: outreach.Bounced}}
			if !soft {
				n.Mark = outreach.AddressBounced
			}
			tell(t, b, now, n)
			tell(t, b, now, n) // told again, it does not count again
		}
		status := func(want string) {
			t.Helper()
			if got := b.Strings(`select status from addresses`); got[0] != want {
				t.Errorf("the mailbox is %s, want %s", got[0], want)
			}
		}
		bounce(0, true)
		bounce(20, true)
		bounce(31, true) // the first is forgotten by now
		status("ok")
		bounce(40, true)
		status("bounced")
		b.Exec(`update addresses set status = 'ok'`)
		bounce(80, false)
		status("bounced")
		if n := b.Count(`select count(*) from opt_outs`); n != 0 {
			t.Error("a mailbox that is full has refused nothing")
		}
	})
}

// TestUnsettled texts are asked about ever less often, and given up.
func TestUnsettled(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		id := texted(b, outreach.Accepted)
		b.Exec(`update contacts set next_at = handed_at where id = $1`, id)
		tell(t, b, noon, about(texted(b, outreach.Accepted), outreach.Delivered))
		ask := func(after time.Duration) int {
			t.Helper()
			got, err := store.Inbox{DB: b.DB}.Unsettled(t.Context(), noon.Add(after), outreach.SMS, time.Hour, 48*time.Hour, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range got {
				if c.ID != id || c.Attempts != 2 || c.ProviderID != "SM0" {
					t.Errorf("%+v", c)
				}
			}
			return len(got)
		}
		var times []string
		for minutes := 0; minutes < 72*60; minutes += 30 {
			if ask(time.Duration(minutes)*time.Minute) > 0 {
				times = append(times, fmt.Sprint(minutes/60))
			}
		}
		if got := strings.Join(times, " "); got != "1 2 4 8 16 32" {
			t.Errorf("asked after hours %s", got)
		}
	})
}
