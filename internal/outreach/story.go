package outreach

import "time"

// Story is everything known about one order: what was left undone on it, and
// what was said about it.
type Story struct {
	Order     *Order // or
	Canceled  *CanceledOrder
	Shop      string
	Customer  Customer // the zero customer for a walk-in
	Items     []Item   // every line of the order, or the canceled order itself
	FollowUps []FollowUp
	Contacts  []StoryContact // of each follow-up, as they came about
}

// StoryContact is a contact with the newest line of its history.
type StoryContact struct {
	Contact
	Why string
	At  time.Time // when that was; of one received, when it came
	// HeldBy is the name of whoever holds it back since HeldAt, "" when nobody does.
	// Of one that has expired, whoever held it back then.
	HeldBy string
	HeldAt time.Time
}
