package templates

import (
	"errors"
	"math/bits"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	"go.yaml.in/yaml/v3"
)

// schedule checks a cron schedule and returns it.
func (r *playbookReader) schedule(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	text := strings.TrimSpace(r.text(n))
	spec, err := parseSchedule(text)
	switch {
	case err != nil:
		r.fail(n, "%v", err)
	case runsAtNight(spec):
		r.doubts = append(r.doubts, Problem{n.Line, n.Column, "runs between 01:00 and 02:59, where clocks change; " +
			"choose another hour unless it must be"})
	}
	return text
}

// parseSchedule reads the five fields of a cron schedule. It refuses what
// robfig/cron accepts and then never runs, runs at odd times or panics on.
func parseSchedule(text string) (spec *cron.SpecSchedule, err error) {
	defer func() {
		if recover() != nil { // "TZ=0" makes the parser slice out of bounds
			spec, err = nil, errors.New("not a cron schedule")
		}
	}()
	switch {
	case strings.ContainsFunc(text, func(r rune) bool { return r > '~' }):
		return nil, errors.New("a cron schedule has plain letters, digits and signs only")
	case strings.Contains(text, "TZ="):
		return nil, errors.New("a schedule runs in the shop's own time zone; leave out TZ=")
	case strings.HasPrefix(text, "@every"):
		return nil, errors.New(`"@every" begins anew at each start of the program; write a time, for example "0 9 * * 1-6"`)
	}
	parsed, err := cron.ParseStandard(text)
	if err != nil {
		return nil, errors.New(`not a cron schedule: ` + err.Error() + `; for 9:00 on Monday to Saturday write "0 9 * * 1-6"`)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok || spec.Next(time.Unix(0, 0)).IsZero() {
		return nil, errors.New("this schedule never comes round: there is no such day")
	}
	return spec, nil
}

// runsAtNight reports whether the schedule picks out an hour that a clock
// change doubles or skips. One that runs every hour does not care.
func runsAtNight(spec *cron.SpecSchedule) bool {
	const allHours = 1<<24 - 1
	const oneAndTwo = 1<<1 | 1<<2
	hours := spec.Hour & allHours
	return hours&oneAndTwo != 0 && bits.OnesCount64(hours) < 24
}
