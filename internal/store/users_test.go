package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// Two managers take each other's rights away at the same moment: one of them stays.
func TestOneManagerStays(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, users := t.Context(), store.Users{DB: b.DB}
		var two [2]outreach.User
		for i := range two {
			two[i] = outreach.User{Login: fmt.Sprint("m", i), Name: "M", Role: outreach.RoleManager}
			id, err := users.Add(ctx, noon, "test", two[i], "")
			if err != nil {
				t.Fatal(err)
			}
			two[i].ID = id
		}
		for round := range 20 {
			errs := make(chan error, len(two))
			for i := range two {
				down := two[i]
				down.Role = outreach.RoleAdviser
				go func() { errs <- users.Change(ctx, noon, two[1-i].Login, down) }()
			}
			for range two {
				if err := <-errs; err != nil && !errors.Is(err, store.ErrLastManager) {
					t.Fatal(err)
				}
			}
			if n := b.Count(`select count(*) from users where role = 'manager'`); n != 1 {
				t.Fatalf("round %d: %d managers are left, want 1", round, n)
			}
			b.Exec(`update users set role = 'manager'`)
		}
	})
}
