// Package examples holds the files of an invented shop, for the demo and for
// trying out the importer. Nobody in them exists.
package examples

import "embed"

// Files are customers.csv, suppression.csv and the weekly
// orders-YYYY-MM-DD.csv and canceled-YYYY-MM-DD.csv, each named for the Monday on which it was exported.
//
//go:embed *.csv
var Files embed.FS
