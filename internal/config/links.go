package config

// minLinkKey is the length, in characters, that makes a signing key worth its
// name: 128 bits written in hexadecimal.
const minLinkKey = 32

// checkLinks tests what the links in messages are made of.
func (c *Config) checkLinks(k *checker) {
	c.PublicURL = k.webAddress("public_url", c.PublicURL)
	if c.PublicURL != "" {
		k.required("http.listen", c.HTTP.Listen, "public_url is set, and its links would lead nowhere; "+
			"give the address at which the reverse proxy finds this daemon, for example 127.0.0.1:8417")
	}
	k.mailbox("unsubscribe_mail", c.UnsubscribeMail)
	k.secret("link_key", &c.LinkKey, &c.LinkKeyFile)
	switch n := len(c.LinkKey.Reveal()); {
	case n == 0 && c.PublicURL != "" && c.LinkKeyFile == "": // a file that cannot be read is told of already
		k.errorf("link_key", "is missing: public_url is set and its links must be signed; "+
			"make a key with: openssl rand -hex 32, and name its file in link_key_file")
	case n > 0 && n < minLinkKey:
		k.errorf("link_key", "is too short to be safe: %d characters, expected at least %d; make one with: openssl rand -hex 32", n, minLinkKey)
	}
}

// checkSenders tests that whoever is written to can see who wrote, and say no.
// It reads several sections and comes last.
func (c *Config) checkSenders(k *checker) {
	if c.Transport.Email == TransportSMTP && c.outgoing() && c.PublicURL == "" && c.UnsubscribeMail == "" {
		k.errorf("unsubscribe_mail", "is missing: every mail must offer a way to say no; set this address, or public_url for links")
	}
	for i := range c.Shops {
		c.Shops[i].checkSender(k, shopKey(i), c)
	}
}
