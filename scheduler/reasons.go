package scheduler

import (
	"slices"
	"strings"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify/call"
)

// endings are reasons that are not the gate's: why follow-ups ended, and what
// providers and people did.
var endings = map[string]string{
	call.EndedReached:       "An adviser spoke with the customer first.",
	call.EndedBooked:        "The customer made an appointment first.",
	call.EndedNotNeeded:     "The customer said that it is no longer needed.",
	call.EndedOptOut:        "The customer asked to be left alone.",
	outreach.CustomerMerged: "The customer was entered twice; the other entry is followed up.",
	"rehearsal_ended":       "The rehearsal ended; it is planned anew.",
	"refused_by_provider":   "The provider refused it for good.",
	"attempts_used_up":      "The provider did not take it in as many tries as are allowed.",
	"not_accepted_yet":      "The provider did not take it yet; it is tried again.",
	"not_tried":             "The program was held up before it could be sent; it is judged again.",
	"unknown_outcome":       "Nobody knows whether it left.",
	"daemon_ended":          "The program ended while it was being sent.",
	"customer_elsewhere":    "The customer had it done elsewhere.",
	"customer_sold":         "The customer no longer has the vehicle.",
	"customer_not_this":     "The customer does not want it.",
	call.EndedLater:         "The customer asked to be reminded at a later date.",
	"not_delivered":         "The provider took it and could not deliver it.",
	outreach.SoftBounce:     "It came back, for a reason that may pass.",
	"closed_by_hand":        "A person closed it.",
	"not_sent":              "A person found that it was not sent.",
	outreach.Held:           "Somebody at the shop held it back.",
	outreach.RemovedByStaff: "Somebody at the shop took this person off the list.",
}

// ReasonSentence tells a recorded reason to a person.
func ReasonSentence(code string) string {
	if r := gate.Reason(code); slices.Contains(gate.Reasons(), r) {
		return r.Sentence()
	}
	if text, ok := endings[code]; ok {
		return text
	}
	return strings.ReplaceAll(code, "_", " ") + "."
}

// ways say how a contact goes out.
var ways = map[outreach.Channel]string{
	outreach.SMS:   "text",
	outreach.Email: "e-mail",
	outreach.Call:  "call",
}

// outcomes say what became of a contact that went out.
var outcomes = map[outreach.State]string{
	outreach.Handed:        "it is being sent, and the result is not known yet",
	outreach.Accepted:      "sent",
	outreach.Delivered:     "delivered",
	outreach.Undelivered:   "not delivered",
	outreach.Bounced:       "it came back",
	outreach.Failed:        "failed",
	outreach.ClosedByHand:  "settled by a person",
	outreach.CallReached:   "the customer was reached",
	outreach.CallVoicemail: "a voicemail was left",
	outreach.CallNoAnswer:  "nobody answered",
	outreach.CallWrong:     "it was a wrong number",
	outreach.CallRefused:   "the customer asked to be left alone",
	outreach.CallBooked:    "the customer made an appointment",
	outreach.CallNotNeeded: "the customer no longer needs it",
}

// customersReasons say why a customer left work undone.
var customersReasons = map[outreach.DeclineReason]string{
	outreach.ReasonBudget:           "it costs more than they can spend",
	outreach.ReasonTime:             "no time",
	outreach.ReasonSecondOpinion:    "they want a second opinion",
	outreach.ReasonCheaperElsewhere: "it is cheaper elsewhere",
	outreach.ReasonDoItMyself:       "they do it themselves",
	outreach.ReasonNotConvinced:     "they do not see the need",
	outreach.ReasonSelling:          "they are selling the vehicle or its lease ends",
	outreach.ReasonNotWorthIt:       "the vehicle is not worth it",
	outreach.ReasonNeedsCar:         "they need the vehicle",
	outreach.ReasonWaitingOnParts:   "they wait for parts",
	outreach.ReasonWarranty:         "it is under warranty elsewhere",
	outreach.ReasonDoneElsewhere:    "it was done elsewhere",
	outreach.ReasonNoLongerOwns:     "they no longer have the vehicle",
	outreach.ReasonOther:            "another reason",
	outreach.ReasonNotRecorded:      "no reason is on record",
}

// cancelReasons say why a customer canceled.
var cancelReasons = map[outreach.CancelReason]string{
	outreach.CanceledForCost:          "it cost more than they can spend",
	outreach.CanceledPlansChanged:     "their plans changed",
	outreach.CanceledFoundAnotherWay:  "they found another way",
	outreach.CanceledMisunderstanding: "it was a misunderstanding",
	outreach.CanceledPartDelayed:      "a part was delayed",
	outreach.CanceledOther:            "another reason",
	outreach.CancelNotRecorded:        "no reason is on record",
}

// findings say how urgent the source calls something.
var findings = map[outreach.Severity]string{
	outreach.SeveritySafety:      "matters of safety",
	outreach.SeverityRequired:    "required repairs",
	outreach.SeveritySuggested:   "suggestions",
	outreach.SeverityMaintenance: "maintenance",
	outreach.SeverityUnknown:     "findings whose urgency is not on record",
}

// cancellations say what was canceled.
var cancellations = map[outreach.CancelKind]string{
	outreach.EstimateRejected:    "rejected estimates",
	outreach.OrderVoid:           "voided orders",
	outreach.AppointmentCanceled: "canceled appointments",
	outreach.NoShow:              "missed appointments",
	outreach.SpecialOrderPart:    "special-order parts",
	outreach.OnlineOrder:         "online orders",
}

// plain returns the words for a code, else the code with its underscores as spaces.
func plain[K ~string](words map[K]string, code K) string {
	if text, ok := words[code]; ok {
		return text
	}
	return strings.ReplaceAll(string(code), "_", " ")
}
