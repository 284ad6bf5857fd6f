package outreach

import (
	"strings"
	"time"
)

// CustomerKind tells people from companies; only people are greeted by name.
type CustomerKind string

// Kinds of customers.
const (
	Person       CustomerKind = "person"
	Organization CustomerKind = "organization"
	Fleet        CustomerKind = "fleet"
)

// Customer is a person or company the shop works for.
type Customer struct {
	ID         int64
	Kind       CustomerKind
	FirstName  string
	LastName   string
	Company    string
	Locale     string // preferred language, "" when not known
	TimeZone   string // stated by the customer, "" when not known
	PostalCode string
	Region     string // two-letter state or province
	Country    string // "US", "CA" or ""
	Deceased   bool   // or otherwise never to be written to again
	MergedInto int64  // the surviving customer, 0 when this one survives
}

// AddressKind is a phone number or an e-mail address.
type AddressKind string

// Kinds of addresses.
const (
	PhoneNumber  AddressKind = "phone"
	EmailAddress AddressKind = "email"
)

// KindOf tells by its form what kind of address a normalized address is.
func KindOf(address string) AddressKind {
	if strings.Contains(address, "@") {
		return EmailAddress
	}
	return PhoneNumber
}

// LineType is what is known about a phone line.
type LineType string

// Line types. Most numbers in North America are UnknownLine.
const (
	Mobile      LineType = "mobile"
	Landline    LineType = "landline"
	VoIP        LineType = "voip"
	UnknownLine LineType = "unknown"
)

// AddressStatus says whether an address can be used.
type AddressStatus string

// Address states. Only AddressOK is used.
const (
	AddressOK      AddressStatus = "ok"
	AddressInvalid AddressStatus = "invalid" // refused by the provider or malformed
	AddressBounced AddressStatus = "bounced"
)

// Address is one way to reach a customer.
type Address struct {
	ID         int64
	CustomerID int64
	Kind       AddressKind
	Value      string // E.164 or lower-cased address
	LineType   LineType
	Preferred  bool
	Status     AddressStatus
}

// ConsentState is what a ledger entry says. Missing consent is unknown, never given.
type ConsentState string

// Consent states.
const (
	ConsentGiven   ConsentState = "given"
	ConsentRevoked ConsentState = "revoked"
	ConsentUnknown ConsentState = "unknown"
)

// ConsentBasis says how strong a consent is.
type ConsentBasis string

// Bases, strongest first. Marketing texts need ConsentWritten
// (47 CFR 64.1200(f)(9)); informational ones at least ConsentExpress.
const (
	ConsentWritten ConsentBasis = "written"
	ConsentExpress ConsentBasis = "express"
	ConsentImplied ConsentBasis = "implied"
	ConsentNoBasis ConsentBasis = ""
)

// Consent is one entry of the consent ledger. Entries are only ever added.
type Consent struct {
	ID         int64
	CustomerID int64
	ShopID     string  // "" for all shops of the installation
	Channel    Channel // "" for all channels
	Class      Class   // "" for both classes
	Address    string  // the number or address it is for, "" for all of the customer's
	State      ConsentState
	Basis      ConsentBasis
	Wording    string // what the person was shown or said
	Source     string // who recorded it, for example "import:tekmetric" or "cli:jdoe"
	OccurredAt time.Time
	ExpiresAt  time.Time // zero when it does not expire
}

// OptOut is a "no" to being written to. It outlives customers and imports and
// is only ever lifted by the person it belongs to.
type OptOut struct {
	ID         int64
	Address    string  // E.164 or lower-cased address
	Channel    Channel // "" for all channels that use this address
	ShopID     string  // "" for all shops
	Reason     string  // "keyword", "unsubscribe", "21610", "imported" …
	Source     string
	RecordedAt time.Time
	LiftedAt   time.Time // zero while in force
	// Person says, when it is recorded, that it holds for every other address of
	// the customers who have this one, too.
	Person  bool
	ReplyID int64 // the reply it follows from, 0 for none
	// Tentative marks one that follows from unclear words: a person may find that
	// it was none. Until then it holds like any other, but takes back no consent.
	Tentative bool
}

// Covers reports whether the opt-out forbids writing to address by channel for
// shop at instant now. One that is known is in force, whatever date it bears:
// the clock of whoever recorded it may be ahead.
func (o OptOut) Covers(address string, ch Channel, shopID string, now time.Time) bool {
	if o.Address != address {
		return false
	}
	if !o.LiftedAt.IsZero() && !o.LiftedAt.After(now) {
		return false
	}
	return (o.Channel == "" || o.Channel == ch) && (o.ShopID == "" || o.ShopID == shopID)
}
