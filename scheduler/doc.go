// Package scheduler decides when: it runs the playbooks' schedules, plans
// follow-ups, hands due contacts over through the gate, and settles what was
// left in doubt.
//
// The flow is one way. Scan never sends, notify never decides, and everything
// that leaves passes Dispatch, where the gate's decision and the hand-over are
// one transaction.
//
//	Beat      once a minute: heartbeat, scans that are due, doubts, expiry
//	  schedule.go   which runs are due, over clock changes and downtime
//	  plan.go       from open items to a follow-up with its planned contacts
//	  reconcile.go  contacts in doubt, expiry, the pilot's limits
//	Dispatch  all the time, one for each channel
//	  decide.go     facts to the gate, words to the contact
//	  record.go     what the provider's answer means
//	DailyMail what waits for the shop's own people, each morning
//	Explain   why an order was or was not followed up
package scheduler
