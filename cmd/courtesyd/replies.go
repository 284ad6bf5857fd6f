package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/courtesyd/courtesyd/internal/inbound/intent"
)

func (c *cli) repliesCommand() *cobra.Command {
	var asJSON, unmask bool
	cmd := &cobra.Command{
		Use:   "replies",
		Short: "List the replies that wait for an answer, or record how one was dealt with",
		Long: "List what customers wrote or pressed and nobody has answered yet, the first due first. Until a person has dealt\n" +
			"with it, nothing automatic goes to the customer. Every reply is read by rules, on this machine: a refusal\n" +
			"suppresses the number at once, what may be one suppresses it and asks a person. docs/replies.md tells more.",
		Example: "  courtesyd replies --unmask\n  courtesyd replies done 12 answered --note \"called back\"\n" +
			"  courtesyd replies classify replies.txt",
		Args: usage(noSubcommand),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listReplies(cmd, asJSON, unmask) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	cmd.Flags().BoolVar(&unmask, "unmask", false, "show numbers and addresses in full")
	cmd.AddCommand(c.replyDoneCommand(), c.repliesClassifyCommand(), c.repliesFiguresCommand())
	return cmd
}

func (c *cli) repliesClassifyCommand() *cobra.Command {
	var why bool
	cmd := &cobra.Command{
		Use:   "classify [FILE]",
		Short: "Classify replies, one a line, and print a JSON object for each",
		Long: "Read replies, one a line, from FILE or from standard input, and print for each a JSON object with its\n" +
			"text, class (revoke, hold or none), detail, the rule that decided, and language. No database is needed.",
		Example: "  courtesyd replies classify replies.txt\n" +
			"  courtesyd replies classify --why < replies.txt",
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || args[0] == "-" {
				return classifyLines(cmd.InOrStdin(), cmd.OutOrStdout(), why)
			}
			f, err := os.Open(args[0])
			if err != nil {
				return fmt.Errorf("read replies: %w", err)
			}
			defer func() { _ = f.Close() }() // only read
			return classifyLines(f, cmd.OutOrStdout(), why)
		},
	}
	cmd.Flags().BoolVar(&why, "why", false, "give the reason for the rule that decided")
	return cmd
}

// classified is one line of `courtesyd replies classify`.
type classified struct {
	Text string `json:"text"`
	intent.Result
	Why string `json:"why,omitempty"`
}

func classifyLines(r io.Reader, w io.Writer, why bool) error {
	lines := bufio.NewReader(r)
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read replies: %w", err)
		}
		if err == nil || line != "" {
			text := strings.TrimRight(line, "\r\n")
			c := classified{Text: text, Result: intent.Classify(text)}
			if why {
				c.Why = intent.Why(c.Rule)
			}
			if err := enc.Encode(c); err != nil {
				return fmt.Errorf("write JSON: %w", err)
			}
		}
		if err != nil {
			break
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

func (c *cli) repliesFiguresCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "figures",
		Short: "Measure the rules by the labeled replies that come with the program",
		Long: "Print, for each part of the labeled replies, language and class, how many there are, the precision (how\n" +
			"many of those put in the class belong there) and the recall (how many that belong there were found);\n" +
			"then the same for each detail, over all parts. The first table is in docs/replies.md.",
		Example: "  courtesyd replies figures",
		Args:    usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			byClass, err := intent.ClassFigures()
			if err != nil {
				return err
			}
			byDetail, err := intent.DetailFigures()
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), intent.Table(byClass)+"\n"+intent.Table(byDetail))
			return err
		},
	}
}
