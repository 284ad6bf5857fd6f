package staff

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// How long somebody stays signed in: a working day without a break of more than
// some hours.
const (
	sessionLife = 12 * time.Hour
	sessionIdle = 4 * time.Hour
)

// What a session holds.
const (
	keyUser   = "user"
	keyEpoch  = "epoch"
	keyTold   = "told"
	keyWarned = "warned"
)

// errAnswered means that the visitor has been answered already.
var errAnswered = errors.New("answered")

func newSessions(kept scs.CtxStore, https bool, log *slog.Logger) *scs.SessionManager {
	m := scs.New()
	m.Store = kept
	m.Lifetime, m.IdleTimeout = sessionLife, sessionIdle
	m.HashTokenInStore = true
	m.Cookie.Name, m.Cookie.Path = "courtesy", "/"
	m.Cookie.HttpOnly, m.Cookie.Secure, m.Cookie.SameSite = true, https, http.SameSiteLaxMode
	m.Cookie.Persist = false // it ends with the browser
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		log.Error("sessions cannot be read", "route", r.Pattern, "error", err)
		http.Error(w, "Nobody can be signed in right now. Try again in a moment.", http.StatusServiceUnavailable)
	}
	return m
}

// signedIn returns who asks, the zero user for nobody. Whoever was disabled, has a
// new password or signed out everywhere since is nobody.
func (s *Site) signedIn(v *visit) (outreach.User, error) {
	if s.UserHeader != "" {
		return s.named(v)
	}
	id := s.sessions.GetInt64(v.Context(), keyUser)
	if id == 0 {
		return outreach.User{}, nil
	}
	user, err := s.Users.ByID(v.Context(), id)
	switch {
	case errors.Is(err, store.ErrNoUser):
	case err != nil:
		return outreach.User{}, err
	case user.DisabledAt.IsZero() && user.Epoch == s.sessions.GetInt(v.Context(), keyEpoch):
		return user, nil
	}
	return outreach.User{}, s.sessions.Destroy(v.Context())
}

// named returns who the proxy in front says it is, the zero user for somebody who
// may not come in here.
func (s *Site) named(v *visit) (outreach.User, error) {
	names := v.Header.Values(s.UserHeader)
	if len(names) != 1 || names[0] == "" {
		return outreach.User{}, nil // two names are a header that the proxy let through
	}
	user, _, err := s.find(v, strings.ToLower(strings.TrimSpace(names[0])))
	switch {
	case errors.Is(err, store.ErrNoUser):
		return outreach.User{}, nil
	case err != nil:
		return outreach.User{}, err
	case !user.DisabledAt.IsZero():
		return outreach.User{}, nil
	}
	return user, nil
}

// find looks for who signs in under a name that somebody typed: it may be anything.
func (s *Site) find(v *visit, login string) (u outreach.User, hash string, err error) {
	if !outreach.ValidLogin(login) {
		return u, "", store.ErrNoUser
	}
	return s.Users.Find(v.Context(), login)
}

// begin signs a user in, under a new token.
func (s *Site) begin(v *visit, user outreach.User) error {
	if err := s.sessions.RenewToken(v.Context()); err != nil {
		return err
	}
	s.sessions.Put(v.Context(), keyUser, user.ID)
	s.sessions.Put(v.Context(), keyEpoch, user.Epoch)
	return nil
}

// nameOf returns the name of whoever signs in as login, else login itself: it may
// be somebody at the command line, or the program.
func (s *Site) nameOf(v *visit, login string) string {
	if login == "" {
		return ""
	}
	user, _, err := s.Users.Find(v.Context(), login)
	if err != nil {
		return login
	}
	return user.Name
}

// tell has the next page say what was done.
func (s *Site) tell(v *visit, words string) { s.sessions.Put(v.Context(), keyTold, words) }

// warn has the next page say what was done, and that it is not what was wished for.
func (s *Site) warn(v *visit, words string) { s.sessions.Put(v.Context(), keyWarned, words) }

func escape(text string) string { return url.QueryEscape(text) }

// ownPath returns path if it is one of our pages, "/" otherwise: a link must not
// lead whoever signs in to another site.
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
