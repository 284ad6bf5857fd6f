package config

import (
	"fmt"
	"strings"

	"github.com/courtesyd/courtesyd/internal/spelling"
)

// suggestKey completes "unknown key; …": the nearest known key or all of them.
func suggestKey(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "the keys here are " + strings.Join(known, ", ")
}

// nearest returns the candidate that a few typing mistakes turn into name, "" when
// none is that close.
func nearest(name string, candidates []string) string {
	return spelling.Nearest(name, candidates, 2+len(name)/5)
}
