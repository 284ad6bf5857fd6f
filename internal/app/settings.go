package app

import (
	"fmt"
	"os"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/links"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/scheduler"
)

// Settings turns a configuration into what scheduling needs of it.
func Settings(c *config.Config) (scheduler.Settings, error) {
	rules, err := stateRules(c.StateRulesFile)
	if err != nil {
		return scheduler.Settings{}, err
	}
	var shops []scheduler.Shop
	for i, s := range c.ShopList() {
		own := c.Shops[i]
		shops = append(shops, scheduler.Shop{Shop: s, PerDay: own.PerDay, Playbooks: own.Playbooks, Closed: own.Closed})
	}
	return scheduler.Settings{
		Shops: shops,
		Policy: gate.Policy{
			Mode: c.Mode, PilotPerDay: c.Pilot.PerDay, Window: c.Window.Hours(), StateRules: rules,
			Caps: c.Caps.Outreach(), MaxSegments: c.MaxSegments, EmailNeedsConsent: c.EmailNeedsConsent,
		},
		Pilot: scheduler.PilotLimits{
			MaxBounces: c.Pilot.MaxBounces, MaxOptOuts: c.Pilot.MaxOptOuts, MaxComplaints: c.Pilot.MaxComplaints,
		},
		Backoff: scheduler.Backoff{
			First: c.Dispatch.BackoffFirst, Max: c.Dispatch.BackoffMax, MaxAttempts: c.Dispatch.MaxAttempts,
		},
		DeadAfter: c.Dispatch.DeadAfter,
		AskAfter:  c.Dispatch.UnconfirmedAskAfter,
		SenderPerDay: map[outreach.Channel]int{
			outreach.Email: c.SMTP.PerDay, outreach.SMS: c.Twilio.PerDaySegments,
		},
		Off: map[outreach.Channel]bool{
			outreach.Email: c.Transport.Email == config.TransportOff, outreach.SMS: c.Transport.SMS == config.TransportOff,
		},
		Links: signer(c).For,
	}, nil
}

func signer(c *config.Config) *links.Signer {
	return links.New([]byte(c.LinkKey.Reveal()), c.PublicURL, c.UnsubscribeMail)
}

func stateRules(file string) (*hours.Rules, error) {
	if file == "" {
		return hours.ShippedRules()
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open state rules: %w", err)
	}
	defer func() { _ = f.Close() }()
	return hours.ReadRules(file, f)
}
