package importer

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

func TestCreditsAreNoPrices(t *testing.T) {
	sink, rep := importText(t, Profile{}, "RO #,Closed,Customer,Service,Authorization,Price,RO Total\n"+
		"1,10/05/2026,Ann Lee,Brakes,Declined,(45.00),(20.00)\n")
	if l := onlyLine(t, sink).Line; l.Price != (outreach.Money{}) || l.Authorization != outreach.Declined {
		t.Errorf("line %+v", l)
	}
	if got := sink.orders[Key{"test", "main", "1", ""}].Order.Total.Minor; got != -2000 {
		t.Errorf("total = %d, want -2000", got)
	}
	if rep.Rejected != 0 || rep.Warnings != 1 || !strings.Contains(rep.WarningsList[0].Reason, "credit") {
		t.Errorf("report %+v", rep)
	}
}

// TestRowsDoNotVanish: a row that says something about a line is imported or
// rejected, never passed over.
func TestRowsDoNotVanish(t *testing.T) {
	const header = "RO #,Closed,Customer,Service,Op Code,Authorization,Price\n"
	for _, tc := range []struct {
		name, rows    string
		orders, lines int
		rejected      string // reason, "" for none
	}{
		{"decision", "1,10/05/2026,Ann Lee,,,Declined,\n", 1, 0, "no service or op code on a line with a decision"},
		{"price", "1,10/05/2026,Ann Lee,,,,45\n", 1, 0, "no service or op code on a line with a price"},
		{"decision below an order", "1,10/05/2026,Ann Lee,Brakes,,Declined,45\n,,,,,Declined,30\n", 1, 1, "no service or op code on a line with a decision"},
		{"order row", "1,10/05/2026,Ann Lee,,,,\n,,,Brakes,,Declined,45\n", 1, 1, ""},
		{"subtotal below an order", "1,10/05/2026,Ann Lee,Brakes,,Declined,45\n,,,,,,45\n", 1, 1, ""},
		{"line rejected, order kept", "1,10/05/2026,Ann Lee,Brakes,,Declined,abc\n,,,Wipers,,Declined,30\n", 1, 1, "this is not an amount of money"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sink, rep := importText(t, Profile{}, header+tc.rows)
			if len(sink.orders) != tc.orders || len(sink.lines) != tc.lines || rep.Counts.Orders.New != tc.orders || rep.Counts.Lines.New != tc.lines {
				t.Errorf("%d orders, %d lines, counts %+v", len(sink.orders), len(sink.lines), rep.Counts)
			}
			got := ""
			if len(rep.Issues) > 0 {
				got = rep.Issues[0].Reason
			}
			if got != tc.rejected || rep.Rejected != len(rep.Issues) {
				t.Errorf("rejected %d: %q, want %q", rep.Rejected, got, tc.rejected)
			}
		})
	}
	_, rep := importText(t, Profile{}, "RO #,Closed,Customer,Comments,Total\n1,10/05/2026,Ann Lee,Needs tires,45\n")
	if rep.Rejected != 0 || rep.Suggested != 1 {
		t.Errorf("a list of free texts: %+v", rep)
	}
}

func TestWhereDecisionsAre(t *testing.T) {
	const row = "1,10/05/2026,Ann Lee,Brakes,"
	for _, tc := range []struct {
		name, text     string
		profile        Profile
		notice, warned string
	}{
		{"no column", "RO #,Closed,Customer,Service\n" + row + "\n", Profile{}, "no column says", ""},
		{"every row", "RO #,Closed,Customer,Service\n" + row + "\n", Profile{Declined: DeclinedEveryRow}, "", ""},
		{"default", "RO #,Closed,Customer,Service\n" + row + "\n", Profile{Defaults: map[Field]string{FieldAuthorization: "declined"}}, "", ""},
		{"agreed date", "RO #,Closed,Customer,Service,Deferred until\n" + row + "12/01/2026\n", Profile{}, "", ""},
		{"in the status", "RO #,Closed,Customer,Service,Status\n" + row + "Declined\n", Profile{}, "no column says", "Status = Declined"},
		{"approved in the status", "RO #,Closed,Customer,Service,Status\n" + row + "Approved\n", Profile{}, "no column says", "Status = Approved"},
		{"an approved order", "RO #,Closed,Customer,Service,Status,Decision\n" + row + "Approved,Declined\n", Profile{}, "", ""},
		{"misspelt", "RO #,Closed,Customer,Service,Authorization\n" + row + "declned\n", Profile{}, "", "Authorization = declned"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, rep := importText(t, tc.profile, tc.text)
			if notices := strings.Join(rep.Notices, "\n"); (notices == "") != (tc.notice == "") || !strings.Contains(notices, tc.notice) {
				t.Errorf("notices %q, want %q", notices, tc.notice)
			}
			warned := ""
			for _, i := range rep.WarningsList {
				warned += i.String()
			}
			if (warned == "") != (tc.warned == "") || !strings.Contains(warned, tc.warned) {
				t.Errorf("warned of %q, want %q", warned, tc.warned)
			}
		})
	}
}

// TestStrayQuoteLosesNothing: the rejects file has the row as it was, and in
// cells that are right but for the one with the quote.
func TestStrayQuoteLosesNothing(t *testing.T) {
	const header = "RO #,Closed,Customer,Service,Authorization,Price\n"
	const row = `1,10/05/2026,"Lee, Ann","Brakes 2" front,Declined,"$1,234.50"`
	var rejects bytes.Buffer
	opts := testOptions(Profile{})
	opts.Rejects = &rejects
	rep, err := Run(t.Context(), strings.NewReader(header+row+"\n"), opts, newMemorySink())
	if err != nil || rep.Rejected != 1 {
		t.Fatalf("%v, report %+v", err, rep)
	}
	records, err := csv.NewReader(bytes.NewReader(rejects.Bytes())).ReadAll()
	if err != nil || len(records) != 2 || records[1][2] != row {
		t.Fatalf("rejects %q, %v; want the row %q", records, err, row)
	}
	sink, rep := importText(t, Profile{}, strings.Replace(rejects.String(), `"""Brakes 2"" front"`, "Brakes 2 in front", 1))
	if l := onlyLine(t, sink).Line; rep.Rejected != 0 || l.Name != "Brakes 2 in front" || l.Price.Minor != 123450 {
		t.Errorf("mended: line %+v, report %+v", l, rep)
	}
}

func TestSuppressionColumnNumber(t *testing.T) {
	sink, _ := importText(t, Profile{Kind: Suppression}, "Number,Date\n(212) 555-0123,10/01/2026\n")
	if len(sink.optOuts) != 1 || sink.optOuts[0].Address != "+12125550123" {
		t.Errorf("opt-outs %+v", sink.optOuts)
	}
}
