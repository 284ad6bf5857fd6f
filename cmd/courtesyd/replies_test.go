package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// hears is the script command `hears CONFIG NUMBER WORDS`: a text from a number
// comes in. "\e" in it is the character that begins a command to a terminal.
func hears(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	cfg, err := config.Load(ts.MkAbs(args[0]))
	ts.Check(err)
	db, err := app.OpenDatabase(ctx, cfg)
	ts.Check(err)
	defer func() { ts.Check(db.Close()) }()
	desk := app.NewDesk(cfg, db, time.Now, slog.New(slog.DiscardHandler))
	ts.Check(desk.Receive(ctx, outreach.Arrival{
		Provider: "twilio", ProviderID: rand.Text(), Channel: outreach.SMS, From: args[1],
		Body: strings.ReplaceAll(args[2], `\e`, "\x1b"), At: time.Now(),
	}))
}
