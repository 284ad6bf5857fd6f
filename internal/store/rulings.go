package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

const perStatement = 400 // rows; SQLite allows 32,766 parameters

// writeRulings writes what the gate decided: the new state of every contact,
// the exact words of those that go out, and the history of all that changed.
func (q Queue) writeRulings(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, due []outreach.Due, rulings []outreach.Ruling) error {
	if len(rulings) != len(due) {
		return fmt.Errorf("%d contacts were claimed and %d judged", len(due), len(rulings))
	}
	by := "daemon " + strconv.FormatInt(r.Daemon, 10)
	for start := 0; start < len(rulings); start += perStatement {
		part := rulings[start:min(start+perStatement, len(rulings))]
		if err := q.updateContacts(ctx, tx, r, part); err != nil {
			return err
		}
		if err := writeWords(ctx, tx, part); err != nil {
			return err
		}
		if err := writeSubjects(ctx, tx, part); err != nil {
			return err
		}
		var events [][]any
		for i, x := range part {
			was, is := due[start+i].Contact, x.Contact
			if was.State != is.State || was.Channel != is.Channel || was.Reason != is.Reason {
				events = append(events, []any{is.ID, at(r.Now), was.State, is.State, by, x.Why})
			}
		}
		if err := writeEvents(ctx, tx, events); err != nil {
			return err
		}
	}
	if err := q.reopen(ctx, tx, r.Now, notSaid(rulings)); err != nil {
		return err
	}
	return endRuled(ctx, tx, r.Now, rulings)
}

// endRuled ends the follow-ups that rulings end, or leave with nothing to do.
func endRuled(ctx context.Context, tx *sqlx.Tx, now time.Time, rulings []outreach.Ruling) error {
	var finished []int64
	for _, x := range rulings {
		if x.EndReason != "" {
			err := endFollowUp(ctx, tx, now, outreach.Ending{FollowUpID: x.Contact.FollowUpID, Reason: x.EndReason})
			if err != nil {
				return err
			}
		} else if x.Contact.State.Final() {
			finished = append(finished, x.Contact.FollowUpID)
		}
	}
	return endFinished(ctx, tx, now, finished)
}

func (q Queue) updateContacts(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, rulings []outreach.Ruling) error {
	types := []string{
		"bigint", "text", "text", "text", "text", "text", "integer", "bigint", "timestamptz", "integer",
		"bigint", "timestamptz", "timestamptz", "integer",
	}
	data := make([][]any, len(rulings))
	for i, x := range rulings {
		c := x.Contact
		var daemon any
		var handed, ended time.Time
		if c.State == outreach.Handed || c.State == outreach.Rehearsed || c.State == outreach.CallOpen {
			daemon, handed = r.Daemon, r.Now
		}
		if c.State.Final() {
			ended = r.Now
		}
		data[i] = []any{
			c.ID, c.State, c.Reason, c.Channel, c.Class, c.Template, c.TemplateVersion, null(c.ConsentID),
			at(c.NextAt), c.Attempts, daemon, at(handed), at(ended), c.Segments,
		}
	}
	var a args
	_, err := tx.ExecContext(ctx, `
		with v (id, state, reason, channel, class, template, template_version, consent_id, next_at, attempts,
		        handed_by, handed_at, ended_at, segments) as (values `+q.rows(&a, types, data)+`)
		update contacts set state = v.state, reason = v.reason, channel = v.channel, class = v.class,
		    template = v.template, template_version = v.template_version, consent_id = v.consent_id,
		    next_at = v.next_at, attempts = v.attempts, handed_by = v.handed_by, handed_at = v.handed_at,
		    ended_at = v.ended_at, segments = v.segments
		from v where contacts.id = v.id`, a.list...)
	if err != nil {
		return fmt.Errorf("write rulings: %w", err)
	}
	return nil
}

func writeWords(ctx context.Context, tx *sqlx.Tx, rulings []outreach.Ruling) error {
	var data [][]any
	for _, x := range rulings {
		switch x.Contact.State {
		case outreach.Handed, outreach.Rehearsed, outreach.CallOpen:
			data = append(data, []any{x.Contact.ID, x.Address, x.Subject, x.Body})
		}
	}
	if len(data) == 0 {
		return nil
	}
	var a args
	_, err := tx.ExecContext(ctx, `
		insert into contact_words (contact_id, address, subject, body) values `+values(&a, data)+`
		on conflict (contact_id) do update
		    set address = excluded.address, subject = excluded.subject, body = excluded.body`, a.list...)
	if err != nil {
		return fmt.Errorf("write words: %w", err)
	}
	return nil
}

// writeSubjects writes down what the words speak of. An attempt more speaks of
// what it says itself.
func writeSubjects(ctx context.Context, tx *sqlx.Tx, rulings []outreach.Ruling) error {
	var again []int64
	var data [][]any
	for _, x := range rulings {
		if x.Contact.Attempts > 1 {
			again = append(again, x.Contact.ID)
		}
		for _, it := range x.Items {
			var line, canceled any
			if it.Line != nil {
				line = it.Line.ID
			} else {
				canceled = it.Canceled.ID
			}
			data = append(data, []any{x.Contact.ID, line, canceled})
		}
	}
	if len(again) > 0 {
		var a args
		if _, err := tx.ExecContext(ctx, `delete from contact_items where contact_id in `+in(&a, again), a.list...); err != nil {
			return fmt.Errorf("write what a message speaks of: %w", err)
		}
	}
	for _, part := range chunks(data, perStatement) {
		var a args
		_, err := tx.ExecContext(ctx, `insert into contact_items (contact_id, line_id, canceled_order_id) values `+values(&a, part), a.list...)
		if err != nil {
			return fmt.Errorf("write what a message speaks of: %w", err)
		}
	}
	return nil
}

// writeEvents appends to the history: contact, when, from, to, by whom, why.
func writeEvents(ctx context.Context, tx *sqlx.Tx, events [][]any) error {
	for _, part := range chunks(events, perStatement) {
		var a args
		_, err := tx.ExecContext(ctx, `
			insert into contact_events (contact_id, at, from_state, to_state, by_whom, why) values `+values(&a, part), a.list...)
		if err != nil {
			return fmt.Errorf("write contact history: %w", err)
		}
	}
	return nil
}

// movement takes all contacts of one state that fit a condition to another.
type movement struct {
	from, to    outreach.State
	reason, why string
	where       string // with the parameters from $1 on
}

// move makes a movement, writes its history and returns how many contacts moved.
// What somebody else changes meanwhile has moved elsewhere and stays there.
func move(ctx context.Context, tx *sqlx.Tx, now time.Time, m movement, params ...any) (int, error) {
	a := args{list: params}
	var ended time.Time
	if m.to.Final() {
		ended = now
	}
	var ids []int64
	err := tx.SelectContext(ctx, &ids, `
		update contacts set state = `+a.add(m.to)+`, reason = `+a.add(m.reason)+`, ended_at = `+a.add(ended)+`
		where state = '`+string(m.from)+`' and `+m.where+` returning id`, a.list...)
	if err != nil {
		return 0, fmt.Errorf("move contacts from %s to %s: %w", m.from, m.to, err)
	}
	events := make([][]any, len(ids))
	for i, id := range ids {
		events[i] = []any{id, at(now), m.from, m.to, "courtesyd", m.why}
	}
	return len(ids), writeEvents(ctx, tx, events)
}

// standing is where a contact stood when a result for it arrived.
type standing struct {
	ID         int64  `db:"id"`
	State      string `db:"state"`
	Attempts   int    `db:"attempts"`
	HandedBy   int64  `db:"handed_by"`
	HandedAt   Time   `db:"handed_at"`
	FollowUpID int64  `db:"follow_up_id"`
	WrittenBy  string `db:"written_by"`
}

// answers reports whether a result is news about the contact as it stands.
func (s standing) answers(r outreach.Result) bool {
	if r.Attempt != 0 && r.Attempt != s.Attempts {
		return false
	}
	// The same attempt may have been handed over anew, after a hand-over that
	// seemed to fail: its number alone does not say which one a result is about.
	if r.HandedBy != 0 && (r.HandedBy != s.HandedBy || !r.HandedAt.Equal(s.HandedAt.Time)) {
		return false
	}
	return outreach.State(s.State).CanBecome(r.State)
}

// Record writes what became of hand-overs, with everything the answers mean,
// in one transaction. News that would move a contact backwards, or that
// belongs to an earlier attempt, changes nothing. It returns how many results
// were taken.
func (q Queue) Record(ctx context.Context, now time.Time, by string, results []outreach.Result) (taken int, err error) {
	err = q.tx(ctx, func(tx *sqlx.Tx) error {
		// Before the contacts, as everywhere where somebody says something.
		if err := q.lockPeople(ctx, tx, nil, refusing(results)...); err != nil {
			return err
		}
		taken, err = q.record(ctx, tx, now, by, results)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("record results: %w", err)
	}
	return taken, nil
}

// Settle records what a person found out about a contact in doubt. It returns
// 0 when the contact is not in doubt.
func (q Queue) Settle(ctx context.Context, now time.Time, who string, r outreach.Result) (taken int, err error) {
	err = q.tx(ctx, func(tx *sqlx.Tx) error {
		standings, err := q.standings(ctx, tx, []outreach.Result{r})
		if err != nil || outreach.State(standings[r.ContactID].State) != outreach.Unconfirmed {
			return err
		}
		taken, err = q.record(ctx, tx, now, who, []outreach.Result{r})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("settle contact %d: %w", r.ContactID, err)
	}
	return taken, nil
}

func (q Queue) record(ctx context.Context, tx *sqlx.Tx, now time.Time, by string, results []outreach.Result) (taken int, err error) {
	standings, err := q.standings(ctx, tx, results)
	if err != nil {
		return 0, err
	}
	var fresh []outreach.Result
	var events [][]any
	var followUps, unanswered []int64
	for _, r := range results {
		s, ok := standings[r.ContactID]
		if !ok || !s.answers(r) {
			continue
		}
		if s.WrittenBy != "" && neverHad(r.State) {
			unanswered = append(unanswered, r.ContactID)
		}
		fresh = append(fresh, r)
		events = append(events, []any{r.ContactID, at(now), s.State, r.State, by, r.Why})
		followUps = append(followUps, s.FollowUpID)
	}
	if err := q.updateResults(ctx, tx, now, fresh); err != nil {
		return 0, err
	}
	if err := writeEvents(ctx, tx, events); err != nil {
		return 0, err
	}
	if err := q.writeEffects(ctx, tx, now, fresh); err != nil {
		return 0, err
	}
	if err := q.reopen(ctx, tx, now, unanswered); err != nil {
		return 0, err
	}
	return len(fresh), endFinished(ctx, tx, now, followUps)
}

// refusing returns the addresses at which results tell of a refusal.
func refusing(results []outreach.Result) (addresses []string) {
	for _, r := range results {
		if r.OptOut != nil {
			addresses = append(addresses, r.OptOut.Address)
		}
	}
	return addresses
}

func (q Queue) standings(ctx context.Context, tx *sqlx.Tx, results []outreach.Result) (map[int64]standing, error) {
	ids := make([]int64, len(results))
	for i, r := range results {
		ids[i] = r.ContactID
	}
	slices.Sort(ids) // one order for all, so that two recorders cannot wait for each other in a ring
	out := make(map[int64]standing, len(ids))
	for _, part := range chunks(ids, perStatement) {
		lock := ""
		if q.postgres {
			lock = " for no key update" // a reply may refer to it meanwhile
		}
		var a args
		var rows []standing
		err := tx.SelectContext(ctx, &rows, `
			select id, state, attempts, coalesce(handed_by, 0) as handed_by, handed_at,
			       coalesce(follow_up_id, 0) as follow_up_id, written_by from contacts
			where id in `+in(&a, part)+` order by id`+lock, a.list...)
		if err != nil {
			return nil, fmt.Errorf("read standings: %w", err)
		}
		for _, r := range rows {
			out[r.ID] = r
		}
	}
	return out, nil
}

func (q Queue) updateResults(ctx context.Context, tx *sqlx.Tx, now time.Time, results []outreach.Result) error {
	types := []string{"bigint", "text", "text", "timestamptz", "timestamptz", "text", "text", "text", "integer"}
	for _, part := range chunks(results, perStatement) {
		data := make([][]any, len(part))
		for i, r := range part {
			var ended time.Time
			if r.State.Final() {
				ended = now
			}
			uncounted := 0
			if r.Uncounted {
				uncounted = 1
			}
			reason := ""
			if r.State != outreach.Accepted && r.State != outreach.Delivered {
				reason = r.Reason
			}
			data[i] = []any{
				r.ContactID, r.State, reason, at(r.NextAt), at(ended), r.Provider, r.ProviderID, r.ErrorCode, uncounted,
			}
		}
		var a args
		// A contact that goes back to planned was certainly not had by anybody,
		// so its hand-over no longer counts towards caps.
		_, err := tx.ExecContext(ctx, `
			with v (id, state, reason, next_at, ended_at, provider, provider_id, error_code, uncounted) as (values `+
			q.rows(&a, types, data)+`)
			update contacts set state = v.state, reason = v.reason,
			    next_at = coalesce(v.next_at, contacts.next_at), attempts = contacts.attempts - v.uncounted,
			    handed_at = case when v.state = 'planned' then null else contacts.handed_at end,
			    handed_by = case when v.state = 'planned' then null else contacts.handed_by end,
			    ended_at = v.ended_at, provider = v.provider,
			    provider_id = case when v.provider_id = '' then contacts.provider_id else v.provider_id end,
			    error_code = v.error_code
			from v where contacts.id = v.id`, a.list...)
		if err != nil {
			return fmt.Errorf("write results: %w", err)
		}
	}
	return nil
}

// writeEffects records what answers mean beyond their contact.
func (q Queue) writeEffects(ctx context.Context, tx *sqlx.Tx, now time.Time, results []outreach.Result) error {
	var refusals []outreach.OptOut
	for _, r := range results {
		if r.OptOut != nil {
			refusals = append(refusals, *r.OptOut)
		}
	}
	if _, err := q.refuse(ctx, tx, refusals...); err != nil {
		return err
	}
	for _, r := range results {
		if r.Mark != "" || r.Line != "" {
			if err := markAddress(ctx, tx, r.Address, r.Mark, r.Line); err != nil {
				return err
			}
		}
		if r.Hold != "" {
			if err := setControl(ctx, tx, now, controlHold+string(r.Hold), r.Why, "courtesyd"); err != nil {
				return err
			}
		}
	}
	return nil
}
