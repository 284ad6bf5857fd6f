package staff

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
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

// userPages say who may sign in, and with what password.
type userPages struct{ *Site }

func (s userPages) usersPage(v *visit) error { return s.showUsers(v, usersView{}) }

func (s userPages) showUsers(v *visit, view usersView) (err error) {
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

func (s userPages) addUser(v *visit) error {
	u, wrong := typed(v)
	if wrong == "" && !outreach.ValidLogin(u.Login) {
		wrong = "Give a name to sign in with: small letters, digits, dots and dashes."
	}
	if wrong == "" {
		if err := s.checkPassword(v.PostFormValue("password"), u); err != nil {
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
	s.tell(v, u.Name+" may sign in now, as "+u.Login+". Tell them the password, and to change it.")
	return v.to("/users")
}

func (s userPages) changeUser(v *visit) error {
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
		if err := s.checkPassword(fresh, outreach.User{Login: was.Login, Name: u.Name}); err != nil {
			wrong = sentence(err.Error())
		}
	}
	disabled := v.PostFormValue("disabled") != ""
	if wrong == "" && id == v.user.ID && (disabled || !u.Role.May(was.Role)) {
		wrong = "Nobody takes their own rights away: somebody else must do that."
	}
	if wrong != "" {
		return s.showUsers(v, usersView{Problem: wrong})
	}
	u.ID, u.Login = id, was.Login
	switch {
	case disabled && was.DisabledAt.IsZero():
		u.DisabledAt = v.now
	case disabled:
		u.DisabledAt = was.DisabledAt
	}
	err = s.Users.Change(v.Context(), v.now, v.user.Login, u)
	if errors.Is(err, store.ErrLastManager) {
		return s.showUsers(v, usersView{Problem: sentence(err.Error())})
	}
	if err != nil {
		return err
	}
	told := changed(was, u)
	if fresh != "" {
		hash, err := password.Hash(fresh)
		if err != nil {
			return err
		}
		if err := s.setPassword(v, id, hash); err != nil {
			return err
		}
		told = append(told, "has a new password and is signed out everywhere")
	}
	if len(told) == 0 {
		told = []string{"stays as before"}
	}
	s.tell(v, u.Name+" "+strings.Join(told, ", and ")+".")
	return v.to("/users")
}

// changed tells what is different about a user now.
func changed(was, is outreach.User) (out []string) {
	if was.Role != is.Role {
		out = append(out, "is "+strings.ReplaceAll(string(is.Role), "_", " ")+" from now on")
	}
	switch {
	case was.DisabledAt.IsZero() && !is.DisabledAt.IsZero():
		out = append(out, "may not sign in any more and is signed out everywhere")
	case !was.DisabledAt.IsZero() && is.DisabledAt.IsZero():
		out = append(out, "may sign in again")
	}
	switch {
	case was.Email != "" && is.Email == "":
		out = append(out, "gets no more daily mail")
	case was.Email != is.Email:
		out = append(out, "gets the daily mail at "+is.Email)
	}
	if was.Name != is.Name || was.Adviser != is.Adviser {
		out = append(out, "has another name in the log or on orders")
	}
	return out
}
