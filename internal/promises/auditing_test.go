package promises

import (
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// good is a contact of which everything is in order, and what the server has of it.
func good() (account, []receipt) {
	return account{
		id: 7, channel: outreach.SMS, state: outreach.Accepted, address: "+12125550107", body: "hello", daemon: 2, attempts: 1,
		history: []event{{outreach.Planned, outreach.Handed}, {outreach.Handed, outreach.Accepted}}, asAnswers: true,
	}, []receipt{{7, "+12125550107", "hello"}}
}

// inDoubt puts a contact in doubt.
func inDoubt(c *account) {
	c.state = outreach.Unconfirmed
	c.history[1] = event{outreach.Handed, outreach.Unconfirmed}
}

func TestAuditFindsWhatIsBroken(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(c *account, r *[]receipt)
		want  string // "" for nothing broken
	}{
		{"all is well", func(*account, *[]receipt) {}, ""},
		{"sent twice", func(_ *account, r *[]receipt) { *r = append(*r, (*r)[0]) }, "went out 2 times"},
		{"sent twice and in doubt", func(c *account, r *[]receipt) {
			inDoubt(c)
			c.asAnswers = false
			*r = append(*r, (*r)[0])
		}, "went out 2 times"},
		{"called sent and lost", func(_ *account, r *[]receipt) { *r = nil }, "is called sent and was not"},
		{"sent and called failed", func(c *account, _ *[]receipt) {
			c.state, c.history[1].to = outreach.Failed, outreach.Failed
		}, "the log does not say so"},
		{"left behind", func(c *account, r *[]receipt) {
			c.state, c.history, *r = outreach.Handed, c.history[:1], nil
		}, "is forgotten"},
		{"unknown to the log", func(_ *account, r *[]receipt) { (*r)[0].contact = 8 }, "knows nothing"},
		{"after a no", func(c *account, _ *[]receipt) { c.optedOut = true }, "after a no"},
		{"to somebody else", func(_ *account, r *[]receipt) { (*r)[0].address = "+12125550108" }, "another address"},
		{"in other words", func(_ *account, r *[]receipt) { (*r)[0].body = "hi" }, "other words"},
		{"in doubt with reason", func(c *account, r *[]receipt) {
			inDoubt(c)
			*r = nil
		}, ""},
		{"in doubt without reason", func(c *account, r *[]receipt) {
			inDoubt(c)
			c.daemon, *r = 3, nil
		}, "daemon 3 was never killed"},
		{"in doubt and not asked about", func(c *account, _ *[]receipt) { inDoubt(c) }, "its provider says"},
		{"handed over once more than counted", func(c *account, _ *[]receipt) { c.attempts = 0 }, "counts 0 attempts"},
		{"a gap in the history", func(c *account, _ *[]receipt) { c.history = c.history[1:] }, "where it was planned"},
		{"a history of something else", func(c *account, _ *[]receipt) { c.history = c.history[:1] }, "its history ends with handed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, r := good()
			test.spoil(&c, &r)
			broken := strings.Join(audit([]account{c}, r, []int64{2}), "\n")
			if test.want == "" && broken != "" || !strings.Contains(broken, test.want) {
				t.Errorf("the audit found %q, want %q", broken, test.want)
			}
		})
	}
}
