package outreach

import "time"

// Shop is one rooftop.
type Shop struct {
	ID            string // short key from the configuration, for example "main"
	Name          string // as customers know it; the first words of every text
	LegalName     string
	Phone         string // E.164
	Email         string
	PostalAddress string // one line; CAN-SPAM wants it in every commercial mail
	PostalCode    string
	Region        string // two-letter state or province
	Country       string // "US" or "CA"
	TimeZone      string // IANA name
	Locale        string // "en" or "es"
	Currency      string // ISO 4217
}

// Location loads the shop's time zone. The configuration has checked the name,
// so UTC is only the answer for a row another program wrote badly.
func (s Shop) Location() *time.Location {
	loc, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}
