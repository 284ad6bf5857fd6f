package templates

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

const goodPlaybook = `id: brakes
name: Brakes left for later
trigger: declined
priority: 15
schedule: "30 8 * * 1-5"
conditions:
  categories: [brakes, tires]
  severities: [required]
  reasons: [time]
  not_reasons: [done_elsewhere]
  min_price: 75
  max_price: $1500.50
  max_age: 10d
  include_fleet: true
steps:
  - day: 3
    channels: [sms, email]
    template: brakes-1
    at: "10:30"
    within: 36h
  - {day: 30, channels: [call], template: brakes-2, at: "16:00", within: 7d}
caps: {per_follow_up: 2, min_gap: 7d}
control_share: 0.25
`

func TestParsePlaybook(t *testing.T) {
	got, problems := ParsePlaybook([]byte(goodPlaybook))
	if problems != nil {
		t.Fatal(message(problems))
	}
	want := outreach.Playbook{
		ID: "brakes", Name: "Brakes left for later", Trigger: outreach.TriggerDeclined, Priority: 15, Schedule: "30 8 * * 1-5",
		Conditions: outreach.Conditions{
			Categories: []string{outreach.Brakes, outreach.Tires}, Severities: []outreach.Severity{outreach.SeverityRequired},
			Reasons: []outreach.DeclineReason{outreach.ReasonTime}, NotReasons: []outreach.DeclineReason{outreach.ReasonDoneElsewhere},
			MinPrice: outreach.Money{Minor: 7500}, MaxPrice: outreach.Money{Minor: 150050},
			MaxAge: 240 * time.Hour, IncludeFleet: true,
		},
		Steps: []outreach.Step{
			{Day: 3, Channels: []outreach.Channel{outreach.SMS, outreach.Email}, Template: "brakes-1", At: 630, Within: 36 * time.Hour},
			{Day: 30, Channels: []outreach.Channel{outreach.Call}, Template: "brakes-2", At: 960, Within: 168 * time.Hour},
		},
		Caps:         outreach.Caps{PerFollowUp: 2, MinGap: 168 * time.Hour},
		ControlShare: 0.25,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestReasonsForCanceling(t *testing.T) {
	playbook := func(trigger, conditions string) string {
		return "id: a\nname: A\ntrigger: " + trigger + "\npriority: 1\nschedule: \"30 8 * * 1-5\"\nconditions: {" + conditions + "}\n" +
			"steps: [{day: 1, channels: [sms], template: a, at: \"11:00\", within: 5d}]\n"
	}
	got, problems := ParsePlaybook([]byte(playbook("canceled", "reasons: [cost, other, not_recorded], not_reasons: [plans_changed, part_delayed]")))
	if problems != nil {
		t.Fatal(message(problems))
	}
	want := outreach.Conditions{
		CancelReasons:    []outreach.CancelReason{outreach.CanceledForCost, outreach.CanceledOther, outreach.CancelNotRecorded},
		NotCancelReasons: []outreach.CancelReason{outreach.CanceledPlansChanged, outreach.CanceledPartDelayed},
	}
	if !reflect.DeepEqual(got.Conditions, want) {
		t.Errorf("got  %+v\nwant %+v", got.Conditions, want)
	}
	for _, tt := range []struct{ trigger, conditions, want string }{
		{"canceled", "not_reasons: [found_other_way]", `line 6, column 28: unknown reason "found_other_way"; did you mean found_another_way?`},
		{"canceled", "reasons: [time]", `line 6, column 24: unknown reason "time"; known are cost, `},
		{"declined", "reasons: [plans_changed]", `line 6, column 24: unknown reason "plans_changed"`},
	} {
		if _, problems := ParsePlaybook([]byte(playbook(tt.trigger, tt.conditions))); !strings.HasPrefix(message(problems), tt.want) {
			t.Errorf("%s, %s: got %s", tt.trigger, tt.conditions, message(problems))
		}
	}
}

func TestParsePlaybookReportsEveryMistake(t *testing.T) {
	tests := []struct{ name, old, with, want string }{
		{"unknown key", "priority:", "prority:", "line 1, column 1: priority is missing\nline 4, column 1: unknown key \"prority\"; did you mean priority?"},
		{"unknown condition", "max_age", "maxage", `line 13, column 3: unknown key "maxage"; did you mean max_age?`},
		{"unknown step key", "    within: 36h", "    whithin: 36h", "line 16, column 5: within is missing\nline 20, column 5: unknown key \"whithin\"; did you mean within?"},
		{"trigger", "declined", "denied", `line 3, column 10: unknown trigger "denied"; did you mean declined?`},
		{"category", "tires]", "tyres]", `line 7, column 24: unknown category "tyres"; did you mean tires?`},
		{"severity", "[required]", "[requird]", `line 8, column 16: unknown severity "requird"; did you mean required?`},
		{"channel twice", "[sms, email]", "[sms, sms]", `line 17, column 21: channel "sms" stands twice`},
		{"no channel", "[sms, email]", "[]", "line 17, column 15: a step needs at least one channel"},
		{"channel is no list", "[sms, email]", "sms", "line 17, column 15: expected a list, for example [sms, email]"},
		{"template name", "brakes-1", "Brakes 1", "line 18, column 15: " + nameRule},
		{"duration", "10d", "10 days", `line 13, column 12: expected days or hours, for example 30d or 12h, not "10 days"`},
		{"time of day", "10:30", "25:30", `line 19, column 9: expected a time of day such as "09:30", not "25:30"`},
		{"money", "75", "seventy", `line 11, column 14: expected an amount such as 75 or 75.50, not "seventy"`},
		{"price range", "$1500.50", "$15", "line 12, column 14: max_price is below min_price: no item could fit"},
		{"number", "15", "soon", `line 4, column 11: expected a whole number, not "soon"`},
		{"truth", "true", "si", `line 14, column 18: expected true or false, not "si"`},
		{"order of steps", "day: 3\n", "day: 40\n", "line 21, column 5: steps stand in the order of their days; day 30 comes after day 40"},
		{"step before a decline", "day: 3\n", "day: -3\n", "line 16, column 10: only a deferred item has a date that a step can come before"},
		{"cap below steps", "per_follow_up: 2", "per_follow_up: 1", "line 22, column 7: per_follow_up allows 1 contacts but there are 2 steps"},
		{"cap out of range", "per_follow_up: 2", "per_follow_up: 90", "line 22, column 23: per_follow_up is between 1 and 10 contacts"},
		{"control share", "0.25", "0.6", "line 23, column 16: control_share is a share of customers between 0 and 0.5"},
		{"control group of safety items", "[required]", "[required, safety]", "line 23, column 16: safety items are never held back for a control group; leave out control_share or list other severities under conditions"},
		{"control group of all items", "  severities: [required]\n", "", "line 22, column 16: safety items are never held back for a control group; leave out control_share or list other severities under conditions"},
		{"condition of another trigger", "max_age: 10d", "cancel_kinds: [no_show]", "line 13, column 17: cancel_kinds only goes with trigger canceled"},
		{"YAML", "[sms, email]", "[sms, email", "line 16: not readable as YAML: did not find expected ',' or ']'"},
		{"several", "declined\npriority: 15", "x\npriority: y", "line 3, column 10: unknown trigger \"x\"; known are canceled, declined, deferred\nline 4, column 11: expected a whole number, not \"y\""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(goodPlaybook, test.old) {
				t.Fatalf("no %q to replace", test.old)
			}
			_, problems := ParsePlaybook([]byte(strings.Replace(goodPlaybook, test.old, test.with, 1)))
			if got := message(problems); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestParsePlaybookRefusesOtherDocuments(t *testing.T) {
	for source, want := range map[string]string{
		"":                           `line 1: expected "key: value" lines`,
		"- a":                        `line 1: expected "key: value" lines`,
		"id: \xff":                   "line 1: the file is not UTF-8 text; save it as UTF-8",
		strings.Repeat("#\n", 10000): "line 1: the file has 20000 bytes; a playbook may have at most 16384",
	} {
		if _, problems := ParsePlaybook([]byte(source)); message(problems) != want {
			t.Errorf("%.10q: got %s", source, message(problems))
		}
	}
	if _, problems := ParsePlaybook([]byte("id: a\nsteps: *x\n")); problems == nil {
		t.Error("an alias to nowhere was accepted")
	}
	if _, problems := ParsePlaybook([]byte(strings.Replace(goodPlaybook, "name: Brakes left for later", "name: &a [*a]", 1))); problems == nil {
		t.Error("a value within itself was accepted")
	}
}

func TestParseSchedule(t *testing.T) {
	for _, good := range []string{"0 9 * * 1-6", "*/15 8-18 * * MON-FRI", "@daily", "0 9 29 2 *"} {
		if _, err := parseSchedule(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"":                             "not a cron schedule",
		"0 9 * *":                      "not a cron schedule",
		"0 9 * * 7":                    "not a cron schedule",
		"0 9 31 2 *":                   "never comes round",
		"@every 1h":                    "@every",
		"@every -1ns":                  "@every",
		"TZ=0":                         "time zone",
		"CRON_TZ=America/New_York 0 9": "time zone",
		"TZ=":                          "time zone",
		"0 9 * * １":                    "plain letters",
	} {
		if _, err := parseSchedule(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", bad, err, want)
		}
	}
}

func TestPlaybookWarnsOfNightlyHours(t *testing.T) {
	for schedule, want := range map[string]bool{"30 2 * * *": true, "0 1,9 * * *": true, "0 3 * * *": false, "0 * * * *": false} {
		_, problems, doubts := readPlaybook([]byte(strings.Replace(goodPlaybook, "30 8 * * 1-5", schedule, 1)))
		if problems != nil || (len(doubts) > 0) != want {
			t.Errorf("%s: got %v and %v", schedule, problems, doubts)
		}
	}
}
