package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// ErrNoTask means that a task is not open: somebody else has done it, or there
// is none of that number.
var ErrNoTask = errors.New("this reply does not wait for an answer; `courtesyd replies` lists those that do")

// ErrUndecided means that a task asks for a decision which was not made.
var ErrUndecided = errors.New("the customer may have asked to be left alone: say not_opt_out, opt_out or wrong_number")

// Tasks are what waits for a person.
type Tasks struct{ *DB }

// assign opens a task for an inbound contact, or lets it join the one that is
// open for the same customer.
func (b Inbox) assign(ctx context.Context, tx *sqlx.Tx, now time.Time, id int64, e inbound, c outreach.Consequence) error {
	if c.Task == nil {
		return nil
	}
	t := *c.Task
	target, key := "(shop_id, customer_id) where done_at is null and customer_id is not null", ""
	if e.CustomerID == 0 {
		target, key = "(shop_id, address) where done_at is null and customer_id is null", e.address
	}
	var taskID int64
	// The first clock goes on; what is graver names the task.
	err := tx.GetContext(ctx, &taskID, `
		insert into tasks (shop_id, customer_id, address, kind, adviser, opened_at, due_at, review_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict `+target+` do update set
		    kind = case when tasks.kind = 'review' or excluded.kind = 'reply' then tasks.kind else excluded.kind end,
		    review_by = coalesce(tasks.review_by, excluded.review_by)
		returning id`,
		e.ShopID, null(e.CustomerID), key, t.Kind, e.Adviser, at(now), at(t.DueAt), at(t.ReviewBy))
	if err != nil {
		return fmt.Errorf("open task: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `update replies set task_id = $2 where contact_id = $1`, id, taskID); err != nil {
		return fmt.Errorf("add reply to task: %w", err)
	}
	return nil
}

// Waiting is an open task with what was last said.
type Waiting struct {
	ID          int64  `db:"id"`
	Shop        string `db:"shop"`
	CustomerID  int64  `db:"customer_id"`
	Customer    string `db:"customer"`
	Address     string `db:"address"`
	Kind        string `db:"kind"`
	Adviser     string `db:"adviser"`
	OpenedAt    Time   `db:"opened_at"`
	DueAt       Time   `db:"due_at"`
	ReviewBy    Time   `db:"review_by"`
	EscalatedAt Time   `db:"escalated_at"`
	Replies     int    `db:"replies"`
	Channel     string `db:"channel"`
	Detail      string `db:"detail"`
	Words       string `db:"words"`
	SaidAt      Time   `db:"said_at"`
}

// Open lists the open tasks, the first due first, at most limit of them.
func (t Tasks) Open(ctx context.Context, limit int) ([]Waiting, error) {
	var a args
	return t.waiting(ctx, ` order by t.due_at, t.id limit `+a.add(limit), a)
}

// waiting reads those of the open tasks t that the rest of a statement leaves.
func (t Tasks) waiting(ctx context.Context, rest string, a args) ([]Waiting, error) {
	var out []Waiting
	err := t.db.SelectContext(ctx, &out, `
		select t.id, t.shop_id as shop, coalesce(t.customer_id, 0) as customer_id,
		       coalesce(nullif(trim(k.first_name || ' ' || k.last_name), ''), k.company, '') as customer,
		       t.kind, t.adviser, t.opened_at, t.due_at, t.review_by, t.escalated_at,
		       (select count(*) from replies n where n.task_id = t.id) as replies,
		       coalesce(w.address, t.address) as address, coalesce(c.channel, '') as channel,
		       coalesce(r.detail, '') as detail, coalesce(w.body, '') as words, c.ended_at as said_at
		from tasks t left join customers k on k.id = t.customer_id
		left join replies r on r.contact_id = (select max(contact_id) from replies x where x.task_id = t.id)
		left join contacts c on c.id = r.contact_id
		left join contact_words w on w.contact_id = r.contact_id
		where t.done_at is null`+rest, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read replies that wait: %w", err)
	}
	return out, nil
}

// Said is one of the messages that a task is about.
type Said struct {
	TaskID  int64  `db:"task_id"`
	ID      int64  `db:"id"` // of the contact
	At      Time   `db:"at"`
	Channel string `db:"channel"`
	Address string `db:"address"`
	Subject string `db:"subject"`
	Words   string `db:"words"`
	Class   string `db:"class"`
	Detail  string `db:"detail"`
	// Ours is the message of ours that it answers, as far as that is known. What an
	// adviser was to say is none.
	Ours   string `db:"ours"`
	OursAt Time   `db:"ours_at"`
}

// Said returns all messages of tasks, in the order in which they came.
func (t Tasks) Said(ctx context.Context, tasks []int64) (map[int64][]Said, error) {
	var a args
	var rows []Said
	err := t.db.SelectContext(ctx, &rows, `
		select r.task_id, c.id, c.ended_at as at, c.channel, w.address, w.subject, w.body as words, r.class, r.detail,
		       coalesce(o.body, '') as ours, m.handed_at as ours_at
		from replies r join contacts c on c.id = r.contact_id join contact_words w on w.contact_id = c.id
		left join contacts m on m.id = c.answers and m.channel <> 'call' left join contact_words o on o.contact_id = m.id
		where r.task_id in `+in(&a, unique(tasks))+` order by r.task_id, c.id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read what customers said: %w", err)
	}
	out := make(map[int64][]Said)
	for _, r := range rows {
		out[r.TaskID] = append(out[r.TaskID], r)
	}
	return out, nil
}

// ByID returns a task as it stands, open or done. ok is false when there is none
// of that number.
func (t Tasks) ByID(ctx context.Context, id int64) (task outreach.Task, ok bool, err error) {
	var rows []struct {
		ID         int64  `db:"id"`
		ShopID     string `db:"shop_id"`
		CustomerID int64  `db:"customer_id"`
		Kind       string `db:"kind"`
		Adviser    string `db:"adviser"`
		DoneAt     Time   `db:"done_at"`
		DoneBy     string `db:"done_by"`
		Outcome    string `db:"outcome"`
	}
	err = t.db.SelectContext(ctx, &rows, `
		select id, shop_id, coalesce(customer_id, 0) as customer_id, kind, adviser, done_at, done_by, outcome from tasks where id = $1`, id)
	if err != nil {
		return task, false, fmt.Errorf("read task: %w", err)
	}
	if len(rows) == 0 {
		return task, false, nil
	}
	r := rows[0]
	return outreach.Task{
		ID: r.ID, ShopID: r.ShopID, CustomerID: r.CustomerID, Kind: outreach.TaskKind(r.Kind), Adviser: r.Adviser,
		DoneAt: r.DoneAt.Time, DoneBy: r.DoneBy, Outcome: r.Outcome,
	}, true, nil
}

// Closed returns which of the addresses that a task's messages came from are left
// alone for good, however it was done.
func (t Tasks) Closed(ctx context.Context, id int64) ([]string, error) {
	var out []string
	err := t.db.SelectContext(ctx, &out, `
		select distinct o.address from replies r join contact_words w on w.contact_id = r.contact_id join opt_outs o on o.address = w.address
		where r.task_id = $1 and o.lifted_at is null and not o.tentative and o.channel = '' and o.shop_id = '' order by o.address`, id)
	if err != nil {
		return nil, fmt.Errorf("read opt-outs: %w", err)
	}
	return out, nil
}

// TaskEnd is how a task was done and what that means.
type TaskEnd struct {
	ID        int64
	Outcome   string
	Note      string
	Who       string
	EndReason string // ends the customer's follow-ups at the shop when not ""
	// Decided says that the outcome tells whether the customer wants to be left
	// alone: without it a task that asks for that stays open.
	Decided bool
	OptOut  bool // the customer does
	Wrong   bool // the address is somebody else's
}

// Done records a task as done, once: the second person to do so gets ErrNoTask.
// What the customer said counts as answered from then on.
func (t Tasks) Done(ctx context.Context, now time.Time, e TaskEnd) error {
	return t.tx(ctx, func(tx *sqlx.Tx) error {
		if err := t.lock(ctx, tx, e.ID); err != nil {
			return err
		}
		return t.done(ctx, tx, now, e)
	})
}

// done is Done for who has locked the task already.
func (t Tasks) done(ctx context.Context, tx *sqlx.Tx, now time.Time, e TaskEnd) error {
	about, err := t.replied(ctx, tx, e.ID)
	if err != nil {
		return err
	}
	if len(about) == 0 || about[0].Done {
		return ErrNoTask
	}
	if about[0].Review && !e.Decided {
		return ErrUndecided
	}
	if err := t.decide(ctx, tx, now, e, about); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		update tasks set done_at = $2, done_by = $3, outcome = $4, review_by = null where id = $1`, e.ID, at(now), e.Who, e.Outcome)
	if err != nil {
		return fmt.Errorf("close task: %w", err)
	}
	return t.settle(ctx, tx, now, e, about)
}

// lock makes whoever else records something of the task's people, or closes the
// task, wait; PostgreSQL only, as for lockAddresses. The people come first, as
// they do when a message is taken in.
func (t Tasks) lock(ctx context.Context, tx *sqlx.Tx, id int64) error {
	if !t.postgres {
		return nil
	}
	err := t.lockStill(ctx, tx, func() ([]string, error) {
		about, err := t.replied(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		var addresses []string
		var customers []int64
		for _, r := range about {
			addresses, customers = append(addresses, r.Address, r.WroteTo), append(customers, r.CustomerID)
		}
		return addressesOf(ctx, tx, customers, addresses)
	})
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `select 1 from tasks where id = $1 for update`, id); err != nil {
		return fmt.Errorf("lock task: %w", err)
	}
	return nil
}

// reply is one of the replies that a task is about.
type reply struct {
	ContactID  int64  `db:"contact_id"`
	ShopID     string `db:"shop_id"`
	CustomerID int64  `db:"customer_id"`
	Address    string `db:"address"`
	WroteTo    string `db:"wrote_to"` // where the message went that it answers
	Done       bool   `db:"done"`
	Review     bool   `db:"review"`
}

const repliesOf = `
	select r.contact_id, t.shop_id, coalesce(t.customer_id, 0) as customer_id, w.address,
	       coalesce((select m.address from contacts c join contact_words m on m.contact_id = c.answers where c.id = r.contact_id), '') as wrote_to,
	       t.done_at is not null as done, t.review_by is not null as review
	from tasks t join replies r on r.task_id = t.id join contact_words w on w.contact_id = r.contact_id
	where t.id = $1 order by r.contact_id`

func (t Tasks) replied(ctx context.Context, tx *sqlx.Tx, id int64) (out []reply, err error) {
	if err = tx.SelectContext(ctx, &out, repliesOf, id); err != nil {
		return nil, fmt.Errorf("read task: %w", err)
	}
	return out, nil
}

// decide does what a person found out about the wish to be left alone.
func (t Tasks) decide(ctx context.Context, tx *sqlx.Tx, now time.Time, e TaskEnd, about []reply) error {
	if !e.Decided {
		return nil
	}
	addresses := make([]string, len(about))
	for i, r := range about {
		addresses[i] = r.Address
	}
	last := about[len(about)-1]
	held, err := t.held(ctx, tx, e.ID)
	if err != nil {
		return err
	}
	no := outreach.OptOut{Reason: "told_to_staff", Source: e.Who, RecordedAt: now, ReplyID: last.ContactID, Person: true}
	if e.OptOut {
		for _, o := range held {
			addresses = append(addresses, o.Address)
		}
		refusals, err := meant(ctx, tx, no, last.CustomerID, last.Address, addresses...)
		if err == nil {
			_, err = t.refuse(ctx, tx, refusals...)
		}
		return err
	}
	if err := t.release(ctx, tx, now, e.ID); err != nil {
		return err
	}
	if e.Wrong {
		wrong := []string{last.Address}
		if last.WroteTo != last.Address && outreach.KindOf(last.WroteTo) == outreach.KindOf(last.Address) && last.WroteTo != "" {
			wrong = append(wrong, last.WroteTo)
		}
		no.Reason, no.Person = "wrong_number", false
		for _, no.Address = range wrong {
			if _, err := t.refuse(ctx, tx, no); err != nil {
				return err
			}
		}
		return t.disown(ctx, tx, now, e.Who, wrong...)
	}
	return audit(ctx, tx, now, e.Who, "found not to be an opt-out", outreach.Mask(last.Address), e.Note)
}

// heldFor is the condition for opt-outs that wait for what a person finds in a
// task. Firm ones are none: they stay whatever is found.
const heldFor = `tentative and lifted_at is null and reply_id in (select contact_id from replies where task_id = $1)`

// held returns the address and reply of each.
func (t Tasks) held(ctx context.Context, tx *sqlx.Tx, taskID int64) ([]outreach.OptOut, error) {
	var rows []struct {
		Address string `db:"address"`
		ReplyID int64  `db:"reply_id"`
	}
	if err := tx.SelectContext(ctx, &rows, `select address, reply_id from opt_outs where `+heldFor+` order by id`, taskID); err != nil {
		return nil, fmt.Errorf("read what is held: %w", err)
	}
	out := make([]outreach.OptOut, len(rows))
	for i, r := range rows {
		out[i] = outreach.OptOut{Address: r.Address, ReplyID: r.ReplyID}
	}
	return out, nil
}

func (t Tasks) release(ctx context.Context, tx *sqlx.Tx, now time.Time, taskID int64) error {
	if _, err := tx.ExecContext(ctx, `update opt_outs set lifted_at = $2 where `+heldFor, taskID, at(now)); err != nil {
		return fmt.Errorf("take back what was held: %w", err)
	}
	return nil
}

// settle marks what the customer said as answered, and ends what a person found
// to be over.
func (t Tasks) settle(ctx context.Context, tx *sqlx.Tx, now time.Time, e TaskEnd, about []reply) error {
	why := e.Outcome
	if e.Note != "" {
		why += ": " + e.Note
	}
	var events [][]any
	for _, r := range about {
		_, err := tx.ExecContext(ctx, `update contacts set answered_at = $2 where id = $1 and answered_at is null`, r.ContactID, at(now))
		if err != nil {
			return fmt.Errorf("mark reply as answered: %w", err)
		}
		events = append(events, []any{r.ContactID, at(now), outreach.Received, outreach.Received, e.Who, why})
	}
	if err := writeEvents(ctx, tx, events); err != nil {
		return err
	}
	if err := audit(ctx, tx, now, e.Who, "deal with reply", fmt.Sprintf("task %d", e.ID), "from open to "+e.Outcome); err != nil {
		return err
	}
	customer, shop := about[0].CustomerID, about[0].ShopID
	if customer == 0 {
		return nil
	}
	if e.EndReason != "" {
		if err := endAllOf(ctx, tx, now, customer, shop, e.EndReason); err != nil {
			return err
		}
	}
	// What waited for the answer is looked at again at once.
	_, err := tx.ExecContext(ctx, `
		update contacts set next_at = $2 where customer_id = $1 and state = 'planned' and next_at > $2 and due_at <= $2
		  and reason like '%reply_waiting%'`, customer, at(now))
	if err != nil {
		return fmt.Errorf("wake what waited: %w", err)
	}
	return nil
}
