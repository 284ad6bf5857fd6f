package config

import (
	"regexp"
	"time"
)

// Twilio is the account that sends the texts and takes the answers. The daemon
// logs in with the auth token, or with an API key where one is given; what
// Twilio itself brings is signed with the token, or with the one before while
// it is being changed.
type Twilio struct {
	AccountSID            string        `yaml:"account_sid"`
	AuthToken             Secret        `yaml:"auth_token"`
	AuthTokenFile         string        `yaml:"auth_token_file"`
	PreviousAuthToken     Secret        `yaml:"previous_auth_token"`
	PreviousAuthTokenFile string        `yaml:"previous_auth_token_file"`
	APIKeySID             string        `yaml:"api_key_sid"`
	APIKeySecret          Secret        `yaml:"api_key_secret"`
	APIKeySecretFile      string        `yaml:"api_key_secret_file"`
	BaseURL               string        `yaml:"base_url"`
	SegmentsPerSecond     float64       `yaml:"segments_per_second"`
	PerDaySegments        int           `yaml:"per_day_segments"` // 0: no limit
	Timeout               time.Duration `yaml:"timeout"`
}

func defaultTwilio() Twilio {
	return Twilio{
		BaseURL:           "https://api.twilio.com",
		SegmentsPerSecond: 1, // what a local US number carries
		Timeout:           30 * time.Second,
	}
}

var (
	accountSID = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	apiKeySID  = regexp.MustCompile(`^SK[0-9a-fA-F]{32}$`)
	serviceSID = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
)

func (t *Twilio) check(c *checker, used bool) {
	c.secret("twilio.auth_token", &t.AuthToken, &t.AuthTokenFile)
	c.secret("twilio.previous_auth_token", &t.PreviousAuthToken, &t.PreviousAuthTokenFile)
	c.secret("twilio.api_key_secret", &t.APIKeySecret, &t.APIKeySecretFile)
	if used {
		c.required("twilio.account_sid", t.AccountSID, "it begins with AC and is shown on the first page of the Twilio console")
		if !t.AuthToken.IsSet() && t.APIKeySID == "" {
			c.errorf("twilio.auth_token", "is missing: name a file with the token in twilio.auth_token_file, or use an API key")
		}
	}
	if t.PreviousAuthTokenFile != "" && !t.AuthToken.IsSet() {
		c.errorf("twilio.auth_token", "is missing: twilio.previous_auth_token_file is set, and only serves beside the present one")
	}
	if t.AccountSID != "" && !accountSID.MatchString(t.AccountSID) {
		c.errorf("twilio.account_sid", "expected AC followed by 32 digits and letters a to f")
	}
	if t.APIKeySID != "" && !apiKeySID.MatchString(t.APIKeySID) {
		c.errorf("twilio.api_key_sid", "expected SK followed by 32 digits and letters a to f")
	}
	if (t.APIKeySID != "") != t.APIKeySecret.IsSet() {
		c.errorf("twilio.api_key_sid", "give both api_key_sid and the secret in api_key_secret_file, or neither")
	}
	c.required("twilio.base_url", t.BaseURL, "leave the key out to use Twilio's own address")
	t.BaseURL = c.webAddress("twilio.base_url", t.BaseURL)
	if t.SegmentsPerSecond < 0.01 || t.SegmentsPerSecond > 10_000 {
		c.errorf("twilio.segments_per_second", "%g is out of range; expected 0.01 to 10000", t.SegmentsPerSecond)
	}
	c.within("twilio.per_day_segments", t.PerDaySegments, 0, 10_000_000)
	c.lasting("twilio.timeout", t.Timeout, 100*time.Millisecond, 5*time.Minute)
}
