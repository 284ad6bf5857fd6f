package email

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
)

// TLSMode says how the connection to a mail server is encrypted.
type TLSMode string

// TLS modes. StartTLS is mandatory once chosen: a server that does not offer it
// is not used.
const (
	StartTLS    TLSMode = "starttls"
	ImplicitTLS TLSMode = "implicit"
	NoTLS       TLSMode = "none"
)

// TLSConfig returns how to talk TLS to host, trusting the authorities in caFile
// (PEM), or the system's when it is empty. Its error names the file, and leaves
// it to the caller to say by which setting the file was named.
func TLSConfig(host, caFile string) (*tls.Config, error) {
	secure := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if caFile == "" {
		return secure, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	secure.RootCAs = x509.NewCertPool()
	if !secure.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", caFile)
	}
	return secure, nil
}

// IsLoopback reports whether host is this machine, so that nothing said to it
// crosses a network.
func IsLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
