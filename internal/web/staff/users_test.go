package staff

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUsers(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		m := o.signedIn(outreach.RoleManager)
		fields := func(over ...string) []string {
			return append([]string{"login", "robin", "name", "Robin <b>Wren</b>", "role", "adviser", "password", secret}, over...)
		}
		if status, _, to := m.post("/users", fields()...); status != http.StatusSeeOther || to != "/users" {
			t.Fatalf("add: %d %s", status, to)
		}
		_, body, _ := m.get("/users")
		if strings.Contains(body, "<b>Wren") || !strings.Contains(body, "Robin &lt;b&gt;Wren") {
			t.Error("a name is not escaped")
		}
		for name, c := range map[string][]string{
			"taken":           fields(),
			"bad login":       {"login", "a b", "name", "A", "role", "adviser", "password", secret},
			"no name":         {"login", "ab", "name", " ", "role", "adviser", "password", secret},
			"no role":         {"login", "ab", "name", "A", "role", "owner", "password", secret},
			"short password":  {"login", "ab", "name", "A", "role", "adviser", "password", "short"},
			"easy password":   {"login", "ab", "name", "A", "role", "adviser", "password", "Password123!"},
			"shop's password": {"login", "ab", "name", "A", "role", "adviser", "password", "exampleauto1"},
			"too high a role": {"login", "ab", "name", "A", "role", "general_manager", "password", secret},
			"no address":      {"login", "ab", "name", "A", "role", "adviser", "password", secret, "email", "a@example.com\r\nBcc: b@example.com"},
			"a name too long": {"login", "ab", "name", strings.Repeat("a", 101), "role", "adviser", "password", secret},
		} {
			status, body, _ := m.post("/users", c...)
			if status != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
				t.Errorf("%s: %d", name, status)
			}
			if strings.Contains(body, secret) {
				t.Errorf("%s: the password is shown", name)
			}
		}
		if n := b.Count(`select count(*) from users`); n != 2 {
			t.Errorf("%d users", n)
		}
		id := strconv.Itoa(b.Count(`select id from users where login = 'manager'`))
		if status, body, _ := m.post("/users/"+id, "name", "M", "role", "adviser"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "somebody else must do that") {
			t.Errorf("the last manager steps down: %d", status)
		}
		if status, _, _ := m.post("/users/"+id, "name", "Renamed", "role", "manager", "password", "short"); status != http.StatusUnprocessableEntity {
			t.Errorf("a short password for somebody: %d", status)
		}
		if n := b.Count(`select count(*) from users where name = 'Renamed'`); n != 0 {
			t.Error("half of a change was made")
		}
		robin := strconv.Itoa(b.Count(`select id from users where login = 'robin'`))
		if status, _, _ := m.post("/users/"+robin, "name", "Robin", "role", "adviser", "email", " robin@Shop.TEST ", "disabled", "yes"); status != http.StatusSeeOther {
			t.Errorf("disable: %d", status)
		}
		if status, _, _ := o.anybody().post("/signin", "login", "robin", "password", secret); status != http.StatusUnauthorized {
			t.Errorf("disabled and let in: %d", status)
		}
		got := b.Strings(`select who, what, object, detail from audit_log where what like '%user' order by id`)
		want := []string{
			"test add user manager manager", "manager add user robin adviser",
			`manager change user robin from "Robin <b>Wren</b>", adviser to "Robin", adviser, mail to robin@shop.test, disabled`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("audit log %q", got)
		}
	})
}

// Each change is told, and a role takes effect at once without signing anybody out.
func TestChangesOfUsersAreTold(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		m, gm := o.signedIn(outreach.RoleManager), o.signedIn(outreach.RoleGeneralManager)
		ids := map[string]string{}
		for _, login := range []string{"manager", "general_manager"} {
			ids[login] = b.Strings(`select id from users where login = $1`, login)[0]
		}
		for _, step := range []struct {
			who    *person
			to     string
			fields []string
			says   string
		}{
			{m, "/users", []string{"login", "robin", "name", "Robin Wren", "role", "adviser", "password", secret}, "Robin Wren may sign in now, as robin."},
			{m, "/users/{robin}", []string{"name", "Robin Wren", "role", "adviser"}, "Robin Wren stays as before."},
			{m, "/users/{robin}", []string{"name", "Robin Wren", "role", "manager", "email", "robin@shop.test"}, "is manager from now on, and gets the daily mail at robin@shop.test."},
			{m, "/users/{robin}", []string{"name", "R. Wren", "role", "manager", "disabled", "yes"}, "may not sign in any more and is signed out everywhere, and gets no more daily mail, and has another name"},
			{m, "/users/{robin}", []string{"name", "R. Wren", "role", "manager", "password", secret + "s"}, "may sign in again, and has a new password"},
			{m, "/users/{manager}", []string{"name", "Meg", "role", "manager", "password", secret + "m"}, "has a new password"},
			{gm, "/users/{manager}", []string{"name", "Meg", "role", "adviser"}, "Meg is adviser from now on."},
		} {
			if step.to != "/users" && ids["robin"] == "" {
				ids["robin"] = b.Strings(`select id from users where login = 'robin'`)[0]
			}
			to := strings.NewReplacer("{robin}", ids["robin"], "{manager}", ids["manager"]).Replace(step.to)
			status, body, next := step.who.post(to, step.fields...)
			if status != http.StatusSeeOther {
				t.Fatalf("%q: %d %s", step.fields, status, body)
			}
			if _, body, _ := step.who.get(next); !strings.Contains(body, step.says) {
				t.Errorf("%q: nothing says %q", step.fields, step.says)
			}
		}
		for path, want := range map[string]int{"/": http.StatusOK, "/users": http.StatusForbidden} {
			if status, _, _ := m.get(path); status != want {
				t.Errorf("an adviser now, at %s: %d", path, status)
			}
		}
		for role, fields := range map[string][]string{"lower": {"role", "manager"}, "none": {"role", "general_manager", "disabled", "yes"}} {
			status, body, _ := gm.post("/users/"+ids["general_manager"], append(fields, "name", "Gwen")...)
			answers(t, "one's own rights, "+role, status, http.StatusUnprocessableEntity, body, "somebody else must do that")
		}
		status, _, to := gm.post("/signout/everywhere")
		_, body, _ := gm.get(to)
		answers(t, "signed out", status, http.StatusSeeOther, body, "You are signed out everywhere.")
	})
}
