// Package outreach holds the words of the trade: orders and their declined
// lines, customers and what they agreed to, playbooks, follow-ups and contacts.
//
// It stands at the centre of the program and imports no adapter: the database,
// the mail server and the web all depend on it, never the other way round.
// All times are instants; the zone they are shown or judged in is always named
// by the shop or the customer, never by the machine.
package outreach
