package importer

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

func TestDates(t *testing.T) {
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		raw   string
		order DateOrder
		want  string // RFC 3339 in UTC, "never" or "" for an error
	}{
		{"2026-10-05", DatesUS, "2026-10-05T05:00:00Z"},
		{"2026-10-05 14:30", DatesUS, "2026-10-05T19:30:00Z"},
		{"2026-10-05T14:30:00Z", DatesUS, "2026-10-05T14:30:00Z"},
		{"2026-10-05T14:30:00-07:00", DatesISO, "2026-10-05T21:30:00Z"},
		{"2026-10-05T14:30:00.123Z", DatesISO, "2026-10-05T14:30:00Z"},
		{"12/31/24", DatesUS, "2024-12-31T06:00:00Z"},
		{"12/31/2024", DatesUS, "2024-12-31T06:00:00Z"},
		{"1/5/2026 3:04 PM", DatesUS, "2026-01-05T21:04:00Z"},
		{"1/5/2026 3:04pm", DatesUS, "2026-01-05T21:04:00Z"},
		{"31/12/2024", DatesDayFirst, "2024-12-31T06:00:00Z"},
		{"31.12.2024", DatesDayFirst, "2024-12-31T06:00:00Z"},
		{"31/12/2024", DatesUS, ""},
		{"02/30/2026", DatesUS, ""},
		{"2026-02-30", DatesUS, ""},
		{"12/31/2024", DatesISO, ""},
		{"Oct 5, 2026", DatesUS, "2026-10-05T05:00:00Z"},
		{"05-Oct-2026", DatesUS, "2026-10-05T05:00:00Z"},
		{"46300", DatesUS, "2026-10-05T05:00:00Z"},
		{"46300.5", DatesUS, "2026-10-05T17:00:00Z"},
		{"0001-01-01", DatesUS, "never"},
		{"0001-01-01T00:00:00", DatesUS, "never"},
		{"1/1/0001", DatesUS, "never"},
		{"1/0/1900", DatesUS, "never"},
		{"0000-00-00", DatesUS, "never"},
		{"1899-12-30", DatesUS, "never"},
		{"1962-05-01", DatesUS, ""},
		{"yesterday", DatesUS, ""},
		{"13", DatesUS, ""},
		// the hour that the spring change skips is the first instant after it
		{"2026-03-08 02:30", DatesUS, "2026-03-08T08:00:00Z"},
	}
	for _, tt := range tests {
		got, _, err := dateReader{tt.order, chicago}.read(tt.raw)
		text := got.Truncate(time.Second).Format(time.RFC3339)
		switch {
		case errors.Is(err, errNever):
			text = "never"
		case err != nil:
			text = ""
		}
		if text != tt.want {
			t.Errorf("read(%q, %s) = %q (%v), want %q", tt.raw, tt.order, text, err, tt.want)
		}
	}
}

func TestMoney(t *testing.T) {
	us, comma, cents := moneyReader{decimal: '.'}, moneyReader{decimal: ','}, moneyReader{decimal: '.', cents: true}
	tests := []struct {
		m        moneyReader
		raw      string
		want     int64
		currency string
		ok       bool
	}{
		{us, "$1,234.50", 123450, "", true},
		{us, "(45.00)", -4500, "", true},
		{us, "($45.00)", -4500, "", true},
		{us, "-$45", -4500, "", true},
		{us, "45.00-", -4500, "", true},
		{us, "1234.5", 123450, "", true},
		{us, ".99", 99, "", true},
		{us, "19.9951", 2000, "", true},
		{us, "0.995", 100, "", true},
		{us, "1,234.567", 123457, "", true},
		{us, "1234.567", 123457, "", true},
		{us, "1.234", 0, "", false},
		{us, "$19.995", 0, "", false},
		{us, "(128.500)", 0, "", false},
		{us, "USD 1,000", 100000, "USD", true},
		{us, "CA$12.00", 1200, "CAD", true},
		{us, "0", 0, "", true},
		{us, "1.234,50", 0, "", false},
		{us, "12,50", 0, "", false},
		{us, "12,34,567", 0, "", false},
		{us, "abc", 0, "", false},
		{us, "", 0, "", false},
		{us, "$", 0, "", false},
		{us, "1e9", 0, "", false},
		{us, "99999999999999", 0, "", false},
		{us, "--5", 0, "", false},
		{comma, "1.234,50", 123450, "", true},
		{comma, "1 234,50", 123450, "", true},
		{comma, "45,5", 4550, "", true},
		{comma, "1.234", 123400, "", true},
		{comma, "1,234", 0, "", false},
		{comma, "1,234.50", 0, "", false},
		{cents, "10049", 10049, "", true},
		{cents, "10049.0", 10049, "", true},
		{cents, "-500", -500, "", true},
		{cents, "ten", 0, "", false},
	}
	for _, tt := range tests {
		got, err := tt.m.read(tt.raw)
		if (err == nil) != tt.ok || got.Minor != tt.want || got.Currency != tt.currency {
			t.Errorf("read(%q) with %q = %+v, %v; want %d %q ok=%v", tt.raw, tt.m.decimal, got, err, tt.want, tt.currency, tt.ok)
		}
	}
}

func TestNames(t *testing.T) {
	tests := []struct {
		raw  string
		want personName
	}{
		{"SMITH, JOHN", personName{first: "John", last: "Smith"}},
		{"SMITH, JOHN/FLEET 12", personName{first: "John", last: "Smith", kind: outreach.Fleet}},
		{"John Smith", personName{first: "John", last: "Smith"}},
		{"MARIA DE LA CRUZ", personName{first: "Maria", last: "de la Cruz"}},
		{"DE LA CRUZ, MARIA", personName{first: "Maria", last: "de la Cruz"}},
		{"mcdonald, ronald", personName{first: "Ronald", last: "McDonald"}},
		{"O'BRIEN, SEAN", personName{first: "Sean", last: "O'Brien"}},
		{"SMITH-JONES, ANNE-MARIE", personName{first: "Anne-Marie", last: "Smith-Jones"}},
		{"MACIAS, JUAN", personName{first: "Juan", last: "Macias"}},
		{"JD SALINGER", personName{first: "JD", last: "Salinger"}},
		{"Mr. John Smith Jr", personName{first: "John", last: "Smith Jr"}},
		{"John Smith, Jr.", personName{first: "John", last: "Smith Jr."}},
		{"VAN DYKE, DICK", personName{first: "Dick", last: "van Dyke"}},
		{"deShawn McArthur", personName{first: "deShawn", last: "McArthur"}},
		{"ACME PLUMBING LLC", personName{company: "ACME PLUMBING LLC", kind: outreach.Organization}},
		{"Smith & Sons", personName{company: "Smith & Sons", kind: outreach.Organization}},
		{"CITY OF SPRINGFIELD", personName{company: "CITY OF SPRINGFIELD", kind: outreach.Organization}},
		{"ABC FLEET", personName{company: "ABC FLEET", kind: outreach.Fleet}},
		{"CASH CUSTOMER", personName{}},
		{"WALK-IN", personName{}},
		{"SMITH, JOHN (DECEASED)", personName{first: "John", last: "Smith", deceased: true}},
		{"SMITH, JOHN **DO NOT CALL**", personName{first: "John", last: "Smith", doNotContact: true}},
		{"JOHN", personName{first: "John"}},
		{"NÚÑEZ, JOSÉ", personName{first: "José", last: "Núñez"}},
		{"", personName{}},
		{"Ng, Ada", personName{first: "Ada", last: "Ng"}},
	}
	for _, tt := range tests {
		if got := readName(tt.raw); got != tt.want {
			t.Errorf("readName(%q) = %+v, want %+v", tt.raw, got, tt.want)
		}
	}
}

func TestEmails(t *testing.T) {
	tests := []struct{ raw, want string }{
		{"Pat@Example.com", "pat@example.com"},
		{" <pat.o'neil+car@mail.example.org> ", "pat.o'neil+car@mail.example.org"},
		{"mailto:pat@example.net", "pat@example.net"},
		{"none@none.com", ""},
		{"noemail@example.com", ""},
		{"pat@test.com", ""},
		{"pat@example", ""},
		{"pat example.com", ""},
		{"pat@@example.com", ""},
		{"pat@example..com", ""},
		{".pat@example.com", ""},
		{"pat@example.com\r\nBcc: x@example.com", ""},
	}
	for _, tt := range tests {
		got, err := readEmail(tt.raw)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("readEmail(%q) = %q, %v; want %q", tt.raw, got, err, tt.want)
		}
	}
}

func TestPhoneCells(t *testing.T) {
	tests := []struct {
		cell string
		want []rawPhone
	}{
		{"(212) 555-0147", []rawPhone{{"(212) 555-0147", outreach.UnknownLine}}},
		{"212-555-0147 cell / 212-555-0148 x12", []rawPhone{{"212-555-0147 cell", outreach.Mobile}, {"212-555-0148", outreach.Landline}}},
		{"(C) 212-555-0147", []rawPhone{{"(C) 212-555-0147", outreach.Mobile}}},
		{"2.125550147E+09", []rawPhone{{"2.125550147E+09", outreach.UnknownLine}}},
		{"ask wife", nil},
	}
	for _, tt := range tests {
		got := splitPhones(tt.cell, outreach.UnknownLine)
		if len(got) != len(tt.want) {
			t.Errorf("splitPhones(%q) = %+v, want %+v", tt.cell, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("splitPhones(%q)[%d] = %+v, want %+v", tt.cell, i, got[i], tt.want[i])
			}
		}
	}
}

func TestVIN(t *testing.T) {
	tests := []struct {
		raw, want string
		corrected bool
	}{
		{"1M8GDM9AXKP042788", "1M8GDM9AXKP042788", false}, // the example of 49 CFR 565
		{"1m8gdm9axkp042788", "1M8GDM9AXKP042788", false},
		{"1M8GDM9AXKPO42788", "1M8GDM9AXKP042788", true},
		{"IM8GDM9AXKP042788", "1M8GDM9AXKP042788", true},
		{"IM8GDM9AXKP042789", "", false},
		{"1M8GDM9AXKP04278", "", false},
		{"1M8GDM9AXKP04278!", "", false},
		{"WVWZZZ1JZXW000001", "WVWZZZ1JZXW000001", false}, // no check digit outside North America
	}
	for _, tt := range tests {
		got, corrected, err := readVIN(tt.raw)
		if err != nil {
			got, corrected = "", false
		}
		if got != tt.want || corrected != tt.corrected {
			t.Errorf("readVIN(%q) = %q, %v, %v; want %q, %v", tt.raw, got, corrected, err, tt.want, tt.corrected)
		}
	}
}

func TestSuggestionsOnlySuggest(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"Brake Service Completed. Needs Oil Change.", []string{"Oil Change"}},
		{"Customer needs tires, wipers and alignment", []string{"tires", "wipers and alignment"}},
		{"Recommend coolant flush next visit", []string{"coolant flush next visit"}},
		{"Oil change completed", nil},
		{"Does not need brakes", nil},
		{"Se recomienda cambio de balatas", []string{"cambio de balatas"}},
		{"Washed car", nil},
		{"", nil},
	}
	for _, tt := range tests {
		got := suggestions(1, "1", tt.text)
		if len(got) != len(tt.want) {
			t.Errorf("suggestions(%q) = %+v, want %q", tt.text, got, tt.want)
			continue
		}
		for i := range got {
			if got[i].Work != tt.want[i] {
				t.Errorf("suggestions(%q)[%d] = %q, want %q", tt.text, i, got[i].Work, tt.want[i])
			}
		}
	}
}

// TestReasonsOfThePage: what a customer chooses on their page and what a file
// says are the same codes.
func TestReasonsOfThePage(t *testing.T) {
	for _, reason := range outreach.CancelReasons() {
		if !slices.Contains(canonical[FieldCancelReason], string(reason)) {
			t.Errorf("an import cannot give the reason %q", reason)
		}
	}
}
