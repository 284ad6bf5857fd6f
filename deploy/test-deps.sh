#!/bin/sh
# Installs the programs that the tests run and the machine lacks.
set -eu

missing=""
command -v systemd-analyze >/dev/null || missing="$missing systemd"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$missing postgresql"
command -v gcc >/dev/null || missing="$missing gcc libc6-dev" # the race detector needs a C compiler
command -v chromium >/dev/null || missing="$missing chromium fonts-dejavu-core" # to look at the pages
[ -x /usr/lib/postfix/sbin/master ] || missing="$missing postfix" # to make real bounces
[ -x /usr/lib/dovecot/imap ] && [ -x /usr/lib/dovecot/lmtp ] || missing="$missing dovecot-imapd dovecot-lmtpd"
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null; then
	echo "The tests need:$missing. Install them with this system's package manager." >&2
	exit 1
fi
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
echo "installing:$missing"
$as_root apt-get update -qq
# Debian would start a server of its own at once; the tests start theirs.
$as_root mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
	echo "create_main_cluster = false" | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $missing
# Of mail servers, too, the tests start their own.
[ -d /run/systemd/system ] || exit 0
for server in postfix dovecot; do
	case "$missing" in *"$server"*) $as_root systemctl disable -q --now "$server" ;; esac
done
