package staff

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

func TestSigningIn(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		p := o.anybody()
		if _, body, _ := p.get("/signin"); !strings.Contains(body, "courtesyd user add pat --config shop.yaml") {
			t.Error("nobody is told how the first manager gets in")
		}
		u := o.add(outreach.RoleManager)
		if status, body, _ := p.post("/signin", "login", u.Login, "password", secret+"x"); status != http.StatusUnauthorized || strings.Contains(body, secret) {
			t.Errorf("with a wrong password: %d", status)
		}
		if status, _, _ := p.post("/signin", "login", "nobody", "password", secret); status != http.StatusUnauthorized {
			t.Errorf("as nobody: %d", status)
		}
		if _, _, to := p.post("/signin", "login", " MANAGER ", "password", secret, "to", "//elsewhere.test/"); to != "/" {
			t.Errorf("leads to %q", to)
		}
		if status, _, _ := p.get("/users"); status != http.StatusOK {
			t.Errorf("signed in and not let in: %d", status)
		}
		for _, kept := range b.Strings(`select token || data from sessions`) {
			for _, c := range p.client.Jar.Cookies(mustURL(t, o.url)) {
				if strings.Contains(kept, c.Value) {
					t.Error("a copy of the database opens sessions")
				}
			}
		}
	})
}

func TestGuessingIsSlow(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.add(outreach.RoleManager)
		p := o.anybody()
		try := func(password string) int {
			status, _, _ := p.post("/signin", "login", "manager", "password", password)
			return status
		}
		for range triesBurst {
			try("wrong wrong wrong")
		}
		if status := try(secret); status != http.StatusTooManyRequests {
			t.Errorf("after %d wrong tries: %d", triesBurst, status)
		}
		o.now = o.now.Add(triesEvery)
		if status := try(secret); status != http.StatusSeeOther {
			t.Errorf("after waiting: %d", status)
		}
	})
}

// A session ends with its time, with the right to sign in, with a new password,
// and everywhere at once.
func TestSessionsEnd(t *testing.T) {
	ends := map[string]func(o *office, u outreach.User, other *person){
		"time":  func(o *office, _ outreach.User, _ *person) { o.now = o.now.Add(sessionLife + time.Minute) },
		"break": func(o *office, _ outreach.User, _ *person) { o.now = o.now.Add(sessionIdle + time.Minute) },
		"disabled": func(o *office, u outreach.User, _ *person) {
			o.signedIn(outreach.RoleGeneralManager)
			u.DisabledAt = o.now
			if err := (store.Users{DB: o.DB}).Change(o.t.Context(), o.now, "test", u); err != nil {
				o.t.Fatal(err)
			}
		},
		"password": func(_ *office, _ outreach.User, other *person) {
			other.post("/password", "old", secret, "new", secret+"s", "again", secret+"s")
		},
		"everywhere": func(_ *office, _ outreach.User, other *person) { other.post("/signout/everywhere") },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			fixture.Each(t, func(t *testing.T, b *fixture.Books) {
				o := open(t, b)
				u := o.add(outreach.RoleManager)
				p, other := o.signedIn(outreach.RoleManager), o.signedIn(outreach.RoleManager)
				if status, _, _ := p.get("/users"); status != http.StatusOK {
					t.Fatalf("before: %d", status)
				}
				end(o, u, other)
				if status, _, to := p.get("/users?a=b"); status != http.StatusSeeOther || to != "/signin?to=%2Fusers%3Fa%3Db" {
					t.Errorf("after: %d %s", status, to)
				}
				if status, _, _ := other.get("/users"); name == "password" && status != http.StatusOK {
					t.Errorf("whoever changed the password is out, too: %d", status)
				}
			})
		})
	}
}

func TestSigningOut(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		p, other := o.signedIn(outreach.RoleAdviser), o.signedIn(outreach.RoleAdviser)
		p.post("/signout")
		if status, _, _ := p.get("/password"); status != http.StatusSeeOther {
			t.Errorf("signed out and let in: %d", status)
		}
		if status, _, _ := other.get("/password"); status != http.StatusOK {
			t.Errorf("on another device: %d", status)
		}
	})
}

// Where a proxy signs people in, its word counts, and no password does.
func TestSignedInByTheProxy(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.site.UserHeader = "X-Remote-User"
		m := o.add(outreach.RoleManager)
		ask := func(names ...string) int {
			req, err := http.NewRequest(http.MethodGet, o.url+"/users", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header["X-Remote-User"] = names
			status, _, _ := o.anybody().do(req)
			return status
		}
		for name, c := range map[string]struct {
			names []string
			want  int
		}{
			"a manager":       {[]string{"Manager"}, http.StatusOK},
			"nobody":          {nil, http.StatusSeeOther},
			"a stranger":      {[]string{"eve"}, http.StatusSeeOther},
			"two names":       {[]string{"eve", m.Login}, http.StatusSeeOther},
			"an empty name":   {[]string{""}, http.StatusSeeOther},
			"a hostile name":  {[]string{"manager' or '1'='1"}, http.StatusSeeOther},
			"somebody's list": {[]string{"eve, manager"}, http.StatusSeeOther},
		} {
			if got := ask(c.names...); got != c.want {
				t.Errorf("%s: %d", name, got)
			}
		}
		if status, _, _ := o.anybody().post("/signin", "login", m.Login, "password", secret); status != http.StatusForbidden {
			t.Errorf("a password is taken: %d", status)
		}
	})
}

// The header of the proxy counts only under the names of the pages: another site's
// name may be made to lead to this machine, and then its pages may set the header.
func TestOtherNamesWithTheProxy(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		m := o.add(outreach.RoleManager)
		o.site.host = hostOf("Courtesy.Example.com:8443")
		ask := func(host, path string) (int, string) {
			req, err := http.NewRequest(http.MethodGet, o.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = host
			req.Header.Set("X-Remote-User", m.Login)
			status, page, _ := o.anybody().do(req)
			return status, page
		}
		if status, _ := ask("rebound.example", "/signin"); status != http.StatusOK {
			t.Errorf("without a proxy: %d", status)
		}
		o.site.UserHeader = "X-Remote-User"
		for host, want := range map[string]int{
			"courtesy.example.com": http.StatusOK, "COURTESY.example.com.:443": http.StatusOK, "localhost:8418": http.StatusOK,
			"127.0.0.1": http.StatusOK, "[::1]:8418": http.StatusOK,
			"rebound.example": http.StatusMisdirectedRequest, "courtesy.example.com.rebound.example:8418": http.StatusMisdirectedRequest,
			"127.0.0.1.rebound.example": http.StatusMisdirectedRequest, "192.0.2.7": http.StatusMisdirectedRequest,
		} {
			status, page := ask(host, "/users")
			if status != want {
				t.Errorf("%s: %d, want %d", host, status, want)
			}
			if want == http.StatusMisdirectedRequest {
				expect(t, page, []string{"staff.url"}, m.Name)
			}
		}
		if status, _ := ask("rebound.example", "/signin"); status != http.StatusMisdirectedRequest {
			t.Errorf("a page for everybody: %d", status)
		}
	})
}
