// Package importer reads orders, canceled orders, customers and suppression
// lists from CSV files and hands them to a Sink in batches.
//
// It knows files, not the database: what a column is called, how a date or an
// amount is written, which word means "declined". A row it cannot use is listed
// with its line, column, value and reason, and never stops the rest. Merging
// with what is stored is the Sink's work.
package importer
