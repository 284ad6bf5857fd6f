package main

import (
	"fmt"
	"strings"
)

type customer struct {
	id, first, last, company, kind, mobile, home, email, language, state, zip string
	marketing, optIn, writtenAt, noEmail, noCall, mergedInto                  string
	shouted                                                                   bool // written "LAST, FIRST"
	cars                                                                      []car
}

type car struct{ vin, plate, year, make, model string }

// surname makes up a name that nobody has.
func surname(spanish bool) string {
	if spanish {
		name := pick([]string{"Robled", "Nogal", "Cedr", "Olm", "Fresn", "Enebr", "Almendr"}) + pick([]string{"eda", "ares", "ozo", "ina", "uela"})
		return pick([]string{"", "", "", "de la ", "del "}) + name
	}
	name := pick([]string{"Oak", "Fern", "Willow", "Briar", "Maple", "Alder", "Thistle", "Hazel", "Birch", "Clover", "Juniper", "Sorrel"}) +
		pick([]string{"brook", "worth", "field", "hollow", "ridge", "ton", "wick", "mere", "by", "stead"})
	return pick([]string{"", "", "", "", "", "", "", "", "O'", "Mc"}) + name
}

var phoneAreas = []string{"217", "309", "618", "815", "312"} // Illinois, with the exchange kept free for fiction

func makeCustomers() []customer {
	english := []string{"Ada", "Basil", "Cora", "Dexter", "Edith", "Felix", "Greta", "Hugo", "Iris", "Jasper", "Kit", "Lena", "Miles", "Nell", "Otto", "Pearl", "Quinn", "Rufus", "Sage", "Tess", "Uma", "Vera", "Wade", "Zoe"}
	spanish := []string{"Alma", "Beto", "Celia", "Dario", "Elena", "Fidel", "Gilda", "Hilario", "Inés", "Joaquín", "Lucía", "Nieves", "Olga", "Paco"}
	var out []customer
	for i := range customers {
		es := chance(18)
		c := customer{
			id: fmt.Sprintf("C%04d", 1001+i), first: pick(english), last: surname(es), kind: "Person", language: "English", state: "IL",
			zip: pick([]string{"62701", "62702", "62703", "62704", "62707", "62711", "61820"}), shouted: chance(30),
		}
		if es {
			c.first, c.language = pick(spanish), pick([]string{"Spanish", "Español", "es"})
		}
		number := fmt.Sprintf("(%s) 555-01%02d", phoneAreas[i/100], i%100)
		switch {
		case chance(8): // no number that could be used
			c.mobile = pick([]string{"", "", "N/A", "5.55123E+09", "555-0147"})
		case chance(12):
			c.home = number
		default:
			c.mobile = number
		}
		if chance(82) {
			c.email = mailbox(c, i)
		} else if chance(30) {
			c.email = "none@none.com"
		}
		if i%42 == 5 {
			c.company, c.kind, c.first, c.last = surname(false)+pick([]string{" Plumbing LLC", " Bakery Inc", " Deliveries LLC"}), "Fleet", "", ""
		}
		if i%60 == 7 { // moved away, kept the number
			c.state, c.zip = "CO", "80202"
		}
		c.agree()
		for range 1 + len(c.company)/3%4 + btoi(chance(15)) {
			c.cars = append(c.cars, makeCar())
		}
		out = append(out, c)
	}
	return append(out, duplicates(out)...)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func mailbox(c customer, i int) string {
	plain := strings.NewReplacer("'", "", " ", "", "é", "e", "í", "i", "ñ", "n")
	return plain.Replace(strings.ToLower(c.first+"."+c.last)) + fmt.Sprint(i) + "@" + pick([]string{"example.com", "example.org", "example.net"})
}

// agree fills in what the customer agreed to. Most shops know it of some only.
func (c *customer) agree() {
	switch {
	case chance(55):
		c.marketing = "Yes"
	case chance(15):
		c.marketing = "No"
	}
	if c.mobile != "" && chance(50) {
		c.optIn = "Y"
		c.writtenAt = first.AddDate(0, -rng.IntN(18)-1, -rng.IntN(28)).Format(usDay)
	} else if chance(10) {
		c.optIn = "N"
	}
	if chance(3) {
		c.noEmail = "Y"
	}
	if chance(4) {
		c.noCall = "Y"
	}
}

// duplicates are people the counter entered a second time; some were merged.
func duplicates(people []customer) []customer {
	var out []customer
	for i := 4; i < len(people); i += 20 {
		d := people[i]
		d.id, d.shouted, d.writtenAt, d.optIn, d.marketing = fmt.Sprintf("C%04d", 2001+len(out)), !d.shouted, "", "", ""
		if len(out)%3 == 0 {
			d.mergedInto = people[i].id
		}
		out = append(out, d)
	}
	return out
}

func makeCar() car {
	models := [][2]string{{"Toyota", "Camry"}, {"Honda", "Civic"}, {"Ford", "F-150"}, {"Chevrolet", "Equinox"}, {"Nissan", "Rogue"}, {"Subaru", "Outback"}, {"Hyundai", "Elantra"}, {"Toyota", "RAV4"}, {"Ford", "Escape"}, {"Honda", "CR-V"}}
	m := pick(models)
	c := car{vin: makeVIN(), plate: fmt.Sprintf("SMP %04d", rng.IntN(10000)), year: fmt.Sprint(2008 + rng.IntN(16)), make: m[0], model: m[1]}
	switch {
	case chance(1): // a slip of the pen that can be mended
		c.vin = strings.Replace(c.vin, "0", "O", 1)
	case chance(1):
		c.vin = c.vin[:16]
	}
	return c
}

// makeVIN makes a number with a right check digit under a manufacturer's code
// that is not assigned.
func makeVIN() string {
	const letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
	vin := []byte("0XX" + strings.Repeat("0", 14))
	for i := 3; i < 17; i++ {
		if i < 8 {
			vin[i] = letters[rng.IntN(len(letters))]
		} else {
			vin[i] = byte('0' + rng.IntN(10))
		}
	}
	vin[8] = '0'
	weights := []int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}
	values := "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ"
	sum := 0
	for i, b := range vin {
		sum += strings.IndexByte(values, b) % 10 * weights[i]
	}
	vin[8] = "0123456789X"[sum%11]
	return string(vin)
}

func (c customer) name() string {
	switch {
	case c.company != "":
		return strings.ToUpper(c.company)
	case c.shouted:
		return strings.ToUpper(c.last + ", " + c.first)
	}
	return c.first + " " + c.last
}

func writeCustomers(people []customer) {
	w, done := create("customers.csv", strings.Split("Customer ID,Name,Customer Type,Mobile,Home Phone,Email,Language,State,Zip,Marketing OK,SMS Opt-In,SMS Consent Written,SMS Consent Wording,No Email,Do Not Call,Merged Into", ","))
	defer done()
	for _, c := range people {
		words := ""
		if c.writtenAt != "" {
			words = wording
		}
		write(w, c.id, c.name(), c.kind, c.mobile, c.home, c.email, c.language, c.state, c.zip, c.marketing, c.optIn, c.writtenAt, words, c.noEmail, c.noCall, c.mergedInto)
	}
}
