package gate

import "slices"

// Reason says why a contact may not go out, or not yet.
type Reason string

// The reasons, in the fixed order in which they are recorded: the brake and
// the installation, the person's will, the address, the matter, the words, the
// hour, the caps.
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
	ReasonExcluded  Reason = "reason_excluded"
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

// weight says what a reason does to a contact.
type weight int

const (
	refuses        weight = iota // the contact is over
	refusesChannel               // over on this channel; the step's next one may be tried
	waits                        // passes by itself or when a person acts
)

// reasons lists every reason in order, what it does, and how it is told to a
// shop manager.
var reasons = [...]struct {
	reason   Reason
	weight   weight
	sentence string
}{
	{StopAll, waits, "All sending is stopped by the emergency brake."},
	{ClockJumped, waits, "The computer's clock jumped, so sending pauses until it is steady."},
	{ChannelHold, waits, "Sending on this channel is on hold because of a problem that someone has to fix."},
	{PilotLimit, waits, "Today's number of contacts for the pilot has been reached."},
	{RecoveryOpen, refuses, "A recovery case is open for this customer, so a person is in charge of every contact."},
	{Deceased, refuses, "The customer is marked as never to be contacted again."},
	{OptedOut, refusesChannel, "The customer asked not to be contacted at this number or address."},
	{NoConsent, refusesChannel, "There is no valid record that the customer agreed to this kind of message on this channel."},
	{NoAddress, refusesChannel, "No number or address is on file for this channel."},
	{AddressInvalid, refusesChannel, "The number or address on file does not work."},
	{AddressBounced, refusesChannel, "Earlier mail to this address came back."},
	{LandlineForSMS, refusesChannel, "The number is a landline, which cannot receive texts."},
	{MessagesBlocked, refuses, "The shop's system forbids automatic messages about this order."},
	{ReplyWaiting, waits, "The customer has written to the shop and is waiting for an answer from a person."},
	{AlreadyBooked, refuses, "The customer already has an appointment."},
	{AlreadyDone, refuses, "The work has been done since."},
	{OrderReopened, refuses, "The order is open again, or its cancellation was taken back."},
	{NotOwned, refuses, "The customer no longer owns the vehicle."},
	{RefusedTwice, refuses, "The customer has said no to this twice, which is final."},
	{ReasonExcluded, refuses, "The customer's own reason speaks against it, by the playbook."},
	{PriceExpired, refuses, "The price that was quoted no longer holds."},
	{NothingLeft, refuses, "Nothing is left to write about."},
	{TemplateMissing, refusesChannel, "No approved message exists for this step and channel."},
	{TemplateBad, refusesChannel, "The message could not be written properly with what is known about this customer."},
	{TooLong, refusesChannel, "The text would be longer than the shop allows."},
	{NoZone, refuses, "It is not known what time it is where the customer lives."},
	{QuietHours, waits, "It is outside the hours in which the customer may be contacted."},
	{ClosedDay, waits, "It is a day on which the customer is not contacted: a day off, a holiday or a closure."},
	{NoWindow, refuses, "There is no hour at which the customer may be contacted in every time zone they may be in."},
	{CapPerFollowUp, refuses, "The customer has received as many contacts about this as the playbook allows."},
	{MinGap, waits, "The last contact with this customer was too recent."},
	{StatutoryCap, waits, "The customer has received as many contacts in 24 hours as the law of their state allows."},
	{ShopDayCap, waits, "The shop has reached its number of contacts for today."},
	{ControlGroup, refuses, "The customer is in the comparison group, which is deliberately not contacted."},
	{PastNotAfter, refuses, "The time in which this contact made sense has passed."},
	{SenderLimit, waits, "The sending number or mailbox has reached its limit for today."},
}

// Order returns the position of r among the reasons, from 0; one it does not
// know comes last.
func (r Reason) Order() int {
	for i := range reasons {
		if reasons[i].reason == r {
			return i
		}
	}
	return len(reasons)
}

// Waits reports whether r passes by itself or when somebody acts, so that the
// contact is only put off. All other reasons end it.
func (r Reason) Waits() bool { return r.weight() == waits }

// ChannelOnly reports whether r speaks only against this channel or its
// address, so that the next channel of the step may be tried.
func (r Reason) ChannelOnly() bool { return r.weight() == refusesChannel }

func (r Reason) weight() weight {
	if i := r.Order(); i < len(reasons) {
		return reasons[i].weight
	}
	return refuses
}

// Sentence tells r to a shop manager. A reason it does not know is told as it
// is written in the log.
func (r Reason) Sentence() string {
	if i := r.Order(); i < len(reasons) {
		return reasons[i].sentence
	}
	return "Not sent: " + string(r) + "."
}

// Reasons returns all reasons in their order.
func Reasons() []Reason {
	list := make([]Reason, len(reasons))
	for i := range reasons {
		list[i] = reasons[i].reason
	}
	return list
}

// sorted returns list in the fixed order, each reason once.
func sorted(list []Reason) []Reason {
	slices.SortStableFunc(list, func(a, b Reason) int { return a.Order() - b.Order() })
	return slices.Compact(list)
}
