package app

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"time"
)

// Resolver asks the DNS; *net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

// dnsTimeout bounds all questions together.
const dnsTimeout = 3 * time.Second

// dns reports what receiving mail servers find about the senders' domains. A
// lack is a warning: mails leave all the same, but may be taken for spam.
func (c Checker) dns(ctx context.Context, r *reporter) {
	r.area = "dns"
	var from []string
	for _, s := range c.Config.Shops {
		_, domain, _ := strings.Cut(identity(s).Address, "@")
		from = append(from, strings.ToLower(domain))
	}
	slices.Sort(from)
	from = slices.Compact(from)
	// SPF is judged by the domain that bounces go to (RFC 7208 section 2.4).
	envelope := from
	if d := c.Config.SMTP.ReturnPathDomain; d != "" {
		envelope = []string{d}
	}
	ctx, cancel := context.WithTimeout(ctx, dnsTimeout)
	defer cancel()
	q := questions{ctx: ctx, resolver: c.Resolver, report: r}
	for _, domain := range envelope {
		q.spf(domain)
		q.mx(domain, "bounces to it cannot arrive")
	}
	for _, domain := range from {
		q.dmarc(domain)
		if !slices.Contains(envelope, domain) {
			q.mx(domain, "customers cannot answer")
		}
	}
	if d := c.Config.SMTP.DKIM; d.Domain != "" {
		q.dkim(d.Selector + "._domainkey." + d.Domain)
	}
}

// questions are those asked in one check.
type questions struct {
	ctx      context.Context
	resolver Resolver
	report   *reporter
}

func (q questions) spf(domain string) {
	records, ok := q.txt(domain, "v=spf1")
	switch {
	case !ok:
	case len(records) == 0:
		q.report.warnf("%s has no SPF record: publish one that names your mail server (TXT \"v=spf1 … -all\")", domain)
	case len(records) > 1:
		q.report.warnf("%s has %d SPF records, which counts as none (RFC 7208): join them into one", domain, len(records))
	default:
		q.report.okf("%s has an SPF record", domain)
	}
}

// dmarc asks at the domain, and at those above it: a policy there holds below as
// well (RFC 7489 section 6.6.3).
func (q questions) dmarc(domain string) {
	for at := domain; strings.Contains(at, "."); _, at, _ = strings.Cut(at, ".") {
		records, ok := q.txt("_dmarc."+at, "v=DMARC1")
		if !ok {
			return
		}
		if len(records) > 0 {
			q.report.okf("%s has a DMARC policy", domain)
			return
		}
	}
	q.report.warnf("%s has no DMARC policy: publish one (TXT _dmarc.%s \"v=DMARC1; p=none\" to begin with)", domain, domain)
}

func (q questions) dkim(name string) {
	records, ok := q.txt(name, "")
	switch {
	case !ok:
	case len(records) == 0:
		q.report.warnf("%s has no DKIM key: publish the public half of smtp.dkim.key_file there", name)
	default:
		q.report.okf("%s has a DKIM key", name)
	}
}

func (q questions) mx(domain, consequence string) {
	hosts, err := q.resolver.LookupMX(q.ctx, domain)
	switch {
	case err != nil && !absent(err):
		q.unknown(domain)
	case len(hosts) == 0, len(hosts) == 1 && hosts[0].Host == ".": // the null MX of RFC 7505
		q.report.warnf("%s takes no mail (no MX record): %s", domain, consequence)
	default:
		q.report.okf("%s takes mail", domain)
	}
}

// txt returns the TXT records that begin with prefix; ok is false, and that
// reported, when the DNS gave no answer.
func (q questions) txt(name, prefix string) (records []string, ok bool) {
	all, err := q.resolver.LookupTXT(q.ctx, name)
	if err != nil && !absent(err) {
		q.unknown(name)
		return nil, false
	}
	for _, text := range all {
		if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			records = append(records, text)
		}
	}
	return records, true
}

func (q questions) unknown(name string) {
	q.report.warnf("%s could not be checked: the DNS did not answer", name)
}

// absent tells the answer "there is none" from no answer.
func absent(err error) bool {
	var answer *net.DNSError
	return errors.As(err, &answer) && answer.IsNotFound
}
