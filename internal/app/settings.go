package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"os"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/links"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/scheduler"
)

// Settings turns a configuration into what scheduling needs of it, in the
// installation of that name.
func Settings(c *config.Config, installation string) (scheduler.Settings, error) {
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
		Links: Signer(c, installation).For,
	}, nil
}

// Signer makes and reads the links of an installation.
func Signer(c *config.Config, installation string) *links.Signer {
	return links.New(signingKey(c, installation), c.PublicURL, c.UnsubscribeMail)
}

// signingKey is the configured key as this installation uses it, nil without one.
// Contacts are numbered anew in a new database: a link out of an older one must
// not lead to somebody else's page.
func signingKey(c *config.Config, installation string) []byte {
	if !c.LinkKey.IsSet() {
		return nil
	}
	h := hmac.New(sha256.New, []byte(c.LinkKey.Reveal()))
	h.Write([]byte("installation " + installation))
	return h.Sum(nil)
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
