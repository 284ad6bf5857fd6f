package demo

import (
	"context"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/password"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Password is everybody's at the sample shop, which listens on this machine only.
const Password = "maple street sample"

// Users are who can sign in to the sample shop's pages.
func Users() []outreach.User {
	return []outreach.User{
		{Login: "robin", Name: "Robin Wrenfield (sample)", Role: outreach.RoleAdviser, Adviser: "Robin Wrenfield", Email: "robin@maplestreet.example.com"},
		{Login: "marisol", Name: "Marisol Olmeda (sample)", Role: outreach.RoleManager, Adviser: "Marisol Olmeda", Email: "marisol@maplestreet.example.com"},
		{Login: "dale", Name: "Dale Cloverton (sample)", Role: outreach.RoleGeneralManager, Adviser: "Dale Cloverton", Email: "dale@maplestreet.example.com"},
	}
}

func addUsers(ctx context.Context, db *store.DB, now time.Time) error {
	hash, err := password.Hash(Password)
	if err != nil {
		return err
	}
	for _, u := range Users() {
		if _, err := (store.Users{DB: db}).Add(ctx, now, "demo", u, hash); err != nil {
			return err
		}
	}
	return nil
}
