// Package stories tells how outreach goes from the first message to the end. In
// each of its tests an invented customer reads what arrives and answers it, by
// text, by mail or on their page, and nothing but the clock is made up: databases,
// scheduler, mail servers and browser are real, and Twilio is played by a server
// that behaves as it documents.
//
// The pages the customers see are kept by
//
//	go test -artifacts -outputdir DIR ./internal/stories
package stories
