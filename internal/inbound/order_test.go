package inbound_test

import (
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestLateStart: a text may be brought long after one that was written later, when
// Twilio's call failed and it was asked for it in the end. What lifts an opt-out is
// what was written after it.
func TestLateStart(t *testing.T) {
	type refusal func(c *counter, message int64)
	play(t, map[string]refusal{
		"a text": func(c *counter, _ int64) { c.texts(anasPhone, "STOP") },
		"a second text": func(c *counter, _ int64) {
			c.now = noon.Add(-time.Minute)
			c.texts(anasPhone, "STOP")
			c.now = noon.Add(time.Minute)
			c.texts(anasPhone, "STOP")
		},
		"unclear words after a refusal": func(c *counter, _ int64) {
			c.now = noon.Add(-time.Minute)
			c.texts(anasPhone, "STOP")
			c.now = noon.Add(time.Minute)
			c.texts(anasPhone, "not interested")
		},
		"the page": func(c *counter, message int64) { c.presses(message, outreach.ActionStop, 0) },
	}, func(c *counter, refuse refusal) {
		_, message := c.ana()
		c.now = noon.Add(time.Minute)
		refuse(c, message)
		before := c.Strings(`select address, reason from opt_outs where lifted_at is null order by address`)
		c.now = noon.Add(15 * time.Minute)
		c.texts(anasPhone, "START", func(a *outreach.Arrival) { a.At = noon })
		c.expect("opt-outs in force", `select address, reason from opt_outs where lifted_at is null order by address`, before...)
		c.texts(anasPhone, "START")
		c.expect("of the number", `select reason from opt_outs where lifted_at is null and channel = '' and address = '`+anasPhone+`'`)
	})
}

// TestUnsubscribeClosesWhatIsOpen: that the mailbox is left alone already is no
// reason to leave the number open, which START had opened again.
func TestUnsubscribeClosesWhatIsOpen(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, message := c.ana()
		mail, _ := c.AddSent(fixture.Sent{
			Customer: ana, FollowUp: c.followUp(message), Channel: outreach.Email, To: anasMail, At: noon.Add(-time.Hour),
		})
		c.texts(anasPhone, "STOP")
		c.texts(anasPhone, "START")
		c.expectOptOuts(anasPhone+" call texts_only", anasMail+" keyword")
		for range 2 {
			c.now = c.now.Add(time.Minute)
			c.must(c.Unsubscribe(c.t.Context(), mail, "one_click"))
			c.expectOptOuts(anasPhone+" one_click", anasPhone+" call texts_only", anasMail+" keyword")
		}
		c.expect("in the log", `select count(*) from contacts where reason = 'unsubscribed'`, "1")
	})
}

// TestRefusalEndsEverything that is planned at the shop, not only what was
// answered: nobody shall read that a message is planned for whom it may not go to.
func TestRefusalEndsEverything(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, message := c.ana()
		c.Exec(`update follow_ups set playbook_id = 'inspection-reminder' where id = $1`, c.followUp(message))
		c.AddPlanned(fixture.Planned{Customer: ana, Channel: outreach.Email, Due: noon.AddDate(0, 1, 0)})
		c.texts(anasPhone, "STOP")
		c.expect("follow-ups", ended, "ended asked_to_stop", "ended asked_to_stop")
		c.expect("planned", `select state, reason from contacts where direction = 'out' and handed_at is null and answers is null`,
			"canceled asked_to_stop")
	})
}
