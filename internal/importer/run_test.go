package importer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

const ordersCSV = `RO #,Closed,Customer,Phone,Email,VIN,Year,Make,Model,Line ID,Service,Tech Note,Color,Authorization,Price
1001,10/05/2026,"SMITH, JOHN",(212) 555-0123,john@example.com,1M8GDM9AXKP042788,2015,HONDA,CIVIC,1,Front brake pads & rotors,"Front pads 2 mm, rotors at discard",Red,Declined,"$1,234.50"
1001,10/05/2026,"SMITH, JOHN",(212) 555-0123,john@example.com,1M8GDM9AXKP042788,2015,HONDA,CIVIC,2,Oil change,,Green,Approved,$59.95
1002,10/06/2026,Ann Lee,212-555-0124,,,2019,Toyota,RAV4,1,Cabin air filter,Dirty,Yellow,Pending,45
`

func TestOrdersAreReadAsWritten(t *testing.T) {
	sink, rep := importText(t, Profile{}, ordersCSV)
	if rep.Rows != 3 || rep.Rejected != 0 || rep.Candidates != 2 || len(sink.orders) != 2 {
		t.Fatalf("report %+v, orders %d", rep, len(sink.orders))
	}
	o := sink.orders[Key{"test", "main", "1001", ""}]
	if o.Order.Number != "1001" || o.Order.Status != outreach.OrderClosed || o.Order.ClosedAt.Format(time.RFC3339) != "2026-10-05T05:00:00Z" {
		t.Errorf("order %+v", o.Order)
	}
	if c := o.Customer.Customer; c.FirstName != "John" || c.LastName != "Smith" || c.Kind != outreach.Person {
		t.Errorf("customer %+v", c)
	}
	if a := o.Customer.Addresses; len(a) != 2 || a[0].Value != "+12125550123" || !a[0].Preferred || a[1].Value != "john@example.com" || !a[1].Preferred {
		t.Errorf("addresses %+v", a)
	}
	if len(o.Customer.Consents) != 0 {
		t.Errorf("consents out of nothing: %+v", o.Customer.Consents)
	}
	if v := o.Vehicle; v.VIN != "1M8GDM9AXKP042788" || v.Year != 2015 || v.Make != "Honda" || v.Model != "Civic" {
		t.Errorf("vehicle %+v", v)
	}
	l := sink.lines[Key{"test", "main", "1001", "1"}].Line
	if l.Authorization != outreach.Declined || l.Trigger != outreach.ExplicitDecline || l.Severity != outreach.SeveritySafety ||
		l.Category != outreach.Brakes || l.Price.Minor != 123450 || l.Finding != "Front pads 2 mm, rotors at discard" || !l.DeclinedAt.Equal(o.Order.ClosedAt) {
		t.Errorf("line %+v", l)
	}
	pending := sink.lines[Key{"test", "main", "1002", "1"}].Line
	if pending.Authorization != outreach.NotAuthorizedAtClose || pending.Trigger != outreach.ClosedUnauthorized || pending.Severity != outreach.SeveritySuggested {
		t.Errorf("pending line %+v", pending)
	}
}

func TestSameFileTwiceChangesNothing(t *testing.T) {
	sink, first := importText(t, Profile{}, ordersCSV)
	again, err := Run(t.Context(), strings.NewReader(ordersCSV), testOptions(Profile{}), sink)
	if err != nil {
		t.Fatal(err)
	}
	if first.Counts.Lines.New != 3 || again.Counts.Lines.Unchanged != 3 || again.Counts.Orders.Unchanged != 2 || again.Candidates != 0 {
		t.Errorf("first %+v, again %+v", first.Counts, again.Counts)
	}
	if len(sink.runs) != 2 || sink.runs[0].Candidates != 2 || sink.runs[0].Rows != 3 || sink.runs[0].File != "test.csv" {
		t.Errorf("runs %+v", sink.runs)
	}
}

// The same data in every dialect is the same data.
func TestDialects(t *testing.T) {
	encode := func(s string, e interface {
		String(string) (string, error)
	},
	) string {
		out, err := e.String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	base := "RO #,Closed,Customer,Line ID,Service,Authorization,Price\n1001,10/05/2026,\"Núñez, José\",1,Alineación,Declined,\"$1,234.50\"\n"
	semicolon := "RO #;Closed;Customer;Line ID;Service;Authorization;Price\n1001;10/05/2026;Núñez, José;1;Alineación;Declined;$1,234.50\n"
	tests := map[string]string{
		"plain":        base,
		"bom":          "\ufeff" + base,
		"cp1252":       encode(base, charmap.Windows1252.NewEncoder()),
		"utf-16le":     encode(base, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()),
		"utf-16be":     encode(base, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()),
		"crlf":         strings.ReplaceAll(base, "\n", "\r\n"),
		"cr":           strings.ReplaceAll(base, "\n", "\r"),
		"no end":       strings.TrimSuffix(base, "\n"),
		"semicolon":    semicolon,
		"tab":          strings.ReplaceAll(semicolon, ";", "\t"),
		"pipe":         strings.ReplaceAll(semicolon, ";", "|"),
		"title rows":   "Deferred work report\nMaple Street Auto (sample),,,\n\n" + base,
		"totals row":   base + "Total,,,,,,\"$1,234.50\"\n,,,,,,\n",
		"header again": base + "RO #,Closed,Customer,Line ID,Service,Authorization,Price\n",
		"nul bytes":    strings.ReplaceAll(base, "Declined", "Decl\x00ined"),
		"excel text":   strings.Replace(base, "1001", `"=""1001"""`, 1),
		"excel date":   strings.Replace(base, "10/05/2026", "46300", 1),
		"float key":    strings.Replace(base, "1001", "1001.0", 1),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			sink, rep := importText(t, Profile{}, text)
			if rep.Rejected != 0 || rep.Rows != 1 {
				t.Errorf("report %+v", rep)
			}
			o := sink.orders[Key{"test", "main", "1001", ""}]
			if c := o.Customer.Customer; c.FirstName != "José" || c.LastName != "Núñez" {
				t.Errorf("customer %+v", c)
			}
			l := onlyLine(t, sink).Line
			if l.Name != "Alineación" || l.Price.Minor != 123450 || l.Authorization != outreach.Declined || l.Category != outreach.Wheels {
				t.Errorf("line %+v", l)
			}
		})
	}
}

func TestOrderColumnsOnlyOnTheFirstRow(t *testing.T) {
	sink, rep := importText(t, Profile{}, `RO,Closed,Customer,Service,Authorization,Price
1001,10/05/2026,Ann Lee,Brake pads,Declined,100
,,,Wiper blades,Declined,30
,,,,,130
1002,13/45/2026,Bob Roy,Struts,Declined,900
,,,Alignment,Declined,100
1003,10/05/2026,Cy Day,Battery,Declined,200
`)
	if len(sink.orders) != 2 || len(sink.lines) != 3 || rep.Rejected != 2 {
		t.Fatalf("orders %d, lines %d, report %+v", len(sink.orders), len(sink.lines), rep.Issues)
	}
	if got := rep.Issues[1]; got.Line != 6 || !strings.Contains(got.Reason, "order on line 5") {
		t.Errorf("a row of a rejected order must not join another: %+v", got)
	}
}

func TestDerivedKeysAreStable(t *testing.T) {
	const list = `First Name,Last Name,Phone Number,VIN Number,Invoice Date,Service,Red/Yellow
Ann,Lee,212-555-0123,1M8GDM9AXKP042788,10/05/2026,Front brake pads,Red
Ann,Lee,212-555-0123,1M8GDM9AXKP042788,10/05/2026,Wiper blade,Yellow
Ann,Lee,212-555-0123,1M8GDM9AXKP042788,10/05/2026,Wiper blade,Yellow
`
	profile := Profile{Base: "management-toolbox"}
	sink, _ := importText(t, profile, list)
	if len(sink.orders) != 1 || len(sink.lines) != 3 || len(sink.customers) != 1 {
		t.Fatalf("orders %d, lines %d, customers %d", len(sink.orders), len(sink.lines), len(sink.customers))
	}
	// A line put in front must not move the keys of those behind it.
	longer := strings.Replace(list, "Ann,Lee", "Ann,Lee,212-555-0123,1M8GDM9AXKP042788,10/05/2026,Battery,Yellow\nAnn,Lee", 1)
	rep, err := Run(t.Context(), strings.NewReader(longer), testOptions(profile), sink)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Counts.Lines.New != 1 || rep.Counts.Lines.Unchanged != 3 {
		t.Errorf("counts %+v", rep.Counts.Lines)
	}
	for _, l := range sink.lines {
		if l.Line.Authorization != outreach.NotAuthorizedAtClose || l.Line.Trigger != outreach.RecommendedNotSold {
			t.Errorf("a list of unsold work: %+v", l.Line)
		}
	}
}

func TestAuthorizationIsNeverABoolean(t *testing.T) {
	tests := []struct {
		name    string
		profile Profile
		columns string
		cells   string
		want    outreach.Authorization
		trigger outreach.DeferralTrigger
	}{
		{"declined", Profile{}, "Authorization,Status", "Declined,open", outreach.Declined, outreach.ExplicitDecline},
		{"no on an open order", Profile{}, "Authorized,Status", "No,open", outreach.Undecided, ""},
		{"no on a closed order", Profile{}, "Authorized,Status", "No,closed", outreach.NotAuthorizedAtClose, outreach.ClosedUnauthorized},
		{"estimate archived", Profile{}, "Authorized,Status", "No,archived", outreach.NotAuthorizedAtClose, outreach.EstimateArchived},
		{"stated only", Profile{Declined: DeclinedStated}, "Authorized,Status", "No,closed", outreach.Undecided, ""},
		{"authorized", Profile{}, "Authorized,Status", "Yes,closed", outreach.Authorized, ""},
		{"empty", Profile{}, "Authorized,Status", ",closed", "", ""},
		{"no column", Profile{}, "Adviser,Status", "Kim,closed", "", ""},
		{"odd word", Profile{}, "Authorization,Status", "maybe,closed", outreach.AuthorizationUnknown, ""},
		{"deferred", Profile{}, "Authorization,Status", "Deferred,closed", outreach.Declined, outreach.ManualDeferral},
		{"date agreed", Profile{}, "Deferred until,Status", "11/30/2026,closed", outreach.Declined, outreach.ManualDeferral},
		{"decline op code", Profile{DeclineOpCodes: []string{"CDS"}}, "Op Code,Authorized,Status", "cds,Yes,closed", outreach.Declined, outreach.DeclineOpCode},
		{"tekmetric false", Profile{Base: "tekmetric"}, "authorized,repairOrderStatusId", "false,5", outreach.NotAuthorizedAtClose, outreach.ClosedUnauthorized},
		{"tekmetric open", Profile{Base: "tekmetric"}, "authorized,repairOrderStatusId", "false,2", outreach.Undecided, ""},
		{
			"tekmetric as the shop says",
			Profile{Base: "tekmetric", Values: map[Field]map[string]string{FieldAuthorization: {"False": "declined"}}},
			"authorized,repairOrderStatusId", "false,5", outreach.Declined, outreach.ExplicitDecline,
		},
		{"shopware null", Profile{Base: "shopware"}, "approved,state", ",invoice", outreach.NotAuthorizedAtClose, outreach.ClosedUnauthorized},
		{"shopmonkey archived", Profile{Base: "shopmonkey"}, "authorizationStatus,deferredReason,status", "NotAuthorized,Archived,Estimate", outreach.NotAuthorizedAtClose, outreach.EstimateArchived},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service := "Service"
			if tt.profile.Base == "shopmonkey" {
				service = "serviceName"
			}
			text := fmt.Sprintf("Order ID,%s,%s\n7,Brake pads,%s\n", service, tt.columns, tt.cells)
			sink, _ := importText(t, tt.profile, text)
			if l := onlyLine(t, sink).Line; l.Authorization != tt.want || l.Trigger != tt.trigger {
				t.Errorf("got %q by %q, want %q by %q", l.Authorization, l.Trigger, tt.want, tt.trigger)
			}
		})
	}
}

func TestOrdersComeBackToLife(t *testing.T) {
	sink, _ := importText(t, Profile{}, `RO,Status,Closed,Voided date,Service
1,open,10/05/2026,,Struts
2,closed,10/05/2026,,Struts
3,,10/05/2026,10/06/2026,Struts
`)
	order := func(id string) OrderRecord { return sink.orders[Key{"test", "main", id, ""}] }
	if o := order("1"); !o.Order.ClosedAt.IsZero() || !o.Cleared.Has(FieldClosedAt) || !o.Cleared.Has(FieldVoidedAt) {
		t.Errorf("reopened: %+v", o)
	}
	if o := order("2"); o.Order.ClosedAt.IsZero() || o.Cleared.Has(FieldClosedAt) || !o.Cleared.Has(FieldVoidedAt) {
		t.Errorf("closed: %+v", o)
	}
	if o := order("3"); o.Order.Status != outreach.OrderVoided || o.Order.VoidedAt.IsZero() || len(o.Cleared) != 0 {
		t.Errorf("voided: %+v", o)
	}
}

func TestCandidatesAreTheCustomersOwn(t *testing.T) {
	_, rep := importText(t, Profile{}, `RO,Status,Service,Authorization,Pay Type,Done Date
1,closed,Struts,Declined,CP,
2,closed,Struts,Declined,Warranty,
3,closed,Struts,Declined,Internal,
4,voided,Struts,Declined,,
5,closed,Struts,Declined,,10/01/2026
6,closed,Struts,Approved,,
7,closed,Struts,Declined,Extended plan,
`)
	if rep.Candidates != 1 {
		t.Errorf("candidates = %d, want only the customer-paid open line", rep.Candidates)
	}
}

func TestSanityStop(t *testing.T) {
	var b strings.Builder
	b.WriteString("RO,Service,Authorization\n")
	for i := range 60 {
		fmt.Fprintf(&b, "%d,Brake pads,Declined\n", i)
	}
	tests := []struct {
		name  string
		usual float64
		runs  int
		force bool
		stops bool
	}{
		{"unusual", 10, 3, false, true},
		{"forced", 10, 3, true, false},
		{"usual", 12, 3, false, false},
		{"first runs set the measure", 0, 2, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sink := newMemorySink()
			sink.usual, sink.usualRuns = tt.usual, tt.runs
			opts := testOptions(Profile{})
			opts.Force = tt.force
			_, err := Run(t.Context(), strings.NewReader(b.String()), opts, sink)
			var sanity *SanityError
			if errors.As(err, &sanity) != tt.stops {
				t.Fatalf("error %v, want a stop: %v", err, tt.stops)
			}
			if tt.stops && (len(sink.lines) != 0 || len(sink.runs) != 0 || !strings.Contains(err.Error(), "--force") || !strings.Contains(err.Error(), "60")) {
				t.Errorf("%d lines, %d runs, error %q", len(sink.lines), len(sink.runs), err)
			}
		})
	}
}

func TestDryRunImportsNothing(t *testing.T) {
	sink := newMemorySink()
	opts := testOptions(Profile{})
	opts.DryRun = true
	rep, err := Run(t.Context(), strings.NewReader(ordersCSV), opts, sink)
	if err != nil || rep.Candidates != 2 || len(rep.Samples) != 2 || len(sink.orders) != 0 || len(sink.runs) != 0 {
		t.Errorf("report %+v, %v; orders %d, runs %d", rep, err, len(sink.orders), len(sink.runs))
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "empty"},
		{"spreadsheet", "PK\x03\x04rest", "save it as CSV"},
		{"no header", "a,b\n1,2\n", "no column has a known name"},
		{"no service", "RO,Closed\n1,10/05/2026\n", "service"},
	}
	for _, tt := range tests {
		_, err := Run(t.Context(), strings.NewReader(tt.text), testOptions(Profile{}), newMemorySink())
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
	broken := struct {
		*strings.Reader
		fails
	}{strings.NewReader(ordersCSV), fails{}}
	if _, err := Run(t.Context(), readSeeker{broken.fails, broken.Reader}, testOptions(Profile{}), newMemorySink()); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a read error must not pass for the end of the file: %v", err)
	}
}

type fails struct{}

func (fails) Read([]byte) (int, error) { return 0, iotest.ErrTimeout }

type readSeeker struct {
	fails
	seek *strings.Reader
}

func (r readSeeker) Seek(offset int64, whence int) (int64, error) { return r.seek.Seek(offset, whence) }

func TestSinkErrorIsToldWithAdvice(t *testing.T) {
	sink := newMemorySink()
	sink.fail = errors.New("disk full")
	_, err := Run(t.Context(), strings.NewReader(ordersCSV), testOptions(Profile{}), sink)
	if !errors.Is(err, sink.fail) || !strings.Contains(err.Error(), "again is safe") || len(sink.runs) != 0 {
		t.Errorf("error %v, runs %d", err, len(sink.runs))
	}
}

func TestBatchesAndCancellation(t *testing.T) {
	var b strings.Builder
	b.WriteString("RO,Service,Authorization\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "%d,Brake pads,Declined\n", i)
	}
	var progress [][2]int
	sink, opts := newMemorySink(), testOptions(Profile{})
	opts.Progress = func(done, total int) { progress = append(progress, [2]int{done, total}) }
	if _, err := Run(t.Context(), strings.NewReader(b.String()), opts, sink); err != nil {
		t.Fatal(err)
	}
	if last := progress[len(progress)-1]; sink.batches < 4 || last[0] != last[1] || len(sink.lines) != 2000 {
		t.Errorf("batches %d, progress %v, lines %d", sink.batches, progress, len(sink.lines))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, strings.NewReader(b.String()), opts, newMemorySink()); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled import: %v", err)
	}
}

func TestOpenSpoolsStdin(t *testing.T) {
	f, err := Open("-", strings.NewReader(ordersCSV))
	if err != nil {
		t.Fatal(err)
	}
	name := f.(spooled).Name()
	if _, err := Run(t.Context(), f, testOptions(Profile{}), newMemorySink()); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("temporary copy stays behind: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.csv"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(t.TempDir(), nil); err == nil {
		t.Error("a folder opened as a file")
	}
}
