package outreach

import (
	"errors"
	"time"
)

// ErrOtherMode means that the installation is not in the mode the caller works
// in: a daemon with other settings started since, or is still at work.
var ErrOtherMode = errors.New("the installation was started in another mode: nothing is planned or sent in this one; " +
	"restart the daemon, or correct `mode` in the configuration")

// These types are what scheduling asks of storage.

// Schedule names one playbook's schedule at one shop.
type Schedule struct {
	ShopID     string
	PlaybookID string
	Version    int // of the playbook
}

// HandOver says which contacts a dispatcher has permits for.
type HandOver struct {
	Now       time.Time // the one "now" of the whole transaction
	Channel   Channel
	Limit     int
	Daemon    int64
	Rehearsal bool
	Shops     []string // whose contacts are taken, none named: everybody's
	// Known is the revision of the approved documents that the caller has.
	Known int
	// HistorySince bounds how far back contacts with a person are read.
	HistorySince time.Time
	// What must be counted for daily limits: from when, by shop, for the
	// installation (pilot) and for the channel's sender. Missing or zero: not counted.
	ShopDay   map[string]time.Time
	PilotDay  time.Time
	SenderDay time.Time
}

// Decide judges a group of due contacts, one ruling each in the same order. It
// is called inside the hand-over's transaction and must not wait for anything.
type Decide func(Installation, []Due) []Ruling

// Doubt is an unconfirmed contact whose provider can be asked.
type Doubt struct {
	Contact Contact
	Address string
	Body    string
}
