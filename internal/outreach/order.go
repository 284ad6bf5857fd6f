package outreach

import "time"

// OrderStatus is where a repair order stands, in STAR's words.
type OrderStatus string

// Order states.
const (
	OrderEstimate OrderStatus = "estimate"
	OrderOpen     OrderStatus = "open"
	OrderClosed   OrderStatus = "closed"
	OrderVoided   OrderStatus = "voided"
	OrderArchived OrderStatus = "archived" // an estimate that was filed away
)

// Authorization is the customer's decision on a line. It is never a boolean:
// most shop systems know "not asked yet" and many only show an absence.
type Authorization string

// Authorization states.
const (
	Undecided            Authorization = "undecided"
	Authorized           Authorization = "authorized"
	Declined             Authorization = "declined"
	NotAuthorizedAtClose Authorization = "not_authorized_at_close"
	AuthorizationUnknown Authorization = "unknown"
)

// DeferralTrigger is the sign by which the source showed that a line was not done.
type DeferralTrigger string

// Deferral triggers.
const (
	ExplicitDecline    DeferralTrigger = "explicit_decline"
	ClosedUnauthorized DeferralTrigger = "closed_unauthorized"
	EstimateArchived   DeferralTrigger = "estimate_archived"
	RecommendedNotSold DeferralTrigger = "recommended_not_sold"
	DeclineOpCode      DeferralTrigger = "decline_op_code"
	FreeText           DeferralTrigger = "free_text"
	InspectionRefusal  DeferralTrigger = "inspection_refusal"
	ManualDeferral     DeferralTrigger = "manual"
)

// DeclineReason is the customer's own reason. It is not_recorded unless
// somebody recorded it; silence is never turned into a reason.
type DeclineReason string

// Decline reasons.
const (
	ReasonBudget           DeclineReason = "cost_exceeds_budget"
	ReasonTime             DeclineReason = "time"
	ReasonSecondOpinion    DeclineReason = "second_opinion"
	ReasonCheaperElsewhere DeclineReason = "cheaper_elsewhere"
	ReasonDoItMyself       DeclineReason = "do_it_myself"
	ReasonNotConvinced     DeclineReason = "not_convinced"
	ReasonSelling          DeclineReason = "selling_or_lease_end"
	ReasonNotWorthIt       DeclineReason = "vehicle_not_worth_it"
	ReasonNeedsCar         DeclineReason = "needs_car"
	ReasonWaitingOnParts   DeclineReason = "waiting_on_parts"
	ReasonWarranty         DeclineReason = "warranty_elsewhere"
	ReasonDoneElsewhere    DeclineReason = "done_elsewhere"
	ReasonNoLongerOwns     DeclineReason = "no_longer_owns"
	ReasonOther            DeclineReason = "other"
	ReasonNotRecorded      DeclineReason = "not_recorded"
)

// Severity is how serious the source says a finding is. A message never claims
// more than was recorded.
type Severity string

// Severities, most serious first. SeveritySafety needs both a red or required
// finding and a component of the safety set.
const (
	SeveritySafety      Severity = "safety"
	SeverityRequired    Severity = "required"
	SeveritySuggested   Severity = "suggested"
	SeverityMaintenance Severity = "maintenance"
	SeverityUnknown     Severity = "unknown"
)

// Rank orders severities; a lower rank is more serious.
func (s Severity) Rank() int {
	switch s {
	case SeveritySafety:
		return 0
	case SeverityRequired:
		return 1
	case SeveritySuggested:
		return 2
	case SeverityMaintenance:
		return 3
	}
	return 4
}

// Vehicle is a car as the shop knows it.
type Vehicle struct {
	ID         int64
	CustomerID int64 // the present owner as far as the shop knows
	VIN        string
	Plate      string
	Year       int
	Make       string
	Model      string
}

// Order is a repair order.
type Order struct {
	ID              int64
	Source          string
	ShopID          string
	ExternalID      string // the source's own key
	Number          string // as printed on the paper
	CustomerID      int64  // 0 for a walk-in nobody wrote down
	VehicleID       int64
	Adviser         string
	Status          OrderStatus
	OpenedAt        time.Time
	ClosedAt        time.Time
	VoidedAt        time.Time
	Odometer        int
	Total           Money
	MessagesBlocked bool // the source forbids automatic messages about this order
}

// Line is one job on an order.
type Line struct {
	ID              int64
	OrderID         int64
	ExternalID      string
	Name            string
	Finding         string // the technician's measured fact, for example "front pads 2 mm"
	OpCode          string
	Category        string // component group, see ComponentOf
	Severity        Severity
	Authorization   Authorization
	Trigger         DeferralTrigger
	DeclineReason   DeclineReason
	DeclineNote     string
	DeclinedAt      time.Time
	DeferredUntil   time.Time // the date agreed with the customer
	Price           Money     // what was quoted, zero amount when not known
	PriceValidUntil time.Time
	PayType         string // "customer", "warranty", "internal", …
	DoneAt          time.Time
	Photo           string        // the technician's, a path within the folder of photos, "" without
	Duration        time.Duration // how long the work takes, in whole minutes, 0 when not known
	RefusedAgain    int           // "no" said after the visit, by page, reply or call
}

// Open reports whether the customer has left the line undone.
func (l Line) Open() bool {
	return (l.Authorization == Declined || l.Authorization == NotAuthorizedAtClose) && l.DoneAt.IsZero()
}

// CancelKind says what was canceled. Each kind is a different conversation.
type CancelKind string

// Kinds of canceled orders.
const (
	EstimateRejected    CancelKind = "estimate_rejected"
	OrderVoid           CancelKind = "order_voided"
	AppointmentCanceled CancelKind = "appointment_canceled"
	NoShow              CancelKind = "no_show"
	SpecialOrderPart    CancelKind = "special_order_part"
	OnlineOrder         CancelKind = "online_order"
)

// Reasons that only a source gives. CancelReasons lists those that customers
// choose from.
const (
	CanceledPartDelayed CancelReason = "part_delayed"
	CanceledOther       CancelReason = "other"
	CancelNotRecorded   CancelReason = "not_recorded"
)

// CanceledOrder is an order that ended before the work was done.
type CanceledOrder struct {
	ID         int64
	Source     string
	ShopID     string
	ExternalID string
	Number     string
	Kind       CancelKind
	CustomerID int64
	VehicleID  int64
	What       string // what it was for, in the shop's words
	Total      Money
	Reason     string // code, "not_recorded" when nobody asked
	ReasonText string
	CanceledBy string // "customer", "shop", "system", "unknown"
	PlacedAt   time.Time
	CanceledAt time.Time
	ReopenedAt time.Time // zero unless the order came back to life
}
