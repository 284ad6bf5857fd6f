package web

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestIcon(t *testing.T) {
	w := httptest.NewRecorder()
	Icon().Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/icon.svg", nil))
	if kind := w.Header().Get("Content-Type"); w.Code != http.StatusOK || kind != "image/svg+xml" {
		t.Errorf("%d, %s", w.Code, kind)
	}
	if err := xml.Unmarshal(w.Body.Bytes(), new(struct{})); err != nil || w.Body.Len() > 1<<10 {
		t.Errorf("%d bytes, %v", w.Body.Len(), err)
	}
	// The policy of the answer allows no style and nothing from elsewhere.
	for _, not := range []string{"style", "href", "script"} {
		if strings.Contains(w.Body.String(), not) {
			t.Errorf("the icon has a %s", not)
		}
	}
}
