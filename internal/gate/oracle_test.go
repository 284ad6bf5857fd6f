package gate_test

import (
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// The oracle says what must not be sent, written without the code it judges
// and as plainly as can be: what the clock on the wall shows, what the lists say.

// naiveHolidays are the federal holidays of two years, with the days they are
// observed on, from a calendar.
var naiveHolidays = map[string]bool{
	"2026-12-25": true, "2027-01-01": true, "2027-01-18": true, "2027-02-15": true, "2027-05-31": true,
	"2027-06-18": true, "2027-06-19": true, "2027-07-04": true, "2027-07-05": true, "2027-09-06": true,
	"2027-10-11": true, "2027-11-11": true, "2027-11-25": true, "2027-12-24": true, "2027-12-25": true,
	"2027-12-31": true, "2028-01-01": true, "2028-01-17": true, "2028-02-21": true,
}

// naiveOwn are the further days that some states bar.
var naiveOwn = map[string][]string{
	"UT": {"2027-07-23", "2027-07-24"},
	"LA": {"2027-02-09", "2027-03-26", "2027-11-02", "2028-02-29"},
	"RI": {"2027-08-09", "2027-11-02"},
}

// naiveMinutes are the minutes of the day between which a state allows contact.
func naiveMinutes(region string, weekday time.Weekday) (from, to int) {
	weekend := weekday == time.Saturday || weekday == time.Sunday
	sunday := weekday == time.Sunday
	switch {
	case region == "FL" || region == "WA" || region == "WY":
		return 480, 1200
	case region == "KY":
		return 600, 1260
	case region == "ME" && weekend, region == "LA" && sunday:
		return 0, 0
	case region == "ME":
		return 540, 1020
	case region == "LA":
		return 480, 1200
	case region == "RI" && weekend:
		return 600, 1020
	case region == "RI":
		return 540, 1080
	case region == "TX" && sunday:
		return 720, 1260
	case region == "TX":
		return 540, 1260
	case region == "ON" && weekend:
		return 600, 1080
	case region == "ON":
		return 540, 1290
	}
	return 480, 1260
}

// naiveOpen reports whether the clock in loc shows a time to be contacted.
func naiveOpen(c *world, now time.Time, loc *time.Location) bool {
	local := now.In(loc)
	date, minute := local.Format(time.DateOnly), local.Hour()*60+local.Minute()
	if !slices.Contains(c.days, local.Weekday()) || c.noHolidays && naiveHolidays[date] || c.closures[date] {
		return false
	}
	from, to := c.open, c.close
	for _, region := range c.regions {
		a, b := naiveMinutes(region, local.Weekday())
		from, to = max(from, a), min(to, b)
		own, barred := naiveOwn[region]
		if barred && (naiveHolidays[date] || slices.Contains(own, date)) {
			return false
		}
	}
	return minute >= from && minute < to-10
}

// naiveConsent sorts the ledger and reads it backwards up to the last no.
func naiveConsent(c *world, now time.Time) bool {
	f := &c.facts
	marketing := f.Class != outreach.Informational
	var lines []outreach.Consent
	for _, line := range f.Consents {
		fits := (line.Channel == f.Channel || line.Channel == "") && (line.ShopID == f.ShopID || line.ShopID == "") &&
			(line.Address == f.Address.Value || line.Address == "") &&
			(line.Class == "" || (line.Class == outreach.Informational) == !marketing)
		if fits && (line.State != outreach.ConsentGiven || !line.OccurredAt.After(now)) {
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b outreach.Consent) int {
		if d := b.OccurredAt.Compare(a.OccurredAt); d != 0 {
			return d
		}
		return int(b.ID - a.ID)
	})
	visited := func(months int) bool {
		return !f.LastVisit.IsZero() && !f.LastVisit.After(now) && !f.LastVisit.AddDate(0, months, 0).Before(now)
	}
	for _, line := range lines {
		if line.State == outreach.ConsentRevoked {
			return false
		}
		if line.State != outreach.ConsentGiven {
			break
		}
		strong := line.Basis == outreach.ConsentWritten || line.Basis == outreach.ConsentExpress
		enough := true
		if f.Channel == outreach.SMS {
			enough = line.Basis == outreach.ConsentWritten || strong && !marketing
		} else if f.Channel == outreach.Email && c.canada {
			fresh := !line.ExpiresAt.IsZero() || !line.OccurredAt.AddDate(0, 6, 0).Before(now)
			enough = strong || line.Basis == outreach.ConsentImplied && fresh
		}
		if enough && (line.ExpiresAt.IsZero() || line.ExpiresAt.After(now)) {
			return true
		}
	}
	for _, line := range lines {
		if line.State == outreach.ConsentRevoked {
			return false // further back than the last word, and never lifted
		}
	}
	switch f.Channel {
	case outreach.Email:
		return !f.Policy.EmailNeedsConsent && (!c.canada || visited(24))
	case outreach.Call:
		return !marketing || f.LastVisit.IsZero() || visited(18)
	}
	return false
}

func naiveOptedOut(c *world, now time.Time) bool {
	for _, o := range c.facts.OptOuts {
		inForce := o.LiftedAt.IsZero() || o.LiftedAt.After(now)
		if inForce && o.Address == c.facts.Address.Value && (o.Channel == "" || o.Channel == c.facts.Channel) &&
			(o.ShopID == "" || o.ShopID == c.facts.ShopID) {
			return true
		}
	}
	return false
}

// naiveOverCap counts the contacts of the last days one by one.
func naiveOverCap(f *gate.Facts, now time.Time) bool {
	inDay, inGap := 0, false
	for _, at := range f.History {
		ago := now.Sub(at)
		inGap = inGap || ago < f.Policy.Caps.MinGap
		if ago < 24*time.Hour {
			inDay++
		}
	}
	return inGap || inDay >= 3 || f.FollowUpContacts >= f.Policy.Caps.PerFollowUp || f.ShopSentToday >= f.Policy.ShopPerDay ||
		f.Policy.Mode == outreach.Pilot && f.PilotSent >= f.Policy.PilotPerDay ||
		f.SenderLeft >= 0 && (f.SenderLeft == 0 || f.Channel == outreach.SMS && f.Segments > f.SenderLeft)
}

// naiveMatter reports whether something may still be written about.
func naiveMatter(f *gate.Facts, now time.Time) bool {
	for _, it := range f.Items {
		stale := !it.PriceValidUntil.IsZero() && it.PriceValidUntil.Compare(now) <= 0
		if !it.Done && !it.Reopened && !it.NotOwned && !it.Blocked && !it.ReasonExcluded && it.Refusals <= 1 && !stale {
			return true
		}
	}
	return false
}

// naiveAllows puts it together.
func naiveAllows(c *world, now time.Time) bool {
	f := &c.facts
	for _, loc := range c.locations {
		if !naiveOpen(c, now, loc) {
			return false
		}
	}
	jumped := !f.LastTick.IsZero() && (now.Sub(f.LastTick) > 5*time.Minute || f.LastTick.Sub(now) > 5*time.Minute)
	stopped := f.StopAll || jumped || f.ChannelHold != "" || f.ReplyWaiting || f.Booked || f.RecoveryOpen || f.Deceased || f.ControlGroup
	unfit := f.Address.Status != outreach.AddressOK || f.Channel == outreach.SMS && f.Address.LineType == outreach.Landline
	wordless := !f.TemplateApproved || f.RenderError != "" || f.Channel == outreach.SMS && f.Segments > f.Policy.MaxSegments
	late := now.After(f.NotAfter)
	return !stopped && !unfit && !wordless && !late && naiveMatter(f, now) &&
		!naiveOptedOut(c, now) && naiveConsent(c, now) && !naiveOverCap(f, now)
}
