// Package twilio brings in what Twilio tells us: texts of customers and news of
// ours. It is told by webhook where the shop has a public address, and asks
// Twilio's API in any case, so that nothing is lost by either way.
//
// It decides nothing: everything goes to a Desk, which takes the same thing
// brought twice as one.
package twilio

import (
	"context"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Desk takes what comes in. Its errors mean that it was not recorded and must be
// brought again.
type Desk interface {
	// Receive takes a customer's message. The same Provider and ProviderID are the same message.
	Receive(ctx context.Context, a outreach.Arrival) error
	// News takes later word about messages of ours, in any order and however often.
	News(ctx context.Context, news ...outreach.News) error
}

// provider names Twilio in records, as package sms does.
const provider = "twilio"
