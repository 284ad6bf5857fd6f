package staff

import (
	"cmp"
	"context"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates"
)

// Playbooks are where the names of playbooks stand.
type Playbooks interface {
	Playbooks(ctx context.Context) ([]outreach.Document, error)
}

// playbookNames are what playbooks are called by their ids.
type playbookNames map[string]string

// of is a playbook's name, or its id when it has none, as one has whose document
// cannot be read.
func (n playbookNames) of(id string) string { return cmp.Or(n[id], id) }

func (s *Site) playbookNames(v *visit) (playbookNames, error) {
	documents, err := s.Playbooks.Playbooks(v.Context())
	if err != nil {
		return nil, err
	}
	names := make(playbookNames, len(documents))
	for _, d := range documents {
		playbook, _ := templates.ParsePlaybook([]byte(d.Source)) // what is wrong with it stands on Today
		names[d.Name] = playbook.Name
	}
	return names, nil
}
