package mailhost

import (
	"os"
	"path/filepath"
	"strings"
)

func (h *Host) preparePostfix() error {
	config := filepath.Join(h.dir, "postfix")
	if err := os.Mkdir(config, 0o755); err != nil {
		return err
	}
	closed, err := freePorts(1)
	if err != nil {
		return err
	}
	words := strings.NewReplacer(
		"@DIR@", h.dir, "@SMTP@", port(h.SMTP), "@LMTP@", port(h.lmtp), "@CLOSED@", port(closed[0]),
	)
	for name, text := range map[string]string{"main.cf": mainConfig, "master.cf": masterConfig} {
		if err := os.WriteFile(filepath.Join(config, name), []byte(words.Replace(text)), 0o644); err != nil {
			return err
		}
	}
	return h.prepareQueue()
}

// prepareQueue makes the folders that Postfix would make at its installation.
func (h *Host) prepareQueue() error {
	queue := filepath.Join(h.dir, "queue")
	if err := makeDir(queue, 0o755, 0, 0); err != nil {
		return err
	}
	if err := makeDir(filepath.Join(h.dir, "data"), 0o700, h.postfix.uid, 0); err != nil {
		return err
	}
	for _, name := range []string{
		"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace",
	} {
		if err := makeDir(filepath.Join(queue, name), 0o700, h.postfix.uid, 0); err != nil {
			return err
		}
	}
	for name, mode := range map[string]os.FileMode{"maildrop": 0o730, "public": 0o710} {
		if err := makeDir(filepath.Join(queue, name), mode, h.postfix.uid, h.postfix.gid); err != nil {
			return err
		}
	}
	return makeDir(filepath.Join(queue, "pid"), 0o755, 0, 0)
}

// One try a message: what cannot be delivered comes back at once.
const mainConfig = `compatibility_level = 3.6
queue_directory = @DIR@/queue
data_directory = @DIR@/data
maillog_file = @DIR@/postfix.log
maillog_file_prefixes = @DIR@
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.maple.test
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
local_recipient_maps =
recipient_delimiter = +
virtual_mailbox_domains = maple.test, customer.test
virtual_transport = lmtp:inet:127.0.0.1:@LMTP@
virtual_alias_maps = inline:{ bounce@maple.test=service@maple.test, stop@maple.test=service@maple.test }
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = permit_mynetworks, reject
transport_maps = inline:{
    { refused.test = smtp:[127.0.0.1]:@CLOSED@ },
    { dmarc.test = error:5.7.26 unauthenticated mail is not accepted due to the domain's DMARC policy } }
default_transport = error:5.4.4 host not found
disable_dns_lookups = yes
smtp_host_lookup = native
maximal_queue_lifetime = 0
bounce_queue_lifetime = 0
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
notify_classes =
smtp_tls_security_level = none
smtpd_tls_security_level = none
`

const masterConfig = `127.0.0.1:@SMTP@ inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// keeper runs a server and ends it when it is told to end itself. Postfix's master
// changes its user now and then, which makes the kernel forget to tell it that
// the test process died; a shell does not.
const keeper = `trap 'kill $server' TERM; "$0" "$@" & server=$!; wait $server; wait $server`

func (h *Host) startPostfix() (err error) {
	h.transport, err = run("/bin/sh", "-c", keeper, postfixMaster, "-s", "-c", filepath.Join(h.dir, "postfix"))
	return err
}
