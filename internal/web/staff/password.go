package staff

import (
	"net/http"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/password"
)

// passwordView is what the page shows.
type passwordView struct{ Problem string }

func (s userPages) passwordPage(v *visit) error {
	s.show(v, "password", passwordView{})
	return nil
}

func (s userPages) changePassword(v *visit) error {
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
		return again("That is not your present password.")
	}
	if v.PostFormValue("new") != v.PostFormValue("again") {
		return again("The two new passwords differ.")
	}
	if err := s.checkPassword(v.PostFormValue("new"), v.user); err != nil {
		return again(sentence(err.Error()))
	}
	fresh, err := password.Hash(v.PostFormValue("new"))
	if err != nil {
		return err
	}
	if err := s.setPassword(v, v.user.ID, fresh); err != nil {
		return err
	}
	s.tell(v, "Your password is changed. Everywhere but here you are signed out.")
	return v.to("/")
}

// setPassword writes a new password. All sessions of its owner end, but for the one
// in which they do this themselves.
func (s userPages) setPassword(v *visit, id int64, hash string) error {
	if err := s.Users.SetPassword(v.Context(), v.now, v.user.Login, id, hash); err != nil || id != v.user.ID {
		return err
	}
	user, err := s.Users.ByID(v.Context(), id)
	if err != nil {
		return err
	}
	return s.begin(v, user)
}

// checkPassword says what is wrong with a new password of a user's.
func (s userPages) checkPassword(text string, u outreach.User) error {
	about := []string{u.Login, u.Name}
	for _, shop := range s.Shops {
		about = append(about, shop.Name)
	}
	return password.Check(text, about...)
}
