package templates

import (
	"maps"
	"slices"
	"strconv"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// fieldKind says how a placeholder may be used.
type fieldKind int

const (
	plainText fieldKind = iota
	condition           // answers yes or no, for {{if}} only
	link                // an address: never shortened
)

// field is one placeholder. Its get is given the item it is about, nil outside
// the list, and returns "" for what is not known.
type field struct {
	kind   fieldKind
	limit  int  // longest value in characters, 0 for maxName
	always bool // never empty in a working installation
	get    func(r *run, item *outreach.Line) string
}

// groups are the words a template may begin a placeholder with.
var groups = map[string]map[string]field{
	"customer": {
		"first_name": {get: func(r *run, _ *outreach.Line) string { return personal(r, r.data.Customer.FirstName) }},
		"last_name":  {get: func(r *run, _ *outreach.Line) string { return personal(r, r.data.Customer.LastName) }},
		"name": {get: func(r *run, _ *outreach.Line) string {
			c := r.data.Customer
			if name := personal(r, join(c.FirstName, c.LastName)); name != "" {
				return name
			}
			return c.Company
		}},
		"company": {get: func(r *run, _ *outreach.Line) string { return r.data.Customer.Company }},
	},
	"vehicle": {
		"name": {get: func(r *run, _ *outreach.Line) string { return join(r.data.Vehicle.Make, r.data.Vehicle.Model) }},
		"year": {get: func(r *run, _ *outreach.Line) string {
			if r.data.Vehicle.Year == 0 {
				return ""
			}
			return strconv.Itoa(r.data.Vehicle.Year)
		}},
		"make":  {get: func(r *run, _ *outreach.Line) string { return r.data.Vehicle.Make }},
		"model": {get: func(r *run, _ *outreach.Line) string { return r.data.Vehicle.Model }},
	},
	"order": {
		"number": {get: func(r *run, _ *outreach.Line) string { return r.data.Order.Number }},
		"date": {get: func(r *run, _ *outreach.Line) string {
			if o := r.data.Order; !o.ClosedAt.IsZero() {
				return r.date(o.ClosedAt)
			}
			return r.date(r.data.Order.OpenedAt)
		}},
		"total": {get: func(r *run, _ *outreach.Line) string { return price(r.data.Order.Total) }},
	},
	"shop": {
		"name":       {always: true, get: func(r *run, _ *outreach.Line) string { return r.data.Shop.Name }},
		"legal_name": {get: func(r *run, _ *outreach.Line) string { return r.data.Shop.LegalName }},
		"phone":      {always: true, get: func(r *run, _ *outreach.Line) string { return readablePhone(r.data.Shop.Phone) }},
		"email":      {get: func(r *run, _ *outreach.Line) string { return r.data.Shop.Email }},
		"address":    {limit: maxText, get: func(r *run, _ *outreach.Line) string { return r.data.Shop.PostalAddress }},
	},
	"adviser": {
		"name":       {get: func(r *run, _ *outreach.Line) string { return r.data.Adviser }},
		"first_name": {get: func(r *run, _ *outreach.Line) string { return firstWord(r.data.Adviser) }},
	},
	"canceled": {
		"what":                    {get: func(r *run, _ *outreach.Line) string { return r.data.Canceled.What }},
		"number":                  {get: func(r *run, _ *outreach.Line) string { return r.data.Canceled.Number }},
		"date":                    {get: func(r *run, _ *outreach.Line) string { return r.date(r.data.Canceled.CanceledAt) }},
		"total":                   {get: func(r *run, _ *outreach.Line) string { return price(r.data.Canceled.Total) }},
		"is_estimate_rejected":    canceledAs(outreach.EstimateRejected),
		"is_order_voided":         canceledAs(outreach.OrderVoid),
		"is_appointment_canceled": canceledAs(outreach.AppointmentCanceled),
		"is_no_show":              canceledAs(outreach.NoShow),
		"is_special_order_part":   canceledAs(outreach.SpecialOrderPart),
		"is_online_order":         canceledAs(outreach.OnlineOrder),
	},
	"link": {
		"page":        {kind: link, limit: maxLink, get: func(r *run, _ *outreach.Line) string { return r.data.Links.Page }},
		"unsubscribe": {kind: link, limit: maxLink, get: func(r *run, _ *outreach.Line) string { return r.data.Links.Unsubscribe }},
	},
	"others": {
		"count": {get: func(r *run, _ *outreach.Line) string { return r.locale.number(len(r.items) - 1) }},
		"is_one": {kind: condition, get: func(r *run, _ *outreach.Line) string {
			return yes(len(r.items) == 2)
		}},
	},
	"first": itemFields,
}

// itemFields are the placeholders of one item: {{first.name}}, or {{.name}}
// within {{range services}}.
var itemFields = map[string]field{
	"name":        {always: true, get: func(_ *run, item *outreach.Line) string { return item.Name }},
	"finding":     {limit: maxText, get: func(_ *run, item *outreach.Line) string { return item.Finding }},
	"price":       {get: func(_ *run, item *outreach.Line) string { return price(item.Price) }},
	"price_until": {get: func(r *run, item *outreach.Line) string { return r.date(item.PriceValidUntil) }},
	"agreed_date": {get: func(r *run, item *outreach.Line) string { return r.date(item.DeferredUntil) }},
	"is_safety": {kind: condition, get: func(_ *run, item *outreach.Line) string {
		return yes(item.Severity == outreach.SeveritySafety)
	}},
}

// listName is the one thing that {{range}} repeats; {{if services}} asks
// whether there is any.
const listName = "services"

// groupNames returns the words a placeholder may begin with.
func groupNames() []string { return slices.Collect(maps.Keys(groups)) }

// personal returns a person's name, and nothing for a company: "Hello Fleet" is
// no greeting.
func personal(r *run, name string) string {
	if k := r.data.Customer.Kind; k != "" && k != outreach.Person {
		return ""
	}
	return name
}

func canceledAs(kind outreach.CancelKind) field {
	return field{kind: condition, get: func(r *run, _ *outreach.Line) string {
		return yes(r.data.Canceled.Kind == kind)
	}}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func price(m outreach.Money) string {
	if m.IsZero() {
		return ""
	}
	return m.String()
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}
