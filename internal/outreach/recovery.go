package outreach

import "time"

// RecoveryCase is a mistake of the shop's and how it is made good. While it is
// open nothing automatic goes to the customer or the household.
type RecoveryCase struct {
	ID         int64
	ShopID     string
	CustomerID int64
	OrderID    int64  // 0 for none
	Currency   string // of all amounts, ISO 4217

	OpenedBy string
	OpenedAt time.Time

	Happened     string // in plain words
	ApologizedBy string
	ApologizedAt time.Time // the day, zero while nobody has
	Estimate     Estimate
	Asked        string // what the customer asks for
	Offered      string // what the shop offers
	NextStep     string
	NextAt       time.Time // by when

	DecideBy  time.Time // the general manager
	Decision  string
	DecidedBy string
	DecidedAt time.Time

	// Lesson is what the shop learned, or why the case was none.
	Lesson   string
	ClosedBy string
	ClosedAt time.Time

	// Version counts the changes.
	Version int
}

// Open reports whether the case is open.
func (c RecoveryCase) Open() bool { return c.ClosedAt.IsZero() }

// Decided reports whether the general manager has decided.
func (c RecoveryCase) Decided() bool { return !c.DecidedAt.IsZero() }

// Overdue reports whether a decision or the next step is late.
func (c RecoveryCase) Overdue(now time.Time) bool {
	late := func(t time.Time) bool { return !t.IsZero() && t.Before(now) }
	return c.Open() && (late(c.NextAt) || !c.Decided() && late(c.DecideBy))
}

// Estimate is what a mistake may cost, in the smallest unit of a currency. An
// amount is 0 while it is not known.
type Estimate struct {
	Value   int64 // of the vehicle, fully repaired
	Repair  int64 // what the repair costs
	Insured int64 // what the insurer is expected to cover, kept apart
}

// Liability is the value fully repaired less the cost of repair. ok is false while
// one of them is not known.
func (e Estimate) Liability() (minor int64, ok bool) {
	return e.Value - e.Repair, e.Value > 0 && e.Repair > 0
}
