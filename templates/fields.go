package templates

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
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
	get    func(r *run, item *outreach.Item) string
}

// groups are the words a template may begin a placeholder with.
var groups = map[string]map[string]field{
	"customer": {
		"first_name": {get: func(r *run, _ *outreach.Item) string { return personal(r, r.data.Customer.FirstName) }},
		"last_name":  {get: func(r *run, _ *outreach.Item) string { return personal(r, r.data.Customer.LastName) }},
		"name": {get: func(r *run, _ *outreach.Item) string {
			c := r.data.Customer
			if name := personal(r, join(c.FirstName, c.LastName)); name != "" {
				return name
			}
			return c.Company
		}},
		"company": {get: func(r *run, _ *outreach.Item) string { return r.data.Customer.Company }},
	},
	"vehicle": {
		"name": {get: func(r *run, _ *outreach.Item) string { return join(r.about.vehicle.Make, r.about.vehicle.Model) }},
		"year": {get: func(r *run, _ *outreach.Item) string {
			if r.about.vehicle.Year == 0 {
				return ""
			}
			return strconv.Itoa(r.about.vehicle.Year)
		}},
		"make":  {get: func(r *run, _ *outreach.Item) string { return r.about.vehicle.Make }},
		"model": {get: func(r *run, _ *outreach.Item) string { return r.about.vehicle.Model }},
	},
	"order": {
		"number": {get: func(r *run, _ *outreach.Item) string { return r.about.order.Number }},
		"date": {get: func(r *run, _ *outreach.Item) string {
			if o := r.about.order; !o.ClosedAt.IsZero() {
				return r.date(o.ClosedAt)
			}
			return r.date(r.about.order.OpenedAt)
		}},
		"total": {get: func(r *run, _ *outreach.Item) string { return price(r.about.order.Total) }},
	},
	"shop": {
		"name":       {always: true, get: func(r *run, _ *outreach.Item) string { return r.data.Shop.Name }},
		"legal_name": {get: func(r *run, _ *outreach.Item) string { return r.data.Shop.LegalName }},
		"phone":      {always: true, get: func(r *run, _ *outreach.Item) string { return phone.Readable(r.data.Shop.Phone) }},
		"email":      {get: func(r *run, _ *outreach.Item) string { return r.data.Shop.Email }},
		"address":    {limit: maxText, get: func(r *run, _ *outreach.Item) string { return r.data.Shop.PostalAddress }},
	},
	"adviser": {
		"name":       {get: func(r *run, _ *outreach.Item) string { return r.about.order.Adviser }},
		"first_name": {get: func(r *run, _ *outreach.Item) string { return firstWord(r.about.order.Adviser) }},
	},
	"canceled": {
		"what":                    {get: func(r *run, _ *outreach.Item) string { return sentencePart(r.about.canceled.What) }},
		"number":                  {get: func(r *run, _ *outreach.Item) string { return r.about.canceled.Number }},
		"date":                    {get: func(r *run, _ *outreach.Item) string { return r.date(r.about.canceled.CanceledAt) }},
		"total":                   {get: func(r *run, _ *outreach.Item) string { return price(r.about.canceled.Total) }},
		"is_estimate_rejected":    canceledAs(outreach.EstimateRejected),
		"is_order_voided":         canceledAs(outreach.OrderVoid),
		"is_appointment_canceled": canceledAs(outreach.AppointmentCanceled),
		"is_no_show":              canceledAs(outreach.NoShow),
		"is_special_order_part":   canceledAs(outreach.SpecialOrderPart),
		"is_online_order":         canceledAs(outreach.OnlineOrder),
	},
	"link": {
		"page":        {kind: link, limit: maxLink, get: func(r *run, _ *outreach.Item) string { return r.data.Links.Page }},
		"unsubscribe": {kind: link, limit: maxLink, get: func(r *run, _ *outreach.Item) string { return r.data.Links.Unsubscribe }},
	},
	"others": {
		"count": {get: func(r *run, _ *outreach.Item) string { return r.locale.number(len(r.items) - 1) }},
		"is_one": {kind: condition, get: func(r *run, _ *outreach.Item) string {
			return yes(len(r.items) == 2)
		}},
	},
	"first": itemFields,
}

// itemFields are the placeholders of one item: {{first.name}}, or {{.name}}
// within {{range services}}.
var itemFields = map[string]field{
	"name":        {always: true, get: func(_ *run, item *outreach.Item) string { return sentencePart(line(item).Name) }},
	"finding":     {limit: maxText, get: func(_ *run, item *outreach.Item) string { return sentencePart(line(item).Finding) }},
	"price":       {get: func(_ *run, item *outreach.Item) string { return price(line(item).Price) }},
	"price_until": {get: func(r *run, item *outreach.Item) string { return r.date(line(item).PriceValidUntil) }},
	"agreed_date": {get: func(r *run, item *outreach.Item) string { return r.date(line(item).DeferredUntil) }},
	// other_vehicle is only there for an item on another car than the first one's.
	"other_vehicle": {get: func(r *run, item *outreach.Item) string {
		if item.Vehicle == nil || item.Vehicle.ID == r.about.vehicle.ID {
			return ""
		}
		return join(item.Vehicle.Make, item.Vehicle.Model)
	}},
	"is_safety": {kind: condition, get: func(_ *run, item *outreach.Item) string {
		return yes(severity(item) == outreach.SeveritySafety)
	}},
}

// sentencePart drops the full stop of a text that will stand within a sentence.
func sentencePart(s string) string { return strings.TrimRight(s, ". ") }

func line(item *outreach.Item) *outreach.Line { return orEmpty(item.Line) }

// listName is the one thing that {{range}} repeats; {{if services}} asks
// whether there is any.
const listName = "services"

// groupNames returns the words a placeholder may begin with.
func groupNames() []string { return slices.Collect(maps.Keys(groups)) }

// personal returns a person's name. It returns nothing for a company, for "Hello
// Fleet" is no greeting, nor what is too long to be a name: better none than a
// wrong one.
func personal(r *run, name string) string {
	const longestName = 60
	if utf8.RuneCountInString(name) > longestName {
		return ""
	}
	if k := r.data.Customer.Kind; k != "" && k != outreach.Person {
		return ""
	}
	return name
}

func canceledAs(kind outreach.CancelKind) field {
	return field{kind: condition, get: func(r *run, _ *outreach.Item) string {
		return yes(r.about.canceled.Kind == kind)
	}}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// price is empty for what cannot be a price: none given, or a credit.
func price(m outreach.Money) string {
	if m.Minor <= 0 {
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
