package staff

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// Every address is tried by everybody: only who may gets past the door.
func TestEveryPageForEveryRole(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		people := map[outreach.Role]*person{"": o.anybody()}
		for _, role := range outreach.Roles() {
			people[role] = o.signedIn(role)
		}
		parameter := regexp.MustCompile(`\{[^}]*\}`)
		for _, p := range o.site.pages() {
			method, path, _ := strings.Cut(p.pattern, " ")
			if strings.HasPrefix(path, "/signout") {
				continue // leaves nobody to go on with; see TestSigningOut
			}
			path = parameter.ReplaceAllString(strings.TrimSuffix(path, "{$}"), "999999")
			for role, who := range people {
				status, to := 0, ""
				if method == http.MethodGet {
					status, _, to = who.get(path)
				} else {
					status, _, to = who.post(path)
				}
				refused := status == http.StatusUnauthorized && path != "/signin" || status == http.StatusForbidden ||
					strings.HasPrefix(to, "/signin?")
				if may := p.needs == "" || role.May(p.needs); may == refused {
					t.Errorf("%s as %q: %d %s", p.pattern, role, status, to)
				}
				if status >= 500 {
					t.Errorf("%s as %q: %d", p.pattern, role, status)
				}
			}
		}
	})
}

// Another site's form does nothing, whoever is signed in.
func TestFormsOfOtherSites(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		manager := o.signedIn(outreach.RoleManager)
		for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://elsewhere.test"}} {
			req, err := http.NewRequest(http.MethodPost, o.url+"/users", strings.NewReader("login=eve&name=Eve&role=manager&password="+strings.Repeat("ab", 6)))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(header[0], header[1])
			if status, _, _ := manager.do(req); status != http.StatusForbidden {
				t.Errorf("%s %s: %d", header[0], header[1], status)
			}
		}
		if n := b.Count(`select count(*) from users`); n != 1 {
			t.Errorf("%d users", n)
		}
	})
}

// Who is not signed in has the icon, too.
func TestPagesHaveAnIcon(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		nobody := open(t, b).anybody()
		_, page, _ := nobody.get("/signin")
		if status, icon, _ := nobody.get("/icon.svg"); status != http.StatusOK || !strings.HasPrefix(icon, "<svg") || !strings.Contains(page, `rel="icon" type="image/svg+xml" href="/icon.svg"`) {
			t.Errorf("%d %s", status, icon)
		}
	})
}
