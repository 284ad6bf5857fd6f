package mail

import (
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// complaint reads a feedback report (RFC 5965): a mailbox provider tells that
// somebody called a message of ours spam. The provider often blackens the
// recipient's address, so our own marks must tell whom it is about. Where the
// marks carry no signature the report counts all the same: that somebody is left
// alone by mistake is the smaller harm.
func (r Reader) complaint(c *content) Letter {
	sent := r.returned(c)
	kind := ""
	for _, block := range blocks(c.report) {
		if v := block.Get("Feedback-Type"); v != "" && kind == "" {
			kind = strings.ToLower(strings.TrimSpace(v))
		}
		for _, from := range block["Original-Mail-From"] {
			if id, attempt, ok := r.ReturnPath.Contact(firstAddress(from)); ok && !sent.proven {
				sent = evidence{contact: id, attempt: attempt, proven: true}
			}
		}
	}
	switch {
	case sent.contact == 0:
		return Letter{}
	case kind == "", kind == "not-spam", strings.HasPrefix(kind, "auth-failure"), kind == "dmarc":
		return Letter{} // RFC 5965 7.3, RFC 6591 3.1: nobody complains
	}
	news := outreach.News{Complaint: true, Result: outreach.Result{
		ContactID: sent.contact, Attempt: sent.attempt, Why: "The mail was reported as spam (" + unfold(kind, 40) + ")",
	}}
	if !sent.proven {
		// Anybody who has had a mail of ours could make this up about any other: it
		// must at least know whom that one was written to.
		if news.Address = addressIn(c.original, "To"); news.Address == "" {
			return Letter{}
		}
	}
	return Letter{Kind: Complaint, News: news}
}
