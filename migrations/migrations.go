// Package migrations carries the database schema: the same numbered steps for
// PostgreSQL and for SQLite. A step that has landed is never edited.
package migrations

import "embed"

// FS holds the folders postgres and sqlite.
//
//go:embed postgres/*.sql sqlite/*.sql
var FS embed.FS
