package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// Of twenty advisers who take on a call at once, one has it.
func TestOneAdviserMakesACall(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		calls := store.Calls{DB: b.DB}
		id, _ := b.AddOpenCall(fixture.OpenCall{Customer: b.AddCustomer(fixture.Customer{Phone: "+12125550101"}), Number: "+12125550101", Since: noon})
		results := make([]error, 20)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() { results[i] = calls.Claim(t.Context(), noon, id, fmt.Sprintf("adviser%d", i)) })
		}
		all.Wait()
		winner := slices.Index(results, nil)
		if winner < 0 {
			t.Fatal("nobody has the call")
		}
		for i, err := range results {
			var claimed store.ClaimedError
			if i != winner && (!errors.As(err, &claimed) || claimed.Who != fmt.Sprintf("adviser%d", winner) || !claimed.Since.Equal(noon)) {
				t.Errorf("adviser %d: %v", i, err)
			}
		}
		if n := b.Count(`select count(*) from audit_log where what = 'take on call'`); n != 1 {
			t.Errorf("%d entries in the audit log", n)
		}
	})
}

func TestClaims(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, calls := t.Context(), store.Calls{DB: b.DB}
		id, _ := b.AddOpenCall(fixture.OpenCall{Customer: b.AddCustomer(fixture.Customer{Phone: "+12125550101"}), Number: "+12125550101", Since: noon})
		claim := func(who string, after time.Duration) error { return calls.Claim(ctx, noon.Add(after), id, who) }
		end := func(who string, after time.Duration) error {
			return calls.End(ctx, noon.Add(after), store.CallEnd{ContactID: id, Outcome: outreach.CallVoicemail, Who: who})
		}
		var claimed store.ClaimedError
		if err := errors.Join(claim("pat", 0), claim("pat", 10*time.Minute)); err != nil {
			t.Fatalf("pat goes on having it: %v", err)
		}
		if err := claim("kim", 39*time.Minute); !errors.As(err, &claimed) {
			t.Errorf("kim takes pat's call: %v", err)
		}
		if err := end("kim", 39*time.Minute); !errors.As(err, &claimed) {
			t.Errorf("kim records pat's call: %v", err)
		}
		if err := calls.PutOff(ctx, noon, store.CallEnd{ContactID: id, Outcome: outreach.CallNoAnswer, Who: "kim"}, noon.AddDate(0, 0, 1)); !errors.As(err, &claimed) {
			t.Errorf("kim puts pat's call off: %v", err)
		}
		if err := calls.Release(ctx, noon, id, "kim"); err != nil {
			t.Fatal(err)
		}
		if err := claim("kim", 11*time.Minute); !errors.As(err, &claimed) {
			t.Errorf("kim gave pat's call back: %v", err)
		}
		if err := claim("kim", 40*time.Minute); err != nil {
			t.Errorf("a claim does not lapse: %v", err)
		}
		if err := calls.Release(ctx, noon, id, "kim"); err != nil {
			t.Fatal(err)
		}
		if err := end("pat", 41*time.Minute); err != nil {
			t.Errorf("nobody has it: %v", err)
		}
		for _, who := range []string{"pat", "kim"} {
			if err := errors.Join(claim(who, time.Hour)); !errors.Is(err, store.ErrNotOpen) {
				t.Errorf("%s takes on a call that is over: %v", who, err)
			}
		}
		if err := end("kim", time.Hour); !errors.Is(err, store.ErrNotOpen) {
			t.Errorf("recorded twice: %v", err)
		}
		done, err := calls.Ended(ctx, id)
		if err != nil || done.Who != "pat" || done.State != outreach.CallVoicemail || !done.At.Equal(noon.Add(41*time.Minute)) {
			t.Errorf("%+v, %v", done, err)
		}
	})
}

func TestPutOff(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, calls := t.Context(), store.Calls{DB: b.DB}
		until := noon.AddDate(0, 0, 7)
		for i, outcome := range []outreach.State{outreach.CallNoAnswer, outreach.CallVoicemail, outreach.CallReached} {
			c := b.AddCustomer(fixture.Customer{Phone: "+12125550101"})
			id, followUp := b.AddOpenCall(fixture.OpenCall{Customer: c, Number: "+12125550101", Since: noon.AddDate(0, 0, -1), NotAfter: until})
			e := store.CallEnd{ContactID: id, Outcome: outcome, Who: "pat", Note: "the line was busy"}
			if err := calls.PutOff(ctx, noon, e, until.Add(time.Second)); !errors.Is(err, store.ErrTooLate) {
				t.Errorf("%s: put off past its time: %v", outcome, err)
			}
			next := noon.AddDate(0, 0, 3)
			if err := calls.PutOff(ctx, noon, e, next); err != nil {
				t.Fatal(err)
			}
			open, err := calls.Open(ctx, noon, noon, "pat", 10)
			if err != nil || len(open) != i+1 {
				t.Fatalf("%d open, %v", len(open), err)
			}
			got := open[i].First()
			if !got.DueAt.Equal(next) || len(got.Tried) != 1 || got.Tried[0].Why != string(outcome)+": the line was busy" || got.Tried[0].Who != "pat" {
				t.Errorf("%s: %+v", outcome, got)
			}
			// What was said, also on a voicemail, was had; that it rang was not.
			want := noon
			if outcome == outreach.CallNoAnswer {
				want = noon.AddDate(0, 0, -1)
			}
			if b.Count(`select count(*) from contacts where id = $1 and handed_at = $2`, id, want) != 1 {
				t.Errorf("%s: it counts from another time", outcome)
			}
			if b.Count(`select count(*) from follow_ups where id = $1 and state = 'active'`, followUp) != 1 {
				t.Errorf("%s: the follow-up ended", outcome)
			}
		}
	})
}

func TestOrderOfCalls(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, calls := t.Context(), store.Calls{DB: b.DB}
		add := func(name string, severity outreach.Severity, due time.Time) int64 {
			c := b.AddCustomer(fixture.Customer{Name: name, Phone: "+12125550101"})
			o := b.AddOrder(fixture.Order{
				Customer: c, Closed: noon.AddDate(0, 0, -9), Number: "77", Adviser: "Dana Sample",
				Lines: []fixture.Line{{Name: "Brakes", Finding: "2 mm left", Severity: severity, Price: 42_000}},
			})
			id, _ := b.AddOpenCall(fixture.OpenCall{Customer: c, Number: "+12125550101", Since: due, NotAfter: noon.AddDate(0, 0, 9), Lines: b.Lines(o)})
			return id
		}
		add("Later Example", outreach.SeveritySafety, noon.AddDate(0, 0, 1))
		add("Recent Example", outreach.SeverityRequired, noon.AddDate(0, 0, -1))
		add("Old Example", outreach.SeverityRequired, noon.AddDate(0, 0, -2))
		add("Grave Example", outreach.SeveritySafety, noon)
		mine := add("Mine Example", outreach.SeverityRequired, noon.AddDate(0, 0, 2))
		lapsed := add("Lapsed Example", outreach.SeverityRequired, noon)
		if err := errors.Join(calls.Claim(ctx, noon, mine, "pat"), calls.Claim(ctx, noon.Add(-store.ClaimLapses), lapsed, "pat")); err != nil {
			t.Fatal(err)
		}
		open, err := calls.Open(ctx, noon, noon.Add(time.Hour), "pat", 10)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range open {
			names = append(names, c.Customer)
			if by := c.Claim().ClaimedBy; (by != "") != (c.First().ID == mine) {
				t.Errorf("%s is claimed by %q", c.Customer, by)
			}
			items := c.First().Items
			if len(items) != 1 || items[0].Price().String() != "$420" || items[0].Finding != "2 mm left" || items[0].Adviser != "Dana Sample" {
				t.Errorf("%s: %+v", c.Customer, items)
			}
		}
		want := []string{"Mine Example", "Grave Example", "Old Example", "Recent Example", "Lapsed Example", "Later Example"}
		if !slices.Equal(names, want) {
			t.Errorf("order %q", names)
		}
		for who, want := range map[string]int{"pat": 5, "kim": 4} { // all but the later one, and what pat is calling
			if n, err := calls.Count(ctx, noon, noon.Add(time.Hour), who); err != nil || n != want {
				t.Errorf("%d calls for %s, %v", n, who, err)
			}
		}
	})
}

func TestLastContact(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		c := b.AddCustomer(fixture.Customer{Phone: "+12125550101"})
		_, followUp := b.AddSent(fixture.Sent{Customer: c, Channel: outreach.SMS, To: "+12125550101", At: noon.AddDate(0, 0, -9)})
		b.AddSent(fixture.Sent{Customer: c, FollowUp: followUp, Channel: outreach.SMS, To: "+12125550101", At: noon.AddDate(0, 0, -3)})
		b.Exec(`update follow_ups set state = 'ended'`)
		b.AddOpenCall(fixture.OpenCall{Customer: c, Number: "+12125550101", Since: noon})
		open, err := store.Calls{DB: b.DB}.Open(t.Context(), noon, noon, "pat", 10)
		if err != nil || len(open) != 1 {
			t.Fatalf("%d open, %v", len(open), err)
		}
		if last := open[0].Last; last == nil || last.Channel != "sms" || !last.At.Equal(noon.AddDate(0, 0, -3)) {
			t.Errorf("last contact %+v", last)
		}
	})
}
