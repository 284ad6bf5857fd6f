package importer

import (
	"context"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Kind says what the rows of a file are.
type Kind string

// The kinds of files.
const (
	Orders      Kind = "orders"      // one row a line, order columns repeated or only on its first row
	Canceled    Kind = "canceled"    // one row a canceled order
	Customers   Kind = "customers"   // one row a customer
	Suppression Kind = "suppression" // one row an address that must be left alone
)

// Kinds lists them in the order in which a shop would import them.
func Kinds() []Kind { return []Kind{Suppression, Customers, Orders, Canceled} }

// Cleared names the fields that the file states to be empty now. In every
// record a zero value means "not given" and leaves what is stored alone; only a
// field listed here is erased.
type Cleared []Field

// Field is a column in our own words, as used in profiles and reject lists.
type Field string

// Has reports whether f is to be erased.
func (c Cleared) Has(f Field) bool {
	for _, have := range c {
		if have == f {
			return true
		}
	}
	return false
}

// DerivedPrefix starts the external ids that the importer made itself because
// the source has none. They are stable from file to file.
const DerivedPrefix = "~"

// CustomerRecord is a customer as one row gives it.
type CustomerRecord struct {
	// ExternalID is the source's key, or a derived one. It is "" only for a
	// walk-in of whom nothing is known.
	ExternalID string
	Customer   outreach.Customer // ids 0, zero values not given
	Addresses  []outreach.Address
	// Consents are what the row says was agreed or taken back. An entry with a
	// zero OccurredAt carries no date: it counts from the import, is not added
	// again while the ledger says the same, and, where it is "given", never
	// outranks a revocation already recorded.
	Consents   []outreach.Consent
	MergedInto string  // external id of the surviving customer, "" when this one survives
	Cleared    Cleared // may hold FieldDeceased
}

// Empty reports whether the row named no customer.
func (c CustomerRecord) Empty() bool { return c.ExternalID == "" }

// LineRecord is one job of an order as one row gives it. A word left "" is not
// given: a new line is then stored with its unknown or not_recorded value.
type LineRecord struct {
	Line             outreach.Line // ids 0; ExternalID always set
	AuthorizationRaw string        // the source's own word for the decision
	Cleared          Cleared       // may hold FieldDeferredUntil, FieldDoneAt
}

// OrderRecord is an order, or a part of one, as consecutive rows give it.
// Lines that are stored and not in the record are left alone.
type OrderRecord struct {
	Order    outreach.Order // Source, ShopID, ExternalID set; ids 0
	Customer CustomerRecord
	Vehicle  outreach.Vehicle // zero when no vehicle was given; ids 0
	Lines    []LineRecord
	// Cleared may hold FieldClosedAt and FieldVoidedAt (the order came back to
	// life) and FieldMessagesBlocked.
	Cleared Cleared
}

// CanceledRecord is a canceled order as one row gives it.
type CanceledRecord struct {
	Order    outreach.CanceledOrder // Source, ShopID, ExternalID set; ids 0
	Customer CustomerRecord
	Vehicle  outreach.Vehicle
}

// OptOutRecord is one line of a suppression list. A zero RecordedAt means the
// list gives no date: the time of the import holds.
type OptOutRecord = outreach.OptOut

// Key names an order or canceled order (Line "") or a line in its source.
type Key struct {
	Source, ShopID, Order, Line string
}

// Tally counts what became of the rows of one table.
type Tally struct {
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
}

func (t *Tally) add(o Tally) {
	t.New += o.New
	t.Changed += o.Changed
	t.Unchanged += o.Unchanged
}

// Counts tallies what an import did, by table.
type Counts struct {
	Orders    Tally `json:"orders"`
	Lines     Tally `json:"lines"`
	Canceled  Tally `json:"canceled"`
	Customers Tally `json:"customers"`
	Vehicles  Tally `json:"vehicles"`
	Addresses Tally `json:"addresses"`
	Consents  Tally `json:"consents"`
	OptOuts   Tally `json:"opt_outs"`
}

// Add adds the counts of a further batch.
func (c *Counts) Add(o Counts) {
	c.Orders.add(o.Orders)
	c.Lines.add(o.Lines)
	c.Canceled.add(o.Canceled)
	c.Customers.add(o.Customers)
	c.Vehicles.add(o.Vehicles)
	c.Addresses.add(o.Addresses)
	c.Consents.add(o.Consents)
	c.OptOuts.add(o.OptOuts)
}

// RunRecord is what is kept of an import run.
type RunRecord struct {
	Source     string
	ShopID     string
	Kind       Kind
	File       string // base name
	StartedAt  time.Time
	EndedAt    time.Time
	Rows       int // rows of data read, rejected ones included
	Rejected   int
	Candidates int // lines and canceled orders that became open by this run
	Forced     bool
	Counts     Counts
}

// Sink is where records go. Each Import call is one transaction, all or
// nothing, and idempotent by (source, shop, external id): the same records
// again are all unchanged.
type Sink interface {
	ImportOrders(ctx context.Context, now time.Time, orders []OrderRecord) (Counts, error)
	ImportCanceled(ctx context.Context, now time.Time, orders []CanceledRecord) (Counts, error)
	ImportCustomers(ctx context.Context, now time.Time, source, shopID string, customers []CustomerRecord) (Counts, error)
	ImportOptOuts(ctx context.Context, now time.Time, optOuts []OptOutRecord) (Counts, error)
	// NewCandidates counts how many of these open lines and canceled orders are
	// not stored as open yet.
	NewCandidates(ctx context.Context, keys []Key) (int, error)
	// UsualCandidates is the median of Candidates over the last runs of this
	// kind, at most ten, and how many runs that is.
	UsualCandidates(ctx context.Context, source, shopID string, kind Kind) (usual float64, runs int, err error)
	RecordRun(ctx context.Context, run RunRecord) error
}
