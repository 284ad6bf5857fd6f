package staff

import (
	"errors"
	"slices"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// itemAnswers are what a customer said of something left undone.
var itemAnswers = map[outreach.Action]string{
	outreach.ActionBook: "they want to come in", outreach.ActionAsk: "they have a question", outreach.ActionLater: "not before",
	outreach.ActionNotThis: "not this one", outreach.ActionElsewhere: "it was done elsewhere",
	outreach.ActionSold: "they no longer have the vehicle", outreach.ActionReason: "why it was canceled",
}

// lineWords says what became of a line of an order.
func lineWords(l outreach.Line) string {
	switch l.Authorization {
	case outreach.Authorized:
		return "done"
	case outreach.Declined, outreach.NotAuthorizedAtClose:
		switch {
		case !l.DoneAt.IsZero():
			return "declined then, done since"
		case !l.DeferredUntil.IsZero():
			return "put off"
		case l.Authorization == outreach.NotAuthorizedAtClose:
			return "not agreed to by the time the order was closed"
		}
		return "declined"
	case outreach.Undecided:
		return "not decided"
	}
	return "not known"
}

// calledSo lists the ways in which a call can have gone.
func calledSo() []callOutcome { return slices.Concat(callOutcomes(false), callOutcomes(true)) }

// pairs makes the choices of a form: a value and its words in turn.
func pairs(list ...string) ([][2]string, error) {
	if len(list)%2 != 0 {
		return nil, errors.New("pairs wants values and words in turn")
	}
	var out [][2]string
	for i := 0; i < len(list); i += 2 {
		out = append(out, [2]string{list[i], list[i+1]})
	}
	return out, nil
}
