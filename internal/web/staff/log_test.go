package staff

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// history writes a few contacts of two customers: a text that was answered, a
// mail, and a refusal to write.
func history(b *fixture.Books) (ana, ben int64) {
	ana = b.AddCustomer(fixture.Customer{Name: "Ana Sample", Phone: "+12125550123", Email: "ana@example.com"})
	ben = b.AddCustomer(fixture.Customer{Name: "Ben <b>Example</b>", Email: "ben@example.com"})
	car := b.AddVehicle(ana, "2018 Subaru Outback")
	b.Exec(`update vehicles set plate = 'ABC 123' where id = $1`, car)
	order := b.AddOrder(fixture.Order{Number: "4711", Customer: ana, Vehicle: car, Adviser: "Robin Wren", Closed: noon.AddDate(0, 0, -9), Lines: []fixture.Line{{Name: "Front brake pads"}}})
	text, _ := b.AddSent(fixture.Sent{Customer: ana, Channel: outreach.SMS, To: "+12125550123", At: noon.AddDate(0, 0, -2), Body: "Hello Ana,\nyour brakes were low.", Provider: "twilio", ProviderID: "SM1", Lines: b.Lines(order)})
	b.Exec(`update contacts set template = 'declined-safety-1', template_version = 3 where id = $1`, text)
	_, followUp := b.AddSent(fixture.Sent{Customer: ben, Channel: outreach.Email, To: "ben@example.com", At: noon.AddDate(0, 0, -1), Body: "=HYPERLINK(\"https://example.test\")"})
	refused, _ := b.AddPlanned(fixture.Planned{Customer: ben, FollowUp: followUp, Step: 2, Channel: outreach.Call, Due: noon})
	b.Exec(`update contacts set state = 'suppressed', reason = 'opted_out,no_consent', ended_at = $2 where id = $1`, refused, noon)
	b.Exec(`insert into contact_events (contact_id, at, from_state, to_state, by_whom, why) values ($1, $2, 'planned', 'suppressed', 'courtesyd', 'opted_out,no_consent')`, refused, noon)
	return ana, ben
}

var rowID = regexp.MustCompile(`id="contact-(\d+)"`)

// rows are the contacts that a page shows, in order.
func rows(body string) (ids []string) {
	for _, m := range rowID.FindAllStringSubmatch(body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

func TestLogPage(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ana, _ := history(b)
		p := open(t, b).signedIn(outreach.RoleAdviser)
		for query, want := range map[string][]string{
			"":                                      {"3", "2", "1"},
			"q=sam":                                 {"1"},
			"q=Ana+Sample":                          {"1"},
			"q=sample,+ana":                         {"1"},
			"q=212-555-0123":                        {"1"},
			"q=BEN@example.com":                     {"3", "2"},
			"q=abc123":                              {"1"},
			"q=4711":                                {"1"},
			"q=nobody":                              nil,
			"customer=ben":                          {"3", "2"},
			"customer_id=" + fmt.Sprint(ana):        {"1"},
			"vehicle=abc-123":                       {"1"},
			"order=4711":                            {"1"},
			"order=471":                             nil,
			"adviser=Robin+Wren":                    {"1"},
			"adviser=Nobody":                        nil,
			"channel=email":                         {"2"},
			"direction=in":                          nil,
			"direction=out":                         {"3", "2", "1"},
			"state=suppressed":                      {"3"},
			"state=planned":                         nil,
			"reason=no_consent":                     {"3"},
			"reason=consent":                        nil,
			"playbook=declined-safety":              {"3", "2", "1"},
			"playbook=another":                      nil,
			"from=2026-06-01":                       {"3", "2"},
			"to=2026-06-01":                         {"2", "1"},
			"from=2026-06-01&to=2026-06-01":         {"2"},
			"customer=ben&channel=call":             {"3"},
			"customer=ben&channel=sms":              nil,
			"q=4711&state=accepted&from=2026-01-01": {"1"},
			"reason=opted_out&channel=call&playbook=declined-safety": {"3"},
			"q=" + url.QueryEscape("'; drop table contacts; --"):     nil,
			"customer=%25":        nil,
			"order=%5C_%25":       nil,
			"q=%F0%9F%9A%97":      nil,
			"unknown=1&q=&order=": {"3", "2", "1"},
		} {
			status, body, _ := p.get("/log?" + query)
			if got := rows(body); status != http.StatusOK || !slices.Equal(got, want) {
				t.Errorf("%q: %d, contacts %v, want %v", query, status, got, want)
			}
			if nothing := strings.Contains(body, "Nothing fits"); nothing != (want == nil) {
				t.Errorf("%q: says that nothing fits: %v", query, nothing)
			}
		}
		_, body, _ := p.get("/log")
		for _, want := range []string{
			"Hello Ana, your brakes were low.", // in a line
			"<blockquote>Hello Ana,\nyour brakes were low.</blockquote>",
			"(212) 555-0123", "The customer asked not to be contacted at this number or address.", `href="/contacts/1"`,
			"Tue Jun 2, 2026", "Ben &lt;b&gt;Example", `href="/log.csv"`,
		} {
			if !strings.Contains(body, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if strings.Contains(body, "<b>Example") {
			t.Error("a name is not escaped")
		}
	})
}

// What cannot be looked for is told in words, and the form stays as it was.
func TestLogPageRefusesInWords(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		history(b)
		p := open(t, b).signedIn(outreach.RoleAdviser)
		for query, word := range map[string]string{
			"channel=fax":                         "Channel:",
			"direction=up":                        "Direction:",
			"state=nice":                          "What became of it:",
			"shop=elsewhere":                      "Shop:",
			"from=yesterday":                      "From:",
			"to=2026-13-01":                       "To:",
			"from=2026-06-02&to=2026-06-01":       "later than To",
			"customer_id=x":                       "no such customer",
			"q=" + strings.Repeat("a", 101):       "Search:",
			"q=a%00b":                             "Search:",
			"customer=%FF%FE":                     "Customer:",
			"order=a%0Ab":                         "Order number:",
			"before=1":                            "not whole",
			"before=x.y":                          "not whole",
			"after=9223372036854775807.1":         "not whole",
			"before=1.-1":                         "not whole",
			"reason=" + strings.Repeat("x", 4000): "Reason:",
		} {
			status, body, _ := p.get("/log?vehicle=kept+%3Cb%3E&" + query)
			if status != http.StatusUnprocessableEntity || !strings.Contains(body, word) {
				t.Errorf("%.40q: %d, without %q", query, status, word)
			}
			if !strings.Contains(body, `value="kept &lt;b&gt;"`) || len(rows(body)) != 0 {
				t.Errorf("%.40q: the form is not kept, or rows are shown", query)
			}
			if !strings.HasPrefix(query, "before") && !strings.HasPrefix(query, "after") {
				if status, _, _ := p.get("/log.csv?" + query); status != http.StatusUnprocessableEntity {
					t.Errorf("CSV of %.40q: %d", query, status)
				}
			}
		}
	})
}

var pageLink = regexp.MustCompile(`href="([^"]+)" rel="(next|prev)"`)

func links(body string) map[string]string {
	out := map[string]string{}
	for _, m := range pageLink.FindAllStringSubmatch(body, -1) {
		out[m[2]] = strings.ReplaceAll(m[1], "&amp;", "&")
	}
	return out
}

// Somebody reads on and back while contacts are added: nothing is missed and
// nothing comes twice.
func TestLogPagesWhileContactsAreAdded(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		who := b.AddCustomer(fixture.Customer{Name: "Pat Example"})
		const n = 3*logSize + 7
		var followUp int64
		add := func(at time.Time) {
			_, followUp = b.AddSent(fixture.Sent{Customer: who, FollowUp: followUp, Channel: outreach.Email, To: "pat@example.com", At: at, Body: "Hello"})
		}
		for i := range n {
			add(noon.Add(time.Duration(i/20) * time.Minute)) // many at the same moment: a place is more than a time
		}
		p := open(t, b).signedIn(outreach.RoleAdviser)
		for _, filter := range []string{"", "?channel=email", "?customer=pat"} {
			var forth, back []string
			to := "/log" + filter
			for to != "" {
				_, body, _ := p.get(to)
				forth = append(forth, rows(body)...)
				if len(forth) == logSize {
					add(noon.Add(time.Hour))
				}
				last := to
				if to = links(body)["next"]; to == "" {
					back = rows(body)
					for at := links(body)["prev"]; at != ""; {
						_, body, _ = p.get(at)
						back = append(rows(body), back...)
						at = links(body)["prev"]
					}
				}
				if to == last {
					t.Fatalf("%s leads to itself", to)
				}
			}
			seen := map[string]bool{}
			for _, id := range forth {
				if seen[id] {
					t.Errorf("%q: %s comes twice", filter, id)
				}
				seen[id] = true
			}
			if have := b.Count(`select count(*) from contacts`); len(forth) != have-1 || len(back) != have {
				t.Errorf("%q: %d there and %d back of %d", filter, len(forth), len(back), have)
			}
		}
	})
}

func TestLogCSV(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		history(b)
		p := open(t, b).signedIn(outreach.RoleAdviser)
		status, body, _ := p.get("/log.csv?channel=email")
		table, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if status != http.StatusOK || err != nil || len(table) != 2 {
			t.Fatalf("%d, %v, %v", status, table, err)
		}
		for _, want := range []string{"Ben <b>Example</b>", "ben@example.com", `'=HYPERLINK("https://example.test")`} {
			if !slices.Contains(table[1], want) {
				t.Errorf("%q lacks %q", table[1], want)
			}
		}
		_, body, _ = p.get("/log.csv")
		if n := strings.Count(body, `"declined-safety","1"`); n != 3 {
			t.Errorf("%d rows in all", n)
		}
	})
}

// brokenLog fails in the middle of an export.
type brokenLog struct{ store.Log }

func (brokenLog) Each(_ context.Context, _ store.LogFilter, each func(store.LogEntry) error) error {
	for i := range int64(5000) {
		if err := each(store.LogEntry{ID: i, Body: strings.Repeat("x", 100)}); err != nil {
			return err
		}
	}
	return errors.New("the database is gone")
}

// A half export must not look like a whole one.
func TestLogCSVBreaksOff(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.site.Outreach = brokenLog{}
		p := o.signedIn(outreach.RoleAdviser)
		res, err := p.client.Get(o.url + "/log.csv")
		if err == nil {
			_, err = csv.NewReader(res.Body).ReadAll()
			_ = res.Body.Close()
		}
		if err == nil {
			t.Error("the download ended as if it were whole")
		}
	})
}

func TestContactPage(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ana, _ := history(b)
		consent := b.AddConsent(ana, outreach.SMS, outreach.ConsentGiven, outreach.ConsentWritten)
		b.Exec(`update contacts set consent_id = $1 where id = 1`, consent)
		p := open(t, b).signedIn(outreach.RoleAdviser)
		_, body, _ := p.get("/contacts/1")
		for _, want := range []string{
			"Hello Ana,\nyour brakes were low.", "(212) 555-0123", "declined-safety, version 1, step 1", "declined-safety-1, version 3",
			"written, given on Fri Jan 5, 2024", "twilio, number SM1", "Robin Wren", "4711", fmt.Sprintf(`href="/customers/%d"`, ana),
			"planned → being sent", "being sent → sent", "by test", "<h1>Text to Ana Sample</h1>",
		} {
			if !strings.Contains(body, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		_, body, _ = p.get("/contacts/3")
		for _, want := range []string{"not contacted", "The customer asked not to be contacted at this number or address. There is no valid record"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page of a refusal lacks %q", want)
			}
		}
		for _, id := range []string{"999", "0", "-1", "x", "99999999999999999999", "%27"} {
			if status, _, _ := p.get("/contacts/" + id); status != http.StatusNotFound {
				t.Errorf("contact %s: %d", id, status)
			}
		}
	})
}
