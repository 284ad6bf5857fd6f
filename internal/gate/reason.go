package gate

// Reason says why a contact may not go out, or not yet.
type Reason string

// The reasons, in the fixed order in which they are recorded.
const (
	StopAll         Reason = "stop_all"
	ClockJumped     Reason = "clock_jumped"
	ChannelHold     Reason = "channel_hold"
	PilotLimit      Reason = "pilot_limit"
	RecoveryOpen    Reason = "recovery_open"
	Deceased        Reason = "do_not_contact"
	OptedOut        Reason = "opted_out"
	NoConsent       Reason = "no_consent"
	NoAddress       Reason = "no_address"
	AddressInvalid  Reason = "address_invalid"
	AddressBounced  Reason = "address_bounced"
	LandlineForSMS  Reason = "landline"
	MessagesBlocked Reason = "messages_blocked"
	ReplyWaiting    Reason = "reply_waiting"
	AlreadyBooked   Reason = "already_booked"
	AlreadyDone     Reason = "already_done"
	OrderReopened   Reason = "order_reopened"
	NotOwned        Reason = "vehicle_not_owned"
	RefusedTwice    Reason = "refused_twice"
	PriceExpired    Reason = "price_expired"
	NothingLeft     Reason = "nothing_left"
	TemplateMissing Reason = "template_not_approved"
	TemplateBad     Reason = "template_renders_badly"
	TooLong         Reason = "too_many_segments"
	NoZone          Reason = "time_zone_unknown"
	QuietHours      Reason = "quiet_hours"
	ClosedDay       Reason = "closed_day"
	NoWindow        Reason = "no_common_window"
	CapPerFollowUp  Reason = "cap_follow_up"
	MinGap          Reason = "too_soon_after_last"
	StatutoryCap    Reason = "cap_state_24h"
	ShopDayCap      Reason = "cap_shop_day"
	ControlGroup    Reason = "control_group"
	PastNotAfter    Reason = "past_not_after"
	SenderLimit     Reason = "sender_limit"
)
