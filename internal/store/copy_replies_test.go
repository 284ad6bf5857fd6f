package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestCopyWithReplies: what customers have said goes into the copy that a
// rehearsal works on, and is judged there as it is here.
func TestCopyWithReplies(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		c := gather(b, 2)
		inbox := store.Inbox{DB: b.DB}
		unclear := func(s outreach.Sender) outreach.Consequence {
			no := heard(false, outreach.TaskReview, true)(s)
			no.OptOut.Tentative = true // a clear one would leave nothing due
			return no
		}
		for i, judge := range []outreach.Judge{unclear, heard(false, outreach.TaskReply, false)} {
			a := outreach.Arrival{Provider: "twilio", ProviderID: "IN" + c.phones[i], Channel: outreach.SMS, From: c.phones[i], At: noon}
			if taken, err := inbox.Take(t.Context(), noon, a, judge); err != nil || !taken {
				t.Fatal(taken, err)
			}
		}
		press := outreach.Press{ContactID: c.sent[4], Key: "k", At: noon}
		_, err := inbox.Press(t.Context(), noon, press, func(outreach.Sender) outreach.Consequence {
			return outreach.Consequence{Answer: &outreach.Answer{Action: outreach.ActionLater, Until: noon.AddDate(0, 3, 0)}}
		})
		if err != nil {
			t.Fatal(err)
		}
		copied, err := b.CopyTo(t.Context(), filepath.Join(t.TempDir(), "copy.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := copied.Close(); err != nil {
				t.Error(err)
			}
		}()
		r := handOver(outreach.SMS)
		r.Now = noon.Add(time.Minute)
		var here, there []outreach.Due
		for db, seen := range map[*store.DB]*[]outreach.Due{b.DB: &here, copied: &there} {
			_, err := store.Queue{DB: db}.HandOver(t.Context(), r, func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
				*seen = due
				return everyOne(outreach.Suppressed, "")(inst, due)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if len(here) < 4 || len(there) != len(here) {
			t.Fatalf("%d contacts are due here, %d in the copy", len(here), len(there))
		}
		byID := map[int64]outreach.Due{}
		for _, d := range here {
			byID[d.Contact.ID] = d
		}
		for _, d := range there {
			h := byID[d.Contact.ID]
			if d.ReplyWaiting != h.ReplyWaiting || len(d.OptOuts) != len(h.OptOuts) || len(d.Items) != len(h.Items) || d.Contact.Answers != h.Contact.Answers {
				t.Errorf("here %+v\nin the copy %+v", h, d)
			}
		}
	})
}
