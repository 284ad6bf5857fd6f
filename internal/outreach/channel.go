package outreach

// Channel is the way a contact travels.
type Channel string

// The channels. A call is a task for an adviser: the program never dials.
const (
	SMS   Channel = "sms"
	Email Channel = "email"
	Call  Channel = "call"
)

// Valid reports whether c is one of the known channels.
func (c Channel) Valid() bool { return c == SMS || c == Email || c == Call }

// AddressKind says which kind of address the channel needs.
func (c Channel) AddressKind() AddressKind {
	if c == Email {
		return EmailAddress
	}
	return PhoneNumber
}

// WritingTo is the channel by which one writes to a number or mail address.
func WritingTo(address string) Channel {
	if KindOf(address) == EmailAddress {
		return Email
	}
	return SMS
}

// Class says what a message is for in law. An unknown class is marketing.
type Class string

// The classes of 47 CFR 64.1200(f): anything that invites a purchase is marketing.
const (
	Marketing     Class = "marketing"
	Informational Class = "informational"
)

// Direction says who spoke.
type Direction string

// Directions of a contact.
const (
	Outbound Direction = "out"
	Inbound  Direction = "in"
)

// Mode is how much of the world the whole installation may touch.
type Mode string

// The modes. A new installation rehearses until a person says otherwise.
const (
	Rehearsal Mode = "rehearsal" // everything is decided and rendered, nothing leaves
	Pilot     Mode = "pilot"     // at most so many contacts a day, pauses itself
	Live      Mode = "live"
)
