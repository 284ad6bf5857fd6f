package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usage wraps a check of the command line so that it exits with exitUsage.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())}
		}
		return nil
	}
}

// arguments wants one word for each name.
func arguments(names ...string) cobra.PositionalArgs {
	return usage(func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s is missing", strings.Join(names[len(args):], " and "))
		case len(args) > len(names) && len(names) == 0:
			return fmt.Errorf("%s takes no argument, so %q means nothing to it", cmd.CommandPath(), args[0])
		case len(args) > len(names):
			return fmt.Errorf("%q is one word too many; put text with blanks in quotation marks", args[len(names)])
		}
		return nil
	})
}

// oneOrMore wants at least one word.
func oneOrMore(otherwise string) cobra.PositionalArgs {
	return usage(func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errors.New(otherwise)
		}
		return nil
	})
}

// noSubcommand refuses the arguments of a command that only has subcommands.
func noSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("there is no command %q in %s%s", args[0], cmd.CommandPath(), didYouMean(cmd, args[0], ""))
}

// didYouMean completes a sentence with the subcommand that is nearly name.
func didYouMean(among *cobra.Command, name, prefix string) string {
	among.SuggestionsMinimumDistance = 2 // cobra sets it only on its own way
	if near := among.SuggestionsFor(name); len(near) > 0 {
		return fmt.Sprintf("; did you mean %q?", prefix+near[0])
	}
	return ""
}

// flagError words what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		name := unknown.GetSpecifiedName()
		flags := &cobra.Command{} // whose subcommands are the flags, because cobra suggests only those
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			flags.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		})
		err = fmt.Errorf("unknown flag: --%s%s", name, didYouMean(flags, name, "--"))
	case errors.As(err, &invalid):
		what := "that value does not fit"
		if invalid.GetFlag().Value.Type() == "int" {
			what = "write a whole number"
		}
		err = fmt.Errorf("--%s %q: %s", invalid.GetFlag().Name, invalid.GetValue(), what)
	}
	return usageError{fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())}
}
