package templates

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

const day = 24 * time.Hour

// ParsePlaybook reads a playbook document. It returns all the problems at once;
// with any there is no playbook.
func ParsePlaybook(source []byte) (outreach.Playbook, Problems) {
	p, problems, _ := readPlaybook(source)
	if len(problems) > 0 {
		return outreach.Playbook{}, problems.sorted()
	}
	return p, nil
}

// readPlaybook also returns what is allowed but probably not meant.
func readPlaybook(source []byte) (outreach.Playbook, Problems, Problems) {
	if len(source) > maxSource {
		return outreach.Playbook{}, Problems{{Line: 1, Message: fmt.Sprintf(
			"the file has %d bytes; a playbook may have at most %d", len(source), maxSource)}}, nil
	}
	text, ok := normalLines(source)
	if !ok {
		return outreach.Playbook{}, Problems{{Line: 1, Message: "the file is not UTF-8 text; save it as UTF-8"}}, nil
	}
	r := &playbookReader{}
	p := r.playbook(r.read(text))
	return p, r.problems, r.doubts
}

type playbookReader struct {
	yamlReader
	doubts Problems
}

func (r *playbookReader) playbook(top *yaml.Node) outreach.Playbook {
	if top == nil {
		return outreach.Playbook{}
	}
	v := r.fields(top, "id", "name", "trigger", "priority", "schedule", "conditions", "steps", "caps", "control_share")
	r.require(top, v, "id", "name", "trigger", "priority", "schedule", "steps")
	p := outreach.Playbook{
		ID:           r.text(v["id"]),
		Name:         strings.TrimSpace(r.text(v["name"])),
		Trigger:      choice(&r.yamlReader, v["trigger"], "trigger", outreach.TriggerDeclined, outreach.TriggerDeferred, outreach.TriggerCanceled),
		Priority:     r.integer(v["priority"]),
		Schedule:     r.schedule(v["schedule"]),
		ControlShare: r.fraction(v["control_share"]),
	}
	if n := v["id"]; n != nil && !validName.MatchString(p.ID) {
		r.fail(n, nameRule)
	}
	p.Conditions = r.conditions(v["conditions"], p.Trigger)
	p.Caps = r.caps(v["caps"])
	for _, n := range r.items(v["steps"]) {
		p.Steps = append(p.Steps, r.step(n, p.Trigger))
	}
	r.together(p, v)
	return p
}

// together checks what no single value shows. Severities are judged only when
// all else is right: a misspelled one would look like all of them.
func (r *playbookReader) together(p outreach.Playbook, v map[string]*yaml.Node) {
	if n := v["control_share"]; n != nil {
		switch {
		case p.ControlShare < 0 || p.ControlShare > 0.5:
			r.fail(n, "control_share is a share of customers between 0 and 0.5")
		case p.ControlShare > 0 && len(r.problems) == 0 && p.Trigger != outreach.TriggerCanceled && mayHoldSafety(p.Conditions):
			r.fail(n, "safety items are never held back for a control group; "+
				"leave out control_share or list other severities under conditions")
		}
	}
	if n := v["steps"]; n != nil && n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		r.fail(n, "a playbook needs at least one step")
	}
	for i := 1; i < len(p.Steps); i++ {
		if p.Steps[i].Day <= p.Steps[i-1].Day {
			r.fail(v["steps"].Content[i], "steps stand in the order of their days; day %d comes after day %d",
				p.Steps[i].Day, p.Steps[i-1].Day)
		}
	}
	if limit := p.Caps.PerFollowUp; limit > 0 && len(p.Steps) > limit {
		r.fail(v["caps"], "per_follow_up allows %d contacts but there are %d steps", limit, len(p.Steps))
	}
}

func mayHoldSafety(c outreach.Conditions) bool {
	for _, s := range c.Severities {
		if s == outreach.SeveritySafety {
			return true
		}
	}
	return len(c.Severities) == 0
}

func (r *playbookReader) conditions(n *yaml.Node, trigger outreach.Trigger) outreach.Conditions {
	v := r.fields(n, "categories", "severities", "reasons", "not_reasons", "cancel_kinds", "canceled_by",
		"min_price", "max_price", "max_age", "include_fleet")
	y := &r.yamlReader
	c := outreach.Conditions{
		Categories: choiceList(y, v["categories"], "category", componentGroups()...),
		Severities: choiceList(y, v["severities"], "severity", outreach.SeveritySafety, outreach.SeverityRequired,
			outreach.SeveritySuggested, outreach.SeverityMaintenance, outreach.SeverityUnknown),
		CancelKinds: choiceList(y, v["cancel_kinds"], "kind of cancellation", outreach.EstimateRejected, outreach.OrderVoid,
			outreach.AppointmentCanceled, outreach.NoShow, outreach.SpecialOrderPart, outreach.OnlineOrder),
		CanceledBy:   choiceList(y, v["canceled_by"], "canceled_by", "customer", "shop", "system", "unknown"),
		MinPrice:     r.money(v["min_price"]),
		MaxPrice:     r.money(v["max_price"]),
		MaxAge:       r.duration(v["max_age"]),
		IncludeFleet: r.boolean(v["include_fleet"]),
	}
	if c.MaxPrice.Minor > 0 && c.MaxPrice.Minor < c.MinPrice.Minor {
		r.fail(v["max_price"], "max_price is below min_price: no item could fit")
	}
	canceled := trigger == outreach.TriggerCanceled
	if canceled {
		c.CancelReasons = choiceList(y, v["reasons"], "reason", cancelReasons()...)
		c.NotCancelReasons = choiceList(y, v["not_reasons"], "reason", cancelReasons()...)
	} else {
		c.Reasons = choiceList(y, v["reasons"], "reason", declineReasons()...)
		c.NotReasons = choiceList(y, v["not_reasons"], "reason", declineReasons()...)
	}
	for _, key := range []string{"cancel_kinds", "canceled_by"} {
		if v[key] != nil && !canceled && trigger != "" {
			r.fail(v[key], "%s only goes with trigger canceled", key)
		}
	}
	for _, key := range []string{"severities", "categories"} {
		if v[key] != nil && canceled {
			r.fail(v[key], "%s does not go with trigger canceled", key)
		}
	}
	return c
}

func declineReasons() []outreach.DeclineReason {
	return []outreach.DeclineReason{
		outreach.ReasonBudget, outreach.ReasonTime, outreach.ReasonSecondOpinion, outreach.ReasonCheaperElsewhere,
		outreach.ReasonDoItMyself, outreach.ReasonNotConvinced, outreach.ReasonSelling, outreach.ReasonNotWorthIt,
		outreach.ReasonNeedsCar, outreach.ReasonWaitingOnParts, outreach.ReasonWarranty, outreach.ReasonDoneElsewhere,
		outreach.ReasonNoLongerOwns, outreach.ReasonOther, outreach.ReasonNotRecorded,
	}
}

// cancelReasons are those of the customer's page and those of the sources.
func cancelReasons() []outreach.CancelReason {
	return append(outreach.CancelReasons(),
		outreach.CanceledPartDelayed, outreach.CanceledOther, outreach.CancelNotRecorded)
}

func componentGroups() []string {
	return []string{
		outreach.Brakes, outreach.Steering, outreach.Suspension, outreach.Tires, outreach.Wheels, outreach.Visibility,
		outreach.Lighting, outreach.Engine, outreach.Cooling, outreach.Transmission, outreach.Electrical,
		outreach.Battery, outreach.Fluids, outreach.Filters, outreach.Belts, outreach.Exhaust, outreach.HVAC,
		outreach.OtherPart,
	}
}

func (r *playbookReader) step(n *yaml.Node, trigger outreach.Trigger) outreach.Step {
	v := r.fields(n, "day", "channels", "template", "at", "within")
	if n.Kind == yaml.MappingNode {
		r.require(n, v, "day", "channels", "template", "at", "within")
	}
	s := outreach.Step{
		Day:      r.integer(v["day"]),
		Channels: choiceList(&r.yamlReader, v["channels"], "channel", outreach.SMS, outreach.Email, outreach.Call),
		Template: r.text(v["template"]),
		At:       r.timeOfDay(v["at"]),
		Within:   r.duration(v["within"]),
	}
	if c := v["channels"]; c != nil && c.Kind == yaml.SequenceNode && len(c.Content) == 0 {
		r.fail(c, "a step needs at least one channel")
	}
	if t := v["template"]; t != nil && !validName.MatchString(s.Template) {
		r.fail(t, nameRule)
	}
	if d := v["day"]; d != nil {
		switch {
		case s.Day < 0 && trigger != outreach.TriggerDeferred:
			r.fail(d, "only a deferred item has a date that a step can come before")
		case s.Day < -60 || s.Day > 365:
			r.fail(d, "a day is between -60 and 365")
		}
	}
	return s
}

func (r *playbookReader) caps(n *yaml.Node) outreach.Caps {
	v := r.fields(n, "per_follow_up", "min_gap")
	c := outreach.Caps{PerFollowUp: r.integer(v["per_follow_up"]), MinGap: r.duration(v["min_gap"])}
	if p := v["per_follow_up"]; p != nil && (c.PerFollowUp < 1 || c.PerFollowUp > 10) {
		r.fail(p, "per_follow_up is between 1 and 10 contacts")
	}
	return c
}

var (
	durationForm  = regexp.MustCompile(`^([1-9][0-9]{0,3})([dh])$`)
	timeOfDayForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])$`)
	moneyForm     = regexp.MustCompile(`^\$?([0-9]{1,7})(?:\.([0-9]{2}))?$`)
)

func (r *playbookReader) duration(n *yaml.Node) time.Duration {
	if n == nil {
		return 0
	}
	m := durationForm.FindStringSubmatch(r.text(n))
	if m == nil {
		r.fail(n, "expected days or hours, for example 30d or 12h, not %q", n.Value)
		return 0
	}
	count, _ := strconv.Atoi(m[1]) // the form has only digits there
	if m[2] == "d" {
		return time.Duration(count) * day
	}
	return time.Duration(count) * time.Hour
}

func (r *playbookReader) timeOfDay(n *yaml.Node) outreach.TimeOfDay {
	if n == nil {
		return 0
	}
	m := timeOfDayForm.FindStringSubmatch(r.text(n))
	if m == nil {
		r.fail(n, `expected a time of day such as "09:30", not %q`, n.Value)
		return 0
	}
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	return outreach.TimeOfDay(60*hour + minute)
}

func (r *playbookReader) money(n *yaml.Node) outreach.Money {
	if n == nil {
		return outreach.Money{}
	}
	m := moneyForm.FindStringSubmatch(r.text(n))
	if m == nil {
		r.fail(n, "expected an amount such as 75 or 75.50, not %q", n.Value)
		return outreach.Money{}
	}
	whole, _ := strconv.ParseInt(m[1], 10, 64)
	cents, _ := strconv.ParseInt("0"+m[2], 10, 64)
	return outreach.Money{Minor: 100*whole + cents}
}
