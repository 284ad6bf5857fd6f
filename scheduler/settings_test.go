package scheduler

import "testing"

func TestRuns(t *testing.T) {
	all, one := Shop{}, Shop{Playbooks: []string{"deferred"}}
	if !all.Runs("declined-safety") || one.Runs("declined-safety") || !one.Runs("deferred") {
		t.Error("an empty list of playbooks means all, another only those in it")
	}
}
