package outreach

// DailyOutcome is what became of somebody's mail of a morning.
type DailyOutcome string

// Outcomes of daily mails. Before any of them a mail is on its way; one whose
// daemon died then is never sent again.
const (
	DailyNothing DailyOutcome = "nothing" // there was nothing to tell
	DailySent    DailyOutcome = "sent"
	DailyLater   DailyOutcome = "later"  // certainly not accepted; it is tried again
	DailyFailed  DailyOutcome = "failed" // certainly not accepted, and not tried again
	DailyDoubt   DailyOutcome = "doubt"  // it may have been accepted, and is not sent again
)
