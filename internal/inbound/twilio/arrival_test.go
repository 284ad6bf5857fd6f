package twilio

import (
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify/sms"
)

func TestArrival(t *testing.T) {
	shops := NewShops(map[string]sms.Origin{"maple": {From: shopLine}})
	plain := sms.Record{SID: "SM1", From: customer, To: shopLine, Body: "Can I come on Friday?", At: noon}
	want := outreach.Arrival{
		Provider: "twilio", ProviderID: "SM1", Channel: outreach.SMS, From: customer, To: shopLine,
		ShopID: "maple", Body: "Can I come on Friday?", At: noon,
	}
	tests := []struct {
		name   string
		record func(*sms.Record)
		optOut string
		want   func(*outreach.Arrival)
	}{
		{"plain", func(*sms.Record) {}, "", func(*outreach.Arrival) {}},
		{
			"keyword", func(r *sms.Record) { r.Body = " Stop\n" }, "",
			func(a *outreach.Arrival) { a.Body, a.Confirmed = " Stop\n", true },
		},
		{
			"the whole word only", func(r *sms.Record) { r.Body = "STOP please" }, "",
			func(a *outreach.Arrival) { a.Body = "STOP please" },
		},
		{
			"START confirms no refusal", func(r *sms.Record) { r.Body = "START" }, "START",
			func(a *outreach.Arrival) { a.Body = "START" },
		},
		{
			"a word for stopping of the shop's own", func(r *sms.Record) { r.Body = "basta" }, "STOP",
			func(a *outreach.Arrival) { a.Body, a.Confirmed, a.Unsubscribe = "basta", true, true },
		},
		{
			"a picture and no words", func(r *sms.Record) { r.Body, r.Media = "", 1 }, "",
			func(a *outreach.Arrival) { a.Body = "[1 picture]" },
		},
		{
			"pictures and words", func(r *sms.Record) { r.Body, r.Media = "STOP", 3 }, "",
			func(a *outreach.Arrival) { a.Body, a.Subject, a.Confirmed = "STOP", "[3 pictures]", true },
		},
		{
			"nothing at all", func(r *sms.Record) { r.Body = "" }, "",
			func(a *outreach.Arrival) { a.Body = "" },
		},
		{
			"what a database cannot hold", func(r *sms.Record) { r.Body = "a\x00b\xff\xfec" }, "",
			func(a *outreach.Arrival) { a.Body = "ab\uFFFDc" },
		},
		{
			"WhatsApp", func(r *sms.Record) { r.From, r.To = "whatsapp:"+customer, "whatsapp:"+shopLine }, "",
			func(*outreach.Arrival) {},
		},
		{
			"short code", func(r *sms.Record) { r.From = "32665" }, "",
			func(a *outreach.Arrival) { a.From = "32665" },
		},
		{
			"name", func(r *sms.Record) { r.From = "ACME 212 555 0199" }, "",
			func(a *outreach.Arrival) { a.From = "ACME 212 555 0199" },
		},
		{
			"a number nobody knows", func(r *sms.Record) { r.To = "+12125550199" }, "",
			func(a *outreach.Arrival) { a.To, a.ShopID = "+12125550199", "" },
		},
	}
	for _, tt := range tests {
		r, w := plain, want
		tt.record(&r)
		tt.want(&w)
		if got := shops.arrival(r, tt.optOut); got != w {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.name, got, w)
		}
	}
}

func TestShops(t *testing.T) {
	const service, otherLine = "MG00000000000000000000000000000001", "+12125550101"
	numbers := NewShops(map[string]sms.Origin{"maple": {From: shopLine}, "elm": {From: otherLine}, "oak": {From: otherLine}})
	mixed := NewShops(map[string]sms.Origin{"maple": {From: shopLine}, "elm": {MessagingServiceSID: service}})
	tests := []struct {
		name    string
		shops   Shops
		senders []string
		shop    string
		ours    bool
	}{
		{"a shop's own number", numbers, []string{shopLine, ""}, "maple", true},
		{"a number that two share", numbers, []string{otherLine, ""}, "", true},
		{"another program's number", numbers, []string{"+12125550199", service}, "", false},
		{"number beside a service", mixed, []string{shopLine, "MG9"}, "maple", true},
		{"a number of a service", mixed, []string{"+12125550199", service}, "elm", true},
		{"perhaps a number of a service", mixed, []string{"+12125550199", ""}, "", true},
		{"no shop known", Shops{}, []string{"+12125550199", ""}, "", true},
		{"nothing to go by", numbers, []string{"", ""}, "", false},
	}
	for _, tt := range tests {
		if got := tt.shops.of(tt.senders...); got != tt.shop {
			t.Errorf("%s: shop %q, want %q", tt.name, got, tt.shop)
		}
		if got := tt.shops.ours(tt.senders...); got != tt.ours {
			t.Errorf("%s: ours = %v", tt.name, got)
		}
	}
}
