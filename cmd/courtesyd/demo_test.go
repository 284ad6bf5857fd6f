package main

import (
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// The summary of the demo must not promise what will not be.
func TestFateOfAPlan(t *testing.T) {
	ruled := func(s outreach.State) outreach.Ruling {
		return outreach.Ruling{Contact: outreach.Contact{State: s, Channel: outreach.Call}}
	}
	for _, tt := range []struct {
		ruling    outreach.Ruling
		way, fate string
	}{
		{ruled(outreach.Handed), "call", ""},
		{ruled(outreach.CallOpen), "call", ""},
		{ruled(outreach.Planned), "call", ": will wait"},
		{ruled(outreach.Suppressed), "sms", ": will not go"},
		{ruled(outreach.Expired), "sms", ": will not go"},
		{outreach.Ruling{}, "sms", ""},
	} {
		if way, fate := fateOf("sms", tt.ruling); way != tt.way || fate != tt.fate {
			t.Errorf("%s: by %s%s, want %s%s", tt.ruling.Contact.State, way, fate, tt.way, tt.fate)
		}
	}
}
