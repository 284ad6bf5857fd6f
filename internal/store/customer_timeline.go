package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// EntryKind is what an entry of a customer's timeline is.
type EntryKind int

// Kinds of entries, in the order of those of one instant, the newest first.
const (
	EntryContact EntryKind = iota + 1
	EntryNote
	EntryConsent
	EntryOptOut
	EntryLifted
	EntryAudit
	EntryCaseOpened
	EntryCaseClosed
	EntryEnded // a follow-up
)

// Mark is where a page of a timeline ends. The zero mark is before everything.
type Mark struct {
	At   time.Time
	Kind EntryKind
	ID   int64
}

// Entry is one thing that happened with a customer. Which fields are set depends
// on its kind.
type Entry struct {
	Mark
	Contact *LogEntry
	Author  string         // of a contact in a person's own words
	Steps   []ContactEvent // a contact's history
	Answer  string         // how an inbound contact was understood

	Note    string
	Consent outreach.Consent
	OptOut  outreach.OptOut
	Who     string // did it
	What    string // of an audit entry, or why a follow-up ended
	Detail  string
}

// ContactEvent is one line of a contact's history.
type ContactEvent struct {
	ContactID int64  `db:"contact_id"`
	At        Time   `db:"at"`
	From      string `db:"from_state"`
	To        string `db:"to_state"`
	By        string `db:"by_whom"`
	Why       string `db:"why"`
}

// TimelinePage is how many entries a page of a timeline has at most.
const TimelinePage = 50

// Timeline returns what happened with a customer, the newest first: a page of it,
// from a mark on. more says whether there is anything older. What the program has
// only planned has not happened; what a person has written has.
func (c Customers) Timeline(ctx context.Context, customerID int64, from Mark) (page []Entry, more bool, err error) {
	err = c.read(ctx, func(tx *sqlx.Tx) error {
		page, err = marks(ctx, tx, customerID, from)
		if err != nil {
			return err
		}
		if more = len(page) > TimelinePage; more {
			page = page[:TimelinePage]
		}
		for _, fill := range []func(context.Context, *sqlx.Tx, []*Entry) error{
			fillContacts, fillSteps, fillNotes, fillConsents, fillOptOuts, fillAudit, fillCases, fillEnded,
		} {
			entries := make([]*Entry, len(page))
			for i := range page {
				entries[i] = &page[i]
			}
			if err := fill(ctx, tx, entries); err != nil {
				return fmt.Errorf("read timeline: %w", err)
			}
		}
		return nil
	})
	return page, more, err
}

// marks finds the entries of a page, and one more.
func marks(ctx context.Context, tx *sqlx.Tx, customerID int64, from Mark) ([]Entry, error) {
	var merged []int64
	if err := tx.SelectContext(ctx, &merged, `select id from customers where merged_into = $1`, customerID); err != nil {
		return nil, fmt.Errorf("read merged customers: %w", err)
	}
	var a args
	id := a.add(customerID)
	names := []string{objectOf(customerID)}
	for _, m := range merged {
		names = append(names, objectOf(m))
	}
	const own = ` where customer_id = `
	const addresses = `(select value from addresses where customer_id = `
	parts := []string{
		`select 1 as kind, id, coalesce(handed_at, ended_at, created_at) as at from contacts` + own + id + ` and (state <> 'planned' or written_by <> '')`,
		`select 2, id, at from notes` + own + id,
		`select 3, id, occurred_at from consents` + own + id,
		`select 4, id, recorded_at from opt_outs where address in ` + addresses + id + `)`,
		`select 5, id, lifted_at from opt_outs where lifted_at is not null and address in ` + addresses + id + `)`,
		// What has an entry of its own here is not told twice.
		`select 6, id, at from audit_log where object <> '' and object in ` + in(&a, names) + ` and what not in ` + in(&a, toldElsewhere),
		`select 7, id, opened_at from recovery_cases` + own + id,
		`select 8, id, closed_at from recovery_cases` + own + id + ` and closed_at is not null`,
		`select 9, id, ended_at from follow_ups` + own + id + ` and state = 'ended' and end_reason not in ('', 'completed')`,
	}
	older := ""
	if !from.At.IsZero() {
		older = ` and (at, kind, id) < (` + a.add(from.At) + `, ` + a.add(int(from.Kind)) + `, ` + a.add(from.ID) + `)`
	}
	var rows []struct {
		Kind int   `db:"kind"`
		ID   int64 `db:"id"`
		At   Time  `db:"at"`
	}
	err := tx.SelectContext(ctx, &rows, `select kind, id, at from (`+strings.Join(parts, " union all ")+`) e
		where at is not null`+older+` order by at desc, kind desc, id desc limit `+strconv.Itoa(TimelinePage+1), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	out := make([]Entry, len(rows))
	for i, r := range rows {
		out[i].Mark = Mark{At: r.At.Time, Kind: EntryKind(r.Kind), ID: r.ID}
	}
	return out, nil
}

// toldElsewhere are the audit entries about customers that go with a row which is
// an entry itself.
var toldElsewhere = []string{auditNote, auditCall, auditConsent, auditOptOut, "answer"}

// of returns the entries of some kinds, by id, and their ids.
func of(entries []*Entry, kinds ...EntryKind) (byID map[int64][]*Entry, ids []int64) {
	byID = map[int64][]*Entry{}
	for _, e := range entries {
		for _, k := range kinds {
			if e.Kind == k {
				byID[e.ID], ids = append(byID[e.ID], e), append(ids, e.ID)
			}
		}
	}
	return byID, ids
}

func fillContacts(ctx context.Context, tx *sqlx.Tx, entries []*Entry) error {
	byID, ids := of(entries, EntryContact)
	var a args
	var rows []struct {
		LogEntry
		WrittenBy string `db:"written_by"`
		Detail    string `db:"detail"`
	}
	err := tx.SelectContext(ctx, &rows, `
		select c.id, c.direction, c.channel, c.class, c.state, c.reason, c.playbook_id as playbook, c.playbook_version, c.step,
		       c.template, c.template_version, coalesce(c.consent_id, 0) as consent_id, c.handed_at, c.ended_at, c.due_at,
		       c.provider, c.error_code, c.segments, c.rehearsal, c.written_by, coalesce(w.address, '') as address,
		       coalesce(w.subject, '') as subject, coalesce(w.body, '') as body, coalesce(r.detail, '') as detail
		from contacts c left join contact_words w on w.contact_id = c.id left join replies r on r.contact_id = c.id
		where c.id in `+in(&a, ids), a.list...)
	for _, r := range rows {
		for _, e := range byID[r.ID] {
			e.Contact, e.Author, e.Answer = &r.LogEntry, r.WrittenBy, r.Detail
		}
	}
	return err
}

func fillSteps(ctx context.Context, tx *sqlx.Tx, entries []*Entry) error {
	byID, ids := of(entries, EntryContact)
	var a args
	var rows []ContactEvent
	err := tx.SelectContext(ctx, &rows, `
		select contact_id, at, from_state, to_state, by_whom, why from contact_events
		where contact_id in `+in(&a, ids)+` order by id`, a.list...)
	for _, r := range rows {
		for _, e := range byID[r.ContactID] {
			e.Steps = append(e.Steps, r)
		}
	}
	return err
}

func fillNotes(ctx context.Context, tx *sqlx.Tx, entries []*Entry) error {
	byID, ids := of(entries, EntryNote)
	var a args
	var rows []struct {
		ID    int64  `db:"id"`
		By    string `db:"by_whom"`
		Words string `db:"words"`
	}
	err := tx.SelectContext(ctx, &rows, `select id, by_whom, words from notes where id in `+in(&a, ids), a.list...)
	for _, r := range rows {
		for _, e := range byID[r.ID] {
			e.Who, e.Note = r.By, r.Words
		}
	}
	return err
}

func fillConsents(ctx context.Context, tx *sqlx.Tx, entries []*Entry) error {
	byID, ids := of(entries, EntryConsent)
	list, err := evidence(ctx, tx, ` where id in `, ids)
	for _, c := range list {
		for _, e := range byID[c.ID] {
			e.Consent, e.Who = c, c.Source
		}
	}
	return err
}

// evidence reads entries of the consent ledger with what they rest on.
func evidence(ctx context.Context, tx *sqlx.Tx, where string, ids []int64) ([]outreach.Consent, error) {
	var a args
	var rows []consentRow
	err := tx.SelectContext(ctx, &rows, `
		select `+consentColumns+`, wording from consents`+where+in(&a, ids)+` order by occurred_at desc, id desc`, a.list...)
	out := make([]outreach.Consent, len(rows))
	for i, r := range rows {
		out[i] = r.consent()
	}
	return out, err
}

func fillOptOuts(ctx context.Context, tx *sqlx.Tx, entries []*Entry) error {
	byID, ids := of(entries, EntryOptOut, EntryLifted)
	list, err := refusals(ctx, tx, "id", ids)
	if err != nil {
		return err
	}
	for _, o := range list {
		for _, e := range byID[o.ID] {
			e.OptOut, e.Who = o, o.Source
			if e.Kind == EntryLifted {
				if e.Who, e.Detail, err = liftedBy(ctx, tx, o); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// liftedBy finds who lifted an opt-out, and why.
func liftedBy(ctx context.Context, tx *sqlx.Tx, o outreach.OptOut) (who, why string, err error) {
	var rows []struct {
		Who    string `db:"who"`
		Detail string `db:"detail"`
	}
	err = tx.SelectContext(ctx, &rows, `
		select who, detail from audit_log where at = $1 and object = $2 and what in ('lift opt-out', 'found not to be an opt-out') limit 1`,
		at(o.LiftedAt), outreach.Mask(o.Address))
	if len(rows) > 0 {
		who, why = rows[0].Who, rows[0].Detail
	}
	return who, why, err
}

// refusals reads opt-outs by a column, in force or not, the newest first.
func refusals[T any](ctx context.Context, tx *sqlx.Tx, column string, keys []T) ([]outreach.OptOut, error) {
	var a args
	var rows []optOutRow
	err := tx.SelectContext(ctx, &rows, `
		select `+optOutColumns+` from opt_outs where `+column+` in `+in(&a, keys)+` order by recorded_at desc, id desc`, a.list...)
	out := make([]outreach.OptOut, len(rows))
	for i, r := range rows {
		out[i] = r.optOut()
	}
	return out, err
}

func fillAudit(ctx context.Context, tx *sqlx.Tx, entries []*Entry) error {
	return fillWords(ctx, tx, entries, EntryAudit, `select id, who, what, detail from audit_log where id in `)
}

func fillCases(ctx context.Context, tx *sqlx.Tx, entries []*Entry) error {
	err := fillWords(ctx, tx, entries, EntryCaseOpened, `
		select id, opened_by as who, '' as what, what_happened as detail from recovery_cases where id in `)
	if err != nil {
		return err
	}
	return fillWords(ctx, tx, entries, EntryCaseClosed, `
		select id, closed_by as who, '' as what, lesson as detail from recovery_cases where id in `)
}

func fillEnded(ctx context.Context, tx *sqlx.Tx, entries []*Entry) error {
	return fillWords(ctx, tx, entries, EntryEnded, `
		select id, '' as who, end_reason as what, playbook_id as detail from follow_ups where id in `)
}

// fillWords fills in who did what. The ids are appended to the query.
func fillWords(ctx context.Context, tx *sqlx.Tx, entries []*Entry, kind EntryKind, query string) error {
	byID, ids := of(entries, kind)
	var a args
	var rows []struct {
		ID     int64  `db:"id"`
		Who    string `db:"who"`
		What   string `db:"what"`
		Detail string `db:"detail"`
	}
	err := tx.SelectContext(ctx, &rows, query+in(&a, ids), a.list...)
	for _, r := range rows {
		for _, e := range byID[r.ID] {
			e.Who, e.What, e.Detail = r.Who, r.What, r.Detail
		}
	}
	return err
}
