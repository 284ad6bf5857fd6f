package web

import (
	_ "embed" // the icon
	"net/http"
)

//go:embed icon.svg
var icon string

// Icon is the little picture that browsers show beside the title of a page.
func Icon() Route {
	return Route{Pattern: "GET /icon.svg", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		w.Header().Set("Cache-Control", "private, max-age=86400")
		_, _ = w.Write([]byte(icon)) // a visitor who has gone need not be told
	})}
}
