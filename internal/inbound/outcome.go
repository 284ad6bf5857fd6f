package inbound

// Outcome is how a person dealt with what a customer said.
type Outcome string

// The outcomes of a task.
const (
	Answered    Outcome = "answered"
	Booked      Outcome = "booked"
	NotNeeded   Outcome = "not_needed"
	OptOut      Outcome = "opt_out"
	NotAnOptOut Outcome = "not_opt_out"
	WrongNumber Outcome = "wrong_number"
)

// Outcomes lists them in the order in which they are offered.
func Outcomes() []Outcome {
	return []Outcome{Answered, Booked, NotNeeded, NotAnOptOut, OptOut, WrongNumber}
}

// Effects are what an outcome means beyond the task itself.
type Effects struct {
	EndReason string // ends the customer's follow-ups at the shop when not ""
	Decided   bool   // it tells whether the customer wants to be left alone
	OptOut    bool   // the customer does
	Wrong     bool   // the address is somebody else's
	Sentence  string // tells the person what was made of it
}

// EffectsOf returns what an outcome means; ok is false when there is none of
// that name.
func EffectsOf(o Outcome) (e Effects, ok bool) {
	switch o {
	case Answered:
		return Effects{Sentence: "The customer has an answer. What was planned goes on when it is due."}, true
	case Booked:
		return Effects{EndReason: "booked", Sentence: "An appointment was made. The follow-up ends here."}, true
	case NotNeeded:
		return Effects{EndReason: "not_needed", Sentence: "The work is done or no longer wanted. The follow-up ends here."}, true
	case NotAnOptOut:
		return Effects{Decided: true, Sentence: "The customer did not ask to be left alone. What was planned goes on when it is due."}, true
	case OptOut:
		return Effects{
			Decided: true, OptOut: true, EndReason: endedByCustomer,
			Sentence: "The customer asked to be left alone. Nothing more will be sent to this customer on any channel.",
		}, true
	case WrongNumber:
		return Effects{
			Decided: true, Wrong: true,
			Sentence: "The number or address belongs to someone else. Nothing more will be sent to it.",
		}, true
	}
	return Effects{}, false
}
