package mailhost

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// prepareDovecot writes the configuration and the mailboxes' owners.
func (h *Host) prepareDovecot() error {
	var users strings.Builder
	for _, address := range []string{Shop, Pat, Ana, Full} {
		extra := ""
		if address == Full {
			extra = "userdb_quota_rule=*:bytes=1"
		}
		fmt.Fprintf(&users, "%s:{PLAIN}%s::::::%s\n", address, Password, extra)
	}
	config := strings.NewReplacer(
		"@DIR@", h.dir, "@UID@", fmt.Sprint(h.mail.uid), "@GID@", fmt.Sprint(h.mail.gid),
		"@IMAP@", port(h.IMAP), "@IMAPS@", port(h.IMAPS), "@LMTP@", port(h.lmtp),
	).Replace(dovecotConfig)
	for name, text := range map[string]string{"users": users.String(), "dovecot.conf": config} {
		if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return makeDir(filepath.Join(h.dir, "mail"), 0o755, h.mail.uid, h.mail.gid)
}

const dovecotConfig = `protocols = imap lmtp
listen = 127.0.0.1
base_dir = @DIR@/dovecot
state_dir = @DIR@/dovecot-state
log_path = @DIR@/dovecot.log
ssl = yes
ssl_cert = <@DIR@/ca.pem
ssl_key = <@DIR@/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_location = maildir:@DIR@/mail/%d/%n
mail_fsync = never
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
}
recipient_delimiter = +
postmaster_address = postmaster@relay.maple.test
hostname = relay.maple.test
passdb {
  driver = passwd-file
  args = @DIR@/users
}
userdb {
  driver = passwd-file
  args = @DIR@/users
  default_fields = uid=@UID@ gid=@GID@ home=@DIR@/mail/%d/%n
}
service imap-login {
  inet_listener imap {
    port = @IMAP@
  }
  inet_listener imaps {
    port = @IMAPS@
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = @LMTP@
  }
}
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`

// StartIMAP starts Dovecot again after StopIMAP.
func (h *Host) StartIMAP() {
	h.t.Helper()
	var err error
	if h.dovecot, err = run(dovecotProgram, "-F", "-c", filepath.Join(h.dir, "dovecot.conf")); err != nil {
		h.t.Fatal(err)
	}
	for _, address := range []string{h.IMAP, h.lmtp} {
		if err := await(address); err != nil {
			h.t.Fatal(err, h.log())
		}
	}
}

// StopIMAP stops Dovecot. Postfix keeps what comes meanwhile.
func (h *Host) StopIMAP() {
	h.dovecot.stop()
	h.dovecot = nil
}

// Renumber makes a mailbox give all its messages new UIDs, as after a restored
// backup.
func (h *Host) Renumber(address string) {
	h.t.Helper()
	h.StopIMAP()
	files, err := filepath.Glob(filepath.Join(h.maildir(address), "dovecot*"))
	if err != nil || len(files) == 0 {
		h.t.Fatalf("no index of %s: %v", address, err)
	}
	for _, file := range files {
		if err := os.RemoveAll(file); err != nil {
			h.t.Fatal(err)
		}
	}
	h.StartIMAP()
}

// Unseen counts the messages of a mailbox that no program has marked in any way.
func (h *Host) Unseen(address string) int {
	h.t.Helper()
	n := 0
	for _, folder := range []string{"new", "cur"} {
		files, err := os.ReadDir(filepath.Join(h.maildir(address), folder))
		if err != nil && !os.IsNotExist(err) {
			h.t.Fatal(err)
		}
		for _, f := range files {
			if _, flags, _ := strings.Cut(f.Name(), ":2,"); flags == "" {
				n++
			}
		}
	}
	return n
}

func (h *Host) maildir(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	return filepath.Join(h.dir, "mail", domain, local)
}
