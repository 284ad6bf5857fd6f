package config

import "time"

// TransportKind is what carries the messages of a channel.
type TransportKind string

// The transports. The outbox writes files instead of sending.
const (
	TransportOff    TransportKind = "off" // the channel is not used
	TransportOutbox TransportKind = "outbox"
	TransportSMTP   TransportKind = "smtp"
	TransportTwilio TransportKind = "twilio"
)

// Transport chooses what carries the messages of each channel.
type Transport struct {
	Email TransportKind `yaml:"email"`
	SMS   TransportKind `yaml:"sms"`
}

func (t *Transport) check(c *checker) {
	oneOf(c, "transport.email", t.Email, TransportOutbox, TransportSMTP, TransportOff)
	oneOf(c, "transport.sms", t.SMS, TransportOutbox, TransportTwilio, TransportOff)
}

// Outbox is the folder for messages that are written instead of sent.
type Outbox struct {
	Dir string `yaml:"dir"`
}

func (o *Outbox) check(c *checker) {
	c.required("outbox.dir", o.Dir, "the folder for messages that are written instead of sent")
	o.Dir = c.path(o.Dir)
}

// Dispatch tunes the hand-over. The defaults fit a group of shops.
type Dispatch struct {
	Batch               int           `yaml:"batch"` // contacts in one transaction, at most
	MaxAttempts         int           `yaml:"max_attempts"`
	BackoffFirst        time.Duration `yaml:"backoff_first"`
	BackoffMax          time.Duration `yaml:"backoff_max"`
	DrainTimeout        time.Duration `yaml:"drain_timeout"`
	Heartbeat           time.Duration `yaml:"heartbeat"`
	DeadAfter           time.Duration `yaml:"dead_after"`
	UnconfirmedAskAfter time.Duration `yaml:"unconfirmed_ask_after"`
}

func defaultDispatch() Dispatch {
	return Dispatch{
		Batch:               64,
		MaxAttempts:         5,
		BackoffFirst:        time.Minute,
		BackoffMax:          time.Hour,
		DrainTimeout:        25 * time.Second,
		Heartbeat:           10 * time.Second,
		DeadAfter:           time.Minute,
		UnconfirmedAskAfter: 15 * time.Minute,
	}
}

func (d *Dispatch) check(c *checker) {
	c.within("dispatch.batch", d.Batch, 1, 1000)
	c.within("dispatch.max_attempts", d.MaxAttempts, 1, 20)
	c.lasting("dispatch.backoff_first", d.BackoffFirst, time.Millisecond, 24*time.Hour)
	c.lasting("dispatch.backoff_max", d.BackoffMax, d.BackoffFirst, 7*24*time.Hour)
	c.lasting("dispatch.drain_timeout", d.DrainTimeout, time.Second, 10*time.Minute)
	c.lasting("dispatch.heartbeat", d.Heartbeat, 50*time.Millisecond, time.Minute)
	// Three missed beats before a daemon is taken for dead: one slow write to
	// the database must not cast doubt on what it has handed over.
	c.lasting("dispatch.dead_after", d.DeadAfter, 3*d.Heartbeat, time.Hour)
	c.lasting("dispatch.unconfirmed_ask_after", d.UnconfirmedAskAfter, 0, 24*time.Hour)
}
