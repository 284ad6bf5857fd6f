package importer

import (
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// canceled reads one canceled order, nil where the row is rejected or left out.
func (r *reading) canceled() *CanceledRecord {
	kind := r.cancelKind()
	rec := &CanceledRecord{
		Order: outreach.CanceledOrder{
			Source: r.profile.Source, ShopID: r.profile.Shop,
			Number: r.key(FieldOrderNumber),
			Kind:   kind,
			What:   r.text(FieldWhat),
			Total:  r.amount(FieldOrderTotal),

			ReasonText: r.text(FieldReasonText),
			CanceledBy: r.canceledBy(),
			PlacedAt:   r.past(FieldPlacedAt),
			CanceledAt: r.past(FieldCanceledAt),
			ReopenedAt: r.past(FieldReopenedAt),
		},
		Customer: r.customer(),
		Vehicle:  r.vehicle(),
	}
	o := &rec.Order
	r.cancelReason(o)
	if o.CanceledAt.IsZero() && !r.failed {
		r.reject(FieldCanceledAt, r.text(FieldCanceledAt), "the day of the cancellation is missing", r.dateExample())
	}
	o.ExternalID = firstNonEmpty(r.key(FieldCancelID), o.Number)
	if o.ExternalID == "" {
		if rec.Customer.Empty() {
			r.reject(FieldCancelID, "", "neither a number nor a customer to tell the order by", "an order number")
		}
		o.ExternalID = derivedKey(string(kind), rec.Customer.ExternalID, o.CanceledAt.In(r.dates.zone).Format(time.DateOnly), fold(o.What))
	}
	if r.failed {
		return nil
	}
	return rec
}

// cancelKind is mandatory: each kind is a different conversation.
func (r *reading) cancelKind() outreach.CancelKind {
	raw := r.text(FieldCancelKind)
	to, ok := r.profile.wordFor(FieldCancelKind, raw)
	switch {
	case to == wordLeaveOut:
		r.leaveOut(FieldCancelKind, raw, "the shop said no, not the customer: not followed up")
	case fold(raw) == "declined":
		r.reject(FieldCancelKind, raw, `"declined" means a payment in one system and a booking in another`, "a kind; map the word under values in the import profile")
	case !ok || to == "":
		r.reject(FieldCancelKind, raw, "the kind of canceled order is not known", "one of "+strings.Join(canonical[FieldCancelKind], ", "))
	}
	return outreach.CancelKind(to)
}

// cancelReason reads why. A payment that failed and a fraud are not a customer
// who changed their mind: nobody asks them about it.
func (r *reading) cancelReason(o *outreach.CanceledOrder) {
	raw := r.text(FieldCancelReason)
	to, ok := r.profile.wordFor(FieldCancelReason, raw)
	switch {
	case to == wordLeaveOut:
		r.leaveOut(FieldCancelReason, raw, "a failed payment or a fraud check, not the customer's decision: not followed up")
	case ok:
		o.Reason = to
	default:
		o.Reason = "other"
		o.ReasonText = firstNonEmpty(o.ReasonText, raw)
	}
}

// canceledBy reads who canceled, from its own column or from a status such as
// CANCELLED_BY_SELLER.
func (r *reading) canceledBy() string {
	if r.text(FieldCanceledBy) != "" {
		return r.word(FieldCanceledBy)
	}
	kind := fold(r.text(FieldCancelKind))
	switch {
	case strings.HasSuffix(kind, "bycustomer"):
		return "customer"
	case strings.HasSuffix(kind, "byseller"):
		return "shop"
	}
	return ""
}
