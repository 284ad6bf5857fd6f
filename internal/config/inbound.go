package config

import "time"

// Inbound says how answers to texts, and the news of their delivery, come in.
type Inbound struct {
	SMS       InboundMode   `yaml:"sms"` // ask Config.InboundSMS for what InboundAuto means
	PollEvery time.Duration `yaml:"poll_every"`
}

// InboundMode is a way by which Twilio's news reach this daemon.
type InboundMode string

// The ways. InboundAuto asks where texts are sent through Twilio.
const (
	InboundAuto    InboundMode = "auto"
	InboundWebhook InboundMode = "webhook" // Twilio calls public_url
	InboundPoll    InboundMode = "poll"    // the daemon asks Twilio
	InboundOff     InboundMode = "off"
)

func defaultInbound() Inbound {
	return Inbound{SMS: InboundAuto, PollEvery: 30 * time.Second}
}

// InboundSMS returns how answers to texts come in: InboundWebhook, InboundPoll
// or InboundOff.
func (c *Config) InboundSMS() InboundMode {
	switch {
	case c.Inbound.SMS != InboundAuto:
		return c.Inbound.SMS
	case c.Transport.SMS == TransportTwilio:
		return InboundPoll
	}
	return InboundOff
}

// usesTwilio reports whether texts go out or come in through Twilio.
func (c *Config) usesTwilio() bool {
	return c.Transport.SMS == TransportTwilio || c.InboundSMS() != InboundOff
}

func (c *Config) checkInbound(k *checker) {
	oneOf(k, "inbound.sms", c.Inbound.SMS, InboundAuto, InboundWebhook, InboundPoll, InboundOff)
	k.lasting("inbound.poll_every", c.Inbound.PollEvery, 10*time.Second, time.Hour)
	if c.Inbound.SMS != InboundWebhook {
		return
	}
	k.required("public_url", c.PublicURL, "inbound.sms is webhook, so Twilio must be able to reach this daemon")
	// Also where an API key sends: Twilio signs with the token alone.
	if !c.Twilio.AuthToken.IsSet() {
		k.errorf("twilio.auth_token", "is missing: inbound.sms is webhook, and Twilio signs what it brings with this token; "+
			"name its file in twilio.auth_token_file")
	}
}

// Replies says how long people have for what customers send.
type Replies struct {
	AnswerWithin     time.Duration `yaml:"answer_within"`      // of opening hours, then it is the manager's
	ReviewWithinDays int           `yaml:"review_within_days"` // open days, then what may be a refusal is one
}

func defaultReplies() Replies {
	return Replies{AnswerWithin: 2 * time.Hour, ReviewWithinDays: 2}
}

func (r *Replies) check(c *checker) {
	c.lasting("replies.answer_within", r.AnswerWithin, time.Minute, 7*24*time.Hour)
	// A refusal must be honored within ten business days: 47 CFR 64.1200(a)(10).
	c.within("replies.review_within_days", r.ReviewWithinDays, 1, 10)
}
