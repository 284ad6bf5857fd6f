package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/password"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/notify/email"
)

func (c *cli) userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Who may sign in to the pages: list, add, password, role, email, preview, disable",
		Long: "List the people who may sign in to the shop's pages, or change them. The first manager is added here;\n" +
			"managers can add the others on the page Users.",
		Example: "  courtesyd user add pat --name \"Pat Sample\" --role manager\n  courtesyd user",
		Args:    usage(noSubcommand),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withDatabase(cmd, func(_ *config.Config, db *store.DB) error { return listUsers(cmd, db) })
		},
	}
	cmd.AddCommand(c.userAddCommand(), c.userPasswordCommand(), c.userRoleCommand(), c.userEmailCommand(),
		c.userPreviewCommand(), c.userDisableCommand())
	return cmd
}

func listUsers(cmd *cobra.Command, db *store.DB) error {
	users, err := store.Users{DB: db}.All(cmd.Context())
	if err != nil {
		return err
	}
	p := &printer{w: cmd.OutOrStdout()}
	for _, u := range users {
		state := ""
		if u.Email != "" {
			state = ", " + u.Email
		}
		if !u.DisabledAt.IsZero() {
			state += ", may not sign in"
		}
		p.linef("%-20s %s, %s%s", u.Login, u.Name, strings.ReplaceAll(string(u.Role), "_", " "), state)
	}
	if len(users) == 0 {
		p.linef("Nobody can sign in yet, in %s. Add the first manager: courtesyd user add LOGIN --name NAME --role manager", db.Name())
	}
	return p.err
}

func (c *cli) userAddCommand() *cobra.Command {
	var name, role, adviser, mail string
	cmd := &cobra.Command{
		Use:   "add LOGIN",
		Short: "Let somebody sign in",
		Long: "Let somebody sign in to the pages. The password is asked for, or read from standard input where no\n" +
			"person is there to be asked; it is never an argument, which others could see.",
		Example: "  courtesyd user add pat --name \"Pat Sample\" --role manager\n" +
			"  courtesyd user add robin --name \"Robin Wren\" --role adviser < password.txt",
		Args: arguments("the name to sign in with"),
		RunE: func(cmd *cobra.Command, args []string) error {
			u := outreach.User{Login: strings.ToLower(args[0]), Name: name, Role: outreach.Role(role), Adviser: adviser}
			if !outreach.ValidLogin(u.Login) {
				return usageError{fmt.Errorf("%q: sign in with small letters, digits, dots and dashes", args[0])}
			}
			if u.Name == "" {
				u.Name = u.Login
			}
			if !u.Role.May(outreach.RoleAdviser) {
				return usageError{fmt.Errorf("--role %q: use one of %s", role, joined(outreach.Roles()))}
			}
			var err error
			if u.Email, err = mailAddress(mail); err != nil {
				return usageError{fmt.Errorf("--email %q: %w", mail, err)}
			}
			return c.withDatabase(cmd, func(cfg *config.Config, db *store.DB) error {
				hash, err := newPassword(cmd, cfg, u)
				if err != nil {
					return err
				}
				if _, err := (store.Users{DB: db}).Add(cmd.Context(), time.Now(), who(), u, hash); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s may sign in as %s, in %s.\n", u.Name, u.Login, db.Name())
				return err
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name as the log shows it")
	cmd.Flags().StringVar(&role, "role", string(outreach.RoleAdviser), joined(outreach.Roles()))
	cmd.Flags().StringVar(&adviser, "adviser", "", "name on orders, if it is another one")
	cmd.Flags().StringVar(&mail, "email", "", "where the daily mail goes; without it none is sent")
	return cmd
}

// changeUser changes the user of a login, and tells what is so from then on in
// the words that change returns.
func (c *cli) changeUser(cmd *cobra.Command, login string, change func(*outreach.User) (words string)) error {
	return c.withUser(cmd, login, func(_ *config.Config, db *store.DB, u outreach.User) error {
		words := change(&u)
		if err := (store.Users{DB: db}).Change(cmd.Context(), time.Now(), who(), u); err != nil {
			return err
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s, in %s.\n", u.Name, words, db.Name())
		return err
	})
}

// withUser runs f for the user of a login.
func (c *cli) withUser(cmd *cobra.Command, login string, f func(*config.Config, *store.DB, outreach.User) error) error {
	return c.withDatabase(cmd, func(cfg *config.Config, db *store.DB) error {
		u, _, err := store.Users{DB: db}.Find(cmd.Context(), strings.ToLower(login))
		if errors.Is(err, store.ErrNoUser) {
			return fmt.Errorf("nobody signs in as %q; `courtesyd user` lists everybody", login)
		}
		if err != nil {
			return err
		}
		return f(cfg, db, u)
	})
}

func (c *cli) userPasswordCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "password LOGIN",
		Short:   "Give somebody a new password and end their sessions",
		Example: "  courtesyd user password pat",
		Args:    arguments("the name to sign in with"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withUser(cmd, args[0], func(cfg *config.Config, db *store.DB, u outreach.User) error {
				hash, err := newPassword(cmd, cfg, u)
				if err != nil {
					return err
				}
				users := store.Users{DB: db}
				if err := users.SetPassword(cmd.Context(), time.Now(), who(), u.ID, hash); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s has a new password and is signed out everywhere, in %s.\n", u.Name, users.Name())
				return err
			})
		},
	}
}

func (c *cli) userRoleCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "role LOGIN ROLE",
		Short:   "Change what somebody may do: " + joined(outreach.Roles()),
		Example: "  courtesyd user role robin manager",
		Args:    arguments("the name to sign in with", "the role"),
		RunE: func(cmd *cobra.Command, args []string) error {
			role := outreach.Role(args[1])
			if !role.May(outreach.RoleAdviser) {
				return usageError{fmt.Errorf("%q is not a role; use one of %s", args[1], joined(outreach.Roles()))}
			}
			return c.changeUser(cmd, args[0], func(u *outreach.User) string {
				u.Role = role
				return "is " + strings.ReplaceAll(args[1], "_", " ") + " now"
			})
		},
	}
}

func (c *cli) userEmailCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "email LOGIN ADDRESS",
		Short: "Say where somebody's daily mail goes",
		Long: "Say where somebody's daily mail goes: what waits for them, each working morning at staff.daily_mail.\n" +
			"With an empty address they get none.",
		Example: "  courtesyd user email pat pat@shop.example.com\n  courtesyd user email pat \"\"",
		Args:    arguments("the name to sign in with", "the address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := mailAddress(args[1])
			if err != nil {
				return usageError{fmt.Errorf("%q: %w", args[1], err)}
			}
			return c.changeUser(cmd, args[0], func(u *outreach.User) string {
				u.Email = address
				if address == "" {
					return "gets no daily mail"
				}
				return "gets the daily mail at " + address
			})
		},
	}
}

func (c *cli) userPreviewCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "preview LOGIN",
		Short:   "Show the daily mail somebody would get now; nothing is sent",
		Example: "  courtesyd user preview pat",
		Args:    arguments("the name to sign in with"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withUser(cmd, args[0], func(cfg *config.Config, db *store.DB, u outreach.User) error {
				const nowhere = "preview" // stands for the installation's name, which no link here needs
				site, err := app.NewStaff(cfg, db, nowhere, time.Now, slog.New(slog.DiscardHandler))
				if err != nil {
					return err
				}
				subject, text, err := site.DailyMail(cmd.Context(), time.Now(), u)
				if err != nil {
					return err
				}
				if text == "" {
					text = "Nothing waits for " + u.Name + ": there would be no mail.\n"
				} else {
					text = "Subject: " + subject + "\n\n" + text
				}
				_, err = fmt.Fprint(cmd.OutOrStdout(), text)
				return err
			})
		},
	}
}

// mailAddress checks an optional address.
func mailAddress(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	return email.CheckAddress(text)
}

func (c *cli) userDisableCommand() *cobra.Command {
	var enable bool
	cmd := &cobra.Command{
		Use:     "disable LOGIN",
		Short:   "Let somebody sign in no more; --undo lets them again",
		Example: "  courtesyd user disable robin",
		Args:    arguments("the name to sign in with"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.changeUser(cmd, args[0], func(u *outreach.User) string {
				if enable {
					u.DisabledAt = time.Time{}
					return "may sign in again"
				}
				u.DisabledAt = time.Now()
				return "may not sign in any more, and is signed out everywhere"
			})
		},
	}
	cmd.Flags().BoolVar(&enable, "undo", false, "let them sign in again")
	return cmd
}

// newPassword asks for somebody's password, twice where a person types it, and returns
// its hash.
func newPassword(cmd *cobra.Command, cfg *config.Config, u outreach.User) (string, error) {
	text, err := readPassword(cmd)
	if err != nil {
		return "", err
	}
	about := []string{u.Login, u.Name}
	for _, shop := range cfg.Shops {
		about = append(about, shop.Name)
	}
	if err := password.Check(text, about...); err != nil {
		return "", fmt.Errorf("this password is not taken: %w", err)
	}
	return password.Hash(text)
}

func readPassword(cmd *cobra.Command) (string, error) {
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	ask := func(words string) (string, error) {
		_, _ = fmt.Fprint(cmd.ErrOrStderr(), words)
		text, err := term.ReadPassword(int(in.Fd()))
		_, _ = fmt.Fprintln(cmd.ErrOrStderr())
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		return string(text), nil
	}
	first, err := ask("Password: ")
	if err != nil {
		return "", err
	}
	again, err := ask("Once more: ")
	if err == nil && again != first {
		err = errors.New("the two passwords differ; nothing was changed")
	}
	return first, err
}
