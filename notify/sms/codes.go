package sms

import "github.com/courtesyd/courtesyd/notify"

// meaning is what one of Twilio's error codes says about text, number and set-up.
type meaning struct {
	result notify.Result // when the request was refused with it
	effect notify.Effect
	fault  fault // when the text was taken first and came to nothing later
	why    string
}

// fault says what a text that came to nothing tells about its number.
type fault string

const (
	lasting fault = ""     // what there is to tell is the effect
	passing fault = "soft" // the number may be good: only several such count against it
)

// codes holds the error codes that call for more than a person's look. The numbers
// and their meaning are Twilio's: https://www.twilio.com/docs/api/errors, each
// under its own number.
var codes = map[int]meaning{
	// Nothing was created; the same request may pass later.
	20429: {notify.Retry, notify.NoEffect, lasting, "Twilio asks to slow down"},
	21611: {notify.Retry, notify.NoEffect, lasting, "The queue of the sending number is full"},
	30001: {notify.Retry, notify.NoEffect, lasting, "The queue of the sending number is full"},
	30022: {notify.Retry, notify.NoEffect, lasting, "The carriers' rate for our registration is used up"},
	30047: {notify.Retry, notify.NoEffect, lasting, "Twilio could not move the text out of quiet hours"},

	// Twilio's own documentation says that a POST answered so may have worked.
	20500: {notify.Unknown, notify.NoEffect, lasting, "Twilio failed while it worked on the text"},
	20503: {notify.Unknown, notify.NoEffect, lasting, "Twilio was not available while it worked on the text"},

	// Nothing was created, and nothing will be until the set-up is mended.
	20003: {notify.Retry, notify.StopChannel, lasting, "Twilio does not accept the credentials"},
	20005: {notify.Retry, notify.StopChannel, lasting, "The Twilio account is not active"},
	20404: {notify.Retry, notify.StopChannel, lasting, "Twilio does not know the account"},
	21212: {notify.Retry, notify.StopChannel, lasting, "The sending number is not valid"},
	21601: {notify.Retry, notify.StopChannel, lasting, "The sending number cannot send texts"},
	21603: {notify.Retry, notify.StopChannel, lasting, "The request named no sender"},
	21606: {notify.Retry, notify.StopChannel, lasting, "The sending number does not belong to the account or cannot text"},
	21609: {notify.Retry, notify.StopChannel, lasting, "Twilio does not accept the public URL for its news"},
	21703: {notify.Retry, notify.StopChannel, lasting, "The messaging service has no sender for this text"},
	21704: {notify.Retry, notify.StopChannel, lasting, "The messaging service has no numbers"},
	21705: {notify.Retry, notify.StopChannel, lasting, "The messaging service is not valid"},
	30002: {notify.Refused, notify.StopChannel, lasting, "The Twilio account is suspended"},
	30034: {notify.Refused, notify.StopChannel, lasting, "The sending number is not registered with the carriers (A2P 10DLC)"},

	// The person or the number.
	21211: {notify.Refused, notify.InvalidateAddress, lasting, "The number does not exist"},
	21610: {notify.Refused, notify.SuppressAddress, lasting, "The person has opted out at the provider"},
	21614: {notify.Refused, notify.MarkLandline, lasting, "The number cannot receive texts"},
	30004: {notify.Refused, notify.NoEffect, passing, "The text was blocked on its way"},
	30005: {notify.Refused, notify.InvalidateAddress, lasting, "The number is not in use"},
	30006: {notify.Refused, notify.MarkLandline, lasting, "The number is a landline or its carrier cannot be reached"},

	// This text to this number, or our own mistake: no effect beyond it.
	21408: {notify.Refused, notify.NoEffect, lasting, "Texts to this region are not enabled in the Twilio account"},
	21602: {notify.Refused, notify.NoEffect, lasting, "The text is empty"},
	21608: {notify.Refused, notify.NoEffect, lasting, "A Twilio trial account sends to verified numbers only"},
	21612: {notify.Refused, notify.NoEffect, lasting, "Twilio cannot send from this sender to this number"},
	21617: {notify.Refused, notify.NoEffect, lasting, "The text is longer than Twilio takes"},
	30003: {notify.Refused, notify.NoEffect, passing, "The phone was off or out of reach"},
	30007: {notify.Refused, notify.NoEffect, lasting, "A carrier filtered the text out"},
	30008: {notify.Refused, notify.NoEffect, passing, "A carrier failed for a reason it does not tell"},
	30410: {notify.Refused, notify.NoEffect, lasting, "The carrier did not answer Twilio"},
	30500: {notify.Refused, notify.NoEffect, lasting, "Twilio failed after it took the text"},
	30610: {notify.Refused, notify.NoEffect, lasting, "Twilio holds that it is quiet hours for this number: check our window"},
	30640: {notify.Refused, notify.NoEffect, lasting, "Twilio holds that this person sues senders: let a person look"},
}
