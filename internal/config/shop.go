package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
)

// Shop is one rooftop.
type Shop struct {
	ID            string         `yaml:"id"`
	Name          string         `yaml:"name"`
	LegalName     string         `yaml:"legal_name"` // "" for Name
	Phone         string         `yaml:"phone"`      // E.164 after loading
	Email         string         `yaml:"email"`
	PostalAddress string         `yaml:"postal_address"`
	PostalCode    string         `yaml:"postal_code"`
	Region        string         `yaml:"region"`     // two letters
	Country       string         `yaml:"country"`    // US or CA
	TimeZone      string         `yaml:"time_zone"`  // IANA name
	Locale        string         `yaml:"locale"`     // en or es
	Currency      string         `yaml:"currency"`   // ISO 4217, "" for the country's
	OpenDays      []time.Weekday `yaml:"open_days"`  // empty: every day
	OpenHours     OpenHours      `yaml:"open_hours"` // on each of them
	Closures      []Closure      `yaml:"closures"`
	PerDay        int            `yaml:"per_day"`   // contacts a day by the shop's clock, 0: no limit
	Playbooks     []string       `yaml:"playbooks"` // ids, empty: all

	EmailFrom              string `yaml:"email_from"`
	EmailReplyTo           string `yaml:"email_reply_to"` // "" for Email
	SMSFrom                string `yaml:"sms_from"`       // E.164 after loading, or a short code
	SMSMessagingServiceSID string `yaml:"sms_messaging_service_sid"`
}

func defaultShop() Shop {
	return Shop{
		ID: "main", Name: "Our Shop", LegalName: "Our Shop",
		Country: "US", TimeZone: machineZone(), Locale: "en", Currency: "USD",
		OpenHours: defaultOpenHours(),
	}
}

// preset gives a shop of the file what its keys say when they are left out.
func (s *Shop) preset() { s.OpenHours = defaultOpenHours() }

// ShopList returns the shops as the rest of the program knows them.
func (c *Config) ShopList() []outreach.Shop {
	list := make([]outreach.Shop, len(c.Shops))
	for i, s := range c.Shops {
		list[i] = outreach.Shop{
			ID: s.ID, Name: s.Name, LegalName: s.LegalName,
			Phone: s.Phone, Email: s.Email,
			PostalAddress: s.PostalAddress, PostalCode: s.PostalCode, Region: s.Region, Country: s.Country,
			TimeZone: s.TimeZone, Locale: s.Locale, Currency: s.Currency,
		}
	}
	return list
}

// Shop returns the shop with the given id.
func (c *Config) Shop(id string) (Shop, bool) {
	i := slices.IndexFunc(c.Shops, func(s Shop) bool { return s.ID == id })
	if i < 0 {
		return Shop{}, false
	}
	return c.Shops[i], true
}

// Closed reports whether nobody is at the shop on the day of t, which is in
// the shop's zone: then nobody could answer, and nothing is sent.
func (s Shop) Closed(t time.Time) bool {
	if len(s.OpenDays) > 0 && !slices.Contains(s.OpenDays, t.Weekday()) {
		return true
	}
	return slices.ContainsFunc(s.Closures, func(c Closure) bool { return c.Covers(t) })
}

// Office returns when somebody is at the shop, whose time zone is loc: on open
// days without closures, and for business days without national holidays.
func (s Shop) Office(loc *time.Location) hours.Office {
	return hours.Office{
		Location: loc, From: s.OpenHours.From, To: s.OpenHours.To,
		Open:     func(day time.Time) bool { return !s.Closed(day) },
		Holidays: hours.Holidays(s.Country),
	}
}

func shopKey(i int) string { return fmt.Sprintf("shops[%d]", i) }

var (
	idPattern     = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)
	regionPattern = regexp.MustCompile(`^[A-Z]{2}$`)
	zipPattern    = regexp.MustCompile(`^[0-9]{5}(-[0-9]{4})?$`)
	canadaPattern = regexp.MustCompile(`^[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]$`)
	shortCode     = regexp.MustCompile(`^[0-9]{5,6}$`)
)

func (c *Config) checkShops(k *checker) {
	if len(c.Shops) == 0 {
		k.errorf("shops", "at least one shop is needed")
	}
	first := map[string]int{}
	for i := range c.Shops {
		s, key := &c.Shops[i], shopKey(i)
		s.check(k, key)
		if j, twice := first[s.ID]; twice && s.ID != "" {
			k.errorf(key+".id", "%q is also the id of %s; every shop needs its own", s.ID, shopKey(j))
			continue
		}
		first[s.ID] = i
	}
}

func (s *Shop) check(k *checker, key string) {
	s.setDefaults()
	k.required(key+".id", s.ID, "a short key for the shop that never changes, for example main")
	if s.ID != "" && !idPattern.MatchString(s.ID) {
		k.errorf(key+".id", "%q: use 1 to 32 small letters, digits, - and _, for example main", s.ID)
	}
	k.required(key+".name", s.Name, "the name customers know, with which every text begins")
	s.checkPlace(k, key)
	s.Phone = k.phone(key+".phone", s.Phone, s.Country)
	k.mailbox(key+".email", s.Email)
	k.mailbox(key+".email_from", s.EmailFrom)
	k.mailbox(key+".email_reply_to", s.EmailReplyTo)
	if !shortCode.MatchString(s.SMSFrom) {
		s.SMSFrom = k.phone(key+".sms_from", s.SMSFrom, s.Country)
	}
	if s.SMSMessagingServiceSID != "" && !serviceSID.MatchString(s.SMSMessagingServiceSID) {
		k.errorf(key+".sms_messaging_service_sid", "expected MG followed by 32 digits and letters a to f")
	}
	oneOf(k, key+".locale", s.Locale, "en", "es")
	oneOf(k, key+".currency", s.Currency, "USD", "CAD")
	k.within(key+".per_day", s.PerDay, 0, 1_000_000)
	s.OpenDays = hours.DaysOf(s.OpenDays...).List()
	s.OpenHours.check(k, key+".open_hours")
	for i, id := range s.Playbooks {
		if !idPattern.MatchString(id) {
			k.errorf(fmt.Sprintf("%s.playbooks[%d]", key, i), "%q is not the id of a playbook, for example declined-safety", id)
		}
	}
}

func (s *Shop) setDefaults() {
	fallback := func(value *string, other string) {
		if *value == "" {
			*value = other
		}
	}
	fallback(&s.LegalName, s.Name)
	fallback(&s.Country, "US")
	fallback(&s.Locale, "en")
	fallback(&s.EmailReplyTo, s.Email)
	if s.Country == "CA" {
		fallback(&s.Currency, "CAD")
	}
	fallback(&s.Currency, "USD")
}

func (s *Shop) checkPlace(k *checker, key string) {
	oneOf(k, key+".country", s.Country, "US", "CA")
	if s.Region != "" && !regionPattern.MatchString(s.Region) {
		k.errorf(key+".region", "%q is not a state or province in two capital letters, for example NY", s.Region)
	}
	pattern, example := zipPattern, "10001"
	if s.Country == "CA" {
		pattern, example = canadaPattern, "K1A 0B1"
	}
	if s.PostalCode != "" && !pattern.MatchString(s.PostalCode) {
		k.errorf(key+".postal_code", "%q is not a postal code of %s, for example %s", s.PostalCode, s.Country, example)
	}
	if strings.ContainsAny(s.PostalAddress, "\r\n") {
		k.errorf(key+".postal_address", "must be on one line; put commas between its parts")
	}
	k.timeZone(key+".time_zone", s.TimeZone)
}

// checkSender tests what messages of this shop need in their sender.
func (s *Shop) checkSender(k *checker, key string, c *Config) {
	if c.outgoing() {
		k.required(key+".phone", s.Phone, "every message names the shop's phone number")
		if c.Transport.Email != TransportOff {
			k.required(key+".postal_address", s.PostalAddress, "the law wants the shop's postal address in every mail (CAN-SPAM, 15 USC 7704)")
		}
	}
	if c.Transport.Email == TransportSMTP {
		k.required(key+".email_from", s.EmailFrom, "the address that mails of this shop come from")
	}
	if c.Transport.SMS == TransportTwilio && (s.SMSFrom == "") == (s.SMSMessagingServiceSID == "") {
		k.errorf(key+".sms_from", "texts need a sender: give either sms_from or sms_messaging_service_sid")
	}
}

// phone checks an optional phone number and returns it in E.164 form.
func (c *checker) phone(key, number, country string) string {
	if number == "" {
		return ""
	}
	e164, err := phone.Normalize(number, country)
	if err != nil {
		c.errorf(key, "%q: %v; write it for example as +1 212 555 0123", number, err)
	}
	return e164
}

// commonZones are offered for a mistyped time zone.
var commonZones = []string{
	"America/New_York", "America/Detroit", "America/Indiana/Indianapolis", "America/Kentucky/Louisville",
	"America/Chicago", "America/Denver", "America/Boise", "America/Phoenix", "America/Los_Angeles",
	"America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "America/St_Johns", "America/Halifax",
	"America/Toronto", "America/Winnipeg", "America/Regina", "America/Edmonton", "America/Vancouver",
}

func (c *checker) timeZone(key, name string) {
	c.required(key, name, "the shop's time zone, for example America/New_York")
	if name == "" {
		return
	}
	if _, err := time.LoadLocation(name); err == nil && name != "Local" {
		return
	}
	if near := nearest(name, commonZones); near != "" {
		c.errorf(key, "%q is not a time zone; did you mean %q?", name, near)
		return
	}
	c.errorf(key, "%q is not a time zone; expected a name such as America/New_York or America/Chicago", name)
}

// machineZone returns the IANA name of the machine's time zone, "UTC" where it
// cannot be told.
func machineZone() string {
	name := os.Getenv("TZ")
	if name == "" {
		if target, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
			_, name, _ = strings.Cut(target, "zoneinfo/")
		}
	}
	name = strings.TrimPrefix(name, ":")
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return "UTC"
	}
	return name
}
