package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/links"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates"
)

// withStories pairs templates with what is known of real orders, each in the
// customer's language unless the flags name one.
func (f previewFlags) withStories(cfg *config.Config, list []previewed, stories []outreach.Story) []previewed {
	var out []previewed
	for _, story := range stories {
		data := orderData(cfg, story, time.Now())
		who := person{fmt.Sprintf("order %s of %s", f.order, customerName(story.Customer)), data}
		spoken := list
		if f.locale == "" && len(list) > 1 {
			spoken = inLanguage(list, story.Customer.Locale, data.Shop.Locale, string(templates.English))
		}
		for _, t := range spoken {
			t.with = []person{who}
			out = append(out, t)
		}
	}
	return out
}

// inLanguage keeps of each channel the template in the first language that
// there is one in.
func inLanguage(list []previewed, locales ...string) []previewed {
	var out []previewed
	for _, ch := range []outreach.Channel{outreach.SMS, outreach.Email, outreach.Call} {
		for _, locale := range locales {
			language, _, _ := strings.Cut(strings.ToLower(locale), "-")
			i := slices.IndexFunc(list, func(t previewed) bool { return t.Channel == ch && string(t.Locale) == language })
			if i >= 0 {
				out = append(out, list[i])
				break
			}
		}
	}
	return out
}

// orderData is what a message about the open items of an order may speak of.
// Its links are signed for contact 0, which is nobody's.
func orderData(cfg *config.Config, story outreach.Story, now time.Time) templates.Data {
	shops := cfg.ShopList()
	shop := shops[max(slices.IndexFunc(shops, func(s outreach.Shop) bool { return s.ID == story.Shop }), 0)]
	data := templates.Data{
		Shop: shop, Customer: story.Customer, Zone: shop.Location(), Now: now,
		Links: links.New([]byte(cfg.LinkKey.Reveal()), cfg.PublicURL, cfg.UnsubscribeMail).For(0),
	}
	for _, it := range story.Items {
		if it.Trigger() != "" {
			data.Items = append(data.Items, it)
		}
	}
	return data
}

func customerName(c outreach.Customer) string {
	if name := strings.TrimSpace(c.FirstName + " " + c.LastName); name != "" {
		return name
	}
	if c.Company != "" {
		return c.Company
	}
	return "a customer without a name"
}
