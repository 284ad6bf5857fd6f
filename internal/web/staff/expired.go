package staff

import (
	"net/http"
	"slices"
	"strings"
)

// expiredView is a form that was sent when its session had ended.
type expiredView struct {
	Action string
	Fields []field
}

// field is something that was sent. What a person wrote is shown.
type field struct {
	Name, Value string
	Written     bool
}

// expired keeps what somebody wrote while their session ended, so that they can
// sign in beside it and send it again. Passwords are not repeated.
func (s *Site) expired(v *visit) error {
	view := expiredView{Action: v.URL.Path}
	if err := v.ParseForm(); err != nil || v.URL.Path == "/password" || v.PostForm.Has("password") {
		return problem{http.StatusUnauthorized, "You are not signed in any more. Sign in and do it again; nothing was changed."}
	}
	for name, values := range v.PostForm {
		for _, value := range values {
			view.Fields = append(view.Fields, field{name, value, strings.ContainsAny(strings.TrimSpace(value), " \n")})
		}
	}
	slices.SortStableFunc(view.Fields, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	v.status = http.StatusUnauthorized
	s.show(v, "expired", view)
	return errAnswered
}
