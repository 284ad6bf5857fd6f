package app

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// publicPages reports on whether customers can open what messages link to.
func (c Checker) publicPages(ctx context.Context, r *reporter) {
	r.area = "customer page"
	if c.Config.PublicURL == "" {
		r.okf("off: without public_url messages have no links, and customers answer by text, mail or telephone")
		return
	}
	r.exposed("http.listen", c.Config.HTTP.Listen)
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if err := healthy(ctx, c.Config.PublicURL+"/healthz"); err != nil {
		r.warnf("%s does not lead to the daemon from here (%v); is it at work, and does the proxy pass on to %s?",
			c.Config.PublicURL, err, c.Config.HTTP.Listen)
		return
	}
	r.okf("%s leads to the daemon", c.Config.PublicURL)
}

// staffPages reports on whether the shop's people can sign in, and where.
func (c Checker) staffPages(ctx context.Context, r *reporter, db *store.DB) {
	r.area = "staff pages"
	listen := c.Config.Staff.Listen
	if listen == "" {
		r.okf("off; to have them, set staff.listen, for example to 127.0.0.1:8418")
		return
	}
	r.exposed("staff.listen", listen)
	if db != nil {
		users, err := store.Users{DB: db}.All(ctx)
		if err != nil {
			r.failf("%v", err)
			return
		}
		if enabled(users) == 0 {
			r.warnf("nobody can sign in yet; add the first manager: %s", firstUser(c.Config))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	address := "http://" + reachable(listen)
	if err := healthy(ctx, address+"/healthz"); err != nil {
		r.warnf("nobody answers at %s, which is staff.listen (%v); is the daemon at work with this configuration?", address, err)
		return
	}
	r.okf("at %s", cmp.Or(c.Config.Staff.URL, address))
}

// enabled counts the people who may sign in.
func enabled(users []outreach.User) (n int) {
	for _, u := range users {
		if u.DisabledAt.IsZero() {
			n++
		}
	}
	return n
}

// exposed warns of an address that others reach without encryption.
func (r *reporter) exposed(key, listen string) {
	if !config.Loopback(listen) {
		r.warnf("%s %s can be reached from other machines without encryption (TLS); let a reverse proxy stand between", key, listen)
	}
}

// reachable is where this machine itself finds what listens at an address, which
// may be all of the machine's.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || host != "" && (ip == nil || !ip.IsUnspecified()) {
		return listen
	}
	return net.JoinHostPort("localhost", port)
}

var errNotUs = errors.New("something else answers there")

func healthy(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(res.Body, 64))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || strings.TrimSpace(string(body)) != "ok" {
		return errNotUs
	}
	return nil
}
