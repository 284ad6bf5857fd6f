package importer

import (
	"errors"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDuration is a week's work: more is a mistake in the file.
const maxDuration = 2400 * time.Minute

// photo reads where the technician's photo lies within the folder of photos. A
// path that leads out of that folder is no photo's.
func (r *reading) photo() string {
	name := r.text(FieldPhoto)
	if name == "" {
		return ""
	}
	kind := strings.ToLower(path.Ext(name))
	if !fs.ValidPath(name) || strings.Contains(name, `\`) || !slices.Contains([]string{".jpg", ".jpeg", ".png"}, kind) {
		r.warn(FieldPhoto, name, "this is not a photo within the folder of photos", "a name such as 50012-2.jpg or 2026/50012-2.png")
		return ""
	}
	return name
}

// duration reads how long the work takes.
func (r *reading) duration() time.Duration {
	raw := r.text(FieldDuration)
	if raw == "" {
		return 0
	}
	d, err := readDuration(raw, r.money.decimal, inHours(r.cols.name(FieldDuration)))
	if err != nil {
		r.warn(FieldDuration, raw, err.Error(), "minutes, or a length of time such as 1:30, 1.5 h or 90 min")
		return 0
	}
	return d
}

// inHours reports whether bare numbers below the name of a column are hours:
// book time always is.
func inHours(column string) bool {
	name := fold(column)
	return strings.Contains(name, "hour") || strings.Contains(name, "horas") || strings.HasPrefix(name, "book")
}

var (
	errNotDuration = errors.New("this is not a length of time")
	errNoUnit      = errors.New("this may be hours, but the column's name does not say so")
	errTooLong     = errors.New("this is too long to be right")
)

// spelledUnits are units as people write them, the longer ones first.
var spelledUnits = strings.NewReplacer(
	" ", "", "hours", "h", "hour", "h", "horas", "h", "hora", "h", "hrs", "h", "hr", "h",
	"minutes", "m", "minutos", "m", "minute", "m", "minuto", "m", "mins", "m", "min", "m", "and", "", "y", "",
)

// readDuration understands "1:30", "1.5 h", "90 min", "1 hr 30 min" and bare
// numbers, which are hours or minutes as the column has them.
func readDuration(raw string, decimal byte, hours bool) (time.Duration, error) {
	s := strings.TrimSuffix(spelledUnits.Replace(strings.ToLower(raw)), ".")
	if decimal == ',' {
		s = strings.ReplaceAll(s, ",", ".")
	}
	if h, m, ok := strings.Cut(s, ":"); ok && len(m) == 2 && m < "60" && digits(h+m) {
		s = h + "h" + m + "m"
	}
	if strings.Trim(s, "0123456789.") == "" {
		n, err := strconv.ParseFloat(s, 64)
		switch {
		case err != nil:
			return 0, errNotDuration
		case hours:
			s += "h"
		case n != math.Trunc(n):
			return 0, errNoUnit
		default:
			s += "m"
		}
	}
	d, err := time.ParseDuration(s)
	switch {
	case err != nil || d < 0 || strings.Trim(s, "0123456789.hm") != "":
		return 0, errNotDuration
	case d > maxDuration:
		return 0, errTooLong
	}
	return d.Round(time.Minute), nil
}
