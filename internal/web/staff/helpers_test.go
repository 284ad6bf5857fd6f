package staff

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/password"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/internal/web"
	"github.com/courtesyd/courtesyd/scheduler"
	"github.com/courtesyd/courtesyd/templates"
)

// noon is when the tests' people are at work.
var noon = time.Date(2026, 6, 2, 17, 0, 0, 0, time.UTC)

const secret = "several easy words"

// secretHash is made once: it is costly on purpose.
var secretHash = sync.OnceValues(func() (string, error) { return password.Hash(secret) })

// office is the pages on a database, with the clock in the test's hand.
type office struct {
	*fixture.Books
	t    *testing.T
	site *Site
	url  string
	now  time.Time
	log  *strings.Builder
}

// open serves the pages on the books until the test ends.
func open(t *testing.T, b *fixture.Books) *office {
	t.Helper()
	o := &office{Books: b, t: t, now: noon, log: &strings.Builder{}}
	clock := func() time.Time { return o.now }
	log := slog.New(slog.NewTextHandler(o.log, nil))
	site, err := New(config(b, clock, log))
	if err != nil {
		t.Fatal(err)
	}
	handler, err := web.Handler(web.Config{Log: log}, site.Routes()...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o.site, o.url = site, server.URL
	return o
}

// config is what the pages are made of here, as internal/app puts it together.
func config(b *fixture.Books, clock func() time.Time, log *slog.Logger) Config {
	// Sessions are timed by the real clock; it moves on as the test's does.
	sessions := func() time.Time { return time.Now().Add(clock().Sub(noon)) }
	return Config{
		Users: store.Users{DB: b.DB}, Sessions: store.Sessions{DB: b.DB, Now: sessions},
		Replies: store.Tasks{DB: b.DB}, Ahead: store.Today{DB: b.DB}, Holds: store.Holds{DB: b.DB},
		Brake: store.Controls{DB: b.DB}, Feeds: b.DB, Forecast: forecast(b, clock, log), Mode: outreach.Live, DeadAfter: time.Minute,
		Calls: store.Calls{DB: b.DB}, Playbooks: store.Documents{DB: b.DB}, Outreach: store.Log{DB: b.DB}, Recovery: store.Recovery{DB: b.DB},
		Customers: store.Customers{DB: b.DB}, Answers: scheduler.Answers{Store: store.Answers{DB: b.DB}, Settings: liveSettings()},
		FirstUser: "courtesyd user add pat --config shop.yaml",
		Shops:     []outreach.Shop{fixture.MainShop()}, Now: clock, Log: log,
	}
}

// forecast is a scheduler that nothing is asked of but what it would do.
func forecast(b *fixture.Books, clock func() time.Time, log *slog.Logger) scheduler.Forecast {
	s := scheduler.New(scheduler.Deps{Documents: store.Documents{DB: b.DB}, Log: log, Now: clock}, liveSettings())
	return scheduler.Forecast{Scheduler: s, Facts: store.Queue{DB: b.DB}}
}

// liveSettings are those of a shop that writes to its customers.
func liveSettings() scheduler.Settings {
	return scheduler.Settings{
		Shops:  []scheduler.Shop{{Shop: fixture.MainShop()}},
		Policy: gate.Policy{Mode: outreach.Live, Window: hours.DefaultWindow(), MaxSegments: 4},
		Links: func(contact int64) templates.Links {
			return templates.Links{Page: fmt.Sprintf("https://shop.example.com/p/%d", contact)}
		},
	}
}

// add lets somebody sign in, under the name of the role.
func (o *office) add(role outreach.Role) outreach.User {
	o.t.Helper()
	hash, err := secretHash()
	if err != nil {
		o.t.Fatal(err)
	}
	u := outreach.User{Login: string(role), Name: strings.ReplaceAll(string(role), "_", " "), Role: role}
	u.ID, err = store.Users{DB: o.DB}.Add(o.t.Context(), o.now, "test", u, hash)
	if err != nil {
		o.t.Fatal(err)
	}
	return u
}

// person is a browser without eyes: it keeps cookies and follows nothing.
type person struct {
	o      *office
	client *http.Client
}

func (o *office) anybody() *person {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return &person{o: o, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signedIn is somebody with a role who has signed in.
func (o *office) signedIn(role outreach.Role) *person {
	o.t.Helper()
	users, err := store.Users{DB: o.DB}.All(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	if !slices.ContainsFunc(users, func(u outreach.User) bool { return u.Login == string(role) }) {
		o.add(role)
	}
	p := o.anybody()
	if status, _, to := p.post("/signin", "login", string(role), "password", secret); status != http.StatusSeeOther {
		o.t.Fatalf("sign in as %s: %d %s", role, status, to)
	}
	return p
}

func (p *person) get(path string) (status int, body, to string) {
	p.o.t.Helper()
	req, err := http.NewRequest(http.MethodGet, p.o.url+path, nil)
	if err != nil {
		p.o.t.Fatal(err)
	}
	return p.do(req)
}

// post sends a form of names and values in turn.
func (p *person) post(path string, fields ...string) (status int, body, to string) {
	p.o.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	req, err := http.NewRequest(http.MethodPost, p.o.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.o.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(req)
}

func (p *person) do(req *http.Request) (status int, body, to string) {
	p.o.t.Helper()
	res, err := p.client.Do(req)
	if err != nil {
		p.o.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.o.t.Fatal(err)
	}
	return res.StatusCode, string(text), res.Header.Get("Location")
}
