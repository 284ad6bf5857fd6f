package app

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestAPortInUseIsNamedWithItsKey(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, tt := range []struct{ address, want string }{
		{taken.Addr().String(), "is in use by another program; stop it or choose another port"},
		{"192.0.2.1:8418", "listen for web requests"}, // no machine has this address
	} {
		d, err := openDoor(t.Context(), "staff.listen", tt.address, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
		if err == nil {
			d.close()
			t.Errorf("%s is free", tt.address)
		} else if !strings.HasPrefix(err.Error(), "staff.listen: ") || !strings.Contains(err.Error(), tt.address) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v", err)
		}
	}
}
