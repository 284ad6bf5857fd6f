package outreach

import "time"

// Candidate is a customer whose orders changed, as a scan sees them for one
// shop and one playbook.
type Candidate struct {
	Customer  Customer
	Addresses []Address
	Items     []Item     // everything open at this shop, raised already or not
	Active    []FollowUp // active follow-ups of this customer and playbook, with Planned
}

// Plan is what a scan decided for one customer. The zero plan changes nothing.
type Plan struct {
	Start    *FollowUp // a new follow-up with its Items and Contacts
	JoinID   int64     // or an active follow-up that takes the Items in
	Items    []Item
	Contacts []Contact
	End      []Ending
}

// Ending ends a follow-up and cancels what it still had planned.
type Ending struct {
	FollowUpID int64
	Reason     string
	KeepCalls  bool // an open call stays on the adviser's list
}

// ScanRun is one run of a playbook's schedule for one shop.
type ScanRun struct {
	ID         int64
	ShopID     string
	PlaybookID string
	DueWall    time.Time // what the shop's clock shows when it is due, as if UTC
	Missed     int       // earlier runs that this one makes up for
	Rehearsal  bool
	Customers  int
	FollowUps  int
	Contacts   int
}
