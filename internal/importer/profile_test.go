package importer

import (
	"strings"
	"testing"
)

func TestBuiltInProfilesAreSound(t *testing.T) {
	for _, name := range BuiltIns() {
		p, err := Profile{Base: name, Source: "test", Shop: "main"}.Resolve()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p.Kind == "" || p.Dates == "" || p.Declined == "" {
			t.Errorf("%s is incomplete: %+v", name, p)
		}
	}
}

func TestProfileProblemsAreReportedTogether(t *testing.T) {
	_, err := Profile{
		Kind: "invoices", Delimiter: "#", Encoding: "ebcdic", Dates: "eu", Decimal: ";", Declined: "always", Amounts: "pounds",
		Columns:  map[Field][]string{"colour": {"Color"}},
		Defaults: map[Field]string{"adviser_name": "Kim"},
		Values:   map[Field]map[string]string{FieldAuthorization: {"nope": "no"}, FieldPrice: {"a": "b"}},
	}.Resolve()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"source is missing", "shop is missing", "invoices", "#", "ebcdic", "eu", `";"`, "always", "pounds", "colour", "adviser_name", "nope", "price"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
	if _, err := (Profile{Base: "mitchell"}).Resolve(); err == nil || !strings.Contains(err.Error(), "generic") {
		t.Errorf("unknown base: %v", err)
	}
}

func TestProfileColumnsDefaultsAndValues(t *testing.T) {
	p := Profile{
		Columns:  map[Field][]string{FieldService: {"What the tech wants"}, FieldPhone: {"Contact"}},
		Defaults: map[Field]string{FieldStatus: "closed", FieldClosedAt: "10/05/2026"},
		Values:   map[Field]map[string]string{FieldAuthorization: {"Cust. said NO": "declined"}},
		Decimal:  ",",
	}
	sink, rep := importText(t, p, "RO;Contact;Service;What the tech wants;Approved;Price\n1;212-555-0123;ignored;Struts;cust said no;1.234,50\n")
	l := onlyLine(t, sink).Line
	if l.Name != "Struts" || l.Authorization != "declined" || l.Price.Minor != 123450 || l.DeclinedAt.IsZero() {
		t.Errorf("line %+v", l)
	}
	if len(rep.Unused) != 1 || rep.Unused[0] != "Service" || rep.Columns[FieldPhone] != "Contact" {
		t.Errorf("report %+v", rep)
	}
}

// Every built-in word must mean something we know, and every synonym must be
// written as it is compared.
func TestTablesAreSound(t *testing.T) {
	for f, words := range builtInWords {
		for word, to := range words {
			if fold(word) != word {
				t.Errorf("%s: %q is not folded", f, word)
			}
			found := false
			for _, c := range canonical[f] {
				found = found || c == to
			}
			if !found {
				t.Errorf("%s: %q means %q, which is none of %v", f, word, to, canonical[f])
			}
		}
	}
	for _, kind := range Kinds() {
		for f, names := range synonymsOf(kind) {
			for _, name := range names {
				if fold(name) != name {
					t.Errorf("%s %s: %q is not folded", kind, f, name)
				}
			}
		}
	}
}
