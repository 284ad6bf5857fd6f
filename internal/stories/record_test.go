package stories

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/store"
)

// logged is the outreach log, in the order in which it was written, each entry as
// "out sms delivered reason playbook/step" without what it does not have.
func (s *shop) logged() []string {
	s.t.Helper()
	var entries []store.LogEntry
	s.must(store.Log{DB: s.DB}.Each(s.t.Context(), store.LogFilter{}, func(e store.LogEntry) error {
		entries = append(entries, e)
		return nil
	}))
	slices.SortFunc(entries, func(a, b store.LogEntry) int { return cmp.Compare(a.ID, b.ID) })
	var lines []string
	for _, e := range entries {
		words := []string{e.Direction, e.Channel, e.State, e.Reason}
		if e.Playbook != "" {
			words = append(words, fmt.Sprintf("%s/%d", e.Playbook, e.Step))
		} else if e.Template != "" {
			words = append(words, e.Template)
		}
		lines = append(lines, strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " "))
	}
	return lines
}

// logs fails unless the log is exactly so.
func (s *shop) logs(want ...string) {
	s.t.Helper()
	if got := s.logged(); !slices.Equal(got, want) {
		s.t.Errorf("the log reads\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// explains fails unless the sentences about an order say each of the words.
func (s *shop) explains(order string, words ...string) {
	s.t.Helper()
	stories, err := store.Log{DB: s.DB}.Stories(s.t.Context(), order)
	s.must(err)
	var said []string
	for _, story := range stories {
		said = append(said, s.scheduler.Explain(story)...)
	}
	for _, w := range words {
		if all := strings.Join(said, "\n"); !strings.Contains(all, w) {
			s.t.Errorf("order %s is explained without %q:\n%s", order, w, all)
		}
	}
}

// waiting is the only reply that waits for a person.
func (s *shop) waiting() store.Waiting {
	s.t.Helper()
	open := s.open()
	if len(open) != 1 {
		s.t.Fatalf("%d replies wait for an answer: %+v", len(open), open)
	}
	return open[0]
}

// nobodyWaits fails if a reply waits for a person.
func (s *shop) nobodyWaits() {
	s.t.Helper()
	if open := s.open(); len(open) > 0 {
		s.t.Errorf("replies wait for an answer: %+v", open)
	}
}

func (s *shop) open() []store.Waiting {
	s.t.Helper()
	open, err := store.Tasks{DB: s.DB}.Open(s.t.Context(), 100)
	s.must(err)
	return open
}

// says lets a person record how the reply that waits was dealt with.
func (s *shop) says(who string, outcome inbound.Outcome, note string) {
	s.t.Helper()
	effects, ok := inbound.EffectsOf(outcome)
	if !ok {
		s.t.Fatalf("there is no outcome %q", outcome)
	}
	s.must(store.Tasks{DB: s.DB}.Done(s.t.Context(), s.clock.Now(), store.TaskEnd{
		ID: s.waiting().ID, Outcome: string(outcome), Note: note, Who: who, EndReason: effects.EndReason,
		Decided: effects.Decided, OptOut: effects.OptOut, Wrong: effects.Wrong,
	}))
}
