package config

import (
	"net/url"
	"strings"
)

// Database says where orders, contacts and consents are kept.
type Database struct {
	// URL is postgres://user@host/name or sqlite:PATH; a password in it has
	// been moved to Password.
	URL            string `yaml:"url" restart:"needed"`
	Password       Secret `yaml:"-" restart:"needed"`
	PasswordFile   string `yaml:"password_file"`
	MaxConnections int    `yaml:"max_connections" restart:"needed"`
}

// SQLitePath returns the path of the SQLite file; ok is false for PostgreSQL.
func (d Database) SQLitePath() (path string, ok bool) {
	return strings.CutPrefix(d.URL, "sqlite:")
}

func (d *Database) check(c *checker) {
	c.within("database.max_connections", d.MaxConnections, 2, 1000)
	if d.URL == "" {
		d.URL = "sqlite:" + defaultSQLiteFile
	}
	if path, ok := d.SQLitePath(); ok {
		if path == "" {
			c.errorf("database.url", "the path of the SQLite file is missing; write for example sqlite:courtesy.db")
			return
		}
		d.URL = "sqlite:" + c.path(path)
		return
	}
	// The text may hold a password: no message quotes it.
	u, err := url.Parse(d.URL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		c.errorf("database.url", "expected postgres://user@host/database or sqlite:PATH; "+
			"characters such as # or %% in a password must be written as %%23 or %%25, or use password_file")
		return
	}
	if u.Query().Has("password") {
		c.errorf("database.url", "move the password out of the query into password_file")
		return
	}
	if strings.Trim(u.Path, "/") == "" {
		c.errorf("database.url", "the name of the database is missing at the end: postgres://user@host/database")
		return
	}
	if password, ok := u.User.Password(); ok {
		d.Password = NewSecret(password)
		u.User = url.User(u.User.Username())
		d.URL = u.String()
	}
	c.secret("database.password", &d.Password, &d.PasswordFile)
}
