package inbound_test

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

const (
	answers = `select name, answer, coalesce(substr(cast(answer_until as text), 1, 10), '') as until from order_lines order by id`
	noes    = `select refused_again from order_lines order by id`
)

// presses takes in a press with a key of its own.
func (c *counter) presses(message int64, action outreach.Action, item int64, change ...func(*outreach.Press)) {
	c.t.Helper()
	c.n++
	p := outreach.Press{ContactID: message, Key: "k" + strconv.Itoa(c.n), Action: action, Item: item}
	for _, f := range change {
		f(&p)
	}
	c.must(c.Press(c.t.Context(), p))
}

func saying(text string) func(*outreach.Press) { return func(p *outreach.Press) { p.Text = text } }

func until(day time.Time) func(*outreach.Press) { return func(p *outreach.Press) { p.Until = day } }

// spokeOf is what a message spoke of.
func (c *counter) spokeOf(message int64) []int64 {
	var out []int64
	for _, id := range c.Strings(`select line_id from contact_items where contact_id = $1 order by line_id`, message) {
		n, err := strconv.ParseInt(id, 10, 64)
		c.must(err)
		out = append(out, n)
	}
	return out
}

// TestPressCountsOnce: the same key is the same press, also from twenty at once.
func TestPressCountsOnce(t *testing.T) {
	eachCounter(t, func(c *counter) {
		_, message := c.ana()
		p := outreach.Press{ContactID: message, Key: "k", Action: outreach.ActionNotThis, Item: c.spokeOf(message)[0]}
		for _, err := range together(20, func(int) error { return c.Press(c.t.Context(), p) }) {
			c.t.Error(err)
		}
		c.expect("in the log", `select reason, provider from contacts where direction = 'in'`, "not_this page")
		c.presses(message, outreach.ActionNotThis, p.Item) // the same "no" on another copy of the page
		c.expect("refusals", noes, "1", "0")
		c.expect("answers", answers, "Front brake pads not_this", "Wiper blades")
	})
}

// TestEachAction: what is written down, what waits for a person, and whether the
// follow-up goes on.
func TestEachAction(t *testing.T) {
	type action struct {
		act     func(c *counter, message int64, lines []int64)
		answers []string
		task    outreach.TaskKind
		ended   string
	}
	play(t, map[string]action{
		"book one": {
			func(c *counter, m int64, l []int64) { c.presses(m, outreach.ActionBook, l[0]) },
			[]string{"book", ""},
			outreach.TaskBooking, "",
		},
		"ask about all": {
			func(c *counter, m int64, _ []int64) { c.presses(m, outreach.ActionAsk, 0, saying("Is it safe?")) },
			[]string{"ask", "ask"},
			outreach.TaskQuestion, "",
		},
		"one refused": {
			func(c *counter, m int64, l []int64) { c.presses(m, outreach.ActionNotThis, l[0]) },
			[]string{"not_this", ""},
			"", "",
		},
		"all refused": {
			func(c *counter, m int64, _ []int64) { c.presses(m, outreach.ActionNotThis, 0) },
			[]string{"not_this", "not_this"},
			"", "customer_not_this",
		},
		"refused, then asked about all": {func(c *counter, m int64, l []int64) {
			c.presses(m, outreach.ActionNotThis, l[0])
			c.presses(m, outreach.ActionAsk, 0)
		}, []string{"not_this", "ask"}, outreach.TaskQuestion, ""},
		"refused, then all later": {func(c *counter, m int64, l []int64) {
			c.presses(m, outreach.ActionNotThis, l[0])
			c.presses(m, outreach.ActionLater, 0, until(noon.AddDate(0, 3, 0)))
		}, []string{"not_this", "later"}, "", "customer_later"},
		"later, then booked": {func(c *counter, m int64, l []int64) {
			c.presses(m, outreach.ActionLater, l[0], until(noon.AddDate(0, 3, 0)))
			c.presses(m, outreach.ActionBook, l[0])
		}, []string{"later", ""}, outreach.TaskBooking, ""},
		"one elsewhere": {
			func(c *counter, m int64, l []int64) { c.presses(m, outreach.ActionElsewhere, l[1]) },
			[]string{"", "elsewhere"},
			"", "",
		},
		"one after the other": {func(c *counter, m int64, l []int64) {
			c.presses(m, outreach.ActionElsewhere, l[1])
			c.presses(m, outreach.ActionNotThis, l[0])
		}, []string{"not_this", "elsewhere"}, "", "customer_not_this"},
		"sold": {
			func(c *counter, m int64, _ []int64) { c.presses(m, outreach.ActionSold, 0) },
			[]string{"sold", "sold"},
			"", "customer_sold",
		},
		"sold, with a word": {
			func(c *counter, m int64, _ []int64) { c.presses(m, outreach.ActionSold, 0, saying("thanks for all")) },
			[]string{"sold", "sold"},
			outreach.TaskReply, "customer_sold",
		},
		"stop": {
			func(c *counter, m int64, _ []int64) { c.presses(m, outreach.ActionStop, 0, saying("thanks")) },
			[]string{"", ""},
			"", "asked_to_stop",
		},
	}, func(c *counter, tc action) {
		ana, message := c.ana()
		tc.act(c, message, c.spokeOf(message))
		c.expect("answers", `select answer from order_lines order by id`, tc.answers...)
		var tasks []string
		if tc.task != "" {
			tasks = []string{fmt.Sprintf("%s %d", tc.task, ana)}
		}
		c.expectTasks(tasks...)
		state := "active"
		if tc.ended != "" {
			state = "ended " + tc.ended
		}
		c.expect("follow-up", ended, state)
	})
}

// TestChangeOfMind takes the "no" back, so that it counts once however often
// somebody goes back and forth.
func TestChangeOfMind(t *testing.T) {
	eachCounter(t, func(c *counter) {
		_, message := c.ana()
		pads := c.spokeOf(message)[0]
		for range 2 {
			c.presses(message, outreach.ActionNotThis, pads)
			c.expect("refusals", noes, "1", "0")
			c.presses(message, outreach.ActionLater, pads, until(noon.AddDate(0, 1, 0)))
			c.expect("refusals", noes, "0", "0")
		}
		c.expect("answers", answers, "Front brake pads later 2026-07-02", "Wiper blades")
	})
}

// TestSoldIsAboutThatCar of that customer: its other open jobs are covered, other
// cars and what was done are not.
func TestSoldIsAboutThatCar(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, message := c.ana()
		car := int64(c.Count(`select vehicle_id from orders`))
		c.AddOrder(fixture.Order{Customer: ana, Vehicle: car, Closed: noon.AddDate(0, -2, 0), Lines: []fixture.Line{
			{Name: "Cabin filter"}, {Name: "Oil change", Auth: outreach.Authorized},
		}})
		c.Declines(ana, noon.AddDate(0, -1, 0), "Rear tires")
		c.presses(message, outreach.ActionSold, c.spokeOf(message)[0])
		c.expect("answers", `select name, answer from order_lines order by id`,
			"Front brake pads sold", "Wiper blades sold", "Cabin filter sold", "Oil change", "Rear tires")
	})
}

// TestSaidInWords is what the same things do when they are written: the answer
// is taken where it is clear what it is about, and a person reads it either way.
func TestSaidInWords(t *testing.T) {
	one := func(c *counter) {
		ana := c.AddCustomer(fixture.Customer{Phone: anasPhone})
		c.AddSent(fixture.Sent{
			Customer: ana, Channel: outreach.SMS, To: anasPhone, At: noon.Add(-time.Hour),
			Lines: c.Lines(c.Declines(ana, noon.AddDate(0, 0, -3), "Pads")),
		})
	}
	both := func(c *counter) { c.ana() }
	cars := func(c *counter) {
		ana := c.AddCustomer(fixture.Customer{Phone: anasPhone})
		pads, tires := c.Declines(ana, noon.AddDate(0, 0, -3), "Pads"), c.Declines(ana, noon.AddDate(0, 0, -3), "Tires")
		c.AddSent(fixture.Sent{
			Customer: ana, Channel: outreach.SMS, To: anasPhone, At: noon.Add(-time.Hour), Lines: append(c.Lines(pads), c.Lines(tires)...),
		})
	}
	type reply struct {
		to    func(*counter)
		words string
		want  []string
	}
	play(t, map[string]reply{
		"sold":                    {both, "I sold the car", []string{"sold", "sold"}},
		"sold, which of two":      {cars, "I sold the car", []string{"", ""}},
		"elsewhere":               {one, "had it done elsewhere", []string{"elsewhere"}},
		"elsewhere, which of two": {both, "had it done elsewhere", []string{"", ""}},
		"no to it":                {one, "no thanks, not the brakes", []string{"not_this"}},
		"wants to come":           {one, "can I come Tuesday at 9?", []string{""}},
	}, func(c *counter, r reply) {
		r.to(c)
		c.texts(anasPhone, r.words)
		c.expect("answers", `select answer from order_lines order by id`, r.want...)
		c.expect("tasks", `select count(*) from tasks where done_at is null`, "1")
	})
}

// canceled is Ana's canceled appointment, which she was asked about.
func (c *counter) canceled() (order, message int64) {
	ana := c.AddCustomer(fixture.Customer{Name: "Ana Example", Email: anasMail})
	order = c.AddCanceled(fixture.Canceled{Customer: ana, Vehicle: c.AddVehicle(ana, "2018 Subaru Outback"), What: "Brake job", At: noon.AddDate(0, 0, -1)})
	message, _ = c.AddSent(fixture.Sent{
		Customer: ana, Channel: outreach.Email, To: anasMail, At: noon.Add(-time.Hour), Body: "What could we do better?", Canceled: []int64{order},
	})
	return order, message
}

// TestReasons of a canceled order stand in the log and beside the order; a
// misunderstanding, or words, are for a person.
func TestReasons(t *testing.T) {
	type answer struct {
		reason outreach.CancelReason
		words  string
		tasks  string
	}
	play(t, map[string]answer{
		"cost":    {outreach.CanceledForCost, "", "0"},
		"plans":   {outreach.CanceledPlansChanged, "", "0"},
		"another": {outreach.CanceledFoundAnotherWay, "", "0"},
		"wrong":   {outreach.CanceledMisunderstanding, "", "1"},
		"words":   {"", "The price went up twice.", "1"},
	}, func(c *counter, a answer) {
		order, message := c.canceled()
		c.presses(message, outreach.ActionReason, order, saying(a.words), func(p *outreach.Press) { p.Reason = a.reason })
		c.expect("beside the order", `select answer, answer_reason from canceled_orders`, strings.TrimSpace("why "+string(a.reason)))
		c.expect("in the log", `select reason from contacts where direction = 'in'`, cmp.Or(string(a.reason), "why"))
		c.expect("tasks", `select count(*) from tasks`, a.tasks)
	})
}

// TestSoldInsteadOfAnAppointment ends it.
func TestSoldInsteadOfAnAppointment(t *testing.T) {
	eachCounter(t, func(c *counter) {
		_, message := c.canceled()
		c.presses(message, outreach.ActionSold, 0)
		c.expect("beside the order", `select answer from canceled_orders`, "sold")
		c.expect("follow-up", ended, "ended customer_sold")
	})
}

// TestWordsBesideAPress are read like any reply.
func TestWordsBesideAPress(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, message := c.ana()
		c.presses(message, outreach.ActionAsk, 0, saying("How much? And please stop writing to me"))
		c.expectOptOuts(anasPhone+" stop", anasMail+" stop")
		c.expectTasks(fmt.Sprintf("question %d", ana))
		c.expect("follow-up", ended, "ended asked_to_stop")
		c.expect("confirmations", `select count(*) from contacts where direction = 'out' and answers is not null`, "0")
	})
}

// TestUnclearWordsBesideAPress are held and concluded like any.
func TestUnclearWordsBesideAPress(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, message := c.ana()
		c.presses(message, outreach.ActionBook, 0, saying("who is this"))
		c.expectOptOuts(anasPhone+" who_is_this held", anasMail+" who_is_this held")
		c.expectTasks(fmt.Sprintf("review %d", ana))
		c.now = noon.Add(48 * time.Hour)
		_, err := store.Tasks{DB: c.DB}.Conclude(c.t.Context(), c.now)
		c.must(err)
		c.expectAgainst(ana, outreach.Email, gate.OptedOut, gate.ReplyWaiting)
	})
}

// TestNotOnThePage: nothing is recorded of what the message did not speak of.
func TestNotOnThePage(t *testing.T) {
	eachCounter(t, func(c *counter) {
		_, message := c.ana()
		ben := c.AddCustomer(fixture.Customer{Email: bensMail})
		others := c.Lines(c.Declines(ben, noon.AddDate(0, 0, -3), "Rear tires"))[0]
		err := c.Press(c.t.Context(), outreach.Press{ContactID: message, Key: "k", Action: outreach.ActionNotThis, Item: others})
		if !errors.Is(err, store.ErrNotOnPage) {
			c.t.Errorf("of another customer's line: %v", err)
		}
		if err := c.Press(c.t.Context(), outreach.Press{ContactID: 999, Key: "k", Action: outreach.ActionStop}); !errors.Is(err, outreach.ErrNoPage) {
			c.t.Errorf("on no page: %v", err)
		}
		c.expect("in the log", `select count(*) from contacts where direction = 'in'`, "0")
		c.expect("the other's line", `select answer, refused_again from order_lines where id = `+strconv.FormatInt(others, 10), "0")
	})
}

// TestOutcomesAllHaveEffects: each that is offered is known, and no other.
func TestOutcomesAllHaveEffects(t *testing.T) {
	for _, o := range inbound.Outcomes() {
		if e, ok := inbound.EffectsOf(o); !ok || e.Sentence == "" {
			t.Errorf("%s: %+v", o, e)
		}
	}
	if _, ok := inbound.EffectsOf("lunch"); ok {
		t.Error("an outcome nobody knows has effects")
	}
}
