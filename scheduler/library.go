package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates"
)

// library holds the approved documents in a form ready for use, for one
// revision of them.
type library struct {
	revision  int
	source    outreach.Documents
	templates map[templateKey]approved
	playbooks []outreach.Playbook // in force
	versions  map[playbookKey]outreach.Playbook
	problems  []error // documents in the database that cannot be used
}

type templateKey struct {
	name    string
	channel outreach.Channel
	locale  string
}

type approved struct {
	*templates.Template
	version int
}

type playbookKey struct {
	id      string
	version int
}

// shelf shares the present library between the scan and the dispatchers.
type shelf struct {
	mu      sync.Mutex
	current *library
}

func (s *shelf) get() *library {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return &library{revision: -1}
	}
	return s.current
}

func (s *shelf) put(l *library) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = l
}

// newLibrary prepares documents for use. A document that cannot be read is left
// out and named in problems; it never stops the others.
func newLibrary(docs outreach.Documents, revision int) *library {
	l := &library{
		revision: revision, source: docs, templates: map[templateKey]approved{}, versions: map[playbookKey]outreach.Playbook{},
	}
	for _, d := range docs.Templates {
		t, problems := templates.Parse([]byte(d.Source))
		if err := problems.Err(); err != nil {
			l.problems = append(l.problems, fmt.Errorf("read template %s (%s, %s) version %d: %w", d.Name, d.Channel, d.Locale, d.Version, err))
			continue
		}
		l.templates[templateKey{d.Name, d.Channel, d.Locale}] = approved{t, d.Version}
	}
	for _, d := range docs.Playbooks {
		if p, ok := l.playbook(d); ok {
			l.playbooks = append(l.playbooks, p)
		}
	}
	for _, d := range docs.Past {
		l.playbook(d)
	}
	return l
}

// holds reports whether the library was made of just these documents.
func (l *library) holds(docs outreach.Documents, revision int) bool {
	return l.revision == revision && slices.Equal(l.source.Templates, docs.Templates) &&
		slices.Equal(l.source.Playbooks, docs.Playbooks) && slices.Equal(l.source.Past, docs.Past)
}

func (l *library) playbook(d outreach.Document) (outreach.Playbook, bool) {
	p, problems := templates.ParsePlaybook([]byte(d.Source))
	if err := problems.Err(); err != nil {
		l.problems = append(l.problems, fmt.Errorf("read playbook %s version %d: %w", d.Name, d.Version, err))
		return outreach.Playbook{}, false
	}
	p.ID, p.Version = d.Name, d.Version
	l.versions[playbookKey{d.Name, d.Version}] = p
	return p, true
}

// longestGap is the longest time that any playbook asks for between two contacts.
func (l *library) longestGap() time.Duration {
	var gap time.Duration
	for _, pb := range l.versions {
		gap = max(gap, pb.Caps.MinGap)
	}
	return gap
}

// template finds the words for a customer: in their language, else in the
// shop's, else in English.
func (l *library) template(name string, ch outreach.Channel, locales ...string) (approved, bool) {
	for _, locale := range append(locales, "en") {
		language, _, _ := strings.Cut(locale, "-")
		if t, ok := l.templates[templateKey{name, ch, strings.ToLower(language)}]; ok {
			return t, true
		}
	}
	return approved{}, false
}

// step returns the step of a contact in the playbook version it was planned
// by, and that playbook.
func (l *library) step(c outreach.Contact) (outreach.Step, outreach.Playbook) {
	pb, ok := l.versions[playbookKey{c.PlaybookID, c.PlaybookVersion}]
	if !ok || c.Step < 1 || c.Step > len(pb.Steps) {
		return outreach.Step{Channels: []outreach.Channel{c.Channel}, Template: c.Template}, pb
	}
	return pb.Steps[c.Step-1], pb
}
