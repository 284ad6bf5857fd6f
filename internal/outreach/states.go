package outreach

// Happened are the states of what became of contacts: all but Planned. They are
// in the order in which a reader looks for them.
func Happened() []State {
	return append([]State{
		Handed, Accepted, Delivered, Undelivered, Bounced, Failed, Unconfirmed, Suppressed, Expired, Canceled,
		Rehearsed, ClosedByHand, Received, CallOpen,
	}, CallOutcomes()...)
}
