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

// Queue is the way from planned to sent: it hands due contacts over and
// records what became of them.
type Queue struct{ *DB }

// HandOver takes due contacts of one channel, lets decide judge them and writes
// every ruling down, in one transaction. Only what is returned with the state
// handed may be sent, and only after this has returned without an error. With
// an error the rulings are those that may have been written all the same.
func (q Queue) HandOver(ctx context.Context, r outreach.HandOver, decide outreach.Decide) (rulings []outreach.Ruling, err error) {
	err = q.tx(ctx, func(tx *sqlx.Tx) error {
		rulings = nil
		if err := q.lockBrake(ctx, tx, "pg_advisory_xact_lock_shared"); err != nil {
			return err
		}
		if err := q.inMode(ctx, tx, r.Rehearsal); err != nil {
			return err
		}
		if err := q.lockLimits(ctx, tx, r); err != nil {
			return err
		}
		contacts, err := q.claim(ctx, tx, r)
		if err != nil || len(contacts) == 0 {
			return err
		}
		if contacts, err = q.cancelEnded(ctx, tx, r.Now, contacts); err != nil || len(contacts) == 0 {
			return err
		}
		due, err := q.facts(ctx, tx, r, contacts)
		if err != nil || len(due) == 0 {
			return err
		}
		inst, err := q.installation(ctx, tx, r)
		if err != nil {
			return err
		}
		rulings = decide(inst, due)
		return q.writeRulings(ctx, tx, r, due, rulings)
	})
	if err != nil {
		return rulings, fmt.Errorf("hand over: %w", err)
	}
	return rulings, nil
}

// lockLimits lets hand-overs that count towards a daily limit come one after the
// other, so that two of them cannot both use up the last place. It is taken
// before anything else is locked.
func (q Queue) lockLimits(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver) error {
	counted := len(r.ShopDay) > 0 || !r.PilotDay.IsZero() || !r.SenderDay.IsZero()
	if !q.postgres || !counted {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `select pg_advisory_xact_lock($1, $2)`, lockClass, lockBuckets); err != nil {
		return fmt.Errorf("lock daily limits: %w", err)
	}
	return nil
}

// Idle reports quickly, without a transaction, whether nothing of the channel is due.
func (q Queue) Idle(ctx context.Context, r outreach.HandOver) (bool, error) {
	var a args
	due := due(&a, r)
	found, err := exists(ctx, q.db, `select 1 from contacts c where `+due, a.list...)
	if err != nil {
		return false, fmt.Errorf("look for due contacts: %w", err)
	}
	return !found, nil
}

// due is the condition for contacts c that a hand-over may take. What a person
// holds back is none of them.
func due(a *args, r outreach.HandOver) string {
	return `c.state = 'planned' and c.held_by = '' and c.channel = ` + a.add(r.Channel) + ` and c.next_at <= ` + a.add(r.Now) +
		` and c.rehearsal = ` + a.add(r.Rehearsal) + ofShops(a, r.Shops)
}

// ofShops limits contacts c to those of some shops, where any are named.
func ofShops(a *args, shops []string) string {
	if len(shops) == 0 {
		return ""
	}
	return ` and c.shop_id in ` + in(a, shops)
}

// NextDue returns when the next planned contact of some shops is to be looked
// at; zero when none is planned.
func (q Queue) NextDue(ctx context.Context, rehearsal bool, shops []string) (time.Time, error) {
	var t Time
	var a args
	err := q.db.GetContext(ctx, &t, `select min(next_at) from contacts c where state = 'planned' and held_by = '' and rehearsal = `+
		a.add(rehearsal)+ofShops(&a, shops), a.list...)
	if err != nil {
		return time.Time{}, fmt.Errorf("look for the next contact: %w", err)
	}
	return t.Time, nil
}

type contactRow struct {
	ID              int64  `db:"id"`
	ShopID          string `db:"shop_id"`
	CustomerID      int64  `db:"customer_id"`
	FollowUpID      int64  `db:"follow_up_id"`
	Step            int    `db:"step"`
	Channel         string `db:"channel"`
	Class           string `db:"class"`
	State           string `db:"state"`
	Reason          string `db:"reason"`
	PlaybookID      string `db:"playbook_id"`
	PlaybookVersion int    `db:"playbook_version"`
	Template        string `db:"template"`
	DueAt           Time   `db:"due_at"`
	NotAfter        Time   `db:"not_after"`
	NextAt          Time   `db:"next_at"`
	Attempts        int    `db:"attempts"`
	HandedAt        Time   `db:"handed_at"`
	Rehearsal       bool   `db:"rehearsal"`
	Answers         int64  `db:"answers"`
	WrittenBy       string `db:"written_by"`
	AnyHour         bool   `db:"any_hour"`
}

const contactColumns = `c.id, c.shop_id, coalesce(c.customer_id, 0) as customer_id,
	coalesce(c.follow_up_id, 0) as follow_up_id, c.step, c.channel, c.class, c.state, c.reason, c.playbook_id,
	c.playbook_version, c.template, c.due_at, c.not_after, c.next_at, c.attempts, c.handed_at, c.rehearsal,
	coalesce(c.answers, 0) as answers, c.written_by, c.any_hour`

func (r contactRow) contact() outreach.Contact {
	return outreach.Contact{
		ID: r.ID, ShopID: r.ShopID, CustomerID: r.CustomerID, FollowUpID: r.FollowUpID, Step: r.Step,
		Direction: outreach.Outbound, Channel: outreach.Channel(r.Channel), Class: outreach.Class(r.Class),
		State: outreach.State(r.State), Reason: r.Reason, PlaybookID: r.PlaybookID,
		PlaybookVersion: r.PlaybookVersion, Template: r.Template, DueAt: r.DueAt.Time,
		NotAfter: r.NotAfter.Time, NextAt: r.NextAt.Time, Attempts: r.Attempts, HandedAt: r.HandedAt.Time,
		Rehearsal: r.Rehearsal, Answers: r.Answers, WrittenBy: r.WrittenBy, AnyHour: r.AnyHour,
	}
}

func (q Queue) claim(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver) ([]outreach.Contact, error) {
	var a args
	// Of those whose turn comes at once, what is due now goes before what was put
	// off: a reminder on the customer's own day before a note of ours.
	return q.take(ctx, tx, due(&a, r)+` order by c.next_at, c.due_at desc, c.id`, r.Limit, a)
}

// take locks contacts c that fit a condition and that nobody else has.
func (q Queue) take(ctx context.Context, tx *sqlx.Tx, where string, limit int, a args) ([]outreach.Contact, error) {
	var rows []contactRow
	err := tx.SelectContext(ctx, &rows, fmt.Sprintf(
		`select `+contactColumns+` from contacts c where `+where+` limit %d%s`, limit, q.skipLocked()), a.list...)
	if err != nil {
		return nil, fmt.Errorf("claim contacts: %w", err)
	}
	out := make([]outreach.Contact, len(rows))
	for i, row := range rows {
		out[i] = row.contact()
	}
	return out, nil
}

func (q Queue) installation(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver) (outreach.Installation, error) {
	inst := outreach.Installation{
		Holds: map[outreach.Channel]string{}, SentToday: map[string]int{}, UsedToday: map[outreach.Channel]int{},
	}
	var controls []Control
	err := tx.SelectContext(ctx, &controls, `
		select name, value, by_whom, at from controls where name in ($1, $2) or name like $3`,
		controlStopAll, controlDocuments, controlHold+"%")
	if err != nil {
		return inst, fmt.Errorf("read brakes: %w", err)
	}
	for _, c := range controls {
		switch {
		case c.Name == controlStopAll:
			inst.StopAll = true
		case c.Name == controlDocuments:
			inst.Revision, _ = strconv.Atoi(c.Value) // written by documentsChanged only
		default:
			inst.Holds[outreach.Channel(strings.TrimPrefix(c.Name, controlHold))] = c.Value
		}
	}
	if inst.Revision != r.Known {
		docs, err := documents(ctx, tx, r.Now)
		if err != nil {
			return inst, err
		}
		inst.Documents = &docs
	}
	return inst, q.counts(ctx, tx, r, &inst)
}

// counts fills in what daily limits are judged by. Each count runs only where
// a limit is set, because it grows with the day.
func (q Queue) counts(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, inst *outreach.Installation) error {
	count := func(into *int, what, where string, params ...any) error {
		err := tx.GetContext(ctx, into, `select `+what+` from contacts where handed_at >= $1 and rehearsal = $2 and `+where, params...)
		if err != nil {
			return fmt.Errorf("count today's contacts: %w", err)
		}
		return nil
	}
	for shop, since := range r.ShopDay {
		var n int
		if err := count(&n, "count(*)", "shop_id = $3", at(since), r.Rehearsal, shop); err != nil {
			return err
		}
		inst.SentToday[shop] = n
	}
	if !r.PilotDay.IsZero() {
		if err := count(&inst.PilotSent, "count(*)", "direction = 'out'", at(r.PilotDay), r.Rehearsal); err != nil {
			return err
		}
	}
	if !r.SenderDay.IsZero() {
		var n int
		what := "cast(coalesce(sum(case when segments > 0 then segments else 1 end), 0) as integer)"
		if err := count(&n, what, "channel = $3", at(r.SenderDay), r.Rehearsal, r.Channel); err != nil {
			return err
		}
		inst.UsedToday[r.Channel] = n
	}
	return nil
}

// Expire closes contacts whose time has passed before they could go, so that
// nothing goes out in a heap after downtime. It returns how many. Those of people
// with whom somebody else is at work are left for the next time.
func (q Queue) Expire(ctx context.Context, now time.Time, by string) (int, error) {
	total := 0
	for {
		n, err := q.expireSome(ctx, now, by)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

func (q Queue) expireSome(ctx context.Context, now time.Time, by string) (n int, err error) {
	err = q.tx(ctx, func(tx *sqlx.Tx) error {
		n = 0
		var a args
		where := `c.state in ('planned', 'open') and c.not_after < ` + a.add(now) + ` order by c.not_after`
		late, err := q.take(ctx, tx, where, perStatement, a)
		if err != nil || len(late) == 0 {
			return err
		}
		addresses, err := loadAddresses(ctx, tx, customersOf(late))
		if err != nil {
			return err
		}
		if late, err = q.undisturbed(ctx, tx, late, addresses); err != nil || len(late) == 0 {
			return err
		}
		n = len(late)
		return q.expireAll(ctx, tx, now, by, late)
	})
	if err != nil {
		return 0, fmt.Errorf("expire contacts: %w", err)
	}
	return n, nil
}

func (q Queue) expireAll(ctx context.Context, tx *sqlx.Tx, now time.Time, by string, late []outreach.Contact) error {
	var a args
	moment := a.add(now)
	ids, followUps := make([]int64, len(late)), make([]int64, len(late))
	events := make([][]any, len(late))
	var unanswered []int64
	for i, c := range late {
		if c.WrittenBy != "" {
			unanswered = append(unanswered, c.ID)
		}
		ids[i], followUps[i] = c.ID, c.FollowUpID
		events[i] = []any{c.ID, at(now), c.State, outreach.Expired, by, "its time had passed before it could go"}
	}
	_, err := tx.ExecContext(ctx, `
		update contacts set state = 'expired', ended_at = `+moment+`,
		    reason = case when reason = '' then 'past_not_after' else reason || ',past_not_after' end
		where id in `+in(&a, ids), a.list...)
	if err != nil {
		return err
	}
	if err := writeEvents(ctx, tx, events); err != nil {
		return err
	}
	if err := q.reopen(ctx, tx, now, unanswered); err != nil {
		return err
	}
	return endFinished(ctx, tx, now, followUps)
}

// InDoubt returns unconfirmed contacts of a channel, handed over before a time,
// whose turn to be asked about has come.
func (q Queue) InDoubt(ctx context.Context, now, handedBefore time.Time, ch outreach.Channel, limit int) ([]outreach.Doubt, error) {
	var rows []struct {
		contactRow
		Address string `db:"address"`
		Body    string `db:"body"`
	}
	err := q.db.SelectContext(ctx, &rows, `
		select `+contactColumns+`, w.address, w.body from contacts c join contact_words w on w.contact_id = c.id
		where c.state = 'unconfirmed' and c.`+onTheWay+` and c.handed_at <= $1 and c.channel = $2 and c.next_at <= $3
		order by c.id limit $4`, at(handedBefore), ch, at(now), limit)
	if err != nil {
		return nil, fmt.Errorf("read contacts in doubt: %w", err)
	}
	out := make([]outreach.Doubt, len(rows))
	for i, r := range rows {
		out[i] = outreach.Doubt{Contact: r.contact(), Address: r.Address, Body: r.Body}
	}
	return out, nil
}

// AskLater sets when a contact in doubt is next asked about.
func (q Queue) AskLater(ctx context.Context, id int64, next time.Time) error {
	err := q.exec(ctx, `update contacts set next_at = $2 where id = $1 and state = 'unconfirmed'`, id, at(next))
	if err != nil {
		return fmt.Errorf("put off asking about contact %d: %w", id, err)
	}
	return nil
}

// Trouble counts what a pilot watches, since a time. Opt-outs that a list brought
// in do not answer to anything sent.
func (q Queue) Trouble(ctx context.Context, since time.Time) (t outreach.Trouble, err error) {
	err = q.db.GetContext(ctx, &t.Bounces, `
		select count(*) from contacts where handed_at >= $1 and not rehearsal
		  and state in ('bounced', 'undelivered', 'failed')`, at(since))
	if err != nil {
		return t, fmt.Errorf("count bounces: %w", err)
	}
	// A person is counted once, however many addresses they have.
	err = q.db.GetContext(ctx, &t, `
		select count(distinct case when reason <> $2 then who end) as optouts, count(distinct case when reason = $2 then who end) as complaints
		from (select o.reason, coalesce(cast(min(a.customer_id) as text), o.address) as who
		      from opt_outs o left join addresses a on a.value = o.address
		      where o.recorded_at >= $1 and o.source not like 'import:%' and o.lifted_at is null
		      group by o.id, o.reason, o.address) p`, at(since), outreach.ReasonComplaint)
	if err != nil {
		return t, fmt.Errorf("count opt-outs: %w", err)
	}
	return t, nil
}
