package twilio

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// Whatever fails in between, and whichever way is open, everything is heard once
// in the end, and what only polls bring comes in the order it was written.
func TestNothingIsLostOrDoubled(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		webhook := rapid.Bool().Draw(rt, "webhook")
		o := open(t, func(options *twiliofake.Options) {
			if !webhook {
				pollOnly(options)
			}
		})
		o.poll() // the first look is bounded, the others are not
		var want, sent []string
		rt.Repeat(map[string]func(*rapid.T){
			"text": func(rt *rapid.T) {
				for range rapid.IntRange(1, 4).Draw(rt, "texts") {
					body := fmt.Sprint(len(want))
					_ = o.text(body) // the desk may be away
					want = append(want, body)
				}
			},
			"send": func(*rapid.T) {
				sid := o.send(int64(len(sent) + 1))
				_ = o.twilio.Run(t.Context(), sid, twiliofake.Course{Statuses: []string{"sent", "delivered"}})
				sent = append(sent, sid)
			},
			"wait": func(rt *rapid.T) {
				hours := rapid.SampledFrom([]int{0, 0, 1, 5, 30, 200}).Draw(rt, "hours")
				o.now = o.now.Add(time.Duration(hours)*time.Hour + time.Minute)
			},
			"poll": func(*rapid.T) { _, _ = o.poller.Poll(t.Context(), o.now) },
			"desk": func(rt *rapid.T) { o.desk.setAway(rapid.Bool().Draw(rt, "away")) },
			"twilio": func(rt *rapid.T) {
				o.twilio.ClearFaults()
				if nth := rapid.IntRange(0, 3).Draw(rt, "fails from"); nth > 0 {
					o.twilio.Add(twiliofake.Fault{Reads: true, Nth: nth, Status: 503})
				}
			},
			"restart": func(*rapid.T) { o.poller.told = nil },
		})
		o.twilio.ClearFaults()
		o.desk.setAway(false)
		o.poll()
		got := o.desk.bodies()
		if webhook {
			slices.SortFunc(got, byNumber)
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("the desk has %v, want %v", got, want)
		}
		for _, sid := range sent {
			if state := o.desk.stateOf(sid); state != outreach.Delivered {
				rt.Fatalf("%s is %q", sid, state)
			}
		}
	})
}

func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.Compare([]byte(a), []byte(b))
}
