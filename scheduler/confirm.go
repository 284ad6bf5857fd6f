package scheduler

import (
	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates"
)

// confirm rules on the one message that may follow an opt-out: to the number it
// came from and to no other, at once or never.
func (j *judge) confirm(d outreach.Due) outreach.Ruling {
	ch := d.Contact.Channel
	v := verdict{channel: ch, address: d.ReplyTo}
	shop, _ := j.settings.shop(d.Shop.ID)
	f := j.facts(d, shop, ch)
	f.Policy.ShopPerDay = shop.PerDay
	f.Address = replyAddress(d)
	if t, ok := j.library.template(d.Contact.Template, ch, d.Customer.Locale, d.Shop.Locale); ok {
		v.template, f.Class = t, t.Class
		f.TemplateApproved = !j.settings.Off[ch]
		var err error
		v.words, err = t.Render(wordsFor(d, nil, templates.Links{}, j.now))
		if err != nil {
			f.RenderError, v.problem = err.Error(), err.Error()
		}
		f.Segments = v.words.Segments
	}
	v.Decision = gate.Confirm(j.now, f)
	if v.Verdict != gate.Allow {
		return refuse(d, []verdict{v})
	}
	return j.allow(d, v, nil)
}

// replyAddress is where the message came from that is answered, nil when that is
// the customer's no longer.
func replyAddress(d outreach.Due) *outreach.Address {
	for i := range d.Addresses {
		if d.Addresses[i].Value == d.ReplyTo {
			return &d.Addresses[i]
		}
	}
	return nil
}
