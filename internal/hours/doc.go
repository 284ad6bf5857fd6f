// Package hours knows when a person may be contacted: by the clock of every
// zone they may be in, inside the shop's window, the law's hours and outside
// holidays and closures.
package hours
