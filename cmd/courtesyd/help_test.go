package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	for _, cmd := range commands(newRoot()) {
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
				t.Errorf("short text %q: write one, without a full stop", cmd.Short)
			}
			if !strings.Contains(cmd.Example, cmd.CommandPath()) {
				t.Errorf("the example does not show %q:\n%s", cmd.CommandPath(), cmd.Example)
			}
			args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
			var out, errs bytes.Buffer
			if code := run(context.Background(), args, strings.NewReader(""), &out, &errs); code != 0 {
				t.Errorf("--help exits with %d: %s", code, &errs)
			}
			for _, want := range []string{"Usage:", "Examples:", "--config"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("help does not have %q:\n%s", want, &out)
				}
			}
		})
	}
}

// TestExamplesAreValid runs the flags of each example through the parser, so
// that no example shows a flag or command that is gone.
func TestExamplesAreValid(t *testing.T) {
	for _, cmd := range commands(newRoot()) {
		for line := range strings.Lines(cmd.Example) {
			for example := range strings.SplitSeq(line, "&&") {
				checkExample(t, cmd.CommandPath(), example)
			}
		}
	}
}

// checkExample wants a line to be a command that there is, with flags it has.
func checkExample(t *testing.T, where, example string) {
	t.Helper()
	words := strings.Fields(example)
	if len(words) == 0 || words[0] != "courtesyd" {
		t.Errorf("%s: example %q does not begin with courtesyd", where, example)
		return
	}
	found, rest, err := newRoot().Find(words[1:])
	if err != nil {
		t.Errorf("%s: example %q: %v", where, example, err)
		return
	}
	for _, word := range rest {
		name, isFlag := strings.CutPrefix(word, "--")
		if isFlag && found.Flag(name) == nil {
			t.Errorf("%s: example %q: there is no flag --%s", where, example, name)
		}
	}
}

// commands lists a command and all below it.
func commands(cmd *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		list = append(list, commands(sub)...)
	}
	return list
}
