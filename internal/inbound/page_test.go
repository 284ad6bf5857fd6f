package inbound_test

import (
	"errors"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestPageShowsTheMessage and no more: not what joined the follow-up later, not
// another customer's things, no name that it did not say.
func TestPageShowsTheMessage(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, message := c.ana()
		lines := c.spokeOf(message)
		c.Exec(`delete from contact_items where line_id = $1`, lines[1])
		c.Exec(`update order_lines set finding = '2 mm left', photo = 'pads.jpg', duration_minutes = 90, price_minor = 42000 where id = $1`, lines[0])
		c.Declines(c.AddCustomer(fixture.Customer{Phone: anasPhone}), noon, "Rear tires")
		page, err := c.Page(c.t.Context(), message)
		c.must(err)
		if len(page.Items) != 1 {
			c.t.Fatalf("items: %+v", page.Items)
		}
		it := page.Items[0]
		if it.ID != lines[0] || it.Name != "Front brake pads" || it.Finding != "2 mm left" || it.Photo != "pads.jpg" ||
			it.Duration != 90*time.Minute || it.Price.Minor != 42000 || it.Vehicle != "Subaru Outback" || it.Closed || it.Answer != "" {
			c.t.Errorf("item: %+v", it)
		}
		if page.FirstName != "Ana" || page.Locale != "en" || page.Shop.ID != "main" || page.Stopped || page.Waiting || page.ContactID != message {
			c.t.Errorf("page: %+v", page)
		}
		for body, name := range map[string]string{"Hi ANA": "", "Banana bread": "", "Anabel": "", "¡Hola, Ana!": "Ana", "Banana for Ana": "Ana"} {
			c.Exec(`update contact_words set body = $2 where contact_id = $1`, message, body)
			if page, err = c.Page(c.t.Context(), message); err != nil || page.FirstName != name {
				c.t.Errorf("after %q it says %q, %v", body, page.FirstName, err)
			}
		}
		c.Exec(`update customers set locale = 'es' where id = $1`, ana)
		if page, err = c.Page(c.t.Context(), message); err != nil || page.Locale != "es" {
			c.t.Errorf("language %q, %v", page.Locale, err)
		}
	})
}

// TestPageSaysHowThingsStand.
func TestPageSaysHowThingsStand(t *testing.T) {
	eachCounter(t, func(c *counter) {
		_, message := c.ana()
		lines := c.spokeOf(message)
		look := func() outreach.Page {
			c.t.Helper()
			page, err := c.Page(c.t.Context(), message)
			c.must(err)
			return page
		}
		c.presses(message, outreach.ActionLater, lines[0], until(noon.AddDate(0, 3, 0)))
		c.presses(message, outreach.ActionAsk, 0)
		page := look()
		if !page.Waiting || page.Items[0].Answer != outreach.ActionLater || !page.Items[0].Until.Equal(noon.AddDate(0, 3, 0)) ||
			page.Items[0].Closed || page.Items[1].Answer != outreach.ActionAsk || !page.Items[1].AnsweredAt.Equal(noon) {
			c.t.Errorf("after two presses: %+v", page)
		}
		c.done(inbound.Answered)
		c.Exec(`update order_lines set auth = 'authorized' where id = $1`, lines[1])
		if page = look(); page.Waiting || !page.Items[1].Closed {
			c.t.Errorf("after an answer, and with the work ordered: %+v", page)
		}
		c.texts(anasPhone, "not interested")
		if page = look(); !page.Stopped {
			c.t.Error("what is held counts, too")
		}
	})
}

// TestPageOfACanceledOrder.
func TestPageOfACanceledOrder(t *testing.T) {
	eachCounter(t, func(c *counter) {
		order, message := c.canceled()
		c.presses(message, outreach.ActionReason, order, func(p *outreach.Press) { p.Reason = outreach.CanceledForCost })
		page, err := c.Page(c.t.Context(), message)
		c.must(err)
		it := page.Items[0]
		if !it.Canceled || it.ID != order || it.Name != "Brake job" || it.Kind != outreach.AppointmentCanceled || it.Closed ||
			it.Answer != outreach.ActionReason || it.Reason != outreach.CanceledForCost || it.Vehicle != "Subaru Outback" {
			c.t.Errorf("item: %+v", it)
		}
		c.Exec(`update canceled_orders set reopened_at = $1`, noon)
		if page, err = c.Page(c.t.Context(), message); err != nil || !page.Items[0].Closed {
			c.t.Errorf("of an order that came back to life: %+v, %v", page, err)
		}
	})
}

// TestOldMessages, from before it was written down what they spoke of, show what
// their follow-up is about.
func TestOldMessages(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana := c.AddCustomer(fixture.Customer{Email: anasMail})
		lines := c.Lines(c.Declines(ana, noon.AddDate(0, 0, -3), "Front brake pads"))
		message, _ := c.AddSent(fixture.Sent{Customer: ana, Channel: outreach.Email, To: anasMail, At: noon.Add(-time.Hour), Lines: lines, Old: true})
		page, err := c.Page(c.t.Context(), message)
		c.must(err)
		if len(page.Items) != 1 || page.Items[0].ID != lines[0] {
			c.t.Errorf("items: %+v", page.Items)
		}
		c.presses(message, outreach.ActionElsewhere, lines[0])
		c.expect("answers", `select answer from order_lines`, "elsewhere")
	})
}

// TestReasonNeedsACanceledOrder: nobody can say why an order was canceled where
// none was, nor answer for a line with the number of something else.
func TestReasonNeedsACanceledOrder(t *testing.T) {
	eachCounter(t, func(c *counter) {
		_, message := c.ana()
		for _, item := range []int64{0, c.spokeOf(message)[0]} {
			err := c.Press(c.t.Context(), outreach.Press{
				ContactID: message, Key: "k", Action: outreach.ActionReason, Item: item, Reason: outreach.CanceledForCost,
			})
			if !errors.Is(err, store.ErrNotOnPage) {
				c.t.Errorf("about item %d: %v", item, err)
			}
		}
		order, message := c.canceled()
		err := c.Press(c.t.Context(), outreach.Press{ContactID: message, Key: "k", Action: outreach.ActionNotThis, Item: order})
		if !errors.Is(err, store.ErrNotOnPage) {
			c.t.Errorf("a canceled order as a repair: %v", err)
		}
	})
}

// A page in a rehearsal says that it is one.
func TestRehearsedPage(t *testing.T) {
	eachCounter(t, func(c *counter) {
		_, message := c.ana()
		c.Exec(`update contacts set rehearsal = $1 where id = $2`, true, message)
		if page, err := c.Page(c.t.Context(), message); err != nil || !page.Rehearsed {
			c.t.Errorf("page %+v, %v", page, err)
		}
	})
}

// TestNoPage for what nobody was sent.
func TestNoPage(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, message := c.ana()
		planned, _ := c.AddPlanned(fixture.Planned{Customer: ana, Channel: outreach.SMS, Due: noon, FollowUp: c.followUp(message), Step: 2})
		call, _ := c.AddSent(fixture.Sent{Customer: ana, Channel: outreach.Call, To: anasPhone, At: noon, FollowUp: c.followUp(message)})
		c.texts(anasPhone, "thanks")
		reply := int64(c.Count(`select max(id) from contacts`))
		for what, id := range map[string]int64{"planned": planned, "call": call, "inbound": reply, "none": 999} {
			if page, err := c.Page(c.t.Context(), id); !errors.Is(err, outreach.ErrNoPage) {
				c.t.Errorf("%s: %+v, %v", what, page, err)
			}
		}
	})
}
