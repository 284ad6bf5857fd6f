package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// File is what the shop has about one customer, besides the timeline.
type File struct {
	Customer  outreach.Customer
	Addresses []FiledAddress
	Cars      []Car
	Open      []OpenItem
	Running   []Running
	Booked    []time.Time // appointments ahead, the soonest first
	Consents  []outreach.Consent
	Cases     []OpenCase // of the customer and of everybody who shares an address
	Task      Waits      // the open task, the zero Waits when nobody waits
	Questions []Question
	Calls     []Call // open ones, the first due first
	// Newest is the last that was said in the conversation, see Answers.Plan.
	Newest int64
}

// FiledAddress is a number or mail address with what stands against it.
type FiledAddress struct {
	outreach.Address
	OptOuts []outreach.OptOut // in force
	Lifted  []outreach.OptOut
	Shared  []Named // other customers who have it
}

// Named is another customer.
type Named struct {
	ID   int64  `db:"id"`
	Name string `db:"name"`
}

// OpenCase is a recovery case that is not closed.
type OpenCase struct {
	ID         int64 `db:"id"`
	CustomerID int64 `db:"customer_id"`
	OpenedAt   Time  `db:"opened_at"`
}

// Waits is a task that waits for somebody.
type Waits struct {
	ID       int64  `db:"id"`
	Kind     string `db:"kind"`
	Adviser  string `db:"adviser"`
	OpenedAt Time   `db:"opened_at"`
	DueAt    Time   `db:"due_at"`
	Review   bool   `db:"review"`
}

// Question is the last message that the customer sent by one way.
type Question struct {
	ID      int64  `db:"id"`
	Channel string `db:"channel"`
	Address string `db:"address"`
	Subject string `db:"subject"`
	Words   string `db:"words"`
	At      Time   `db:"at"`
	Waiting bool   `db:"waiting"`
	Shop    string `db:"shop_id"`
	// Provider is "page" where they used their page; Detail says how it was understood.
	Provider string `db:"provider"`
	Detail   string `db:"detail"`
}

// Call is an open call to the customer.
type Call struct {
	ID       int64  `db:"id"`
	Playbook string `db:"playbook"`
	Address  string `db:"address"`
}

// Running is a follow-up that goes on, with its next step.
type Running struct {
	ID        int64  `db:"id"`
	ContactID int64  `db:"contact_id"` // of the next step, 0 when nothing more is planned
	Playbook  string `db:"playbook"`
	StartedAt Time   `db:"started_at"`
	Rehearsal bool   `db:"rehearsal"`
	Step      int    `db:"step"` // 0 when nothing more is planned
	Channel   string `db:"channel"`
	State     string `db:"state"`
	Reason    string `db:"reason"`
	NextAt    Time   `db:"next_at"`
	HeldBy    string `db:"held_by"` // see Ahead
	HeldAt    Time   `db:"held_at"`
}

// File returns what the shop has about a customer. For one that was merged into
// another it is the other's; it fails with ErrNoCustomer when there is none.
func (c Customers) File(ctx context.Context, now time.Time, id int64) (f File, err error) {
	err = c.read(ctx, func(tx *sqlx.Tx) error {
		f, err = file(ctx, tx, now, id)
		return err
	})
	return f, err
}

func file(ctx context.Context, tx *sqlx.Tx, now time.Time, id int64) (f File, err error) {
	id, err = survivor(ctx, tx, id)
	if err != nil {
		return f, err
	}
	people, err := loadCustomers(ctx, tx, []int64{id})
	if err != nil {
		return f, err
	}
	f.Customer = people[id]
	for _, read := range []func(context.Context, *sqlx.Tx, time.Time, *File) error{
		fileAddresses, fileVehicles, fileOpen, fileRunning, fileBooked, fileConsents, fileCases, fileTalk,
	} {
		if err := read(ctx, tx, now, &f); err != nil {
			return f, fmt.Errorf("read customer: %w", err)
		}
	}
	return f, nil
}

// survivor is the customer that an id stands for now.
func survivor(ctx context.Context, tx *sqlx.Tx, id int64) (int64, error) {
	var found []int64
	err := tx.SelectContext(ctx, &found, `select coalesce(merged_into, id) from customers where id = $1`, id)
	switch {
	case err != nil:
		return 0, fmt.Errorf("look for customer: %w", err)
	case len(found) == 0:
		return 0, ErrNoCustomer
	}
	return found[0], nil
}

func fileAddresses(ctx context.Context, tx *sqlx.Tx, now time.Time, f *File) error {
	addresses, err := loadAddresses(ctx, tx, []int64{f.Customer.ID})
	if err != nil {
		return err
	}
	var values []string
	for _, a := range addresses[f.Customer.ID] {
		values = append(values, a.Value)
	}
	list, err := refusals(ctx, tx, "address", values)
	if err != nil {
		return err
	}
	var a args
	var others []struct {
		Named
		Value string `db:"value"`
	}
	err = tx.SelectContext(ctx, &others, `
		select distinct k.id, coalesce(nullif(trim(k.first_name || ' ' || k.last_name), ''), k.company) as name, a.value
		from addresses a join customers k on k.id = a.customer_id
		where k.id <> `+a.add(f.Customer.ID)+` and k.merged_into is null and a.value in `+in(&a, values)+` order by k.id`, a.list...)
	if err != nil {
		return err
	}
	for _, address := range addresses[f.Customer.ID] {
		filed := FiledAddress{Address: address}
		for _, o := range list {
			switch {
			case o.Address != address.Value:
			case o.LiftedAt.IsZero() || o.LiftedAt.After(now):
				filed.OptOuts = append(filed.OptOuts, o)
			default:
				filed.Lifted = append(filed.Lifted, o)
			}
		}
		for _, k := range others {
			if k.Value == address.Value {
				filed.Shared = append(filed.Shared, k.Named)
			}
		}
		f.Addresses = append(f.Addresses, filed)
	}
	return nil
}

func fileRunning(ctx context.Context, tx *sqlx.Tx, _ time.Time, f *File) error {
	return tx.SelectContext(ctx, &f.Running, `
		select u.id, coalesce(c.id, 0) as contact_id, u.playbook_id as playbook, u.started_at, u.rehearsal, coalesce(c.step, 0) as step, coalesce(c.channel, '') as channel,
		       coalesce(c.state, '') as state, coalesce(c.reason, '') as reason, c.next_at, `+holding()+`
		from follow_ups u left join contacts c on c.id = (
		    select n.id from contacts n where n.follow_up_id = u.id and n.state in ('planned', 'open') order by n.step limit 1)
		where u.customer_id = $1 and u.state = 'active' order by u.id`, f.Customer.ID)
}

func fileBooked(ctx context.Context, tx *sqlx.Tx, now time.Time, f *File) error {
	var rows []Time
	err := tx.SelectContext(ctx, &rows, `
		select starts_at from appointments where customer_id = $1 and canceled_at is null and starts_at > $2 order by starts_at`,
		f.Customer.ID, at(now))
	for _, r := range rows {
		f.Booked = append(f.Booked, r.Time)
	}
	return err
}

func fileConsents(ctx context.Context, tx *sqlx.Tx, _ time.Time, f *File) (err error) {
	f.Consents, err = evidence(ctx, tx, ` where customer_id in `, []int64{f.Customer.ID})
	return err
}

func fileCases(ctx context.Context, tx *sqlx.Tx, _ time.Time, f *File) error {
	kin, err := loadKin(ctx, tx, []int64{f.Customer.ID})
	if err != nil {
		return err
	}
	var a args
	return tx.SelectContext(ctx, &f.Cases, `
		select id, customer_id, opened_at from recovery_cases
		where closed_at is null and customer_id in `+in(&a, kin[f.Customer.ID])+` order by id`, a.list...)
}

// fileTalk reads what is open between the customer and the shop's people.
func fileTalk(ctx context.Context, tx *sqlx.Tx, _ time.Time, f *File) error {
	var tasks []Waits
	err := tx.SelectContext(ctx, &tasks, `
		select id, kind, adviser, opened_at, due_at, review_by is not null as review from tasks
		where customer_id = $1 and done_at is null order by due_at, id limit 1`, f.Customer.ID)
	if err != nil {
		return err
	}
	if len(tasks) > 0 {
		f.Task = tasks[0]
	}
	// A machine's answer asks nothing, nor does a button pressed without a word.
	err = tx.SelectContext(ctx, &f.Questions, `
		select c.id, c.shop_id, c.channel, c.ended_at as at, c.answered_at is null as waiting, w.address, w.subject, w.body as words,
		       c.provider, coalesce(r.detail, '') as detail
		from contacts c join contact_words w on w.contact_id = c.id left join replies r on r.contact_id = c.id
		where c.id in (select max(n.id) from contacts n join contact_words s on s.contact_id = n.id
		               where n.customer_id = $1 and n.direction = 'in' and n.channel in ('sms', 'email') and n.reason <> 'auto_reply'
		                 and (s.body <> '' or n.answered_at is null) group by n.channel)
		order by c.ended_at desc, c.id desc`, f.Customer.ID)
	if err != nil {
		return err
	}
	err = tx.SelectContext(ctx, &f.Calls, `
		select c.id, c.playbook_id as playbook, coalesce(w.address, '') as address
		from contacts c left join contact_words w on w.contact_id = c.id
		where c.customer_id = $1 and c.state = 'open' order by c.id`, f.Customer.ID)
	if err != nil {
		return err
	}
	f.Newest, err = lastSaid(ctx, tx, f.Customer.ID)
	return err
}
