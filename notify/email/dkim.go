package email

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
	gomail "github.com/wneessen/go-mail"
)

// DKIMKey signs the mails of one domain. Give two, RSA and Ed25519, to be checked
// by old and new receivers alike (RFC 8463).
type DKIMKey struct {
	Domain   string // signs mails from this domain and no other
	Selector string
	KeyFile  string // PEM
}

// minRSABits is what RFC 8301 3.2 says signers should use at least.
const minRSABits = 2048

// signedHeaders lists From twice: no second one can be added under the signature.
// RFC 8058 4 wants both List-Unsubscribe headers covered. Our own signer is used
// because go-mail's breaks header names apart in a list as long as this.
var signedHeaders = []string{
	"From", "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
	"Content-Transfer-Encoding", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post",
}

type signer struct {
	domain  string
	options dkim.SignOptions
}

func loadSigner(key DKIMKey) (signer, error) {
	if key.Domain == "" || key.Selector == "" {
		return signer{}, errors.New("domain and selector must be set")
	}
	pem, err := os.ReadFile(key.KeyFile)
	if err != nil {
		return signer{}, fmt.Errorf("read key file: %w", err)
	}
	private, err := gomail.PrivKeyFromPEM(pem)
	if err != nil {
		return signer{}, fmt.Errorf("read key file %s: %w", key.KeyFile, err)
	}
	if public, ok := private.Public().(*rsa.PublicKey); ok && public.N.BitLen() < minRSABits {
		return signer{}, fmt.Errorf("RSA key has %d bits, use at least %d", public.N.BitLen(), minRSABits)
	}
	return signer{
		domain: strings.ToLower(key.Domain),
		options: dkim.SignOptions{
			Domain: key.Domain, Selector: key.Selector, Signer: private, Hash: crypto.SHA256,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed,
			BodyCanonicalization:   dkim.CanonicalizationRelaxed,
			HeaderKeys:             signedHeaders,
		},
	}, nil
}

// sign puts a signature of every key of domain on top of the mail.
func (c *Composer) sign(data []byte, domain string) ([]byte, error) {
	var signatures bytes.Buffer
	for i := range c.signers {
		s := &c.signers[i]
		if s.domain != domain {
			continue
		}
		work, err := dkim.NewSigner(&s.options)
		if err != nil {
			return nil, fmt.Errorf("sign mail: %w", err)
		}
		if _, err := work.Write(data); err != nil {
			work.Close()
			return nil, fmt.Errorf("sign mail: %w", err)
		}
		if err := work.Close(); err != nil {
			return nil, fmt.Errorf("sign mail: %w", err)
		}
		signatures.WriteString(work.Signature())
	}
	if signatures.Len() == 0 {
		return data, nil
	}
	return append(signatures.Bytes(), data...), nil
}
