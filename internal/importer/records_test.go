package importer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// describe puts what matters of a consent on one line.
func describe(c outreach.Consent) string {
	day := ""
	if !c.OccurredAt.IsZero() {
		day = " " + c.OccurredAt.Format(time.DateOnly)
	}
	return strings.Join([]string{
		string(firstNonEmpty(c.Channel, "all")), string(firstNonEmpty(c.Class, "any")), string(c.State), string(firstNonEmpty(c.Basis, "-")), firstNonEmpty(c.Address, "*"),
	}, " ") + day
}

func TestConsentIsNeverMoreThanWasSaid(t *testing.T) {
	tests := []struct{ name, columns, cells, want string }{
		{"nothing said", "Adviser", "Kim", ""},
		{"empty cells", "Marketing OK,SMS OK,No email", ",,", ""},
		{"marketing yes is mail only", "okForMarketing", "true", "email marketing given express ann@example.com"},
		{"marketing no", "okForMarketing", "false", "all marketing revoked - *"},
		{"sms yes is not written", "SMS Opt-In", "Y", "sms any given express +12125550123"},
		{"sms no", "SMS Opt-In", "N", "sms any revoked - *"},
		{"a block not set is not a yes", "NoMessaging,NoEmail", "false,false", ""},
		{"blocks", "NoMessaging,NoEmail", "true,1", "email any revoked - *; sms any revoked - *"},
		{
			"written", "SMS consent written,SMS consent wording", "06/01/2026,I agree to texts from Maple Street Auto",
			"sms marketing given written +12125550123 2026-06-01",
		},
		{"written without wording", "SMS consent written", "06/01/2026", "sms marketing given express +12125550123 2026-06-01"},
		{"written without a day", "SMS consent written,SMS consent wording", "yes,I agree", "sms marketing given express +12125550123"},
		{"written no", "SMS consent written", "no", ""},
		{"do not contact", "Do Not Contact", "x", "all any revoked - *"},
		{"odd yes", "SMS OK", "sometimes", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := fmt.Sprintf("Customer ID,First Name,Mobile,Email,%s\n5,Ann,212-555-0123,ann@example.com,%s\n", tt.columns, tt.cells)
			sink, _ := importText(t, Profile{Kind: Customers}, text)
			var got []string
			for _, c := range sink.customers["5"].Consents {
				got = append(got, describe(c))
				if c.Source != "import:test" || c.ShopID != "main" || c.Wording == "" && c.Basis == outreach.ConsentWritten {
					t.Errorf("entry %+v", c)
				}
			}
			if text := strings.Join(got, "; "); text != tt.want {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
}

func TestUnreadableBlockRejectsTheRow(t *testing.T) {
	sink, rep := importText(t, Profile{Kind: Customers}, "Customer ID,First Name,No Email\n5,Ann,perhaps\n6,Bob,no\n")
	if rep.Rejected != 1 || len(sink.customers) != 1 {
		t.Errorf("a block that cannot be read was lost: %+v", rep)
	}
}

func TestCustomers(t *testing.T) {
	sink, rep := importText(t, Profile{Kind: Customers}, `Cust No,Name,Cell,Home Phone,Email,Language,Zip,State,Country,Time Zone,Customer Type,Deceased,Merged Into
1,"DE LA CRUZ, MARIA",2125550123.0,212-555-0124,Maria@Example.com; m@example.org,Español,2138.0,ma,USA,Eastern,,,
2,ACME PLUMBING LLC,,212-555-0125,,English,60601-1234,IL,,,Customer,,
3,"ROY, BOB (DECEASED)",,,bob@example.com,Klingon,,Illinois,Mexico,Mars,,no,
4,"LEE, ANN",212-555-0126,,,,,,,,,,1
,,,,,,,,,,,,
,,N/A,,none,en,,,,,,,
`)
	if rep.Rejected != 1 || len(sink.customers) != 4 {
		t.Fatalf("report %+v, customers %d", rep.Issues, len(sink.customers))
	}
	maria := sink.customers["1"]
	want := outreach.Customer{
		Kind: outreach.Person, FirstName: "Maria", LastName: "de la Cruz", Locale: "es", TimeZone: "America/New_York", PostalCode: "02138", Region: "MA", Country: "US",
	}
	if maria.Customer != want {
		t.Errorf("got %+v, want %+v", maria.Customer, want)
	}
	if a := maria.Addresses; len(a) != 4 || a[0].LineType != outreach.Mobile || !a[0].Preferred || a[1].LineType != outreach.Landline || a[1].Preferred || !a[2].Preferred || a[3].Preferred {
		t.Errorf("addresses %+v", a)
	}
	if c := sink.customers["2"].Customer; c.Kind != outreach.Organization || c.Company != "ACME PLUMBING LLC" || c.FirstName != "" {
		t.Errorf("company %+v", c)
	}
	if c := sink.customers["3"]; !c.Customer.Deceased || c.Cleared.Has(FieldDeceased) || c.Customer.Locale != "" || c.Customer.Region != "" || c.Customer.TimeZone != "" {
		t.Errorf("deceased %+v", c)
	}
	if got := sink.customers["4"].MergedInto; got != "1" {
		t.Errorf("merged into %q", got)
	}
}

func TestCanceledOrders(t *testing.T) {
	sink, rep := importText(t, Profile{Kind: Canceled}, `Order ID,Type,Customer,Phone,Description,Total,Cancel Reason,Canceled By,Canceled Date
1,Estimate rejected,Ann Lee,212-555-0123,Struts,900,too expensive,Customer,10/05/2026
2,NO_SHOW,Bob Roy,212-555-0124,Oil change,,,,10/05/2026
3,CANCELLED_BY_SELLER,Cy Day,212-555-0125,Tires,,,,10/05/2026
4,Special order,Di Fox,212-555-0126,Door handle,80,part never came,,10/05/2026
5,Online order,Ed Gil,212-555-0127,Wipers,40,DECLINED,,10/05/2026
6,Online order,Flo Hay,212-555-0128,Wipers,40,FRAUD,,10/05/2026
7,DECLINED,Gus Ivy,212-555-0129,Tires,,,,10/05/2026
8,,Hal Joy,212-555-0130,Tires,,,,10/05/2026
9,RO voided,Ida Kay,212-555-0131,Tires,,,,
10,Declined by seller,Jo Lum,212-555-0132,Tires,,,,10/05/2026
`)
	type brief struct {
		kind       outreach.CancelKind
		reason, by string
	}
	want := map[string]brief{
		"1": {outreach.EstimateRejected, "cost", "customer"},
		"2": {outreach.NoShow, "", ""},
		"3": {outreach.AppointmentCanceled, "", "shop"},
		"4": {outreach.SpecialOrderPart, "other", ""},
	}
	if len(sink.canceled) != len(want) || rep.LeftOut != 3 || rep.Rejected != 3 || rep.Candidates != 4 {
		t.Fatalf("canceled %d, report %+v", len(sink.canceled), rep)
	}
	for id, w := range want {
		o := sink.canceled[Key{"test", "main", id, ""}].Order
		if got := (brief{o.Kind, o.Reason, o.CanceledBy}); got != w {
			t.Errorf("%s: got %+v, want %+v", id, got, w)
		}
	}
	if o := sink.canceled[Key{"test", "main", "4", ""}].Order; o.ReasonText != "part never came" || o.Total.Minor != 8000 {
		t.Errorf("special order %+v", o)
	}
}

func TestSuppressionKeepsEveryNo(t *testing.T) {
	sink, rep := importText(t, Profile{Kind: Suppression}, `Cell Number,Email Address,Turn Off Reason,Channel,Date
212-555-0123,,Do Not Solicit,text,06/01/2026
,Pat@Example.com,,email,2031-01-01
212-555-0124,lee@example.org,Done Elsewhere,smoke signal,whenever
no,none,,,
`)
	got := make([]string, 0, len(sink.optOuts))
	for _, o := range sink.optOuts {
		got = append(got, fmt.Sprintf("%s %s %s %s", o.Address, firstNonEmpty(o.Channel, "all"), o.Reason, o.RecordedAt.Format(time.DateOnly)))
	}
	want := []string{
		"+12125550123 sms Do Not Solicit 2026-06-01",
		"pat@example.com email imported 0001-01-01", // a date ahead of us would leave a gap
		"+12125550124 all Done Elsewhere 0001-01-01",
		"lee@example.org all Done Elsewhere 0001-01-01",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if rep.Rejected != 1 {
		t.Errorf("the row without an address must be listed: %+v", rep.Issues)
	}
	one, _ := importText(t, Profile{Kind: Suppression}, "Address\n212-555-0123\npat@example.com\n")
	if len(one.optOuts) != 2 {
		t.Errorf("one column for both kinds: %+v", one.optOuts)
	}
}

func TestFreeTextIsOnlySuggested(t *testing.T) {
	sink, rep := importText(t, Profile{}, "RO,Closed,Service,Authorization,Recommendations\n1,10/05/2026,Brake service,Approved,Brake Service Completed. Needs Oil Change.\n")
	if rep.Suggested != 1 || rep.Suggestions[0].Work != "Oil Change" || rep.Suggestions[0].Order != "1" {
		t.Errorf("suggestions %+v", rep.Suggestions)
	}
	if len(sink.lines) != 1 || rep.Candidates != 0 {
		t.Errorf("free text was imported: %+v", sink.lines)
	}
}

func TestRowsThatRunTogether(t *testing.T) {
	tests := []struct {
		name, text string
		lines      int
		rejected   int
	}{
		{"line break in quotes", "RO,Service,Finding\n1,Struts,\"leaking\nboth sides\"\n2,Belt,\n", 2, 0},
		{"inch mark", "RO,Service,Finding\n1,5\" pipe,\n2,Belt,\n", 2, 0},
		{"quotes inside quotes", "RO,Service,Finding\n1,\"said \"later\" twice\",\n2,Belt,\n", 2, 0},
		{"never closed", "RO,Service,Finding\n1,\"Struts,\n2,Belt,\n3,Hose,\n", 2, 1},
		{"closed by another row", "RO,Service,Finding\n1,\"Struts,\n2,\"Belt\",ok\n3,Hose,\n", 2, 1},
		{"never closed at the end", "RO,Service,Finding\n1,Struts,\n2,\"Belt,", 1, 1},
		{"short rows", "RO,Service,Finding\n1,Struts\n2,Belt\n", 2, 0},
		{"long line", "RO,Service,Finding\n1," + strings.Repeat("x", maxLineBytes) + "\n2,Belt,\n", 1, 1},
		{"long cell", "RO,Service,Finding\n1,Struts," + strings.Repeat("x", maxCellRunes+1) + "\n2,Belt,\n", 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sink, rep := importText(t, Profile{}, tt.text)
			if len(sink.lines) != tt.lines || rep.Rejected != tt.rejected {
				t.Errorf("lines %d, rejected %d (%v); want %d, %d", len(sink.lines), rep.Rejected, rep.Issues, tt.lines, tt.rejected)
			}
		})
	}
}
