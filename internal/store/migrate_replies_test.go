package store_test

import (
	"context"
	"database/sql"
	"io/fs"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
	"github.com/courtesyd/courtesyd/migrations"
)

// TestRepliesComeToAFullDatabase: migration 2 takes what migration 1 left, and
// its way back leaves what migration 1 knows.
func TestRepliesComeToAFullDatabase(t *testing.T) {
	testdb.EachURL(t, func(t *testing.T, url string) {
		raw := openRaw(t, url)
		p := steps(t, raw, strings.HasPrefix(url, "sqlite:"))
		ctx := t.Context()
		to := func(version int64, move func(context.Context, int64) ([]*goose.MigrationResult, error)) {
			t.Helper()
			if _, err := move(ctx, version); err != nil {
				t.Fatalf("to version %d: %v", version, err)
			}
		}
		run := func(statements ...string) {
			t.Helper()
			for _, s := range statements {
				if _, err := raw.Exec(s); err != nil {
					t.Fatalf("%s: %v", s, err)
				}
			}
		}
		y := &yard{t: t, raw: raw}
		const when = "'2026-06-01T12:00:00.000000Z'"
		to(1, p.UpTo)
		run(
			`insert into shops (id, name, time_zone) values ('main', 'Example Auto Care', 'America/Chicago')`,
			`insert into customers (id, first_name) values (1, 'Ana')`,
			`insert into addresses (customer_id, kind, value) values (1, 'phone', '+13125550101')`,
			`insert into orders (id, source, shop_id, external_id, customer_id, status) values (1, 'test', 'main', 'o1', 1, 'closed')`,
			`insert into order_lines (id, order_id, external_id, name, auth) values (1, 1, 'l1', 'Brake pads', 'declined')`,
			`insert into canceled_orders (id, source, shop_id, external_id, kind, customer_id, canceled_at) values (1, 'test', 'main', 'c1', 'no_show', 1, `+when+`)`,
			`insert into follow_ups (id, shop_id, customer_id, playbook_id, playbook_version, state, anchor_at, started_at)
			 values (1, 'main', 1, 'declined-safety', 1, 'active', `+when+`, `+when+`)`,
			`insert into follow_up_items (follow_up_id, line_id) values (1, 1)`,
			`insert into contacts (id, shop_id, customer_id, follow_up_id, step, channel, state, handed_at) values (1, 'main', 1, 1, 1, 'sms', 'accepted', `+when+`)`,
			`insert into opt_outs (address, reason, source, recorded_at) values ('+13125550199', 'keyword', 'test', `+when+`)`,
		)
		to(2, p.UpTo)
		run(
			`insert into contacts (id, shop_id, customer_id, follow_up_id, direction, channel, state, provider, provider_id, answers)
			 values (11, 'main', 1, 1, 'in', 'sms', 'received', 'twilio', 'IN1', 1), (12, 'main', 1, 1, 'in', 'sms', 'received', 'twilio', 'IN2', 1)`,
			`insert into contacts (id, shop_id, customer_id, channel, state, answers) values (13, 'main', 1, 'sms', 'planned', 11)`,
			`insert into tasks (id, shop_id, customer_id, kind, opened_at, due_at) values (1, 'main', 1, 'reply', `+when+`, `+when+`)`,
			`insert into replies (contact_id, class, detail, task_id) values (11, 'revoke', 'stop', null), (12, 'none', 'other', 1)`,
			`insert into contact_items (contact_id, line_id) values (1, 1)`,
			`insert into opt_outs (address, reason, source, recorded_at, reply_id, tentative) values ('+13125550101', 'stop', 'twilio', `+when+`, 11, false)`,
			`update order_lines set answer = 'later', answer_until = `+when+`, answered_at = `+when+`, photo = 'a.jpg', duration_minutes = 90`,
			`update canceled_orders set answer = 'why', answer_reason = 'cost', answered_at = `+when,
			`update follow_up_items set released_at = `+when,
			`insert into follow_up_items (follow_up_id, line_id) values (1, 1)`,
			`insert into feeds (name, cursor) values ('texts', 'page 2')`,
			`insert into set_aside (feed, key, at, why) values ('mail', 'uid 7', `+when+`, 'it has no end')`,
		)
		to(1, p.DownTo)
		y.want("1|4|1|2|Brake pads", `select (select count(*) from orders), (select count(*) from contacts), (select count(*) from follow_up_items),
			(select count(*) from opt_outs), name from order_lines`)
		to(2, p.UpTo)
		y.want("|0|", `select l.answer, l.duration_minutes, c.answer from order_lines l, canceled_orders c`)
		to(1, p.DownTo) // also when nothing is there to take back
		to(0, p.DownTo)
	})
}

func steps(t *testing.T, raw *sql.DB, sqlite bool) *goose.Provider {
	t.Helper()
	dialect, folder := goose.DialectPostgres, "postgres"
	if sqlite {
		dialect, folder = goose.DialectSQLite3, "sqlite"
		raw.SetMaxOpenConns(1)
		if _, err := raw.Exec(`pragma foreign_keys = on`); err != nil {
			t.Fatal(err)
		}
	}
	sub, err := fs.Sub(migrations.FS, folder)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(dialect, raw, sub)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
