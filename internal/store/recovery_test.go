package store_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

func TestOneOpenCaseOfACustomer(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		cases := store.Recovery{DB: b.DB}
		c := b.AddCustomer(fixture.Customer{Phone: "+12125550101"})
		ids, fresh := make([]int64, 8), make([]bool, 8)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				var err error
				ids[i], fresh[i], err = cases.Start(t.Context(), noon, store.CaseOpening{CustomerID: c, ShopID: "main", Who: "pat"})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		slices.Sort(ids)
		if n := len(slices.Compact(ids)); n != 1 {
			t.Errorf("%d cases", n)
		}
		if n := len(slices.DeleteFunc(fresh, func(f bool) bool { return !f })); n != 1 {
			t.Errorf("%d were opened", n)
		}
		other := b.AddOrder(fixture.Order{Customer: b.AddCustomer(fixture.Customer{}), Closed: noon})
		for _, o := range []store.CaseOpening{{CustomerID: 999999, ShopID: "main"}, {CustomerID: c, OrderID: other, ShopID: "main"}} {
			if _, _, err := cases.Start(t.Context(), noon, o); !errors.Is(err, store.ErrNoCustomer) {
				t.Errorf("%+v: %v", o, err)
			}
		}
	})
}

func TestChangesOfACase(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, cases := t.Context(), store.Recovery{DB: b.DB}
		c := b.AddCustomer(fixture.Customer{Name: "Pat Example", Phone: "+12125550101"})
		b.AddCustomer(fixture.Customer{Name: "Kim Example", Phone: "+12125550101"})
		id, _, err := cases.Start(ctx, noon, store.CaseOpening{CustomerID: c, ShopID: "main", Happened: "The oil ran out.", Who: "ana"})
		if err != nil {
			t.Fatal(err)
		}
		first, err := cases.ByID(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		next := first.RecoveryCase
		next.Happened, next.Estimate.Value, next.NextAt = "The drain plug was loose.", 1_200_000, noon.AddDate(0, 0, 1)
		if err := cases.Change(ctx, noon, "ana", "change recovery case", next); err != nil {
			t.Fatal(err)
		}
		if err := cases.Change(ctx, noon, "ben", "change recovery case", next); !errors.Is(err, store.ErrCaseChanged) {
			t.Errorf("an old version is written: %v", err)
		}
		next.Version++
		if err := cases.Change(ctx, noon, "ben", "change recovery case", next); err != nil {
			t.Errorf("nothing changed: %v", err)
		}
		events, err := cases.History(ctx, id)
		if err != nil || len(events) != 2 {
			t.Fatalf("%d entries, %v", len(events), err)
		}
		for _, part := range []string{
			`what happened from “The oil ran out.” to “The drain plug was loose.”`,
			`value fully repaired: “$12,000”`, `next step by: “Wed Jun 3, 2026”`,
		} {
			if !strings.Contains(events[1].Detail, part) {
				t.Errorf("the audit log says %q, not %q", events[1].Detail, part)
			}
		}
		if names, err := cases.Household(ctx, c); err != nil || !slices.Equal(names, []string{"Kim Example"}) {
			t.Errorf("household %q, %v", names, err)
		}
		next.ClosedAt, next.Lesson = noon, "Two people look at the plug."
		if err := cases.Change(ctx, noon, "gus", "close recovery case", next); err != nil {
			t.Fatal(err)
		}
		next.Version++
		if err := cases.Change(ctx, noon, "ana", "change recovery case", next); !errors.Is(err, store.ErrCaseClosed) {
			t.Errorf("a closed case is changed: %v", err)
		}
		for text, want := range map[string]int{"PLUG": 1, "pat ex": 1, "%": 0, "_": 0, "": 1, "nothing": 0} {
			if found, err := cases.ClosedCases(ctx, text, 10); err != nil || len(found) != want {
				t.Errorf("search %q: %d, %v", text, len(found), err)
			}
		}
	})
}

func TestOverdueCases(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, cases := t.Context(), store.Recovery{DB: b.DB}
		past, ahead := noon.Add(-time.Hour), noon.Add(time.Hour)
		open := func(name string, change func(*outreach.RecoveryCase)) {
			c := b.AddCustomer(fixture.Customer{Name: name})
			id, _, err := cases.Start(ctx, noon.AddDate(0, 0, -3), store.CaseOpening{CustomerID: c, ShopID: "main", Who: "ana"})
			if err != nil {
				t.Fatal(err)
			}
			found, err := cases.ByID(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			change(&found.RecoveryCase)
			if err := cases.Change(ctx, noon, "ana", "change", found.RecoveryCase); err != nil {
				t.Fatal(err)
			}
		}
		open("Quiet Example", func(c *outreach.RecoveryCase) { c.DecideBy, c.NextAt = ahead, ahead })
		open("Decided Example", func(c *outreach.RecoveryCase) { c.DecideBy, c.Decision, c.DecidedAt = past, "pay", past })
		open("Closed Example", func(c *outreach.RecoveryCase) { c.DecideBy, c.Lesson, c.ClosedAt = past, "none", past })
		open("Undecided Example", func(c *outreach.RecoveryCase) { c.DecideBy = past })
		open("Step Example", func(c *outreach.RecoveryCase) { c.DecidedAt, c.Decision, c.NextAt = past, "pay", past })
		names := func(list []store.Case, err error) (out []string) {
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				out = append(out, c.Customer)
				if want := c.Customer == "Undecided Example" || c.Customer == "Step Example"; c.Overdue(noon) != want {
					t.Errorf("%s: overdue %v", c.Customer, !want)
				}
			}
			return out
		}
		if n, err := cases.Overdue(ctx, noon); n != 2 || err != nil {
			t.Errorf("overdue %d, %v", n, err)
		}
		want := []string{"Undecided Example", "Step Example", "Quiet Example", "Decided Example"}
		if got := names(cases.OpenCases(ctx, noon)); !slices.Equal(got, want) {
			t.Errorf("open %q", got)
		}
	})
}
