// Package promises proves what courtesyd promises about sending: never twice,
// never silently lost, never after a no. Its tests run the real program against
// real databases and against mail and text servers that keep their own books, and
// hold the two accounts against each other after crashes and misbehavior.
package promises
