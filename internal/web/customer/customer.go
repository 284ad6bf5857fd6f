// Package customer serves what a customer sees without a login: the page that
// shows what a message spoke of and takes an answer, and the page and the hook
// for unsubscribing. Opening a page changes nothing, for mail programs open
// every link they are sent; only a press does.
package customer

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/links"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/web"
)

// Desk is what the pages need of the rest of the daemon. An error other than
// [outreach.ErrNoPage] means that nothing was read or recorded: try again.
type Desk interface {
	// Page returns what there is to show for a contact, or outreach.ErrNoPage.
	Page(ctx context.Context, contactID int64) (outreach.Page, error)
	// Press records a press of a button, the same one once.
	Press(ctx context.Context, p outreach.Press) error
	// Unsubscribe records a refusal. how is "one_click" or "page".
	Unsubscribe(ctx context.Context, contactID int64, how string) error
}

// Config says what the pages are made of.
type Config struct {
	Desk   Desk
	Links  *links.Signer
	Photos string // the folder of the technicians' photos, "" for none
	// PublicURL is how the world reaches the pages: what comes from there is no
	// other site's doing.
	PublicURL string
	Now       func() time.Time
	Log       *slog.Logger
}

// Pages serves the customers' pages.
type Pages struct {
	desk      Desk
	links     *links.Signer
	photos    photos
	now       func() time.Time
	log       *slog.Logger
	templates *template.Template
	style     template.CSS
	policy    string // Content-Security-Policy
	sameSite  *http.CrossOriginProtection
}

//go:embed *.html style.css
var files embed.FS

// New prepares the pages.
func New(cfg Config) (*Pages, error) {
	templates, err := template.ParseFS(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("read the customer pages: %w", err)
	}
	style, err := files.ReadFile("style.css")
	if err != nil {
		return nil, fmt.Errorf("read the style of the customer pages: %w", err)
	}
	p := &Pages{
		desk: cfg.Desk, links: cfg.Links, photos: newPhotos(cfg.Photos), now: cfg.Now, log: cfg.Log,
		templates: templates, style: template.CSS(style), policy: policy(style),
		sameSite: http.NewCrossOriginProtection(),
	}
	p.sameSite.SetDenyHandler(http.HandlerFunc(p.foreign))
	public, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("read the public URL: %w", err)
	}
	if public.Host != "" {
		if err := p.sameSite.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
			return nil, fmt.Errorf("trust the public URL: %w", err)
		}
	}
	return p, nil
}

// policy allows the page its own style, its own photos and its own forms.
func policy(style []byte) string {
	sum := sha256.Sum256(style)
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

// Routes returns what the pages answer.
func (p *Pages) Routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /p/{token}", Handler: p.linked(p.links.Page, p.show)},
		{Pattern: "POST /p/{token}", Handler: p.fromHere(p.linked(p.links.Page, p.press))},
		{Pattern: "GET /p/{token}/photo/{item}", Handler: http.HandlerFunc(p.photo)},
		{Pattern: "GET /u/{token}", Handler: p.linked(p.links.Unsubscribe, p.askToStop)},
		{Pattern: "POST /u/{token}", Handler: p.linked(p.links.Unsubscribe, p.unsubscribe)},
		web.Icon(),
	}
}

// linked answers whoever comes by an address that we signed with the contact it
// is about.
func (p *Pages) linked(contact func(token string) (int64, error), answer func(http.ResponseWriter, *http.Request, int64)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := contact(token(r))
		if err != nil {
			p.badLink(w, r)
			return
		}
		answer(w, r, id)
	})
}

// fromHere refuses what another site makes a browser send. A browser that does
// not say by Sec-Fetch-Site where a form came from (it is old, or the page was
// served without TLS) calls the origin of our own forms "null", because our
// Referrer-Policy forbids it to say more: such a press is taken.
func (p *Pages) fromHere(next http.Handler) http.Handler {
	checked := p.sameSite.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
			next.ServeHTTP(w, r)
			return
		}
		checked.ServeHTTP(w, r)
	})
}

// token returns the token of a request without what a program that makes
// addresses in a text clickable has taken along, such as the full stop behind it.
func token(r *http.Request) string {
	return strings.TrimRightFunc(r.PathValue("token"), func(c rune) bool {
		return !strings.ContainsRune("-_", c) && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
}

// patience is how long the database may take.
const patience = 10 * time.Second

// reading returns the context for a question to the desk.
func reading(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), patience)
}

// recording returns the context for what must be kept also when the person has
// closed the browser.
func recording(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(r.Context()), patience)
}
