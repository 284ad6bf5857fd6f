package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
)

// customer reads the person or company of a row.
func (r *reading) customer() CustomerRecord {
	name := r.name()
	rec := CustomerRecord{
		ExternalID: r.key(FieldCustomerID),
		MergedInto: r.key(FieldMergedInto),
		Customer: outreach.Customer{
			Kind:       r.customerKind(name),
			FirstName:  name.first,
			LastName:   name.last,
			Company:    name.company,
			Locale:     r.word(FieldLanguage),
			TimeZone:   r.timeZone(),
			PostalCode: postalCode(r.text(FieldPostalCode)),
			Region:     r.region(),
			Country:    r.country(),
			Deceased:   name.deceased,
		},
		Addresses: r.addresses(),
	}
	switch r.flag(FieldDeceased) {
	case wordYes:
		rec.Customer.Deceased = true
	case wordNo:
		if !rec.Customer.Deceased {
			rec.Cleared = append(rec.Cleared, FieldDeceased)
		}
	}
	if rec.MergedInto == rec.ExternalID {
		rec.MergedInto = ""
	}
	if rec.ExternalID == "" {
		rec.ExternalID = derivedCustomerID(rec)
	}
	if !rec.Empty() {
		rec.Consents = r.consents(rec, name.doNotContact)
	}
	return rec
}

// name reads the name from one column or from several.
func (r *reading) name() personName {
	first, last := r.text(FieldFirstName), r.text(FieldLastName)
	var n personName
	switch {
	case first != "" && last != "":
		n = readName(last + ", " + first)
		if n.company != "" { // a firm in two columns
			n.company = strings.TrimSpace(first + " " + last)
		}
	case first+last != "":
		n = readName(first + last)
		if last != "" && n.last == "" {
			n.first, n.last = "", n.first
		}
	default:
		n = readName(r.text(FieldName))
	}
	if company := r.text(FieldCompany); company != "" {
		n.company = company
		if n.kind == "" && n.first == "" && n.last == "" {
			n.kind = outreach.Organization
		}
	}
	return n
}

func (r *reading) customerKind(n personName) outreach.CustomerKind {
	stated := outreach.CustomerKind(r.word(FieldCustomerKind))
	switch {
	case stated == outreach.Person && n.kind != "": // the name says more than the default of a form
		return n.kind
	case stated != "":
		return stated
	case n.kind != "":
		return n.kind
	case n.first+n.last != "":
		return outreach.Person
	}
	return ""
}

// addresses reads all numbers and mail addresses; those that cannot be right
// are left out and listed. The first of each kind is the preferred one.
func (r *reading) addresses() []outreach.Address {
	var out []outreach.Address
	add := func(a outreach.Address) {
		for _, have := range out {
			if have.Value == a.Value {
				return
			}
		}
		a.Preferred = len(out) == 0 || out[len(out)-1].Kind != a.Kind
		a.Status = outreach.AddressOK
		out = append(out, a)
	}
	for _, f := range []Field{FieldMobile, FieldPhone, FieldHomePhone, FieldWorkPhone} {
		for _, a := range r.phones(f) {
			add(a)
		}
	}
	for _, raw := range splitEmails(r.text(FieldEmail)) {
		email, err := readEmail(raw)
		if err != nil {
			r.warn(FieldEmail, raw, err.Error(), "an address such as name@example.com")
			continue
		}
		add(outreach.Address{Kind: outreach.EmailAddress, Value: email, LineType: outreach.UnknownLine})
	}
	return out
}

// phoneLines says what the name of a column tells about the line. Home and work
// numbers are not texted: somebody else may read them.
var phoneLines = map[Field]outreach.LineType{
	FieldMobile: outreach.Mobile, FieldPhone: outreach.UnknownLine, FieldHomePhone: outreach.Landline, FieldWorkPhone: outreach.Landline,
	FieldAddress: outreach.UnknownLine,
}

func (r *reading) phones(f Field) (out []outreach.Address) {
	cell := r.text(f)
	if cell == "" {
		return nil
	}
	found := splitPhones(cell, phoneLines[f])
	if len(found) == 0 {
		r.warn(f, cell, "this is not a phone number", "ten digits such as 212-555-0123")
	}
	for _, p := range found {
		number := r.number(p.text)
		if number.err != nil {
			r.warn(f, p.text, number.err.Error(), "ten digits such as 212-555-0123")
			continue
		}
		out = append(out, outreach.Address{Kind: outreach.PhoneNumber, Value: number.e164, LineType: p.line})
	}
	return out
}

// phoneResult is what became of a number as written.
type phoneResult struct {
	e164 string
	err  error
}

// maxNumbers bounds how many numbers are remembered.
const maxNumbers = 20_000

// number normalizes a phone number, which is the dearest thing on a row; the
// same customers come again and again, and every file is read twice.
func (r *reader) number(text string) phoneResult {
	if known, ok := r.numbers[text]; ok {
		return known
	}
	if len(r.numbers) >= maxNumbers {
		clear(r.numbers)
	}
	e164, err := phone.Normalize(text, r.shop.Country)
	r.numbers[text] = phoneResult{e164, err}
	return r.numbers[text]
}

// zoneNames are the ways people write the zones of North America.
var zoneNames = map[string]string{
	"eastern": "America/New_York", "est": "America/New_York", "edt": "America/New_York", "et": "America/New_York",
	"central": "America/Chicago", "cst": "America/Chicago", "cdt": "America/Chicago", "ct": "America/Chicago",
	"mountain": "America/Denver", "mst": "America/Denver", "mdt": "America/Denver", "mt": "America/Denver",
	"arizona": "America/Phoenix",
	"pacific": "America/Los_Angeles", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles",
	"alaska": "America/Anchorage", "hawaii": "Pacific/Honolulu", "atlantic": "America/Halifax", "newfoundland": "America/St_Johns",
}

func (r *reading) timeZone() string {
	raw := r.text(FieldTimeZone)
	if raw == "" {
		return ""
	}
	if zone, ok := zoneNames[strings.TrimSuffix(fold(raw), "time")]; ok {
		return zone
	}
	if _, err := time.LoadLocation(raw); err != nil || !strings.Contains(raw, "/") {
		r.warn(FieldTimeZone, raw, "the time zone is not known", "a name such as America/Chicago")
		return ""
	}
	return raw
}

func (r *reading) region() string {
	raw := strings.ToUpper(r.text(FieldRegion))
	if raw != "" && (len(raw) != 2 || strings.Trim(raw, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		r.warn(FieldRegion, raw, "this is not a state or province", "two letters such as IL")
		return ""
	}
	return raw
}

func (r *reading) country() string {
	switch raw := r.text(FieldCountry); fold(raw) {
	case "":
		return ""
	case "us", "usa", "unitedstates", "unitedstatesofamerica", "eeuu":
		return "US"
	case "ca", "can", "canada":
		return "CA"
	default:
		r.warn(FieldCountry, raw, "the country is not one the shop can write to", "US or CA")
		return ""
	}
}

// postalCode puts back the zero that spreadsheets drop from 02138.
func postalCode(raw string) string {
	s := strings.ToUpper(strings.TrimSuffix(raw, ".0"))
	if s != "" && digits(s) && (len(s) == 3 || len(s) == 4) {
		return strings.Repeat("0", 5-len(s)) + s
	}
	return s
}

// derivedCustomerID makes a stable key for a customer of whom the source gives
// none: the name with the first address, or the name alone.
func derivedCustomerID(c CustomerRecord) string {
	name := fold(c.Customer.FirstName) + "|" + fold(c.Customer.LastName) + "|" + fold(c.Customer.Company)
	address := ""
	if len(c.Addresses) > 0 {
		address = c.Addresses[0].Value
	}
	if name == "||" && address == "" {
		return ""
	}
	return derivedKey(name, address, c.Customer.PostalCode)
}

// derivedKey is a short, stable key made of parts.
func derivedKey(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x1f")))
	return DerivedPrefix + hex.EncodeToString(sum[:8])
}
