package store

import (
	"context"
	"fmt"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// merge says that one customer of the batch is another one.
type merge struct{ loser, survivor *person }

func (b *intake) mergeAll(ctx context.Context) error {
	if len(b.merges) == 0 {
		return nil
	}
	if err := b.lock(ctx); err != nil {
		return err
	}
	for _, m := range b.merges {
		if err := b.merge(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// merge moves all that belongs to the loser to the survivor. The loser's row
// stays, so that nobody brings it back under its old number.
func (b *intake) merge(ctx context.Context, m merge) error {
	from, to := m.loser.id, m.survivor.final().id
	if from == to {
		return nil
	}
	for _, step := range []func(context.Context, int64, int64) error{
		b.mergeFollowUps, b.heedEither, b.mergeAddresses, b.mergeConsents, b.mergeTasks, b.mergeRows,
	} {
		if err := step(ctx, from, to); err != nil {
			return fmt.Errorf("merge customer %d into %d: %w", from, to, err)
		}
	}
	return audit(ctx, b.tx, b.now, "import:"+b.origin.source, "merge customers", fmt.Sprintf("customer %d", from),
		fmt.Sprintf("into customer %d", to))
}

// mergeFollowUps leaves one conversation where both customers were in one about
// the same playbook. What the loser's had not spoken of yet goes into the other.
func (b *intake) mergeFollowUps(ctx context.Context, from, to int64) error {
	var both []struct {
		From int64 `db:"from_id"`
		To   int64 `db:"to_id"`
	}
	err := b.tx.SelectContext(ctx, &both, `
		select l.id as from_id, s.id as to_id from follow_ups l
		join follow_ups s on s.shop_id = l.shop_id and s.playbook_id = l.playbook_id and s.rehearsal = l.rehearsal
		where l.customer_id = $1 and l.state = 'active' and s.customer_id = $2 and s.state = 'active'
		order by l.id`, from, to)
	if err != nil {
		return fmt.Errorf("read follow-ups: %w", err)
	}
	for _, pair := range both {
		_, err := b.tx.ExecContext(ctx, `
			update follow_up_items set follow_up_id = $2 where follow_up_id = $1
			and not exists (select 1 from contacts where follow_up_id = $1 and handed_at is not null)`, pair.From, pair.To)
		if err != nil {
			return fmt.Errorf("move items of follow-up: %w", err)
		}
		if err := endFollowUp(ctx, b.tx, b.now, outreach.Ending{FollowUpID: pair.From, Reason: outreach.CustomerMerged}); err != nil {
			return err
		}
	}
	return nil
}

// mergeAddresses keeps of an address that both have the worse news: that it
// cannot be used, that it is a landline.
func (b *intake) mergeAddresses(ctx context.Context, from, to int64) error {
	const same = `addresses.kind = l.kind and addresses.value = l.value`
	for _, statement := range []string{
		`update addresses set status = l.status from addresses l
		 where addresses.customer_id = $2 and l.customer_id = $1 and ` + same + ` and l.status <> 'ok'`,
		`update addresses set line_type = l.line_type from addresses l
		 where addresses.customer_id = $2 and l.customer_id = $1 and ` + same + `
		   and (l.line_type = 'landline' or addresses.line_type = 'unknown')`,
		`delete from addresses where customer_id = $1 and exists (select 1 from addresses l
		 where l.customer_id = $2 and ` + same + `)`,
		`update addresses set customer_id = $2, preferred = preferred and not exists (select 1 from addresses l
		     where l.customer_id = $2 and l.kind = addresses.kind and l.preferred)
		 where customer_id = $1`,
	} {
		if _, err := b.tx.ExecContext(ctx, statement, from, to); err != nil {
			return fmt.Errorf("join addresses: %w", err)
		}
	}
	return nil
}

func (b *intake) mergeConsents(ctx context.Context, from, to int64) error {
	ledgers, err := b.storedLedgers(ctx, []int64{from, to})
	if err != nil {
		return err
	}
	again := append(stoodFor(ledgers[from], ledgers[to], b.now), stoodFor(ledgers[to], ledgers[from], b.now)...)
	for _, c := range again {
		c.CustomerID = to
		if err := addConsent(ctx, b.tx, b.now, c); err != nil {
			return err
		}
	}
	return nil
}

// mergeTasks leaves one open task at a shop, by the rules of assign: the sooner
// is due, the graver names it, and what was said to the other belongs to it from
// now on.
func (b *intake) mergeTasks(ctx context.Context, from, to int64) error {
	const both = `select l.id from tasks l join tasks s on s.shop_id = l.shop_id
		where l.customer_id = $1 and l.done_at is null and s.customer_id = $2 and s.done_at is null`
	const other = `(select s.id from tasks s join tasks l on l.shop_id = s.shop_id
		where l.id = replies.task_id and s.customer_id = $2 and s.done_at is null)`
	for _, statement := range []string{
		`update replies set task_id = ` + other + ` where task_id in (` + both + `)`,
		`update tasks set
		     due_at = case when l.due_at < tasks.due_at then l.due_at else tasks.due_at end,
		     kind = case when tasks.kind = 'review' or l.kind = 'reply' then tasks.kind else l.kind end,
		     review_by = case when tasks.review_by is null or l.review_by < tasks.review_by then l.review_by else tasks.review_by end
		 from tasks l where tasks.customer_id = $2 and tasks.done_at is null
		   and l.customer_id = $1 and l.done_at is null and l.shop_id = tasks.shop_id`,
	} {
		if _, err := b.tx.ExecContext(ctx, statement, from, to); err != nil {
			return fmt.Errorf("join tasks: %w", err)
		}
	}
	_, err := b.tx.ExecContext(ctx, `
		update tasks set done_at = $3, done_by = 'import', outcome = $4 where id in (`+both+`)`, from, to, at(b.now), outreach.CustomerMerged)
	if err != nil {
		return fmt.Errorf("join tasks: %w", err)
	}
	return nil
}

// mergeRows repoints everything else, and closes the loser's row. Customers who
// were merged into the loser before follow.
func (b *intake) mergeRows(ctx context.Context, from, to int64) error {
	for _, name := range []string{
		"contacts", "follow_ups", "customer_refs", "consents", "vehicles", "orders", "canceled_orders", "appointments", "recovery_cases", "tasks", "notes",
	} {
		if _, err := b.tx.ExecContext(ctx, `update `+name+` set customer_id = $2 where customer_id = $1`, from, to); err != nil {
			return fmt.Errorf("move %s: %w", name, err)
		}
	}
	_, err := b.tx.ExecContext(ctx, `update customers set merged_into = $2 where id = $1 or merged_into = $1`, from, to)
	if err != nil {
		return fmt.Errorf("close merged customer: %w", err)
	}
	_, err = b.tx.ExecContext(ctx, `
		update customers set deceased = $3 where id = $2 and not deceased
		and exists (select 1 from customers l where l.id = $1 and l.deceased)`, from, to, true)
	if err != nil {
		return fmt.Errorf("carry over that a person died: %w", err)
	}
	return nil
}
