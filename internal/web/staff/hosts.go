package staff

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ours reports whether a request was sent to a name of the pages. Where a proxy's
// header says who asks, anything on this machine could send it: also a web page open
// in a browser here whose own name was made to lead to this machine.
func (s *Site) ours(r *http.Request) bool {
	if s.UserHeader == "" {
		return true // the session's cookie belongs to the name it was given under
	}
	host := hostOf(r.Host)
	if s.host != "" && host == s.host || host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// hostOf takes the port and the brackets off a host.
func hostOf(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// errElsewhere answers whoever came by another name.
var errElsewhere = problem{
	http.StatusMisdirectedRequest,
	"The pages are not served under this name. Open them at their own address. If this is it, tell whoever runs Courtesy that staff.url " +
		"must be the address you see above, and that the proxy in front must pass on its name (the header Host).",
}
