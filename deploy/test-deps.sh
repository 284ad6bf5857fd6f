#!/bin/sh
# Installs the programs that the tests run and the machine lacks.
set -eu
cd "$(dirname "$0")/.."

# axe-core finds what is wrong with a page for people who use it by other means than
# eyes and a mouse. The sum is that of the script in the package from npm.
axe_version=4.14.1
axe_sum=29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c
axe=bin/tools/axe.min.js
is_axe() { echo "$axe_sum  $1" | sha256sum -c --status 2>/dev/null; }

missing=""
command -v systemd-analyze >/dev/null || missing="$missing systemd"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$missing postgresql"
command -v gcc >/dev/null || missing="$missing gcc libc6-dev" # the race detector needs a C compiler
command -v chromium >/dev/null || missing="$missing chromium fonts-dejavu-core" # to look at the pages
[ -x /usr/lib/postfix/sbin/master ] || missing="$missing postfix" # to make real bounces
[ -x /usr/lib/dovecot/imap ] && [ -x /usr/lib/dovecot/lmtp ] || missing="$missing dovecot-imapd dovecot-lmtpd"
is_axe "$axe" || command -v npm >/dev/null || missing="$missing npm ca-certificates"

install_missing() {
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
	[ -d /run/systemd/system ] || return 0
	for server in postfix dovecot; do
		case "$missing" in *"$server"*) $as_root systemctl disable -q --now "$server" ;; esac
	done
}

get_axe() {
	echo "getting: axe-core $axe_version"
	got=$(mktemp -d)
	(cd "$got" && npm pack --silent "axe-core@$axe_version" >/dev/null && tar -xzf axe-core-*.tgz)
	if ! is_axe "$got/package/axe.min.js"; then
		echo "The script in axe-core $axe_version from npm has another sum than the one known here." >&2
		exit 1
	fi
	mkdir -p "$(dirname "$axe")"
	mv "$got/package/axe.min.js" "$axe"
	rm -r "$got"
}

[ -z "$missing" ] || install_missing
is_axe "$axe" || get_axe
