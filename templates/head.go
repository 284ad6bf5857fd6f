package templates

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Head is the front matter of a template. Name, channel and locale together
// identify it.
type Head struct {
	Name    string
	Channel outreach.Channel
	Locale  Locale
	Class   outreach.Class
	Subject string // e-mail only, in the template language
}

// placedHead also knows where the subject stands in the file.
type placedHead struct {
	Head
	subjectLine, subjectColumn int
}

// validName is what the names of templates and playbooks look like.
var validName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,59}$`)

const nameRule = "a name has small letters, digits and hyphens, for example declined-safety-1"

// splitHead cuts a file into its front matter and its body, and returns the
// line of the file on which the body begins.
func splitHead(text string) (head placedHead, body string, line int, problems Problems) {
	const fence = "---"
	lines := strings.SplitAfter(text, "\n")
	if strings.TrimSpace(lines[0]) != fence {
		return head, "", 1, Problems{{Line: 1, Message: `a template begins with a line "---", then name, channel, ` +
			`locale and class, then another "---"`}}
	}
	for i := 1; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) != fence {
			continue
		}
		// The first line is left empty instead of cut off: YAML then counts the file's lines.
		head, problems = readHead("\n" + strings.Join(lines[1:i], ""))
		return head, strings.Join(lines[i+1:], ""), i + 2, problems
	}
	return head, "", 1, Problems{{Line: 1, Message: `the front matter is not closed by a second line "---"`}}
}

func readHead(text string) (placedHead, Problems) {
	var r yamlReader
	var head placedHead
	top := r.read(text)
	if top == nil {
		return head, r.problems
	}
	values := r.fields(top, "name", "channel", "locale", "class", "subject")
	r.require(top, values, "name", "channel", "locale", "class")
	head.Name = r.text(values["name"])
	if n := values["name"]; n != nil && !validName.MatchString(head.Name) {
		r.fail(n, nameRule)
	}
	head.Channel = choice(&r, values["channel"], "channel", outreach.SMS, outreach.Email, outreach.Call)
	head.Locale = choice(&r, values["locale"], "locale", English, Spanish)
	head.Class = choice(&r, values["class"], "class", outreach.Marketing, outreach.Informational)
	r.subject(&head, top, values["subject"])
	return head, r.problems
}

func (r *yamlReader) subject(head *placedHead, top, n *yaml.Node) {
	head.Subject = strings.TrimSpace(r.text(n))
	switch {
	case head.Channel == outreach.Email && head.Subject == "":
		r.fail(top, "subject is missing; every e-mail has one")
	case n == nil || head.Channel == "":
	case head.Channel != outreach.Email:
		r.fail(n, "only an e-mail has a subject")
	case strings.ContainsRune(head.Subject, '\n'):
		r.fail(n, "a subject is one line")
	}
	if n != nil {
		head.subjectLine, head.subjectColumn = n.Line, n.Column
		if n.Style == yaml.DoubleQuotedStyle || n.Style == yaml.SingleQuotedStyle {
			head.subjectColumn++
		}
	}
}
