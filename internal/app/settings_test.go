package app

import (
	"path"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/config"
)

// A link out of an earlier database opens nothing in a new one, though the key is
// the same: its number is somebody else's by now.
func TestLinksOfAnotherInstallation(t *testing.T) {
	c, err := config.Parse([]byte("http: {listen: '127.0.0.1:8417'}\npublic_url: https://shop.test\nlink_key: "+strings.Repeat("k", 32)+"\n"),
		config.Options{File: "courtesy.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	settings, err := Settings(c, "first")
	if err != nil {
		t.Fatal(err)
	}
	token := path.Base(settings.Links(7).Page)
	if id, err := Signer(c, "first").Page(token); err != nil || id != 7 {
		t.Errorf("its own link: %d, %v", id, err)
	}
	if id, err := Signer(c, "second").Page(token); err == nil {
		t.Errorf("another one's link opens contact %d", id)
	}
}
