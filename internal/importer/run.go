package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// A file is suspicious when it would start more than sanityFactor times the
// usual number of follow-ups, and more than sanityFloor. The first runs set the
// measure: a shop starts with years of history, and that is no mistake.
const (
	sanityFactor = 5
	sanityFloor  = 50
	sanityRuns   = 3
)

// Options say what to import and how.
type Options struct {
	Profile Profile       // as configured; Run resolves it
	Shop    outreach.Shop // for its time zone and country
	Name    string        // of the file, for messages and the log
	Now     func() time.Time
	Force   bool      // import even where the sanity check would stop
	DryRun  bool      // read and report, import nothing
	Rejects io.Writer // rows not imported, as CSV with the reason; may be nil
	// Progress is told how many of all records have been handed on; may be nil.
	Progress func(done, total int)
}

// SanityError stops an import that would start many times the usual number of
// follow-ups. Nothing has been imported.
type SanityError struct {
	File       string
	Candidates int
	Usual      float64
	Runs       int
}

// Error says what is unusual and what to do.
func (e *SanityError) Error() string {
	return fmt.Sprintf("%s would start %d new follow-ups, where the last %d imports brought about %.0f: nothing was imported. "+
		"Look at the sample lines above; if the file is right, import it with --force", e.File, e.Candidates, e.Runs, e.Usual)
}

// Run imports a file. It reads the file twice: first to list what cannot be
// used and to count what is new, then to hand the records to the sink, so that
// a file that fails the sanity check leaves nothing behind. The report is valid
// as far as Run came, also with an error.
func Run(ctx context.Context, file io.ReadSeeker, opts Options, sink Sink) (Report, error) {
	started := opts.Now()
	rep := Report{File: filepath.Base(opts.Name), DryRun: opts.DryRun}
	r, err := newReader(file, opts, started)
	if err != nil {
		return rep, fmt.Errorf("import %s: %w", rep.File, err)
	}
	r.describe(&rep)
	total, err := r.check(ctx, file, opts, sink, &rep)
	if err != nil {
		return rep, fmt.Errorf("check %s: %w", rep.File, err)
	}
	if opts.DryRun {
		return rep, nil
	}
	if rep.Unusual() && !opts.Force {
		return rep, &SanityError{File: rep.File, Candidates: rep.Candidates, Usual: rep.Usual, Runs: rep.UsualRuns}
	}
	if err := r.hand(ctx, file, opts, sink, total, &rep); err != nil {
		return rep, fmt.Errorf("import %s: %w (what was imported before stays; importing the file again is safe)", rep.File, err)
	}
	err = sink.RecordRun(ctx, RunRecord{
		Source: rep.Source, ShopID: rep.Shop, Kind: rep.Kind, File: rep.File, StartedAt: started, EndedAt: opts.Now(),
		Rows: rep.Rows, Rejected: rep.Rejected, Candidates: rep.Candidates, Forced: opts.Force, Counts: rep.Counts,
	})
	if err != nil {
		return rep, fmt.Errorf("record import of %s: %w", rep.File, err)
	}
	return rep, nil
}

// newReader resolves the profile and finds the header.
func newReader(file io.ReadSeeker, opts Options, now time.Time) (*reader, error) {
	p, err := opts.Profile.Resolve()
	if err != nil {
		return nil, err
	}
	if err := refuseBinary(file); err != nil {
		return nil, err
	}
	if err := rewind(file); err != nil {
		return nil, err
	}
	cols, err := findColumns(file, p)
	if err != nil {
		return nil, err
	}
	return &reader{
		profile: p, shop: opts.Shop, cols: cols, now: now, numbers: make(map[string]phoneResult),
		dates: dateReader{order: p.Dates, zone: opts.Shop.Location()},
		money: moneyReader{decimal: p.Decimal[0], cents: p.Amounts == AmountsCents},
	}, nil
}

// refuseBinary tells a spreadsheet's own format from text.
func refuseBinary(file io.ReadSeeker) error {
	if err := rewind(file); err != nil {
		return err
	}
	var head [4]byte
	n, err := io.ReadFull(file, head[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read file: %w", err)
	}
	if n == 0 {
		return errors.New("the file is empty")
	}
	if bytes.HasPrefix(head[:], []byte("PK\x03\x04")) || bytes.HasPrefix(head[:], []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		return errors.New("this is a spreadsheet or zip file, not text: save it as CSV first")
	}
	return nil
}

func rewind(file io.Seeker) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("go back to the start of the file: %w", err)
	}
	return nil
}

// describe says in the report how the file was understood.
func (r *reader) describe(rep *Report) {
	rep.Source, rep.Shop, rep.Kind, rep.Profile = r.profile.Source, r.profile.Shop, r.profile.Kind, r.profile.Base
	rep.HeaderLine, rep.Unused = r.cols.line, r.cols.unused
	rep.Columns = make(map[Field]string, len(r.cols.at))
	for f, i := range r.cols.at {
		rep.Columns[f] = r.cols.names[i]
	}
	if r.profile.Kind == Orders && !r.knowsDeclined() {
		rep.Notices = append(rep.Notices, "no column says which lines were declined; nothing can be followed up from this file "+
			"(name the column under columns, authorization in the import profile)")
	}
}

// knowsDeclined reports whether anything could show that a line was declined.
func (r *reader) knowsDeclined() bool {
	p := r.profile
	return p.Declined == DeclinedEveryRow || r.cols.has(FieldOpCode) && len(p.DeclineOpCodes) > 0 ||
		slices.ContainsFunc([]Field{FieldAuthorization, FieldTrigger, FieldDeferredUntil}, func(f Field) bool {
			return r.cols.has(f) || p.Defaults[f] != ""
		})
}

// check is the first pass. It returns how many records there are.
func (r *reader) check(ctx context.Context, file io.ReadSeeker, opts Options, sink Sink, rep *Report) (total int, err error) {
	if err := rewind(file); err != nil {
		return 0, err
	}
	rejects := newRejects(opts.Rejects, r.cols)
	err = r.parse(ctx, file, listener{
		emit: func(b *batch) error {
			total += b.size()
			rep.sample(b.orders)
			keys := b.open()
			if len(keys) == 0 {
				return nil
			}
			n, err := sink.NewCandidates(ctx, keys)
			if err != nil {
				return fmt.Errorf("count new candidates: %w", err)
			}
			rep.Candidates += n
			return nil
		},
		row: func(raw rawRow, issues []Issue) error {
			rep.Rows++
			rep.note(issues)
			return rejects.write(raw, issues)
		},
		hint: rep.suggest,
	})
	if err != nil {
		return 0, err
	}
	rep.Usual, rep.UsualRuns, err = sink.UsualCandidates(ctx, rep.Source, rep.Shop, rep.Kind)
	if err != nil {
		return 0, fmt.Errorf("look up earlier imports: %w", err)
	}
	return total, rejects.close()
}

// Unusual reports whether the file would start so many more follow-ups than the
// ones before it that Run stops unless it is forced.
func (rep *Report) Unusual() bool {
	return rep.UsualRuns >= sanityRuns && rep.Candidates > sanityFloor && float64(rep.Candidates) > sanityFactor*rep.Usual
}

// hand is the second pass.
func (r *reader) hand(ctx context.Context, file io.ReadSeeker, opts Options, sink Sink, total int, rep *Report) error {
	if err := rewind(file); err != nil {
		return err
	}
	done := 0
	return r.parse(ctx, file, listener{emit: func(b *batch) error {
		counts, err := r.importBatch(ctx, sink, b)
		if err != nil {
			return err
		}
		rep.Counts.Add(counts)
		done += b.size()
		if opts.Progress != nil {
			opts.Progress(done, total)
		}
		return nil
	}})
}

func (r *reader) importBatch(ctx context.Context, sink Sink, b *batch) (Counts, error) {
	switch r.profile.Kind {
	case Orders:
		return sink.ImportOrders(ctx, r.now, b.orders)
	case Canceled:
		return sink.ImportCanceled(ctx, r.now, b.canceled)
	case Customers:
		return sink.ImportCustomers(ctx, r.now, r.profile.Source, r.profile.Shop, b.customers)
	}
	return sink.ImportOptOuts(ctx, r.now, b.optOuts)
}

// Open opens a file for Run. "-" is stdin; it and pipes are first copied to a
// temporary file, because Run reads twice. Close removes the copy.
func Open(name string, stdin io.Reader) (io.ReadSeekCloser, error) {
	if name == "-" {
		return spool(stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open import file: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("open import file: %w", err)
	}
	switch {
	case info.IsDir():
		_ = f.Close()
		return nil, fmt.Errorf("open import file: %s is a folder", name)
	case info.Mode().IsRegular():
		return f, nil
	}
	defer f.Close()
	return spool(f)
}

type spooled struct{ *os.File }

// Close removes the temporary copy.
func (s spooled) Close() error { return errors.Join(s.File.Close(), os.Remove(s.Name())) }

func spool(r io.Reader) (io.ReadSeekCloser, error) {
	f, err := os.CreateTemp("", "courtesyd-import-*.csv")
	if err != nil {
		return nil, fmt.Errorf("copy import to a temporary file: %w", err)
	}
	if _, err := io.Copy(f, r); err != nil {
		return nil, errors.Join(fmt.Errorf("copy import to a temporary file: %w", err), spooled{f}.Close())
	}
	return spooled{f}, nil
}
