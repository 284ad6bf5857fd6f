package stories

import (
	"regexp"
	"slices"

	"github.com/courtesyd/courtesyd/internal/testkit/browser"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// customer is somebody the shop writes to. What they know of it is what stands in
// the messages they get.
type customer struct {
	s            *shop
	id           int64
	phone, email string
	read         int // texts
	opened       int // mails
}

// customer writes somebody into the shop's books.
func (s *shop) customer(c fixture.Customer) *customer {
	s.t.Helper()
	return &customer{s: s, id: s.AddCustomer(c), phone: c.Phone, email: c.Email}
}

// received lists the texts that came, the oldest first.
func (c *customer) received() []twiliofake.Message {
	return slices.DeleteFunc(c.s.texts.Created(), func(m twiliofake.Message) bool { return m.To != c.phone })
}

// reads the next text.
func (c *customer) reads() string {
	c.s.t.Helper()
	texts := c.received()
	if len(texts) <= c.read {
		c.s.t.Fatalf("no text has come after %d", c.read)
	}
	c.read++
	return texts[c.read-1].Body
}

// texts the shop.
func (c *customer) texts(words string) {
	c.s.t.Helper()
	_, err := c.s.texts.Text(c.s.t.Context(), twiliofake.Incoming{From: c.phone, To: textsFrom, Body: words})
	c.s.must(err)
}

// hearsNothing fails if a text or mail was sent to the customer that they have not
// read.
func (c *customer) hearsNothing() {
	c.s.t.Helper()
	for _, m := range c.received()[c.read:] {
		c.s.t.Errorf("one text too many: %s", m.Body)
	}
	sent := c.s.Count(`
		select count(*) from contacts c join contact_words w on w.contact_id = c.id
		where c.direction = 'out' and c.channel = 'email' and c.handed_at is not null and w.address = $1`, c.email)
	if sent != c.opened {
		c.s.t.Errorf("%d mails were sent to the customer, who has read %d", sent, c.opened)
	}
}

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// opens the link that stands in a message, on a phone.
func (c *customer) opens(words string) *browser.Tab {
	c.s.t.Helper()
	links := address.FindAllString(words, -1)
	if len(links) != 1 {
		c.s.t.Fatalf("not one link, but %d, stand in: %s", len(links), words)
	}
	phone := browser.Page(c.s.t, 390, 844)
	phone.Open(links[0])
	return phone
}
