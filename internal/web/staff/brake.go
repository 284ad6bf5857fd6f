package staff

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Brake stops everything that goes out, at once, until it is released.
type Brake interface {
	Brakes(ctx context.Context) (map[string]store.Control, error)
	StopAll(ctx context.Context, now time.Time, who, why string) error
	Release(ctx context.Context, now time.Time, who string, channel outreach.Channel, stopped time.Time) (released bool, err error)
}

// stopped is the brake as every page shows it while it is on.
type stopped struct {
	Who, Why string
	At       time.Time
}

// Seen marks this stop, so that nobody lets go on what they have not seen stopped.
func (b stopped) Seen() string { return strconv.FormatInt(b.At.UnixMicro(), 10) }

// brake returns the brake when it is on, nil otherwise. A page is shown also when
// that cannot be found out.
func (s *Site) brake(v *visit) *stopped {
	brakes, err := s.Brake.Brakes(v.Context())
	if err != nil {
		s.Config.Log.Error("the brake could not be read", "error", err)
		return nil
	}
	b, on := brakes[""]
	if !on {
		return nil
	}
	return &stopped{Who: s.nameOf(v, b.By), Why: b.Value, At: b.At.Time}
}

// brakePages stop everything, and let it go on.
type brakePages struct{ *Site }

// stop puts the brake on. Whoever presses second leaves the first one's reason.
func (s brakePages) stop(v *visit) error {
	why, err := written(v, "why", "Reason")
	if err != nil {
		return err
	}
	if why == "" {
		why = "no reason was given"
	}
	if b := s.brake(v); b != nil {
		s.tell(v, "Everything was stopped already, by "+b.Who+" on "+s.when(b.At)+".")
		return v.to("/")
	}
	if err := s.Brake.StopAll(v.Context(), v.now, v.user.Login, why); err != nil {
		return err
	}
	s.tell(v, "Nothing goes out any more.")
	return v.to("/")
}

// resume lets everything go on, or one channel that was held. Who saw the page
// before somebody else stopped it again is told so instead.
func (s brakePages) resume(v *visit) error {
	channel := outreach.Channel(v.PostFormValue("channel"))
	brakes, err := s.Brake.Brakes(v.Context())
	if err != nil {
		return err
	}
	released := false
	if b, on := brakes[string(channel)]; on && (stopped{At: b.At.Time}).Seen() == v.PostFormValue("seen") {
		if released, err = s.Brake.Release(v.Context(), v.now, v.user.Login, channel, b.At.Time); err != nil {
			return err
		}
	}
	if !released {
		return s.notReleased(v, channel)
	}
	what := "Sending goes on."
	if channel != "" {
		what = plural[channel] + " go on."
	}
	s.tell(v, what+" Each contact is judged anew: what is past its time is closed, not sent.")
	return v.to("/")
}

// notReleased tells why what a person let go on did not.
func (s brakePages) notReleased(v *visit, channel outreach.Channel) error {
	brakes, err := s.Brake.Brakes(v.Context())
	if err != nil {
		return err
	}
	b, on := brakes[string(channel)]
	if !on {
		return problem{http.StatusConflict, "It is not stopped: somebody else has let it go on already."}
	}
	return problem{http.StatusConflict, s.nameOf(v, b.By) + " stopped it on " + s.when(b.At.Time) + ": " + ended(b.Value) +
		" Settle that first, then let it go on."}
}
