package mail

import (
	"net/mail"
	"regexp"
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/notify/email"
)

// failure is what a delivery report (RFC 3464) says of one recipient.
type failure struct {
	address string // as the report has it, "" when it does not say
	action  string // lower-cased
	code    string // RFC 3463, "" when there is none
	words   string // of the server that refused
}

// bounce reads a delivery report. Only what failed for good is a bounce; that a
// mail is delayed or was delivered is nothing to act on.
//
// What the report proves nothing of, it cannot do harm with: without a signature
// it names the recipient for comparison and counts as one that may pass. With
// one, it is about the contact's own address, whatever recipient it names.
func (r Reader) bounce(c *content) Letter {
	sent := r.returned(c)
	failed, alone := failures(c.report)
	if sent.contact == 0 || len(failed) == 0 {
		return Letter{}
	}
	f := failed[0]
	if !sent.proven && (f.address == "" || !agrees(c.original, f.address)) {
		return Letter{}
	}
	news := outreach.News{Result: outreach.Result{
		ContactID: sent.contact, Attempt: sent.attempt, State: outreach.Bounced, ErrorCode: f.code,
	}}
	switch effect := f.effect(); {
	case !sent.proven:
		news.Soft, news.Address = true, f.address
		news.Why = f.explain("A report that may be forged says that the mail could not be delivered")
	case effect == notify.StopChannel:
		news.Soft, news.Hold = true, outreach.Email
		news.Why = f.explain("A customer's mail server does not accept mail from this domain: check SPF, DKIM and DMARC")
	case effect == notify.InvalidateAddress && alone:
		news.Mark = outreach.AddressBounced
		news.Why = f.explain("The address does not take mail")
	default:
		news.Soft = true
		news.Why = f.explain("The mail could not be delivered")
	}
	return Letter{Kind: Bounce, News: news}
}

// failures returns the recipients whom the mail did not reach, and whether it
// reached nobody: we write to one person, so who else is named was put there by
// a forwarding, and the address itself does take mail.
func failures(report []byte) (failed []failure, alone bool) {
	alone = true
	for _, block := range blocks(report) {
		f := failure{
			action: strings.ToLower(block.Get("Action")),
			words:  unfold(afterType(block.Get("Diagnostic-Code")), maxSubjectBytes),
		}
		for _, field := range []string{"Original-Recipient", "Final-Recipient"} {
			if f.address == "" {
				f.address = firstAddress(afterType(block.Get(field)))
			}
		}
		f.code = statusOf(block.Get("Status"), f.words)
		switch {
		case f.action == "" && f.address == "": // about the message as a whole
		case firstWordIs(f.action, "failed"):
			failed = append(failed, f)
			alone = alone && (len(failed) == 1 || f.effect() == failed[0].effect())
		default:
			alone = false
		}
	}
	return failed, alone
}

// afterType drops the type in front of a value: "rfc822; ", "smtp; ".
func afterType(value string) string {
	if kind, rest, ok := strings.Cut(value, ";"); ok && !strings.ContainsAny(strings.TrimSpace(kind), " @") {
		return strings.TrimSpace(rest)
	}
	return value
}

// agrees reports whether the returned message went to address, as far as it tells.
func agrees(original mail.Header, address string) bool {
	to := addressIn(original, "To")
	return to == "" || to == address
}

var statusCode = regexp.MustCompile(`\b([245]\.\d{1,3}\.\d{1,3})\b`)

// statusOf returns the code of the report, or the server's own where that says
// more.
func statusOf(status, words string) string {
	code := statusCode.FindString(status)
	if own := statusCode.FindString(words); own != "" && (code == "" || strings.HasSuffix(code, ".0.0") && own[0] == code[0]) {
		return own
	}
	return code
}

var (
	// Words of servers that give no code, or none that says anything.
	nobodyWords = regexp.MustCompile(`(?i)\b(?:(?:user|recipient|mailbox|address|account)\b.{0,40}\b(?:unknown|not found|not exist|doesn't exist|no longer (?:exists|valid|available|active)|disabled|unavailable|invalid)|(?:unknown|invalid|no such) (?:user|recipient|mailbox|address|person|local part))\b`)
	// Words that give another reason, whatever else they say.
	otherWords = regexp.MustCompile(`(?i)spam|block|polic|reputation|black ?list|listed|dmarc|\bspf\b|dkim|content|quota|\bfull\b|\brate\b|tempor|greylist|sender|try again`)
	bareCode   = regexp.MustCompile(`^5\.(?:[0125]\.0)$`)
)

// effect is what the failure means beyond this mail.
func (f failure) effect() notify.Effect {
	vague := f.code == "" && strings.HasPrefix(f.words, "5") || bareCode.MatchString(f.code)
	if vague && nobodyWords.MatchString(f.words) && !otherWords.MatchString(f.words) {
		return notify.InvalidateAddress
	}
	return email.BounceEffect(f.code)
}

func (f failure) explain(sentence string) string {
	if f.code != "" {
		sentence += " (" + f.code + ")"
	}
	if f.words != "" {
		sentence += ": " + notify.Scrub(f.words)
	}
	return sentence
}

var (
	bounceSubject = regexp.MustCompile(`(?i)failure notice|undeliver|non.?deliver|delivery (?:status notification|fail|has failed|problem|incomplete)|mail (?:delivery|system) (?:fail|error|subsystem)|returned mail|returning message|could not be (?:delivered|sent)|no (?:se )?(?:ha )?pud?o (?:ser )?entrega|no entregado|mensaje devuelto|error de entrega`)
	delaySubject  = regexp.MustCompile(`(?i)delay|warning|still being|will be retried|retras|demora|relayed|\bsuccess`)
)

// plainBounce recognizes a bounce in words alone, as qmail writes it. It counts
// where it came to one of our bounce addresses; what exactly is wrong cannot be
// told from prose.
func (r Reader) plainBounce(c *content) (Letter, bool) {
	subject := unfold(c.header.Get("Subject"), maxSubjectBytes)
	machine := fromMachine(addressIn(c.header, "From", "Sender"))
	if !machine && !hasNullSender(c.header) || awaySubject.MatchString(subject) {
		return Letter{}, false
	}
	if !bounceSubject.MatchString(subject) && !delaySubject.MatchString(subject) {
		return Letter{}, false
	}
	sent := r.returned(c)
	if !sent.proven || delaySubject.MatchString(subject) {
		return Letter{}, sent.contact != 0 || machine
	}
	return Letter{Kind: Bounce, News: outreach.News{Soft: true, Result: outreach.Result{
		ContactID: sent.contact, Attempt: sent.attempt, State: outreach.Bounced,
		Why: "The mail came back: " + notify.Scrub(subject),
	}}}, true
}
