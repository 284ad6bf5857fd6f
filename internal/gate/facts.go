// Package gate decides whether a contact may go out now.
//
// It is one pure function of the present instant and the facts. Cron runs,
// retries, "send now" and every daemon pass through it, inside the transaction
// that hands the contact over; there is no other way out.
package gate

import (
	"time"

	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Facts is everything the decision about one contact on one channel rests on,
// read in the hand-over's own transaction.
type Facts struct {
	Policy Policy

	// The contact.
	ShopID   string
	Channel  outreach.Channel
	Class    outreach.Class
	NotAfter time.Time
	// ControlGroup is true when this customer is deliberately not contacted.
	ControlGroup bool

	// The installation, at this instant.
	StopAll       bool      // the brake is on
	ChannelHold   string    // why this channel is stopped, "" when it is not
	ShopSentToday int       // contacts of this shop handed over today, by the shop's clock
	PilotSent     int       // contacts of the installation handed over today
	SenderLeft    int       // segments or mails the sender may still send today; negative: no limit
	ShopDayEnds   time.Time // when the three counts above start anew: the shop's next midnight
	LastTick      time.Time // when the clock was last seen; a jump stops sending

	// The person. History is when they had, or may have had, a contact from us, in
	// any order. It covers every customer record that shares an address with this
	// one, over all shops, playbooks and channels.
	Address      *outreach.Address // nil: none on file for this channel
	Country      string
	Deceased     bool
	OptOuts      []outreach.OptOut
	Consents     []outreach.Consent // this customer's ledger, any order
	RecoveryOpen bool               // a recovery case of the customer or household is open
	ReplyWaiting bool
	Booked       bool
	LastVisit    time.Time
	History      []time.Time
	// FollowUpContacts counts what this follow-up has already sent.
	FollowUpContacts int

	// What it is about: the items that are still to be raised, see Items.
	Items []Item

	// A person's own answer. AskedAt is when the customer's message came that is
	// answered, zero when it was not written to us from Address by Channel; AnyHour
	// says that the writer was warned of the hour and chose it.
	AskedAt time.Time
	AnyHour bool

	// The words.
	TemplateApproved bool
	RenderError      string // why the template does not render for this customer, "" when it does
	Segments         int

	// When.
	Zones    []string // every zone the customer may be in, IANA names, see hours.Zones
	Region   string   // two-letter state or province of the address, "" when not known
	Holidays func(year int) []hours.Day
	// Closed reports whether the shop is closed on a date. It is asked with
	// noon of that date by the customer's clock.
	Closed func(time.Time) bool
}

// Policy is the part of the configuration the gate needs.
type Policy struct {
	Mode              outreach.Mode
	PilotPerDay       int
	ShopPerDay        int // 0: no limit
	Window            hours.Window
	StateRules        *hours.Rules
	Caps              outreach.Caps
	MaxSegments       int
	EmailNeedsConsent bool // ask for recorded consent for e-mail even where law does not
}

// Item is one declined line or canceled order a follow-up is about.
type Item struct {
	Safety         bool
	Done           bool // authorized or invoiced since, here or in another shop of the group
	Reopened       bool // the order is open again, voided, or the cancellation was taken back
	NotOwned       bool // the vehicle has changed hands
	Refusals       int  // how often the customer said no to this item, the first time included
	ReasonExcluded bool // the playbook does not follow up after the reason the customer gave
	Blocked        bool // the source forbids messages about this order
	// PriceValidUntil is the end of the last day on which the price holds, by
	// the shop's clock: the first instant at which it no longer does. Zero: no
	// date was given.
	PriceValidUntil time.Time
}
