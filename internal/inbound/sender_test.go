package inbound_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

const whoWrote = `select customer_id, shop_id, coalesce(answers, 0) from contacts where direction = 'in' order by id`

// TestMessageIsTakenOnce, however often it is brought and by however many at once.
func TestMessageIsTakenOnce(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, message := c.ana()
		a := outreach.Arrival{Provider: "twilio", ProviderID: "same", Channel: outreach.SMS, From: anasPhone, Body: "How much is it?", At: noon}
		for _, err := range together(20, func(int) error { return c.Receive(c.t.Context(), a) }) {
			c.t.Error(err)
		}
		a.Body = "brought again by another way"
		c.must(c.Receive(c.t.Context(), a))
		c.expect("what came in", whoWrote, fmt.Sprintf("%d main %d", ana, message))
		c.expect("its words", `select address, body from contact_words w join contacts c on c.id = w.contact_id where c.direction = 'in'`,
			anasPhone+" How much is it?")
		c.expect("its history", `select e.to_state, e.by_whom from contact_events e join contacts c on c.id = e.contact_id where c.direction = 'in'`,
			"received twilio")
		c.expect("how it was understood", `select class, detail, language from replies`, "none price en")
		c.expectTasks(fmt.Sprintf("question %d", ana))
		c.expect("whose it is", `select adviser, shop_id from tasks`, "Kim main")
		c.texts(anasPhone, "Another question?") // another number is another message
		c.expect("messages", `select count(*) from contacts where direction = 'in'`, "2")
		c.expectTasks(fmt.Sprintf("question %d", ana))
	})
}

// TestWhoWrote: the customer last written to at the address, or the one a mail
// says it answers, or the owner of the address, or nobody who is known.
func TestWhoWrote(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, toAna := c.ana()
		ben := c.AddCustomer(fixture.Customer{Name: "Ben Example", Phone: anasPhone, Email: bensMail}) // one household
		c.texts(anasPhone, "thanks")
		toBen, _ := c.AddSent(fixture.Sent{Customer: ben, Channel: outreach.SMS, To: anasPhone, At: noon.Add(-time.Minute)})
		c.texts(anasPhone, "thanks")
		c.mails("else@example.com", "thanks", answering(toAna))
		c.mails(bensMail, "thanks")
		c.texts("+13125550199", "thanks")
		c.expect("who wrote", whoWrote,
			fmt.Sprintf("%d main %d", ana, toAna),
			fmt.Sprintf("%d main %d", ben, toBen),
			fmt.Sprintf("%d main %d", ana, toAna),
			fmt.Sprintf("%d main 0", ben),
			" main 0"[1:])
		c.expectTasks(fmt.Sprintf("reply %d", ana), fmt.Sprintf("reply %d", ben), "reply 0 +13125550199")
	})
}

// TestShopThatWasWrittenTo: where shops have numbers of their own, what came to
// one answers its message and not the other's.
func TestShopThatWasWrittenTo(t *testing.T) {
	eachCounter(t, func(c *counter) {
		east := fixture.MainShop()
		east.ID = "east"
		c.AddShop(east)
		ana, toAna := c.ana()
		late, _ := c.AddSent(fixture.Sent{Shop: "east", Customer: ana, Channel: outreach.SMS, To: anasPhone, At: noon.Add(-time.Minute)})
		to := func(shop string) func(*outreach.Arrival) { return func(a *outreach.Arrival) { a.ShopID = shop } }
		c.texts(anasPhone, "thanks", to(""))
		c.texts(anasPhone, "thanks", to("main"))
		c.Exec(`update contacts set shop_id = 'east' where id = $1`, toAna)
		c.texts(anasPhone, "thanks", to("main"))
		c.expect("who wrote", whoWrote,
			fmt.Sprintf("%d east %d", ana, late), fmt.Sprintf("%d main %d", ana, toAna), fmt.Sprintf("%d main 0", ana))
	})
}

// TestReplyHoldsEverythingBack until a person has answered, for the whole
// household; then what waited is looked at again at once.
func TestReplyHoldsEverythingBack(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, toAna := c.ana()
		ben := c.AddCustomer(fixture.Customer{Phone: anasPhone, Email: bensMail})
		c.texts(anasPhone, "Is it dangerous?")
		c.expectAgainst(ana, outreach.Email, gate.ReplyWaiting)
		c.expectAgainst(ben, outreach.Email, gate.ReplyWaiting)
		waits, _ := c.AddPlanned(fixture.Planned{Customer: ana, Channel: outreach.Email, Due: noon, FollowUp: c.followUp(toAna), Step: 2})
		c.Exec(`update contacts set reason = 'reply_waiting', next_at = $2 where id = $1`, waits, noon.Add(15*time.Minute))
		c.now = noon.Add(5 * time.Minute)
		c.done(inbound.Answered)
		c.expect("due again", fmt.Sprintf(`select 'yes' from contacts where id = %d and next_at = (select done_at from tasks)`, waits), "yes")
		c.expectAgainst(ana, outreach.Email)
		c.expectAgainst(ben, outreach.Email)
		c.expectTasks()
	})
}

// TestMachinesAreNotAnswered: what a machine wrote is kept, and nobody waits.
func TestMachinesAreNotAnswered(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, message := c.ana()
		c.mails(anasMail, "I am away until Monday. To unsubscribe from nothing, do nothing. STOP", answering(message),
			func(a *outreach.Arrival) { a.Auto = true })
		c.texts(anasPhone, "I'm driving and will see your message later. Sent automatically.")
		c.expectTasks()
		c.expectOptOuts()
		c.expectAgainst(ana, outreach.Email)
		c.expect("reasons", `select reason from contacts where direction = 'in' order by id`, "auto_reply", "auto_reply")
	})
}

// TestStrangerBecomesKnown: what somebody wrote whose number was on no record waits
// for an answer also when an import has brought the number meanwhile.
func TestStrangerBecomesKnown(t *testing.T) {
	eachCounter(t, func(c *counter) {
		c.texts(anasPhone, "can you call me about my truck?")
		ana, _ := c.ana()
		ben := c.AddCustomer(fixture.Customer{Name: "Ben Example", Email: bensMail})
		c.expectAgainst(ana, outreach.SMS, gate.ReplyWaiting)
		c.expectAgainst(ben, outreach.Email)
		c.done(inbound.Answered)
		c.expectAgainst(ana, outreach.SMS)
	})
}

// TestWhoseReply: the adviser's of what the message spoke of, whoever saw the
// customer last; of the newest visit at the shop where that has none.
func TestWhoseReply(t *testing.T) {
	visit := func(c *counter, ana int64, adviser string, daysAgo int) int64 {
		return c.AddOrder(fixture.Order{Customer: ana, Adviser: adviser, Closed: noon.AddDate(0, 0, -daysAgo), Lines: []fixture.Line{{Name: "Battery"}}})
	}
	sends := func(c *counter, ana int64, s fixture.Sent) {
		s.Customer, s.Channel, s.To, s.At = ana, outreach.SMS, anasPhone, noon.Add(-time.Minute)
		s.FollowUp = int64(c.Count(`select max(id) from follow_ups`))
		c.AddSent(s)
	}
	speaksOf := func(c *counter, ana int64, orders ...int64) {
		var lines []int64
		for _, order := range orders {
			lines = append(lines, c.Lines(order)...)
		}
		sends(c, ana, fixture.Sent{Lines: lines})
	}
	type story struct {
		happened func(c *counter, ana int64)
		want     string
	}
	play(t, map[string]story{
		"a newer visit":  {func(c *counter, ana int64) { visit(c, ana, "Dale", 1) }, "Kim"},
		"of two visits":  {func(c *counter, ana int64) { speaksOf(c, ana, visit(c, ana, "Robin", 9), visit(c, ana, "Dale", 2)) }, "Dale"},
		"nobody's visit": {func(c *counter, ana int64) { speaksOf(c, ana, visit(c, ana, "", 1)) }, "Kim"},
		"a canceled order": {func(c *counter, ana int64) {
			canceled := c.AddCanceled(fixture.Canceled{Customer: ana, Kind: outreach.NoShow, What: "oil change", At: noon.AddDate(0, 0, -1)})
			sends(c, ana, fixture.Sent{Canceled: []int64{canceled}})
			visit(c, ana, "Dale", 2)
		}, "Dale"},
		"a press": {func(c *counter, ana int64) {
			visit(c, ana, "Dale", 1)
			c.must(c.Press(c.t.Context(), outreach.Press{ContactID: int64(c.Count(`select max(id) from contacts`)), Key: "k", Action: outreach.ActionBook}))
		}, "Kim"},
	}, func(c *counter, tc story) {
		ana, _ := c.ana()
		tc.happened(c, ana)
		c.texts(anasPhone, "How much is it?")
		c.expect("whose it is", `select adviser from tasks`, tc.want)
	})
}
