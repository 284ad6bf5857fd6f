package staff

import (
	"net/http"

	"github.com/courtesyd/courtesyd/internal/password"
)

// passwordView is what the page shows.
type passwordView struct{ Problem string }

func (s *Site) passwordPage(v *visit) error {
	s.show(v, "password", passwordView{})
	return nil
}

func (s *Site) changePassword(v *visit) error {
	again := func(words string) error {
		v.status = http.StatusUnprocessableEntity
		s.show(v, "password", passwordView{words})
		return nil
	}
	if !s.throttle.allow(v.Request, v.user.Login) {
		return problem{http.StatusTooManyRequests, "Too many tries. Wait half a minute and try again."}
	}
	_, hash, err := s.Users.Find(v.Context(), v.user.Login)
	if err != nil {
		return err
	}
	if !s.throttle.hashing(func() bool { return password.Verify(v.PostFormValue("old"), hash) }) {
		return again("The present password is another one.")
	}
	if v.PostFormValue("new") != v.PostFormValue("again") {
		return again("The two new passwords differ.")
	}
	if err := password.Check(v.PostFormValue("new")); err != nil {
		return again(sentence(err.Error()))
	}
	fresh, err := password.Hash(v.PostFormValue("new"))
	if err != nil {
		return err
	}
	if err := s.Users.SetPassword(v.Context(), v.now, v.user.Login, v.user.ID, fresh); err != nil {
		return err
	}
	// All other sessions have ended; this one goes on.
	user, err := s.Users.ByID(v.Context(), v.user.ID)
	if err != nil {
		return err
	}
	if err := s.begin(v, user); err != nil {
		return err
	}
	return v.to("/")
}
