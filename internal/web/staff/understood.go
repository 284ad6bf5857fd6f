package staff

import (
	"github.com/courtesyd/courtesyd/internal/inbound/intent"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// meanings say how a reply was understood, or what was pressed on a page.
var meanings = map[string]string{
	string(intent.Keyword):       "sent the word that stops messages",
	string(intent.Stop):          "asks for no more messages",
	string(intent.Unsubscribe):   "wants to be off the list",
	string(intent.LegalThreat):   "speaks of lawyers, regulators or harassment",
	string(intent.WrongNumber):   "says that this is somebody else's number",
	string(intent.Deceased):      "tells that the customer has died",
	string(intent.CallsOnly):     "wants no calls; texts are welcome",
	string(intent.TextsOnly):     "wants no texts; calls or e-mails are welcome",
	string(intent.Unclear):       "may be asking to be left alone",
	string(intent.Negative):      "is not interested",
	string(intent.Complaint):     "is angry",
	string(intent.WhoIsThis):     "does not know who is writing",
	string(intent.CancelThat):    "cancels something: an appointment, an order, or our messages",
	string(intent.Empty):         "sent no words",
	string(intent.OptIn):         "wants to hear from the shop again",
	string(intent.Help):          "asks for help",
	string(intent.Reaction):      "reacted with a sign",
	string(intent.AutoReply):     "an automatic answer",
	string(intent.DoneElsewhere): "has had it done",
	string(intent.SoldVehicle):   "no longer has the vehicle",
	string(intent.NoToItem):      "does not want this repair",
	string(intent.Later):         "not now",
	string(intent.CallMe):        "wants to be called",
	string(intent.Price):         "asks about money",
	string(intent.Booking):       "wants to come in",
	string(intent.Question):      "asks something",
	string(intent.Yes):           "says yes",
	string(intent.No):            "says no",
	string(intent.Thanks):        "says thanks",
	string(intent.Other):         "says something else",

	string(outreach.ActionBook):      "pressed “I want to come in”",
	string(outreach.ActionAsk):       "pressed “I have a question”",
	string(outreach.ActionNotThis):   "pressed “Not this one”",
	string(outreach.ActionElsewhere): "pressed “Already done elsewhere”",
	string(outreach.ActionSold):      "pressed “I no longer have the vehicle”",
	string(outreach.ActionReason):    "told why the order was canceled",
}

// meant says how a reply was understood, given the detail in the log.
func meant(detail string) string {
	if words, ok := meanings[detail]; ok {
		return words
	}
	return "not understood"
}
