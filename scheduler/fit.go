package scheduler

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// unfit says in a sentence why an item is not for a playbook, "" when it is.
func unfit(now time.Time, pb outreach.Playbook, c outreach.Customer, it outreach.Item) string {
	if why := unfitAnywhere(it); why != "" {
		return why
	}
	if it.Trigger() != pb.Trigger {
		return fmt.Sprintf("it is %s, and this playbook is for %s ones", describeTrigger(it.Trigger()), pb.Trigger)
	}
	if c.Kind == outreach.Fleet && !pb.Conditions.IncludeFleet {
		return "the customer is a fleet, and this playbook leaves fleets to people"
	}
	if it.Canceled != nil {
		if why := unfitCanceled(pb.Conditions, *it.Canceled); why != "" {
			return why
		}
	} else if why := unfitLine(pb.Conditions, *it.Line); why != "" {
		return why
	}
	return unfitAge(now, pb, it) // last: it says most where all else fits
}

// unfitAnywhere says why no playbook may raise an item.
func unfitAnywhere(it outreach.Item) string {
	switch {
	case it.Trigger() == "" && it.Canceled != nil:
		return "the order came back to life after it was canceled"
	case it.Trigger() == "":
		return "the customer did not decline it: " + describeAuthorization(*it.Line)
	case it.DoneHere:
		return "the same work was done on a later order"
	case it.Answer == outreach.ActionElsewhere:
		return "the customer said it was done elsewhere"
	case it.NotOwned || it.Answer == outreach.ActionSold:
		return "the vehicle has another owner now"
	case it.Answer == outreach.ActionNotThis:
		return "the customer said that they do not want it"
	case it.Line != nil && it.Refusals >= 2:
		return "the customer said no to it twice, and that is final"
	case it.Order != nil && it.Order.Status == outreach.OrderVoided:
		return "the order was voided"
	case it.Order != nil && it.Order.MessagesBlocked:
		return "the shop's system forbids automatic messages about this order"
	case it.Line != nil && !customerPays(it.Line.PayType):
		return fmt.Sprintf("it is %s work, not paid by the customer", it.Line.PayType)
	case anchor(it).IsZero():
		return "it carries no date, so no day can be counted from it"
	}
	return ""
}

func unfitAge(now time.Time, pb outreach.Playbook, it outreach.Item) string {
	// An agreed date is never too old by the day of the visit: it is the
	// customer's own choice that counts.
	from := it.Day()
	if pb.Trigger == outreach.TriggerDeferred {
		from = anchor(it)
	}
	age := now.Sub(from)
	if limit := pb.Conditions.MaxAge; limit > 0 && age > limit {
		return fmt.Sprintf("it is %d days old, and this playbook looks back %d", int(age.Hours()/24), int(limit.Hours()/24))
	}
	return ""
}

func unfitCanceled(cond outreach.Conditions, x outreach.CanceledOrder) string {
	if len(cond.CancelKinds) > 0 && !slices.Contains(cond.CancelKinds, x.Kind) {
		return "this playbook is not for " + plain(cancellations, x.Kind)
	}
	if len(cond.CanceledBy) > 0 && !slices.Contains(cond.CanceledBy, x.CanceledBy) {
		return "this playbook is not for orders canceled by " + describeCanceler(x.CanceledBy)
	}
	reason := cmp.Or(outreach.CancelReason(x.Reason), outreach.CancelNotRecorded)
	if len(cond.CancelReasons) > 0 && !slices.Contains(cond.CancelReasons, reason) {
		return "this playbook is not for the customer's reason: " + plain(cancelReasons, reason)
	}
	if slices.Contains(cond.NotCancelReasons, reason) {
		return "the customer's reason speaks against it: " + plain(cancelReasons, reason)
	}
	return ""
}

// excluded reports whether the playbook does not follow up after the reason that
// the customer gave, be it since the follow-up began.
func excluded(cond outreach.Conditions, it outreach.Item) bool {
	if it.Canceled != nil {
		return slices.Contains(cond.NotCancelReasons, outreach.CancelReason(it.Canceled.Reason))
	}
	return it.Line != nil && slices.Contains(cond.NotReasons, it.Line.DeclineReason)
}

func unfitLine(cond outreach.Conditions, l outreach.Line) string {
	switch {
	case len(cond.Categories) > 0 && !slices.Contains(cond.Categories, l.Category):
		return fmt.Sprintf("this playbook is not for the category %q", l.Category)
	case len(cond.Severities) > 0 && !slices.Contains(cond.Severities, l.Severity):
		return "this playbook is not for " + plain(findings, cmp.Or(l.Severity, outreach.SeverityUnknown))
	case len(cond.Reasons) > 0 && !slices.Contains(cond.Reasons, l.DeclineReason):
		return "this playbook is not for the customer's reason: " + describeReason(l)
	case slices.Contains(cond.NotReasons, l.DeclineReason):
		return "the customer's reason speaks against it: " + describeReason(l)
	case !cond.MinPrice.IsZero() && l.Price.Minor <= 0:
		return "its price is not on record, and this playbook asks for one"
	case !cond.MinPrice.IsZero() && l.Price.Minor < cond.MinPrice.Minor:
		return "its price is below what this playbook is for"
	case !cond.MaxPrice.IsZero() && l.Price.Minor > cond.MaxPrice.Minor:
		return "its price is above what this playbook is for"
	}
	return ""
}

// customerPays reports whether a line is the customer's own to decide. Most
// sources give no pay type.
func customerPays(payType string) bool { return payType == "" || payType == "customer" }

func describeTrigger(t outreach.Trigger) string {
	if t == outreach.TriggerDeferred {
		return "put off to an agreed date"
	}
	return string(t)
}

func describeAuthorization(l outreach.Line) string {
	switch {
	case !l.DoneAt.IsZero():
		return "the work is done"
	case l.Authorization == outreach.Authorized:
		return "it was authorized"
	case l.Authorization == outreach.Undecided:
		return "no decision is on record yet"
	}
	return "the imported file gives no decision on it, or one in a word that the import does not know"
}

func describeReason(l outreach.Line) string {
	return plain(customersReasons, cmp.Or(l.DeclineReason, outreach.ReasonNotRecorded))
}

func describeCanceler(by string) string {
	switch by {
	case "shop":
		return "the shop"
	case "system":
		return "the shop's system"
	case "customer":
		return "the customer"
	}
	return "somebody not on record"
}
