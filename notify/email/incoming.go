package email

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// IncomingID tells incoming mails apart. A Message-ID is its sender's choice: with
// the sender in it nobody can pass off a mail as one that has been taken already.
func IncomingID(messageID, from string) string {
	sum := sha256.Sum256([]byte(from))
	return messageID + "/" + hex.EncodeToString(sum[:8])
}

// messageIDOf returns the Message-ID in an IncomingID, "" where there is none that
// may stand in a header of ours: strangers made it.
func messageIDOf(incomingID string) string {
	end := strings.LastIndexByte(incomingID, '/')
	if end < 0 {
		return ""
	}
	id := incomingID[:end]
	left, right, ok := strings.Cut(id, "@")
	strange := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>()[]",;:\`, r) }
	if !ok || left == "" || right == "" || strings.ContainsFunc(id, strange) {
		return ""
	}
	return id
}
