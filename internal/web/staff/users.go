package staff

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/password"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/notify/email"
)

// usersView is what the page shows. New is what was typed when adding somebody
// did not work.
type usersView struct {
	Users   []outreach.User
	Roles   []outreach.Role
	New     outreach.User
	Problem string
}

func (s *Site) usersPage(v *visit) error { return s.showUsers(v, usersView{}) }

func (s *Site) showUsers(v *visit, view usersView) (err error) {
	view.Roles = outreach.Roles()
	if view.Users, err = s.Users.All(v.Context()); err != nil {
		return err
	}
	if view.Problem != "" {
		v.status = http.StatusUnprocessableEntity
	}
	s.show(v, "users", view)
	return nil
}

// typed reads a user from a form and says what is wrong with it.
func typed(v *visit) (u outreach.User, wrong string) {
	f := form{visit: v}
	line := func(field string) string { return strings.Join(strings.Fields(f.text(field, "Name")), " ") }
	u = outreach.User{
		Login: strings.ToLower(line("login")), Name: line("name"), Role: outreach.Role(v.PostFormValue("role")), Adviser: line("adviser"),
		Email: strings.TrimSpace(v.PostFormValue("email")),
	}
	const longest = 100
	switch {
	case u.Name == "" || utf8.RuneCountInString(u.Name) > longest || utf8.RuneCountInString(u.Adviser) > longest:
		return u, "Give a name of up to 100 characters."
	case !u.Role.May(outreach.RoleAdviser):
		return u, "Choose what the person may do."
	case u.Role == outreach.RoleGeneralManager && !v.user.Role.May(outreach.RoleGeneralManager):
		return u, "Only a general manager can make somebody a general manager."
	}
	if u.Email != "" {
		address, err := email.CheckAddress(u.Email)
		if err != nil {
			return u, "This e-mail address cannot be used: " + err.Error() + "."
		}
		u.Email = address
	}
	return u, ""
}

func (s *Site) addUser(v *visit) error {
	u, wrong := typed(v)
	if wrong == "" && !outreach.ValidLogin(u.Login) {
		wrong = "Give a name to sign in with: small letters, digits, dots and dashes."
	}
	if wrong == "" {
		if err := password.Check(v.PostFormValue("password")); err != nil {
			wrong = sentence(err.Error())
		}
	}
	if wrong != "" {
		return s.showUsers(v, usersView{New: u, Problem: wrong})
	}
	hash, err := password.Hash(v.PostFormValue("password"))
	if err != nil {
		return err
	}
	_, err = s.Users.Add(v.Context(), v.now, v.user.Login, u, hash)
	if errors.Is(err, store.ErrLoginTaken) {
		return s.showUsers(v, usersView{New: u, Problem: sentence(err.Error())})
	}
	if err != nil {
		return err
	}
	return v.to("/users")
}

func (s *Site) changeUser(v *visit) error {
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return problem{http.StatusNotFound, "There is no such user."}
	}
	was, err := s.Users.ByID(v.Context(), id)
	if errors.Is(err, store.ErrNoUser) {
		return problem{http.StatusNotFound, "There is no such user."}
	}
	if err != nil {
		return err
	}
	if was.Role == outreach.RoleGeneralManager && !v.user.Role.May(outreach.RoleGeneralManager) {
		return problem{http.StatusForbidden, "Only a general manager can change a general manager."}
	}
	u, wrong := typed(v)
	fresh := v.PostFormValue("password")
	if wrong == "" && fresh != "" {
		if err := password.Check(fresh); err != nil {
			wrong = sentence(err.Error())
		}
	}
	if wrong != "" {
		return s.showUsers(v, usersView{Problem: wrong})
	}
	u.ID, u.Login, u.DisabledAt = id, was.Login, time.Time{}
	if v.PostFormValue("disabled") != "" {
		u.DisabledAt = v.now
	}
	err = s.Users.Change(v.Context(), v.now, v.user.Login, u)
	if errors.Is(err, store.ErrLastManager) {
		return s.showUsers(v, usersView{Problem: sentence(err.Error())})
	}
	if err != nil {
		return err
	}
	if fresh != "" {
		return s.resetPassword(v, id, fresh)
	}
	return v.to("/users")
}

// resetPassword gives somebody a new password, told to them by the manager.
func (s *Site) resetPassword(v *visit, id int64, fresh string) error {
	hash, err := password.Hash(fresh)
	if err != nil {
		return err
	}
	if err := s.Users.SetPassword(v.Context(), v.now, v.user.Login, id, hash); err != nil {
		return err
	}
	return v.to("/users")
}
