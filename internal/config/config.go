// Package config reads courtesy.yaml.
//
// A file is read strictly: an unknown key, a wrong type or a doubtful value is
// an error, and all of them are reported together with line and column. Keys
// that are not given keep the values of [Default]. Secrets come from systemd's
// credentials or from files of their own and are never printed.
//
// Each section of the file is one Go file here, with its struct, defaults and
// checks. config.example.yaml describes every key.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"go.yaml.in/yaml/v3"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// FileName is what a configuration is called where no name is given.
const FileName = "courtesy.yaml"

// maxFileBytes is far above any real configuration.
const maxFileBytes = 1 << 20

// defaultSQLiteFile is the database of an installation that names none.
const defaultSQLiteFile = "courtesy.db"

// Config is the whole configuration. Relative paths in it have been made
// relative to the folder of the file. The tag restart marks what a running
// daemon cannot change, see RestartNeeded.
type Config struct {
	File string `yaml:"-"` // where it was read from, "" for the defaults

	Database          Database                    `yaml:"database"`
	Mode              outreach.Mode               `yaml:"mode"`
	Pilot             Pilot                       `yaml:"pilot"`
	Shops             []Shop                      `yaml:"shops"`
	Window            Window                      `yaml:"window"`
	Caps              Caps                        `yaml:"caps"`
	EmailNeedsConsent bool                        `yaml:"email_needs_consent"`
	MaxSegments       int                         `yaml:"max_segments"`
	StateRulesFile    string                      `yaml:"state_rules_file"`
	Transport         Transport                   `yaml:"transport"`
	Outbox            Outbox                      `yaml:"outbox"`
	SMTP              SMTP                        `yaml:"smtp"`
	Twilio            Twilio                      `yaml:"twilio"`
	Inbound           Inbound                     `yaml:"inbound"`
	IMAP              IMAP                        `yaml:"imap"`
	Replies           Replies                     `yaml:"replies"`
	HTTP              HTTP                        `yaml:"http"`
	Staff             Staff                       `yaml:"staff"`
	PublicURL         string                      `yaml:"public_url"`
	LinkKey           Secret                      `yaml:"link_key"`
	LinkKeyFile       string                      `yaml:"link_key_file"`
	UnsubscribeMail   string                      `yaml:"unsubscribe_mail"`
	Dispatch          Dispatch                    `yaml:"dispatch"`
	Log               Log                         `yaml:"log"`
	Imports           map[string]importer.Profile `yaml:"imports"`
}

// Default returns the configuration of an installation without a file: one
// shop in the machine's time zone, SQLite and an outbox in the working
// directory, and rehearsal, so that nothing can leave the machine.
func Default() *Config {
	return &Config{
		Database:    Database{URL: "sqlite:" + defaultSQLiteFile, MaxConnections: 10},
		Mode:        outreach.Rehearsal,
		Pilot:       defaultPilot(),
		Shops:       []Shop{defaultShop()},
		Window:      defaultWindow(),
		Caps:        defaultCaps(),
		MaxSegments: 3,
		Transport:   Transport{Email: TransportOutbox, SMS: TransportOutbox},
		Outbox:      Outbox{Dir: "outbox"},
		SMTP:        defaultSMTP(),
		Twilio:      defaultTwilio(),
		Inbound:     defaultInbound(),
		IMAP:        defaultIMAP(),
		Replies:     defaultReplies(),
		Staff:       defaultStaff(),
		Dispatch:    defaultDispatch(),
		Log:         defaultLog(),
	}
}

// Options say where a configuration comes from.
type Options struct {
	File           string // its name in messages
	Dir            string // what relative paths in it are relative to
	CredentialsDir string // where systemd put the credentials, "" without
	WorldReadable  bool   // everybody on the machine can read it: no secrets in it, please
}

// Find returns the first of dirs' courtesy.yaml that exists, "" for none.
func Find(dirs ...string) string {
	for _, dir := range dirs {
		path := filepath.Join(dir, FileName)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path
		}
	}
	return ""
}

// Load reads and checks the file at path; an empty path means the defaults.
// What is wrong with the content is returned as Problems, all at once.
func Load(path string) (*Config, error) {
	if path == "" {
		return Default(), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open configuration: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	source, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(source, Options{
		File:           path,
		Dir:            filepath.Dir(path),
		CredentialsDir: os.Getenv("CREDENTIALS_DIRECTORY"),
		WorldReadable:  info.Mode().Perm()&0o004 != 0,
	})
}

// Parse reads and checks a configuration. The error is of type Problems.
func Parse(source []byte, opts Options) (*Config, error) {
	r := newReport(opts.File)
	cfg := Default()
	cfg.File = opts.File
	if root := parseYAML(source, r); root != nil {
		d := &decoder{report: r}
		d.decode(root, reflect.ValueOf(cfg).Elem(), "")
		cfg.check(&checker{report: r, Options: opts})
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// parseYAML returns the root of the only document in source, nil when there
// is none to go on with.
func parseYAML(source []byte, r *report) *yaml.Node {
	if len(source) > maxFileBytes {
		r.errorf("", "the file is larger than %d bytes; is it the right one?", maxFileBytes)
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(source))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && doc.Content[0].ShortTag() == "!!null" {
		r.errorf("", "the file is empty; start from config.example.yaml, or remove it to run with the defaults")
		return nil
	}
	if err == nil {
		err = dec.Decode(&second)
		if errors.Is(err, io.EOF) {
			return doc.Content[0]
		}
		if err == nil {
			r.errorAt(place{second.Line, second.Column}, "", "a second document begins here; keep everything in one, without a line of ---")
			return nil
		}
	}
	at, message := explainSyntax(source, err)
	r.errorAt(at, "", "%s", message)
	return nil
}

// check tests every section, then what must fit together between them.
func (c *Config) check(k *checker) {
	c.Database.check(k)
	c.checkMode(k)
	c.checkShops(k)
	c.Window.check(k)
	c.Caps.check(k)
	k.within("max_segments", c.MaxSegments, 1, 10)
	k.readable("state_rules_file", &c.StateRulesFile)
	c.Transport.check(k)
	c.Outbox.check(k)
	c.SMTP.check(k, c.Transport.Email == TransportSMTP)
	c.Twilio.check(k, c.usesTwilio())
	c.IMAP.check(k)
	c.Replies.check(k)
	c.HTTP.check(k)
	c.Staff.check(k, c.HTTP.Listen)
	c.checkLinks(k)
	c.checkInbound(k)
	c.Dispatch.check(k)
	c.Log.check(k)
	c.checkImports(k)
	c.checkSenders(k)
}

// outgoing reports whether messages may reach customers.
func (c *Config) outgoing() bool { return c.Mode == outreach.Pilot || c.Mode == outreach.Live }
