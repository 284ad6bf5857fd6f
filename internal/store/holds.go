package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// ErrNoContact means that there is no contact of that number.
var ErrNoContact = errors.New("there is no such contact")

// ErrAnswer means that a planned contact is the answer to what a customer wrote, or
// the confirmation of a refusal: it goes at once or not at all.
var ErrAnswer = errors.New("an answer or a confirmation goes at once and cannot be held back")

// NotPlannedError means that a contact is not what somebody who wanted to change
// it took it for: it went out meanwhile, or somebody else was first.
type NotPlannedError struct {
	State  outreach.State
	Reason string
	HeldBy string    // who holds it back, "" when nobody does
	Who    string    // made the last change
	At     time.Time // of the last change
}

// Error implements error.
func (e NotPlannedError) Error() string {
	return fmt.Sprintf("the contact is %s since %s, changed by %s", e.State, e.At.Format(time.DateTime), e.Who)
}

// Holds are planned contacts that a person keeps from going out.
type Holds struct{ *DB }

// plannedRow is a contact that is to be changed before it goes out.
type plannedRow struct {
	ID         int64  `db:"id"`
	CustomerID int64  `db:"customer_id"`
	FollowUpID int64  `db:"follow_up_id"`
	Step       int    `db:"step"`
	State      string `db:"state"`
	Reason     string `db:"reason"`
	HeldBy     string `db:"held_by"`
	Who        string `db:"who"`
	At         Time   `db:"at"`
}

func (r plannedRow) otherwise() error {
	return NotPlannedError{State: outreach.State(r.State), Reason: r.Reason, HeldBy: r.HeldBy, Who: r.Who, At: r.At.Time}
}

// Hold keeps a planned contact from being handed over until it is let go. Once its
// time has passed it expires like any other. It fails with NotPlannedError when
// the contact is not planned any more, or held already.
func (h Holds) Hold(ctx context.Context, now time.Time, id int64, who string) error {
	return h.change(ctx, id, func(tx *sqlx.Tx, c plannedRow) error {
		if c.HeldBy != "" {
			return c.otherwise()
		}
		return hold(ctx, tx, now, c, who, who, outreach.Held, heldBack)
	})
}

// LetGo takes a hold back: the contact is judged when its time comes, at once
// where it has come. It fails with NotPlannedError when nobody holds it.
func (h Holds) LetGo(ctx context.Context, now time.Time, id int64, who string) error {
	return h.change(ctx, id, func(tx *sqlx.Tx, c plannedRow) error {
		if c.HeldBy == "" {
			return c.otherwise()
		}
		return hold(ctx, tx, now, c, who, "", "", "let go")
	})
}

// Remove ends the follow-up of a planned contact, so that nothing more of it goes
// out. It fails with NotPlannedError when the contact is not planned any more.
func (h Holds) Remove(ctx context.Context, now time.Time, id int64, who, note string) error {
	return h.change(ctx, id, func(tx *sqlx.Tx, c plannedRow) error {
		why := "took this person off the list"
		if note != "" {
			why += ": " + note
		}
		events := [][]any{{c.ID, at(now), outreach.Planned, outreach.Planned, who, why}}
		if err := writeEvents(ctx, tx, events); err != nil {
			return err
		}
		if err := endFollowUp(ctx, tx, now, outreach.Ending{FollowUpID: c.FollowUpID, Reason: outreach.RemovedByStaff}); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, "remove from follow-up", contactName(c.ID), note)
	})
}

// change locks a contact that is planned, with its people, and has it changed; it
// fails with ErrAnswer where it is no step of a follow-up.
// The people come first, as everywhere, so that no hand-over is in between.
func (h Holds) change(ctx context.Context, id int64, f func(*sqlx.Tx, plannedRow) error) error {
	err := h.tx(ctx, func(tx *sqlx.Tx) error {
		c, err := h.planned(ctx, tx, id, "")
		if err != nil {
			return err
		}
		if h.postgres {
			if err := h.lockPeople(ctx, tx, []int64{c.CustomerID}); err != nil {
				return err
			}
			if c, err = h.planned(ctx, tx, id, " for update of c"); err != nil {
				return err
			}
		}
		switch {
		case outreach.State(c.State) != outreach.Planned:
			return c.otherwise()
		case c.Step == 0:
			return ErrAnswer
		}
		return f(tx, c)
	})
	if err != nil {
		return fmt.Errorf("change contact %d: %w", id, err)
	}
	return nil
}

// planned reads a contact and who changed it last: the newest entry of its history
// that a person made, else the newest.
func (h Holds) planned(ctx context.Context, tx *sqlx.Tx, id int64, lock string) (plannedRow, error) {
	var rows []plannedRow
	err := tx.SelectContext(ctx, &rows, `
		select c.id, coalesce(c.customer_id, 0) as customer_id, coalesce(c.follow_up_id, 0) as follow_up_id, c.step,
		       c.state, c.reason, c.held_by, e.by_whom as who, e.at
		from contacts c join contact_events e on e.id = (
		    select id from contact_events where contact_id = c.id
		    order by case when by_whom in (select login from users) then 0 else 1 end, id desc limit 1)
		where c.id = $1 and c.direction = 'out'`+lock, id)
	if err != nil {
		return plannedRow{}, fmt.Errorf("read contact: %w", err)
	}
	if len(rows) == 0 {
		return plannedRow{}, ErrNoContact
	}
	return rows[0], nil
}

// heldBack is what the history says when somebody holds a contact back.
const heldBack = "held back"

// holding is who holds a contact c back, by the name, and since when. It stays with
// a contact whose time ended so.
func holding() string {
	return `coalesce(` + userName("c.held_by") + `, '') as held_by,
		case when c.held_by <> '' then (
		    select max(h.at) from contact_events h where h.contact_id = c.id and h.why = '` + heldBack + `') end as held_at`
}

func hold(ctx context.Context, tx *sqlx.Tx, now time.Time, c plannedRow, who, holder, reason, what string) error {
	_, err := tx.ExecContext(ctx, `update contacts set held_by = $2, reason = $3 where id = $1`, c.ID, holder, reason)
	if err != nil {
		return fmt.Errorf("hold contact: %w", err)
	}
	events := [][]any{{c.ID, at(now), outreach.Planned, outreach.Planned, who, what}}
	if err := writeEvents(ctx, tx, events); err != nil {
		return err
	}
	return audit(ctx, tx, now, who, what, contactName(c.ID), "")
}

func contactName(id int64) string { return "contact " + strconv.FormatInt(id, 10) }
