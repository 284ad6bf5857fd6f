package staff

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/password"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Users are the people who may sign in.
type Users interface {
	Find(ctx context.Context, login string) (u outreach.User, hash string, err error)
	ByID(ctx context.Context, id int64) (outreach.User, error)
	All(ctx context.Context) ([]outreach.User, error)
	Add(ctx context.Context, now time.Time, by string, u outreach.User, hash string) (id int64, err error)
	Change(ctx context.Context, now time.Time, by string, u outreach.User) error
	SetPassword(ctx context.Context, now time.Time, by string, id int64, hash string) error
	SignOutEverywhere(ctx context.Context, now time.Time, by string, id int64) error
}

// signInView is what the page shows.
type signInView struct {
	Login, To, Problem string
	Out                string // why the reader is signed out, "" when they did not just do so
	FirstUser          string // how somebody is let in, where nobody can sign in yet
}

// signInPages let people in and out.
type signInPages struct{ *Site }

func (s signInPages) signInPage(v *visit) error {
	if v.user.ID != 0 {
		return v.to(ownPath(v.FormValue("to")))
	}
	if s.UserHeader != "" {
		return problem{http.StatusForbidden, "Sign in where your company does; then ask a manager to add you here under the same name."}
	}
	all, err := s.Users.All(v.Context())
	if err != nil {
		return err
	}
	view := signInView{To: ownPath(v.FormValue("to")), Out: signedOut[v.URL.Query().Get("out")]}
	if len(all) == 0 {
		view.FirstUser = s.FirstUser
	}
	s.show(v, "signin", view)
	return nil
}

func (s signInPages) signIn(v *visit) error {
	if s.UserHeader != "" {
		return s.signInPage(v)
	}
	login, to := strings.ToLower(strings.TrimSpace(v.PostFormValue("login"))), ownPath(v.PostFormValue("to"))
	again := func(status int, words string) error {
		v.status = status
		s.show(v, "signin", signInView{Login: login, To: to, Problem: words})
		return nil
	}
	account := login
	if !outreach.ValidLogin(login) {
		account = "" // nobody's, so that nobody makes it remember whatever they type
	}
	if !s.throttle.allow(v.Request, account) {
		return again(http.StatusTooManyRequests, "Too many tries. Wait half a minute and try again.")
	}
	user, hash, err := s.find(v, login)
	if err != nil && !errors.Is(err, store.ErrNoUser) {
		return err
	}
	// Who is not known, or may not sign in any more, is told the same, as late.
	right := s.throttle.hashing(func() bool { return password.Verify(v.PostFormValue("password"), hash) })
	if !right || user.ID == 0 || !user.DisabledAt.IsZero() {
		s.Config.Log.Warn("somebody could not sign in", "caller", v.RemoteAddr)
		return again(http.StatusUnauthorized, "This name and password do not belong together.")
	}
	s.throttle.forgive(login)
	if err := s.begin(v, user); err != nil {
		return err
	}
	return v.to(to)
}

// signedOut is what the page for signing in tells who comes from signing out.
var signedOut = map[string]string{
	"here":       "You are signed out.",
	"everywhere": "You are signed out everywhere.",
}

func (s signInPages) signOut(v *visit) error { return s.leave(v, "here") }

func (s signInPages) signOutEverywhere(v *visit) error {
	if err := s.Users.SignOutEverywhere(v.Context(), v.now, v.user.Login, v.user.ID); err != nil {
		return err
	}
	return s.leave(v, "everywhere")
}

// leave ends the session at hand and says where else, see signedOut.
func (s signInPages) leave(v *visit, where string) error {
	if err := s.sessions.Destroy(v.Context()); err != nil {
		return err
	}
	return v.to("/signin?out=" + where)
}
