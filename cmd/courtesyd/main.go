// Command courtesyd follows up on repairs that customers declined and orders
// they canceled, courteously, and logs every contact.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones must not depend on the machine

	"github.com/courtesyd/courtesyd/internal/config"
)

// Exit codes. Bad usage and bad configuration are 2, so that systemd does not
// restart what a restart cannot mend.
const (
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130 // as shells have it for the interrupt signal
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A reader that goes away, as in `courtesyd log | head`, is an error of writing
	// like any other: what the command has to clean up is cleaned up.
	signal.Ignore(syscall.SIGPIPE)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var quiet quietError
	if !errors.As(err, &quiet) && !errors.Is(err, syscall.EPIPE) {
		_, _ = fmt.Fprintln(stderr, "courtesyd:", err) // nowhere else to tell it
	}
	var usage usageError
	var problems config.Problems
	if errors.As(err, &usage) || errors.As(err, &problems) {
		return exitUsage
	}
	var interrupt interruptError
	if errors.As(err, &interrupt) {
		return exitInterrupted
	}
	return exitFailure
}

// usageError is a command line that makes no sense.
type usageError struct{ error }

// interruptError is a command that a person stopped half-way.
type interruptError struct{ error }

// quietError ends a command with a failure it has already explained.
type quietError struct{ error }
