// Package staff serves the pages for the shop's own people: advisers, managers
// and the general manager. A page is a Go file and an HTML file of its name; the
// addresses are listed in pages.go, with who may open them.
package staff

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/web"
)

//go:embed *.html style.css
var files embed.FS

// Config says what the pages are made of.
type Config struct {
	Users     Users
	Sessions  scs.CtxStore
	Replies   Replies
	Ahead     Ahead
	Holds     Holds
	Brake     Brake
	Feeds     Feeds
	Forecast  Forecast
	Playbooks Playbooks
	Calls     Calls
	Outreach  OutreachLog
	Recovery  Recovery
	Customers Customers
	Answers   Answers
	Mode      outreach.Mode
	// DeadAfter is how long a daemon may be silent before it counts as gone.
	DeadAfter time.Duration
	// URL is how people reach the pages, "" for whatever they type. Where it is
	// https, the session's cookie never travels without encryption.
	URL string
	// UserHeader is the header in which a proxy on this machine names who it has
	// signed in, "" for none.
	UserHeader string
	// FirstUser is the command that lets the first manager sign in.
	FirstUser string
	Shops     []outreach.Shop
	Now       func() time.Time
	Log       *slog.Logger
}

// Site serves the pages. It has what all of them need: who asks, the frame, the shop's
// clock. Each group of pages is a type of its own, in a file of its own, around it.
type Site struct {
	Config
	sessions *scs.SessionManager
	throttle *throttle
	views    *template.Template
	daily    *texttemplate.Template
	guard    *http.CrossOriginProtection
	zone     *time.Location // whose clock the pages show
	host     string         // of URL
}

// New prepares the pages.
func New(cfg Config) (*Site, error) {
	s := &Site{Config: cfg, throttle: newThrottle(cfg.Now), guard: http.NewCrossOriginProtection(), zone: time.UTC}
	s.guard.SetDenyHandler(http.HandlerFunc(s.foreignForm))
	if len(cfg.Shops) > 0 {
		s.zone = cfg.Shops[0].Location()
	}
	address, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("read the address of the pages: %w", err)
	}
	if s.host = hostOf(address.Host); s.host != "" {
		if err := s.guard.AddTrustedOrigin(address.Scheme + "://" + address.Host); err != nil {
			return nil, fmt.Errorf("read the address of the pages: %w", err)
		}
	}
	s.sessions = newSessions(cfg.Sessions, address.Scheme == "https", cfg.Log)
	s.views, err = template.New("").Funcs(s.helpers()).ParseFS(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	if s.daily, err = s.dailyTemplate(); err != nil {
		return nil, err
	}
	return s, nil
}

// Routes returns what the pages answer.
func (s *Site) Routes() []web.Route {
	var out []web.Route
	for _, p := range s.pages() {
		out = append(out, web.Route{Pattern: p.pattern, Handler: s.wrap(p)})
	}
	return append(out, web.Icon(), web.Route{Pattern: "GET /style.css", Handler: http.HandlerFunc(style)})
}

// visit is one request of somebody who may make it.
type visit struct {
	*http.Request
	w      http.ResponseWriter
	user   outreach.User // the zero user on pages for everybody
	now    time.Time
	status int // of the page that is shown, 0 for 200
}

// wrap does for a page what every page needs: it refuses other sites' forms,
// finds out who asks, lets through who may, and tells of errors in words.
func (s *Site) wrap(p page) http.Handler {
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Request: r, w: w, now: s.Now()}
		err := s.admit(v, p)
		if err == nil {
			err = p.answer(v)
		}
		if err != nil && !errors.Is(err, errAnswered) {
			s.fail(v, err)
		}
	})
	guarded := s.sessions.LoadAndSave(s.guard.Handler(answer))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		// Forms must say where they come from, also without encryption.
		w.Header().Set("Referrer-Policy", "same-origin")
		guarded.ServeHTTP(w, r)
	})
}

// foreignForm refuses what another site's page sent, or a browser that does not say
// whose page it was.
func (s *Site) foreignForm(w http.ResponseWriter, r *http.Request) {
	s.fail(&visit{Request: r, w: w, now: s.Now()}, problem{
		http.StatusForbidden,
		"This was not sent from these pages, so nothing was changed. Open the page here and do it again. If it happens here, too, tell whoever runs Courtesy that staff.url must be the address you see above.",
	})
}

// nowhere answers for every address that is none of the pages.
func (s *Site) nowhere(v *visit) error {
	return problem{http.StatusNotFound, "There is no page at this address."}
}

// policy lets a page load what the server itself has, and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// problem is an error that the visitor can do something about.
type problem struct {
	status int
	words  string
}

func (p problem) Error() string { return p.words }

// problemView is what the page of a problem shows.
type problemView struct {
	Words    string
	To, Link string // an address and its words, "" for none
}

// fail shows an error: in the visitor's words where it is theirs, else in the log.
func (s *Site) fail(v *visit, err error) {
	var known problem
	if !errors.As(err, &known) {
		if v.Context().Err() != nil {
			return // nobody is there to read it
		}
		s.Config.Log.Error("a page could not be shown", "route", v.Pattern, "error", err)
		known = problem{http.StatusServiceUnavailable, "This cannot be shown right now. Try again in a moment; nothing was changed."}
	}
	v.status = known.status
	s.show(v, "problem", problemView{Words: known.words})
}

// frame is what every page shows around its own.
type frame struct {
	User   outreach.User
	Title  string
	Here   string // the address of the page in the menu
	Told   string // what was just done, "" for nothing
	Warned string // what was just done and is not what was wished for
	// Stopped is the brake while it is on.
	Stopped *stopped
	// Replies and Cases are what waits for the user.
	Replies, Cases badge
	Page           any
}

// show writes a page. It is composed first, so that an error shows no half of it.
func (s *Site) show(v *visit, name string, data any) {
	f := frame{User: v.user, Title: titles[name], Here: v.URL.Path, Page: data}
	if named, ok := data.(interface{ Title() string }); ok {
		f.Title = named.Title()
	}
	if v.user.ID != 0 {
		if v.status < http.StatusBadRequest { // else it waits for the page of what was done
			f.Told, f.Warned = s.sessions.PopString(v.Context(), keyTold), s.sessions.PopString(v.Context(), keyWarned)
		}
		f.Stopped = s.brake(v)
		f.Replies, f.Cases = s.badges(v)
	}
	var b strings.Builder
	err := s.views.ExecuteTemplate(&b, name, f)
	if err != nil {
		s.Config.Log.Error("a page could not be written", "page", name, "error", err)
		http.Error(v.w, "This page cannot be shown. Please report it.", http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.status != 0 {
		v.w.WriteHeader(v.status)
	}
	_, _ = v.w.Write([]byte(b.String())) // a visitor who has gone need not be told
}

// to sends the browser to another page after something was done.
func (v *visit) to(path string) error {
	http.Redirect(v.w, v.Request, path, http.StatusSeeOther)
	return nil
}

func style(w http.ResponseWriter, _ *http.Request) {
	css, err := files.ReadFile("style.css")
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "private, max-age=300")
	_, _ = w.Write(css) // a visitor who has gone need not be told
}
